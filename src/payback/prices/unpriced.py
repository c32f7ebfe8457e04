"""What has no price: rows of `usage` whose amount is unknown, summed by vendor, model and reason. Prices nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import pyarrow.compute as pc

from payback.prices.card import Units

if TYPE_CHECKING:
    import pyarrow as pa

PREFIX = "unpriced: "
COUNTED = Units._fields[:5]


class Missing(NamedTuple):
    """Tokens (input side and output) and rows of one model without a price, and why it has none."""

    vendor: str | None
    model: str | None
    tokens: int
    rows: int
    why: str | None


def unpriced(rows: pa.Table) -> tuple[Missing, ...]:
    """Priced rows of `usage` in; what stayed unpriced out, most tokens first. Rows that used no token are left out."""
    open_rows = rows.select(["vendor", "model", "price_book", *COUNTED]).filter(pc.is_null(rows["list_usd"]))
    tokens = open_rows[COUNTED[0]]
    for name in COUNTED[1:]:
        tokens = pc.add(tokens, open_rows[name])
    grouped = (
        open_rows.select(["vendor", "model", "price_book"])
        .append_column("tokens", tokens)
        .group_by(["vendor", "model", "price_book"])
        .aggregate([("tokens", "sum"), ("tokens", "count")])
    )
    found = [
        Missing(
            row["vendor"], row["model"], row["tokens_sum"], row["tokens_count"], _reason(row["price_book"])
        )
        for row in grouped.to_pylist()
        if row["tokens_sum"]
    ]
    return tuple(
        sorted(found, key=lambda each: (-each.tokens, each.model or "", each.vendor or "", each.why or ""))
    )


def _reason(price_book: str | None) -> str | None:
    return price_book.removeprefix(PREFIX) if price_book else None
