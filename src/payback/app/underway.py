"""How far a connection is while it is read: its stream, the day up to which that is in, rows, and the share of all that is done.

How many slices are left is known only once they are planned, so the share is one of time: of a stream, the days that are in
out of those from its first slice to now; of the connection, its streams alike.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from payback.app.surroundings import Surroundings
    from payback.sources.source import Slice


@dataclass(frozen=True, slots=True)
class Underway:
    """One connection as it is now. `share` is from 0 to 1; `until` None before the first slice is in."""

    connection: str
    title: str
    stream: str
    until: datetime | None
    rows: int
    share: float

    def sentence(self) -> str:
        """As one line for whoever has no place for more."""
        day = f": {self.until:%Y-%m-%d}" if self.until else ""
        return f"{self.title}, {self.stream}{day}"


def told(around: Surroundings, one: Underway) -> None:
    """Say how far it is to whoever watches."""
    if around.underway is not None:
        around.underway(one)
    else:
        around.progress(one.sentence())


def share_of(part: Slice, first: Slice, now: datetime) -> float:
    """The share of a stream that is in once `part` is, where it began with `first`."""
    whole = (now - first.since).total_seconds()
    return min(max((part.until - first.since).total_seconds() / whole, 0.0), 1.0) if whole > 0 else 1.0
