"""One invented month, March 2026, worked out by hand: the rows, and what each metric must be.

Clocks go forward in Paris on 29 March. Amounts are small enough to add up in the head.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pyarrow as pa

from payback.ledger.tables import BY_NAME

SYNCED = datetime(2026, 4, 1, tzinfo=UTC)


def rows_of(table: str, rows: list[dict]) -> pa.Table:
    """Rows as the declared table wants them; columns that are not named are NULL."""
    schema = BY_NAME[table].schema
    return pa.Table.from_pylist(
        [{name: row.get(name) for name in schema.names} for row in rows], schema=schema
    )


def money(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)


def spend(**given) -> dict:
    plain = {
        "day": date(2026, 3, 2),
        "currency": "USD",
        "unpriced_tokens": 0,
        "tokens": 0,
        "requests": 0,
        "basis": "membership",
        "source": "agents",
        "synced_at": SYNCED,
    }
    amounts = {name: money(given.pop(name)) for name in ("billed", "amortised", "list") if name in given}
    return plain | given | amounts


def counts(**given) -> dict:
    return (
        dict.fromkeys(
            (
                "input_tokens",
                "cache_read_tokens",
                "cache_write_5m_tokens",
                "cache_write_1h_tokens",
                "output_tokens",
                "reasoning_tokens",
                "web_searches",
                "requests",
                "errors",
                "retries",
            ),
            0,
        )
        | given
    )
