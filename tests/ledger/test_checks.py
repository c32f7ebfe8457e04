"""Rule 1: five disjoint token counts that add up to the vendor's total, or the row is refused and not priced."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payback.ledger.checks import DISJOINT, fault
from payback.ledger.entries import Rejected
from payback.ledger.intake import Batch, take_in
from tests.ledger.entries import NOW, books, usage

counts = st.integers(0, 10**9)


@given(st.tuples(counts, counts, counts, counts, counts), st.integers(-5, 5))
def test_a_row_stands_exactly_when_its_counts_add_up_to_the_vendors_total(parts, off):
    told = dict(zip(DISJOINT, parts, strict=True))
    row = usage(**told, reported_tokens=sum(parts) + off)
    assert (fault(row) is None) == (off == 0)


def test_a_row_that_does_not_add_up_is_quarantined_with_its_reason_and_not_priced():
    held = books()
    taken = take_in(
        Batch(usages=[usage("bad", reported_tokens=5), usage("good", reported_tokens=110)]), held, NOW
    )
    stored = held.warehouse.read(held.warehouse.table("usage")).to_pylist()
    refused = held.warehouse.read(held.warehouse.table("rejected")).to_pylist()
    assert (taken.usages, taken.rejected) == (1, 1)
    assert [row["usage_id"] for row in stored] == ["good"]
    assert "add up to 110, the vendor says 5" in refused[0]["why"]


@pytest.mark.parametrize(
    ("told", "why"),
    [
        ({"output_tokens": -1}, "output_tokens is -1"),
        ({"input_tokens": 2**60}, "not a count"),
        ({"output_tokens": 3, "reasoning_tokens": 4}, "part of"),
        ({"occurred_at": datetime(1970, 1, 1, tzinfo=UTC)}, "not a date"),
    ],
)
def test_a_row_that_cannot_be_says_why(told, why):
    assert why in fault(usage(**told))


def test_bad_rows_are_values_that_never_stop_the_good_ones():
    """Rule 14."""
    held = books()
    batch = Batch(usages=[usage("r1")], rejected=[Rejected("agents:codex", "not JSON", "a.jsonl", 7)] * 2)
    taken = take_in(batch, held, NOW)
    refused = held.warehouse.read(held.warehouse.table("rejected")).to_pylist()
    assert taken.usages == 1
    assert [(row["file"], row["line"], row["why"]) for row in refused] == [("a.jsonl", 7, "not JSON")]
