"""The times of one ticket, from its moves between categories: to_do, in_progress, done, cancelled. Pure.

Active is the time in progress; queued is the time to do, between creation and the end. A ticket that is open has no end: what
it has spent so far is told for its age and never as a result.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    Row = Mapping[str, Any]

TO_DO, IN_PROGRESS, DONE, CANCELLED = "to_do", "in_progress", "done", "cancelled"
OLD_AT_PICKUP = timedelta(days=180)
LOW = frozenset({"low", "lowest", "minor", "trivial", "p4", "p5", "4", "no priority"})
TAGS = frozenset({"would-not-have-been-done", "would_not_have_been_done"})


@dataclass(frozen=True, slots=True)
class Times:
    """When a ticket was begun and done, and the hours in between; None where moves or ends are unknown."""

    started_at: datetime | None
    resolved_at: datetime | None
    active_hours: float | None
    queue_hours: float | None
    resolution_hours: float | None
    reopened: int | None


def times_of(ticket: Row, moves: Sequence[Row]) -> Times:
    """The times of a ticket. Without moves, what the ticket itself tells stands and the hours in between are unknown."""
    told = sorted(moves, key=lambda move: (move["moved_at"], move["move_id"]))
    started = next(
        (move["moved_at"] for move in told if move["to_category"] == IN_PROGRESS), ticket["started_at"]
    )
    resolved = _resolved(ticket, told)
    created = ticket["created_at"]
    whole = _hours(created, resolved)
    spent = _spent(ticket, told, resolved) if told and resolved and whole is not None else None
    return Times(
        started_at=started,
        resolved_at=resolved,
        active_hours=None if spent is None else spent[IN_PROGRESS],
        queue_hours=None if spent is None else spent[TO_DO],
        resolution_hours=whole,
        reopened=_reopened(told) if told else ticket["reopened"],
    )


def _resolved(ticket: Row, told: Sequence[Row]) -> datetime | None:
    """The last time it came to be done, if it is done now."""
    if ticket["status_category"] not in {None, DONE}:
        return None
    ends = [
        move["moved_at"] for move in told if move["to_category"] == DONE and move["from_category"] != DONE
    ]
    resolved: datetime | None = ends[-1] if ends else ticket["resolved_at"]
    return resolved


def _stretches(ticket: Row, told: Sequence[Row], until: datetime) -> Iterable[tuple[str | None, float]]:
    """Category and hours of each stretch from creation until an instant."""
    begin = ticket["created_at"]
    category = told[0]["from_category"] or TO_DO
    for move in told:
        end = min(move["moved_at"], until)
        if begin is not None and end > begin:
            yield category, (end - begin).total_seconds() / 3600
        begin, category = max(filter(None, (begin, end))), move["to_category"]
    if begin is not None and until > begin:
        yield category, (until - begin).total_seconds() / 3600


def _spent(ticket: Row, told: Sequence[Row], until: datetime) -> dict[str, float]:
    """Hours by category. What lay done or cancelled before it was reopened is neither active nor queued."""
    spent = {TO_DO: 0.0, IN_PROGRESS: 0.0, DONE: 0.0, CANCELLED: 0.0}
    for category, hours in _stretches(ticket, told, until):
        spent[category if category in spent else TO_DO] += hours
    return spent


def _reopened(told: Iterable[Row]) -> int:
    return sum(move["from_category"] == DONE and move["to_category"] in {TO_DO, IN_PROGRESS} for move in told)


def _hours(begin: datetime | None, end: datetime | None) -> float | None:
    if begin is None or end is None or end < begin:
        return None
    return (end - begin).total_seconds() / 3600


def would_not_have_been_done(ticket: Row, times: Times, *, with_ai: bool) -> bool | None:
    """Whether nobody would have done it: tagged so by a person; or done with AI, and at its pick-up old or of low priority.

    None while it is open.
    """
    if times.resolved_at is None:
        return None
    labels = {label.strip().casefold() for label in (ticket["labels"] or "").split(",")}
    if labels & TAGS:
        return True
    if not with_ai:
        return False
    is_low = (ticket["priority"] or "").casefold() in LOW
    begun, created = times.started_at, ticket["created_at"]
    return is_low or bool(begun and created and begun - created > OLD_AT_PICKUP)
