"""Requests that come as a whole table: taken in like entries one by one, without making an entry of each.

Rows whose id is new are added; rows that are stored as they are change nothing; rows that are stored otherwise are merged
one by one.
"""

from __future__ import annotations

from functools import reduce
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from payback.ledger.batches import usages_of
from payback.ledger.intake import Batch, Taken, take_in
from payback.ledger.owing import owed
from payback.ledger.placement import PLACED, placed
from payback.ledger.tables_usage import USAGE
from payback.warehouse.contract import Append

if TYPE_CHECKING:
    from datetime import datetime

    from payback.ledger.intake import Books

OWN = frozenset({*PLACED, "placed_by", "list_usd", "price_book", "synced_at"})
TOLD = tuple(name for name in USAGE.names if name not in OWN)


def take_in_table(rows: pa.Table, books: Books, now: datetime) -> Taken:
    """Write rows of `usage`, each id once and every row sound by `ledger.checks`; returns what became of them.

    They name no response that other requests could tell of as well.
    """
    new, changed = _sorted(rows, books)
    if len(new):
        at = USAGE.schema.get_field_index("synced_at")
        stamps = pa.array([now] * len(new), USAGE.schema.field(at).type)
        new = new.set_column(at, USAGE.schema.field(at), stamps)
        ends = pc.min_max(new["occurred_at"]).as_py()
        priced = books.price(placed(new, books.placement))
        books.warehouse.apply([Append(USAGE.name, priced), owed([ends["min"], ends["max"]])])
    if len(changed):
        take_in(Batch(usages=usages_of(changed)), books, now)
    return Taken(len(rows))


def _sorted(rows: pa.Table, books: Books) -> tuple[pa.Table, pa.Table]:
    """The rows that are new, and those that are stored otherwise."""
    ids = rows["usage_id"].combine_chunks()
    stored = books.warehouse.lookup(USAGE.name, "usage_id", ids)
    if not len(stored):
        return rows, rows.slice(0, 0)
    known = pc.is_in(ids, stored["usage_id"].combine_chunks())
    told, before = rows.filter(known).sort_by("usage_id"), stored.sort_by("usage_id")
    same = reduce(pc.and_, (_equal(told[name], before[name].cast(told[name].type)) for name in TOLD))
    return rows.filter(pc.invert(known)), told.filter(pc.invert(same))


def _equal(one: pa.ChunkedArray, other: pa.ChunkedArray) -> pa.ChunkedArray:
    nothing = pc.and_(pc.is_null(one), pc.is_null(other))
    return pc.or_(pc.fill_null(pc.equal(one, other), False), nothing)
