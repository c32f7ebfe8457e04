"""The way of one change to production, cut into phases that add up to the whole exactly. Pure.

The end points are those of `work`: first commit, ready for review, first review, approval, merge, production. They are put in order
first (a review before the change was ready counts as one at that moment), so every stretch is 0 or more, and whole microseconds:

* coding: first commit to ready for review, time as a draft included
* pickup: ready to the first review by a person
* review: first review to approval, of a change that was not sent back
* rework: first review to approval, of a change that was sent back: somebody asked for changes (a branch that was
  only rebased while it waited was not)
* merge: approval to merge; of a change without an approval on record, from its last known point on
* release: merge to production, where the way to production is asked about
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

CODING, PICKUP, REVIEW, REWORK, MERGE, RELEASE = "coding", "pickup", "review", "rework", "merge", "release"
PHASES = (CODING, PICKUP, REVIEW, REWORK, MERGE, RELEASE)
WORDS = {
    CODING: "coding",
    PICKUP: "waiting for a first review",
    REVIEW: "review",
    REWORK: "rework after review",
    MERGE: "waiting for the merge",
    RELEASE: "waiting for the release",
}
HOUR = 3600 * 10**6
Stratum = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Course:
    """One change: its stratum (repository, kind of work, size), microseconds by phase, and what else is known of it."""

    change: str
    team: str | None
    author: str
    stratum: Stratum
    phases: Mapping[str, int]
    lines: int | None = None
    sent_back: bool = False
    with_ai: bool = False

    @property
    def whole(self) -> int:
        """Microseconds from the first point to the last: the sum of the phases."""
        return sum(self.phases.values())


@dataclass(frozen=True, slots=True)
class Courses:
    """The changes that ended in some days, and how many of them could not be measured: no first commit, or not ready."""

    rows: tuple[Course, ...]
    unmeasured: int = 0

    def of(self, team: str | None) -> Courses:
        """Those of one team."""
        return Courses(tuple(row for row in self.rows if row.team == team))

    def but(self, team: str | None) -> Courses:
        """Those of every other team."""
        return Courses(tuple(row for row in self.rows if row.team not in {team, None}))


def courses(rows: Iterable[Mapping[str, Any]], *, to_production: bool = False) -> Courses:
    """The rows of `work` that were merged (and, `to_production`, released) as courses."""
    found, unmeasured = [], 0
    for row in rows:
        one = course(row, to_production=to_production)
        if one is None:
            unmeasured += 1
        else:
            found.append(one)
    return Courses(tuple(found), unmeasured)


def course(row: Mapping[str, Any], *, to_production: bool = False) -> Course | None:
    """One row of `work`; None where an end, the first commit or the moment it was ready is unknown."""
    end = row["deployed_at"] if to_production else row["merged_at"]
    begin, ready, merged = row["first_commit_at"], row["ready_at"], row["merged_at"]
    if begin is None or ready is None or merged is None or end is None or merged < begin or end < merged:
        return None
    seen, approved = row["first_review_at"], row["approved_at"]
    points = [begin]
    for point in (ready, seen, approved if seen else None, merged):
        points.append(points[-1] if point is None else min(max(point, points[-1]), merged))
    back = bool(row["change_requests"])
    coding, pickup, review, merge = (_long(b - a) for a, b in pairwise(points))
    phases = {CODING: coding, PICKUP: pickup, REVIEW: 0, REWORK: 0, MERGE: merge}
    phases[REWORK if back else REVIEW] = review
    if to_production:
        phases[RELEASE] = _long(end - merged)
    return Course(
        change=row["pull_request_id"],
        team=row["team"],
        author=row["person"] or row["author"] or row["pull_request_id"],
        stratum=(row["repo"], row["work_type"] or "", row["size_band"] or ""),
        phases=phases,
        lines=None if row["additions"] is None else row["additions"] + (row["deletions"] or 0),
        sent_back=back,
        with_ai=row["ai_class"] in {"agent_authored", "agent_assisted"},
    )


def _long(stretch: timedelta) -> int:
    return stretch // timedelta(microseconds=1)
