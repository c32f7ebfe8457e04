"""Where a team's changes wait: the one phase that takes longer than like changes of other teams take, beyond chance. Pure.

One phase per team, the one with the most hours too many. It must take half as long again, two hours or more, on 30 changes, and lie
3.4 standard errors from nothing (54 looks at nine teams and six phases find something by chance once in fifty). Rework is rare and
heavy-tailed, so its share is judged in place of its hours: how many changes were sent back.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt
from typing import TYPE_CHECKING

from payback.insight.causes import cause
from payback.insight.course import REWORK, WORDS
from payback.insight.finding import ACCEPT, FOLLOW, Evidence, Finding
from payback.insight.saying import hours
from payback.insight.split import by_kind_and_size, split

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from payback.insight.causes import Signals
    from payback.insight.course import Course, Courses
    from payback.insight.split import Part, Split

KIND = "bottleneck"
FEWEST, SCORE, LONGER, HOURS = 30, 3.4, 1.5, 2.0
METRICS = {
    "coding": "coding_time",
    "pickup": "pickup_time",
    "review": "review_time",
    "rework": "review_rejection_rate",
    "merge": "merge_wait",
    "release": "deploy_wait",
}
PAGES = {"coding": "/delivery", "merge": "/delivery", "release": "/delivery#choices"}


@dataclass(frozen=True, slots=True)
class Bottleneck:
    """A team, the phase that holds its changes up, and the team's changes beside those of all other teams."""

    team: str
    part: Part
    beside: Split


def standing_out(held: Courses) -> tuple[Bottleneck, ...]:
    """The teams with a phase that stands out, the most hours first."""
    found = []
    for team in sorted({one.team for one in held.rows if one.team}):
        own, others = held.of(team), held.but(team)
        beside = split(others, own, by_kind_and_size)
        if beside is None or min(beside.n) < FEWEST:
            continue
        parts = [part for part in beside.parts if _stands_out(part, others.rows, own.rows)]
        if parts:
            found.append(Bottleneck(team, max(parts, key=lambda part: part.within), beside))
    return tuple(sorted(found, key=lambda one: (-one.part.within, one.team)))


def _stands_out(part: Part, others: Sequence[Course], own: Sequence[Course]) -> bool:
    if float(part.within) < HOURS or part.after < LONGER * float(part.before):
        return False
    score = share_score(others, own) if part.phase == REWORK else part.score
    return score >= SCORE


def share_score(before: Sequence[Course], after: Sequence[Course]) -> float:
    """How many standard errors the share of changes that were sent back has moved (pooled, two proportions)."""
    sizes = len(before), len(after)
    back = sum(one.sent_back for one in before), sum(one.sent_back for one in after)
    pooled = sum(back) / sum(sizes)
    error = sqrt(pooled * (1 - pooled) * (1 / sizes[0] + 1 / sizes[1])) if 0 < pooled < 1 else 0.0
    return (back[1] / sizes[1] - back[0] / sizes[0]) / error if error else 0.0


def findings(
    found: Iterable[Bottleneck], signals: Mapping[str, tuple[Signals, Signals]], names: Mapping[str, str]
) -> tuple[Finding, ...]:
    """One finding per bottleneck. `signals` are those of the other teams and of the team, by team."""
    return tuple(_finding(one, *signals[one.team], names.get(one.team, one.team)) for one in found)


def _finding(one: Bottleneck, others: Signals, own: Signals, name: str) -> Finding:
    phase, part, n = one.part.phase, one.part, one.beside.n
    why = cause(phase, others, own)
    says = f"{WORDS[phase].capitalize()}: {hours(part.after)} on average, {hours(part.before)} elsewhere"
    page = PAGES.get(phase, "/reviews")
    team = f"team={one.team}"
    low, high = part.interval or (0.0, 0.0)
    return Finding(
        kind=KIND,
        subject_kind="team",
        subject=one.team,
        sentence=f"{name}: changes are held up in {WORDS[phase]}, {hours(part.within)} longer than like changes of other teams.",
        action=why.action,
        owner=one.team,
        evidence=(
            Evidence(
                f"{says}; like with like {hours(part.within)} longer, between {hours(low)} and {hours(high)} "
                f"(n = {n[1]} beside {n[0]:,})",
                METRICS[phase],
                f"/bottlenecks?{team}&range=90d",
            ),
            *(Evidence(told, None, f"{page.partition('#')[0]}?{team}&range=90d") for told in why.evidence),
        ),
        options=(FOLLOW, ACCEPT),
        team=one.team,
        metric=METRICS[phase],
    )
