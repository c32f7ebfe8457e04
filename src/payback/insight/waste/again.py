"""Money that went into doing again what had just failed, by team: repeated attempts, and agents that go round in circles."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from payback.insight.finding import ACCEPT, FOLLOW, NOBODYS, RESTRICT, Evidence, Finding
from payback.insight.saying import money, percent, plural

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

SMALLEST, SHARE = Decimal(5), Decimal("0.02")
"""From this much a month, or from this share of the whole (and a fifth of the amount), one is asked to decide."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A way of doing it again: the metric of its money, and what is said of `whose`, `times`, `amount` and the `share` of `whole`."""

    name: str
    metric: str
    sentence: str
    whole: str
    counted: str
    detail: str
    action: str


RETRIES = Kind(
    name="retries",
    metric="retry_spend",
    sentence="{whose} paid {amount} for repeated attempts in the last 30 days{share}.",
    whole="its money at list price",
    counted="attempt",
    detail="that were not the first",
    action="Stop at the second failure: cap the attempts of a run, and mend the check or tool that fails.",
)
LOOPS = Kind(
    name="loops",
    metric="repeat_spend",
    sentence="Agents of {whose} ran again what had just failed, {times} in the last 30 days: {amount}{share}.",
    whole="what its agents cost",
    counted="call",
    detail="with nothing changed in between",
    action="Stop a run at the second failure of the same call, and say in its instructions what to do then.",
)


@dataclass(frozen=True, slots=True)
class Repeated:
    """What was done again for one team (None: for nobody's) cost in the last 30 days, how often, and the whole it is part of."""

    team: str | None
    spend: Decimal
    times: int
    whole: Decimal | None


def find(kind: Kind, figures: Iterable[Repeated], names: Mapping[str, str]) -> tuple[Finding, ...]:
    """One finding per team for which it cost much, or much of the whole."""
    told = sorted(figures, key=lambda one: one.team or "")
    return tuple(_finding(kind, one, names) for one in told if _is_much(one))


def _is_much(one: Repeated) -> bool:
    if one.spend >= SMALLEST:
        return True
    return bool(one.whole) and one.spend >= SMALLEST / 5 and one.spend / (one.whole or 1) >= SHARE


def _finding(kind: Kind, one: Repeated, names: Mapping[str, str]) -> Finding:
    cut = f"?team={one.team or NOBODYS}&range=30d"
    return Finding(
        kind=kind.name,
        subject_kind="team",
        subject=one.team or NOBODYS,
        sentence=kind.sentence.format(
            whose=names.get(one.team, one.team) if one.team else "Work that names no team",
            times=plural(one.times, "time"),
            amount=money(one.spend),
            share=f", {percent(one.spend / one.whole)} of {kind.whole}" if one.whole else "",
        ),
        action=kind.action,
        owner=one.team,
        stake=one.spend,
        evidence=(
            Evidence(
                f"{plural(one.times, kind.counted)} {kind.detail}",
                kind.metric,
                f"/metrics/{kind.metric}{cut}",
            ),
            Evidence("The sessions with most failures", None, f"/sessions{cut}&sort=-errors"),
        ),
        options=(FOLLOW, RESTRICT, ACCEPT),
        team=one.team,
        metric=kind.metric,
    )
