"""Requests that had no price priced as soon as a book gives them one. Figures that stand are left as they are."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow.compute as pc

from payback.ledger.owing import owed
from payback.warehouse.contract import Upsert

if TYPE_CHECKING:
    from payback.ledger.intake import Books


def price_the_unpriced(books: Books) -> int:
    """Price what was unpriced until now; returns how many requests got a price."""
    usage = books.warehouse.table("usage")
    unpriced = books.warehouse.read(usage.filter(usage["list_usd"].isnull(), usage["requests"] > 0))
    if not unpriced.num_rows:
        return 0
    rows = books.price(unpriced)
    rows = rows.filter(pc.is_valid(rows["list_usd"]))
    if rows.num_rows:
        books.warehouse.apply([Upsert("usage", rows), owed(rows["occurred_at"].to_pylist())])
    return int(rows.num_rows)
