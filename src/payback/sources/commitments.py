"""What was promised in which sprint or cycle, from when a ticket was in it and when it was done. Knows no tracker. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from payback.ledger.work_entries import SprintTicket

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Sequence
    from datetime import datetime

    Move = tuple[datetime, Collection[str], Collection[str]]


@dataclass(frozen=True, slots=True)
class Stay:
    """One stretch of a ticket in a sprint; `until` is None while it lasts."""

    since: datetime
    until: datetime | None

    def holds(self, at: datetime) -> bool:
        return self.since <= at and (self.until is None or at < self.until)


@dataclass(frozen=True, slots=True)
class Sprint:
    """One sprint: when it began (None while it is only planned), and when it ended or is to end."""

    id: str
    name: str | None
    begun: datetime | None
    until: datetime | None
    is_closed: bool
    team: str | None = None


def stays(created: datetime, moves: Iterable[Move], now_in: Iterable[str]) -> dict[str, list[Stay]]:
    """When a ticket was in which sprint, by the sprint's id. Moves are in their order, each with the sprints before and after;
    without moves it has been since its creation where it is now.
    """
    told = list(moves)
    since = dict.fromkeys(told[0][1] if told else now_in, created)
    found: dict[str, list[Stay]] = {}
    for at, _, held in told:
        for number in [number for number in since if number not in held]:
            found.setdefault(number, []).append(Stay(since.pop(number), at))
        since |= dict.fromkeys((number for number in held if number not in since), at)
    for number, begun in since.items():
        found.setdefault(number, []).append(Stay(begun, None))
    return found


def commitment(
    whose: tuple[str, str],
    sprint: Sprint,
    held: Sequence[Stay],
    done_at: Callable[[datetime], bool],
    now: datetime,
) -> SprintTicket | None:
    """One ticket in one sprint; None where it had left before the sprint began. Committed is what was in the sprint when it
    began; completed is what was done by its end and still in it. While a sprint runs, what is not done is not known yet.
    """
    ticket, source = whose
    begun, is_in = sprint.begun, any(stay.until is None for stay in held)
    if not is_in and (begun is None or all(stay.until and stay.until <= begun for stay in held)):
        return None
    row = SprintTicket(
        sprint_id=sprint.id,
        ticket_id=ticket,
        source=source,
        name=sprint.name,
        team=sprint.team,
        started_at=begun,
    )
    if begun is not None:
        row.ended_at = sprint.until
        row.committed = any(stay.holds(begun) for stay in held)
        row.completed = _completed(sprint, held, done_at, now)
    return row


def _completed(
    sprint: Sprint, held: Sequence[Stay], done_at: Callable[[datetime], bool], now: datetime
) -> bool | None:
    if sprint.is_closed and sprint.until is not None:
        end = sprint.until
        return any(stay.holds(end) for stay in held) and done_at(end)
    if not any(stay.until is None for stay in held):
        return False
    return done_at(now) or None
