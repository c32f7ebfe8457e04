"""The times of a change as two other tools count them, so that whoever leaves them can reconcile. Not our definitions.

DevLake (dora plugin): whole minutes, rounded up; a phase that runs backwards is empty while the total still adds the
others; the total is coding + open + deploy with what is missing as zero. Middleware (analytics server): seconds, from
ready for review; mean values; no coding and no deploy in the cycle. Change failure as Middleware: an incident belongs to
the last deployment before it.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

_BOT = re.compile(r"(?:^|[^a-z0-9])bot(?:$|[^a-z0-9])", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Course:
    """Instants of one change. `comments` are (instant, author) of comments and reviews; `deployed_at` of the first
    production deployment that holds the merge and has one before it.
    """

    created_at: datetime
    author: str | None = None
    merged_at: datetime | None = None
    commits: Sequence[datetime] = ()
    comments: Sequence[tuple[datetime, str | None]] = ()
    deployed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Minutes:
    """DevLake's parts of a cycle, in minutes."""

    coding: int | None
    pickup: int | None
    review: int | None
    deploy: int | None
    cycle: int | None


def devlake(course: Course) -> Minutes | None:
    """Parts of the change lead time as DevLake counts them; None for a change that did not merge."""
    if course.merged_at is None:
        return None
    looks = sorted(at for at, author in course.comments if author != course.author or author is None)
    begun, looked = min(course.commits, default=None), looks[0] if looks else None
    coding = _minutes(begun, course.created_at)
    whole = _minutes(course.created_at, course.merged_at)
    deploy = _minutes(course.merged_at, course.deployed_at)
    return Minutes(
        coding=coding,
        pickup=_minutes(course.created_at, looked),
        review=_minutes(looked, course.merged_at),
        deploy=deploy,
        cycle=(coding or 0) + (whole or 0) + (deploy or 0),
    )


def _minutes(begin: datetime | None, end: datetime | None) -> int | None:
    """Whole minutes, rounded up; None where one is unknown or they run backwards."""
    if begin is None or end is None or end < begin:
        return None
    return int(-((begin - end).total_seconds() // 60))


@dataclass(frozen=True, slots=True)
class Shipped:
    """One deployment as DevLake sees it: `brings` holds the commits between the last successful one before it and it;
    None where there is none before it.
    """

    finished_at: datetime
    is_production: bool
    is_success: bool
    brings: frozenset[str] | None


def devlake_deployed_at(merge_commit: str | None, deployments: Iterable[Shipped]) -> datetime | None:
    """When DevLake says a merge reached production: the first successful production deployment that brings it."""
    found = [
        one.finished_at
        for one in deployments
        if one.is_production and one.is_success and one.brings is not None and merge_commit in one.brings
    ]
    return min(found, default=None)


@dataclass(frozen=True, slots=True)
class Seen:
    """What Middleware looks at: opening, merge, `ready` instants, and (state, instant) of reviews by others."""

    created_at: float
    merged_at: float | None = None
    ready: Sequence[float] = ()
    reviews: Sequence[tuple[str, float]] = ()


@dataclass(frozen=True, slots=True)
class Seconds:
    """Middleware's parts, in seconds."""

    first_review_time: float | None
    rework_time: float | None
    merge_time: float | None
    cycle_time: float | None


def middleware(seen: Seen) -> Seconds:
    """Parts of the cycle time as Middleware counts them."""
    begin = min(seen.ready, default=seen.created_at)
    first = min((at for _, at in seen.reviews), default=None)
    approved = min((at for state, at in seen.reviews if state == "APPROVED"), default=None)
    merge = None
    if approved is not None and seen.merged_at is not None and seen.merged_at >= approved:
        merge = seen.merged_at - approved
    return Seconds(
        first_review_time=None if first is None else first - begin,
        rework_time=None if approved is None or first is None else approved - first,
        merge_time=merge,
        cycle_time=None if seen.merged_at is None else seen.merged_at - begin,
    )


def middleware_lead(course: Course, seen: Seconds) -> float | None:
    """Middleware's lead time in seconds: first commit to opening, first response, rework, merge and deploy, what is missing
    or runs backwards as zero; None for a change that did not merge.
    """
    if course.merged_at is None:
        return None
    begun, deployed = min(course.commits, default=course.created_at), course.deployed_at or course.merged_at
    opened = (course.created_at - begun).total_seconds()
    shipped = (deployed - course.merged_at).total_seconds()
    parts = (opened, seen.first_review_time, seen.rework_time, seen.merge_time, shipped)
    return sum(max(part, 0.0) for part in parts if part is not None)


def failed_deployments(deployments: Iterable[datetime], incidents: Iterable[datetime]) -> set[datetime]:
    """Deployments with an incident between them and the next one; an incident before the first belongs to none."""
    shipped = sorted(deployments)
    places = [bisect_right(shipped, incident) for incident in incidents]
    return {shipped[place - 1] for place in places if place}


def reads_like_a_bot(name: str) -> bool:
    """Whether Middleware takes a login for an automation: `bot` as a word of its own."""
    return bool(_BOT.search(name))
