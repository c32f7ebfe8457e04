"""Rows of `usage` for price tests, from a few words."""

from __future__ import annotations

from datetime import UTC, datetime

import pyarrow as pa

from payback.prices.book_file import read
from payback.prices.card import Units
from payback.prices.shelf import public

INSTANT = datetime(2026, 10, 5, 9, tzinfo=UTC)
WHILE_LONG_PROMPTS_COST_MORE = datetime(2026, 4, 10, 9, tzinfo=UTC)
TEXTS = (
    "vendor",
    "model",
    "service_tier",
    "speed",
    "region",
    "quality",
    "context_window",
    "usage_id",
    "list_usd",
    "price_book",
)


def row(vendor="anthropic", model="claude-sonnet-4-5-20250929", units=None, **given):
    """One row; `units` are counts by column."""
    counts = Units(**{"requests": 1, **(units or {})})._asdict()
    return {
        "usage_id": "u",
        "vendor": vendor,
        "model": model,
        "service_tier": None,
        "speed": None,
        "region": None,
        "occurred_at": INSTANT,
        "bucket_seconds": 0,
        "quality": "exact",
        "context_window": None,
        "list_usd": None,
        "price_book": None,
        **counts,
        **given,
    }


def table(*rows):
    """The rows as an Arrow table with the column types of `usage`."""
    kinds = {name: pa.string() for name in TEXTS}
    kinds |= {
        "occurred_at": pa.timestamp("us", tz="UTC"),
        "bucket_seconds": pa.int64(),
        "list_usd": pa.decimal128(18, 9),
    }
    kinds |= dict.fromkeys(Units._fields, pa.int64())
    return pa.Table.from_pylist(list(rows), schema=pa.schema(list(kinds.items())))


def with_book(text):
    """The public books with one of the organisation's before them."""
    return public().with_book(read(f'book = "acme"\nsource = "contract 7"\n{text}', "acme.toml"))
