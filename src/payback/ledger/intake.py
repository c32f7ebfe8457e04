"""How entries become facts: checked, merged with what is stored, priced, placed, and written with their cursor at once.

Taking the same entries in twice, in any order, in any portions, leaves the same rows. What is derived from requests
is not written here; the days that changed are remembered (`owing`) in the same transaction, until `derive` catches up.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property
from typing import TYPE_CHECKING

import pyarrow as pa

from payback.ledger import checks
from payback.ledger.batches import rejected_table, step_table, usage_table, usages_of
from payback.ledger.entries import Rejected
from payback.ledger.identity import merge
from payback.ledger.owing import owed
from payback.ledger.placement import Placement, placed
from payback.ledger.rules import Rules
from payback.warehouse.contract import Change, Delete, Upsert

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from datetime import datetime

    from payback.ledger.entries import Step, Usage
    from payback.org.directory import Directory
    from payback.warehouse.contract import Cursor, Warehouse


@dataclass(slots=True)
class Batch:
    """What one stretch of a source gave, with the cursors that say how far it has been read."""

    usages: list[Usage] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)
    rejected: list[Rejected] = field(default_factory=list)
    cursors: list[Cursor] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of a batch: rows written, rows refused."""

    usages: int = 0
    steps: int = 0
    rejected: int = 0

    def __add__(self, other: Taken) -> Taken:
        return Taken(self.usages + other.usages, self.steps + other.steps, self.rejected + other.rejected)


@dataclass(frozen=True)
class Books:
    """Where facts are written, how they are priced (rows of `usage` in, the same with list_usd and price_book out), who is
    who, and by which rules money is placed.
    """

    warehouse: Warehouse
    price: Callable[[pa.Table], pa.Table]
    directory: Directory
    rules: Rules = field(default_factory=Rules)

    @cached_property
    def placement(self) -> Placement:
        """Where things belong by this organisation and these rules."""
        return Placement(self.directory, self.rules)


def take_in(batch: Batch, books: Books, now: datetime) -> Taken:
    """Write a batch whole or not at all; returns what became of it."""
    sound, faulty = _checked(batch.usages)
    stored = _copies(books.warehouse, sound)
    settled = merge([*stored, *sound]) if stored else merge(sound)
    rows = books.price(placed(usage_table(settled, now), books.placement))
    rejected = [*batch.rejected, *faulty]
    kept = {usage.usage_id for usage in settled}
    dropped = sorted({usage.usage_id for usage in stored} - kept)
    changes: list[Change] = [Delete("usage", "usage_id", dropped)] if dropped else []
    if settled:
        changes.append(Upsert("usage", rows))
    if batch.steps:
        changes.append(Upsert("steps", step_table(_distinct(batch.steps), now)))
    if touched := _touched([*stored, *settled], batch.steps):
        changes.append(owed(touched))
    if rejected:
        changes.append(Upsert("rejected", rejected_table(rejected, now)))
    changes += batch.cursors
    if changes:
        books.warehouse.apply(changes)
    return Taken(len(settled), len(batch.steps), len(rejected))


def _checked(usages: Iterable[Usage]) -> tuple[list[Usage], list[Rejected]]:
    sound: list[Usage] = []
    faulty: list[Rejected] = []
    for usage in usages:
        why = checks.fault(usage)
        if why is None:
            sound.append(usage)
        else:
            faulty.append(Rejected(usage.source, f"{usage.usage_id}: {why}"))
    return sound, faulty


def _touched(usages: Iterable[Usage], steps: Iterable[Step]) -> list[datetime]:
    """The instants whose derived rows change. A step is paid by a request that may be counted up to an hour later."""
    found = [usage.occurred_at for usage in usages]
    for step in steps:
        found += [step.occurred_at, step.occurred_at + timedelta(hours=1)]
    return found


def _distinct(steps: Iterable[Step]) -> list[Step]:
    return list({step.step_id: step for step in steps}.values())


def _copies(warehouse: Warehouse, usages: Sequence[Usage]) -> list[Usage]:
    """The stored rows that tell of the same responses: same id, or same response under another request."""
    if not usages:
        return []
    same = warehouse.lookup("usage", "usage_id", pa.array([usage.usage_id for usage in usages], pa.string()))
    responses = sorted({usage.response_id for usage in usages if usage.response_id})
    if responses:
        kin = warehouse.lookup("usage", "response_id", pa.array(responses, pa.string()))
        same = pa.concat_tables([same, kin]) if len(kin) else same
    found = {usage.usage_id: usage for usage in usages_of(same)}
    return list(found.values())
