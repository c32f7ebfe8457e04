"""Requests and books for tests of the ledger."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pyarrow as pa
from hypothesis import strategies as st

from payback.ledger.entries import Usage
from payback.ledger.intake import Books
from payback.ledger.owing import stale
from payback.ledger.tables import TABLES
from payback.org.directory import Directory
from payback.warehouse.duckdb import DuckWarehouse

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
START = datetime(2026, 10, 5, 10, tzinfo=UTC)


def usage(key: str = "r1", **told: Any) -> Usage:
    fields: dict[str, Any] = {
        "usage_id": key,
        "occurred_at": START,
        "vendor": "anthropic",
        "tool": "claude_code",
        "source": "agents:claude_code",
        "model": "model-a",
        "response_id": f"msg-{key}",
        "session_id": "s1",
        "input_tokens": 10,
        "output_tokens": 100,
    }
    return Usage(**{**fields, **told})


def flat_price(rows: pa.Table) -> pa.Table:
    """A book that knows model-a and model-b only: 1 and 2 micro-dollars per token of any kind."""
    rate = {"model-a": Decimal("0.000001"), "model-b": Decimal("0.000002")}
    amounts = []
    for row in rows.to_pylist():
        tokens = sum(
            row[name]
            for name in (
                "input_tokens",
                "cache_read_tokens",
                "cache_write_5m_tokens",
                "cache_write_1h_tokens",
                "output_tokens",
            )
        )
        amounts.append(rate[row["model"]] * tokens if row["model"] in rate else None)
    index = rows.schema.get_field_index("list_usd")
    return rows.set_column(index, "list_usd", pa.array(amounts, pa.decimal128(18, 9)))


def books(directory: Directory | None = None) -> Books:
    return Books(DuckWarehouse.in_memory(TABLES), flat_price, directory or Directory())


copies = st.builds(
    lambda key, output, final, side, session, seconds, response: usage(
        f"{response}-{key}",
        response_id=response,
        output_tokens=output,
        is_final=final,
        is_subagent=side,
        session_id=session,
        occurred_at=START + timedelta(seconds=seconds),
    ),
    st.sampled_from(["q1", "q2"]),
    st.integers(0, 3),
    st.booleans(),
    st.booleans(),
    st.sampled_from(["s1", "s2", "s3"]),
    st.integers(0, 3),
    st.sampled_from(["m1", "m2"]),
)


def forgotten(held):
    """What takes back all that is owed."""
    owes = stale(held.warehouse)
    return owes.forgotten() if owes else []
