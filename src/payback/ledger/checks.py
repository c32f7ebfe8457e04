"""Whether one request's row can be true. Rule 1 of the ledger: five disjoint counts that add up to the vendor's total."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from payback.ledger.entries import Usage

COUNTS = (
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
)
DISJOINT = COUNTS[:5]
LARGEST = 2**53
EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
LATEST = datetime(2200, 1, 1, tzinfo=UTC)


def fault(usage: Usage) -> str | None:
    """Why this row cannot be priced and counted; None when it can."""
    for name in COUNTS:
        count = getattr(usage, name)
        if not isinstance(count, int) or not 0 <= count <= LARGEST:
            return f"{name} is {count!r}, not a count"
    if usage.reasoning_tokens > usage.output_tokens:
        return f"reasoning ({usage.reasoning_tokens}) is more than the output ({usage.output_tokens}) it is part of"
    if usage.reported_tokens is not None:
        total = sum(getattr(usage, name) for name in DISJOINT)
        if total != usage.reported_tokens:
            return f"the five token counts add up to {total}, the vendor says {usage.reported_tokens}"
    if not EARLIEST <= usage.occurred_at < LATEST:
        return f"{usage.occurred_at:%Y-%m-%d} is not a date this can have happened"
    return None
