"""Money of attempts that repeat a failed one, by team."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from payback.insight.finding import ACCEPT, FOLLOW, NOBODYS, RESTRICT, Evidence, Finding
from payback.insight.saying import money, percent, plural

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

KIND = "retries"
SMALLEST, SHARE = Decimal(5), Decimal("0.02")
"""From this much a month, or from this share of the team's money at list price (and a fifth of the amount), one is asked to decide."""


@dataclass(frozen=True, slots=True)
class Repeated:
    """What repeated attempts of one team (None: of nobody's) cost in the last 30 days, how many, and all of its money."""

    team: str | None
    spend: Decimal
    attempts: int
    whole: Decimal | None


def find(figures: Iterable[Repeated], names: Mapping[str, str]) -> tuple[Finding, ...]:
    """One finding per team whose repeated attempts cost much, or much of its money."""
    return tuple(
        _finding(one, names) for one in sorted(figures, key=lambda one: one.team or "") if _is_much(one)
    )


def _is_much(one: Repeated) -> bool:
    if one.spend >= SMALLEST:
        return True
    return bool(one.whole) and one.spend >= SMALLEST / 5 and one.spend / (one.whole or 1) >= SHARE


def _finding(one: Repeated, names: Mapping[str, str]) -> Finding:
    whose = names.get(one.team, one.team) if one.team else "Work that names no team"
    share = f", {percent(one.spend / one.whole)} of its money at list price" if one.whole else ""
    cut = f"?team={one.team or NOBODYS}&range=30d"
    return Finding(
        kind=KIND,
        subject_kind="team",
        subject=one.team or NOBODYS,
        sentence=f"{whose} paid {money(one.spend)} for repeated attempts in the last 30 days{share}.",
        action="Stop at the second failure: cap the attempts of a run, and mend the check or tool that fails.",
        owner=one.team,
        stake=one.spend,
        evidence=(
            Evidence(
                f"{plural(one.attempts, 'attempt')} that were not the first",
                "retry_spend",
                f"/metrics/retry_spend{cut}",
            ),
            Evidence("The sessions with most failures", None, f"/sessions{cut}&sort=-errors"),
        ),
        options=(FOLLOW, RESTRICT, ACCEPT),
        team=one.team,
        metric="retry_spend",
    )
