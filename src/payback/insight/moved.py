"""What became of the way to production from one stretch of days to another: where a gain was made and where it was lost again, and
whether adoption went up while review did. Pure.

A phase moved where like changes take longer or shorter by 3 standard errors and an hour or more; everything else is noise.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from payback.insight.bottleneck import FEWEST, METRICS, PAGES
from payback.insight.causes import cause
from payback.insight.course import PICKUP, REVIEW, REWORK, WORDS
from payback.insight.finding import ACCEPT, FOLLOW, Evidence, Finding
from payback.insight.saying import hours, listed, percent
from payback.insight.split import split

if TYPE_CHECKING:
    from collections.abc import Mapping

    from payback.insight.causes import Signals
    from payback.insight.course import Courses
    from payback.insight.split import Part, Split

CANCELLED, REVIEW_UP = "gain-cancelled", "adoption-up-review-up"
SCORE, HOURS = 3.0, 1.0
ADOPTED = 0.1  # a tenth more of the changes, in points
REVIEWED = (PICKUP, REVIEW, REWORK)


@dataclass(frozen=True, slots=True)
class Moved:
    """The split, the phases that got shorter and longer beyond chance, and the share of changes with AI on both sides."""

    beside: Split
    gained: tuple[Part, ...]
    lost: tuple[Part, ...]
    adoption: tuple[float, float]

    @property
    def cancelled(self) -> float | None:
        """The share of what was gained that was lost again; None where nothing was gained, or nothing lost."""
        gain, loss = (abs(sum(float(part.within) for part in parts)) for parts in (self.gained, self.lost))
        return min(loss / gain, 1.0) if gain and loss else None

    @property
    def is_adoption_up(self) -> bool:
        """Whether a tenth more of the changes carry signs of AI."""
        return self.adoption[1] - self.adoption[0] >= ADOPTED

    @property
    def reviewed(self) -> tuple[Part, ...]:
        """The phases of review that got longer."""
        return tuple(part for part in self.lost if part.phase in REVIEWED)


def moved(before: Courses, after: Courses) -> Moved | None:
    """What moved from one set of changes of the same people to the other; None under 30 changes on a side."""
    beside = split(before, after)
    if beside is None or min(beside.n) < FEWEST:
        return None
    beyond = [p for p in beside.parts if abs(p.score) >= SCORE and abs(float(p.within)) >= HOURS]
    gained = sorted((part for part in beyond if part.within < 0), key=lambda part: part.within)
    lost = sorted((part for part in beyond if part.within > 0), key=lambda part: -part.within)
    shares = [sum(one.with_ai for one in held.rows) / len(held.rows) for held in (before, after)]
    return Moved(beside, tuple(gained), tuple(lost), (shares[0], shares[1]))


def findings(
    found: Mapping[str, Moved], signals: Mapping[str, tuple[Signals, Signals]], names: Mapping[str, str]
) -> tuple[Finding, ...]:
    """Of each team: a gain that was lost again, or review that takes longer since more is made with AI; the first that holds."""
    told = []
    for team, one in sorted(found.items()):
        name = names.get(team, team)
        if one.is_adoption_up and one.reviewed:
            says = (
                f"{name} makes {percent(one.adoption[1])} of its changes with AI, {percent(one.adoption[0])} before, "
                f"while {_phases(one.reviewed)} takes {hours(_sum(one.reviewed))} longer."
            )
            told.append(_finding(REVIEW_UP, team, says, one, signals[team]))
        elif one.cancelled is not None:
            says = (
                f"{name} gained {hours(-_sum(one.gained))} in {_phases(one.gained)} and lost "
                f"{percent(one.cancelled)} of it again in {_phases(one.lost)}."
            )
            told.append(_finding(CANCELLED, team, says, one, signals[team]))
    return tuple(told)


def _finding(kind: str, team: str, says: str, one: Moved, signals: tuple[Signals, Signals]) -> Finding:
    part = (one.reviewed if kind == REVIEW_UP else one.lost)[0]
    why = cause(part.phase, *signals)
    page = f"{PAGES.get(part.phase, '/reviews').partition('#')[0]}?team={team}&range=90d"
    return Finding(
        kind=kind,
        subject_kind="team",
        subject=team,
        sentence=says,
        action=why.action,
        owner=team,
        evidence=(
            *(Evidence(_said(moved), METRICS[moved.phase], page) for moved in (*one.lost, *one.gained)),
            *(Evidence(told, None, page) for told in why.evidence),
            Evidence("Every phase, and what the mix made", None, f"/bottlenecks?team={team}&range=90d"),
        ),
        options=(FOLLOW, ACCEPT),
        team=team,
        metric=METRICS[part.phase],
    )


def _said(part: Part) -> str:
    low, high = part.interval or (0.0, 0.0)
    word = "longer" if part.within > 0 else "shorter"
    ends = sorted((abs(low), abs(high)))
    return (
        f"{WORDS[part.phase]} {hours(abs(part.within))} {word}, between {hours(ends[0])} and {hours(ends[1])}"
    )


def _phases(parts: tuple[Part, ...]) -> str:
    return listed([WORDS[part.phase] for part in parts])


def _sum(parts: tuple[Part, ...]) -> float:
    return sum(float(part.within) for part in parts)
