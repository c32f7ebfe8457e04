"""Pricing again with other books: the new rows, and beside them what each changed amount was and which book had said so.

Pure; who re-prices, when, and where the changes are kept is the ledger's matter.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from payback.prices.table import priced

if TYPE_CHECKING:
    from payback.prices.shelf import Books


def reprice(rows: pa.Table, books: Books) -> tuple[pa.Table, pa.Table]:
    """The rows of `usage` priced anew, and one line per row whose amount or book is another than before.

    Columns of the changes: `usage_id`, `old_usd`, `old_book`, `new_usd`, `new_book`; NULL amounts are unpriced.
    """
    again = priced(rows, books)
    changed = pc.or_(
        _differs(rows["list_usd"], again["list_usd"]), _differs(rows["price_book"], again["price_book"])
    )
    changes = pa.table(
        {
            "usage_id": rows["usage_id"],
            "old_usd": rows["list_usd"],
            "old_book": rows["price_book"],
            "new_usd": again["list_usd"],
            "new_book": again["price_book"],
        }
    )
    return again, changes.filter(changed)


def _differs(old: pa.ChunkedArray, new: pa.ChunkedArray) -> pa.ChunkedArray:
    """Whether two columns differ row by row, where unknown equals unknown only."""
    one_is_unknown = pc.xor(pc.is_null(old), pc.is_null(new))
    return pc.or_(one_is_unknown, pc.fill_null(pc.not_equal(old, new), fill_value=False))
