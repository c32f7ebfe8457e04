"""What derived rows still owe to facts that changed: notes of spans, each written with the facts it speaks of.

Every note has a name of its own, so no writer loses another's, and whoever derives first puts one note of its own in the
place of those it saw. If another process has taken that note over by the end, what it wrote may be older than what the
other wrote, and the span is owed again; what came in meanwhile stays owed.
"""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from payback.warehouse.contract import Cursor

if TYPE_CHECKING:
    from collections.abc import Iterable

    from payback.warehouse.contract import Warehouse

LEDGER = "ledger"
STALE = "stale"


@dataclass(frozen=True, slots=True)
class Stale:
    """The span of instants whose derived rows are older than their facts, both ends included, and the notes that say so."""

    since: datetime
    until: datetime
    notes: tuple[str, ...] = ()

    def forgotten(self) -> list[Cursor]:
        """The notes taken back; others written meanwhile stand."""
        return [Cursor(LEDGER, note, None) for note in self.notes]


def stale(warehouse: Warehouse) -> Stale | None:
    """What is still owed; None when derived rows are up to date."""
    told = warehouse.cursors(LEDGER)
    notes = tuple(sorted(name for name in told if name == STALE or name.startswith(f"{STALE}:")))
    if not notes:
        return None
    ends = [datetime.fromisoformat(end) for note in notes for end in json.loads(told[note])]
    return Stale(min(ends), max(ends), notes)


def owed(instants: Iterable[datetime]) -> Cursor:
    """A note that derived rows from the first to the last of these instants are owed."""
    ends = sorted(instants)
    return Cursor(
        LEDGER, f"{STALE}:{uuid.uuid4().hex}", json.dumps([ends[0].isoformat(), ends[-1].isoformat()])
    )


def claimed(warehouse: Warehouse) -> Stale | None:
    """What is owed, under one note of the caller's own; None when nothing is. To be read before the facts."""
    found = stale(warehouse)
    if found is None:
        return None
    note = owed([found.since, found.until])
    warehouse.apply([*found.forgotten(), note])
    return Stale(found.since, found.until, (note.stream,))


def settled(warehouse: Warehouse, mine: Stale) -> bool:
    """Whether the caller's derived rows stand: its note is taken back. False where another took the span over meanwhile:
    then it is owed again.
    """
    if set(mine.notes) <= warehouse.cursors(LEDGER).keys():
        warehouse.apply(mine.forgotten())
        return True
    warehouse.apply([owed([mine.since, mine.until])])
    return False
