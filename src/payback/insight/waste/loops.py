"""Agents that go round in circles: money of calls that repeat, word for word, what had just failed, by team."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from payback.insight.finding import ACCEPT, FOLLOW, NOBODYS, RESTRICT, Evidence, Finding
from payback.insight.saying import money, percent, plural

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

KIND = "loops"
SMALLEST, SHARE = Decimal(5), Decimal("0.02")
"""From this much a month, or from this share of what the team's steps cost (and a fifth of the amount), one is asked to decide."""


@dataclass(frozen=True, slots=True)
class Circled:
    """What repeated calls of one team's agents (None: of nobody's) cost in the last 30 days, how many, and what all of its
    steps cost.
    """

    team: str | None
    spend: Decimal
    calls: int
    whole: Decimal | None


def find(figures: Iterable[Circled], names: Mapping[str, str]) -> tuple[Finding, ...]:
    """One finding per team whose agents' repeated calls cost much, or much of what all their steps cost."""
    return tuple(
        _finding(one, names) for one in sorted(figures, key=lambda one: one.team or "") if _is_much(one)
    )


def _is_much(one: Circled) -> bool:
    if one.spend >= SMALLEST:
        return True
    return bool(one.whole) and one.spend >= SMALLEST / 5 and one.spend / (one.whole or 1) >= SHARE


def _finding(one: Circled, names: Mapping[str, str]) -> Finding:
    whose = names.get(one.team, one.team) if one.team else "Work that names no team"
    share = f", {percent(one.spend / one.whole)} of what its agents cost" if one.whole else ""
    cut = f"?team={one.team or NOBODYS}&range=30d"
    return Finding(
        kind=KIND,
        subject_kind="team",
        subject=one.team or NOBODYS,
        sentence=(
            f"Agents of {whose} ran again what had just failed, {plural(one.calls, 'time')} in the last 30 days: "
            f"{money(one.spend)}{share}."
        ),
        action="Stop a run at the second failure of the same call, and say in its instructions what to do then.",
        owner=one.team,
        stake=one.spend,
        evidence=(
            Evidence(
                f"{plural(one.calls, 'call')} with nothing changed in between",
                "repeat_spend",
                f"/metrics/repeat_spend{cut}",
            ),
            Evidence("The sessions with most failures", None, f"/sessions{cut}&sort=-errors"),
        ),
        options=(FOLLOW, RESTRICT, ACCEPT),
        team=one.team,
        metric="repeat_spend",
    )
