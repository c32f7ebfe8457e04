"""What the history of an issue says: the states it was in, who moved it, and when it was in which cycle. Pure.

Linear tells the states as stretches of time, the first included. Where it keeps none for an old issue, its events are read.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from payback.sources.amounts import instant
from payback.sources.commitments import stays

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from payback.sources.commitments import Stay

    Row = Mapping[str, Any]

COMPLETED, IN_PROGRESS, DONE, CANCELLED = "completed", "in_progress", "done", "cancelled"
CATEGORIES = {
    "triage": "to_do",
    "backlog": "to_do",
    "unstarted": "to_do",
    "started": "in_progress",
    "completed": "done",
    "canceled": CANCELLED,
    "duplicate": CANCELLED,
}
LEFT_OVER = timedelta(hours=1)
NEAR = timedelta(minutes=10)
"""Events of one person within some minutes are told as one, so an event may stand beside the stretch that it began."""


@dataclass(frozen=True, slots=True)
class State:
    """A state that an issue came to at a time; `before` is None for its first."""

    at: datetime
    called: str | None
    type: str | None
    before: State | None = None
    actor: str | None = None

    @property
    def category(self) -> str | None:
        return CATEGORIES.get(self.type or "")


def person(told: Row | None) -> str | None:
    """The address of somebody, else Linear's id of them."""
    found = (told or {}).get("email") or (told or {}).get("id")
    return str(found) if found else None


def nodes(issue: Row, name: str) -> list[Row]:
    """The entries of a list that an issue holds."""
    return list((issue.get(name) or {}).get("nodes") or ())


def states(issue: Row) -> list[State]:
    """The states of an issue in their order; none where nothing but the state now is known, and that is an end."""
    events = sorted(nodes(issue, "history"), key=lambda one: str(one["createdAt"]))
    return _from_spans(issue, events) or _from_events(issue, events)


def _from_spans(issue: Row, events: Sequence[Row]) -> list[State]:
    spans = sorted(nodes(issue, "stateHistory"), key=lambda one: instant(one["startedAt"]))
    found: list[State] = []
    for span in spans:
        found.append(_state(instant(span["startedAt"]), span.get("state") or {}, found, events))
    now = issue["state"]
    if (
        spans
        and spans[-1].get("endedAt")
        and (now.get("name"), now.get("type")) != (found[-1].called, found[-1].type)
    ):
        found.append(_state(instant(spans[-1]["endedAt"]), now, found, events))
    return found


def _from_events(issue: Row, events: Sequence[Row]) -> list[State]:
    moves = [one for one in events if one.get("toState")]
    created, now = issue.get("createdAt"), issue["state"]
    if not created or (not moves and CATEGORIES.get(now.get("type")) in {DONE, CANCELLED}):
        return []
    first = (moves[0].get("fromState") or {}) if moves else now
    found = [_state(instant(created), first, [], ())]
    for one in moves:
        found.append(_state(instant(one["createdAt"]), one["toState"], found, [one]))
    return found


def _state(at: datetime, told: Row, found: Sequence[State], events: Sequence[Row]) -> State:
    before = found[-1] if found else None
    return State(at, told.get("name"), told.get("type"), before, _mover(at, told, events) if before else None)


def _mover(at: datetime, told: Row, events: Sequence[Row]) -> str | None:
    """Who brought it there, by the event nearest to it."""
    near = [
        (abs(instant(one["createdAt"]) - at), number)
        for number, one in enumerate(events)
        if (one.get("toState") or {}).get("name") == told.get("name")
    ]
    gap, number = min(near, default=(NEAR * 2, 0))
    return person(events[number].get("actor")) if gap <= NEAR else None


def reopened(passed: Sequence[State]) -> int:
    """How often it was completed and then was not; that it was cancelled then is no reopening."""
    return sum(
        one.before is not None
        and one.before.type == COMPLETED
        and one.category not in {DONE, CANCELLED, None}
        for one in passed
    )


def completed_at(issue: Row, passed: Sequence[State], at: datetime) -> bool:
    """Whether it was completed at a time; what was cancelled is not."""
    if not passed:
        ended = issue.get("completedAt")
        return bool(ended) and instant(ended) <= at
    return next((one.type for one in reversed(passed) if one.at <= at), None) == COMPLETED


def cycle_stays(issue: Row, created: datetime, cycles: Mapping[str, Row]) -> dict[str, list[Stay]]:
    """When it was in which cycle, by the cycle's id."""
    events = sorted(nodes(issue, "history"), key=lambda one: str(one["createdAt"]))
    moves = [
        (_rolled(one, cycles), _one(one.get("fromCycleId")), _one(one.get("toCycleId")))
        for one in events
        if one.get("fromCycleId") or one.get("toCycleId")
    ]
    added = issue.get("addedToCycleAt")
    since = instant(added) if added and not moves else created
    return stays(since, moves, _one((issue.get("cycle") or {}).get("id")))


def _rolled(event: Row, cycles: Mapping[str, Row]) -> datetime:
    """When it came to another cycle. What is left over is taken to the next one some minutes after that began, and was in it
    from its beginning.
    """
    at, following = instant(event["createdAt"]), cycles.get(str(event.get("toCycleId")))
    if event.get("fromCycleId") and following:
        begins = instant(following["startsAt"])
        return begins if begins <= at <= begins + LEFT_OVER else at
    return at


def _one(told: Any) -> tuple[str, ...]:
    return (str(told),) if told else ()
