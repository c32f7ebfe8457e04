"""Rules 6, 7 and 11: what is taken in twice, late, in portions or in another order leaves the same facts."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from payback.ledger.intake import Batch, take_in
from payback.ledger.owing import stale
from payback.warehouse.contract import Cursor
from tests.ledger.entries import NOW, books, copies, usage


def stored(held):
    rows = held.warehouse.read(held.warehouse.table("usage").order_by("usage_id"))
    return rows.drop_columns(["synced_at"]).to_pylist()


def test_a_request_is_stored_with_its_price_and_the_days_it_touches_are_owed():
    held = books()
    take_in(Batch(usages=[usage()]), held, NOW)
    assert stored(held)[0]["list_usd"] == Decimal("0.000110000")
    assert stale(held.warehouse).since == usage().occurred_at


def test_an_unknown_price_is_unpriced_and_never_zero():
    held = books()
    take_in(Batch(usages=[usage(model="nobody-knows")]), held, NOW)
    row = stored(held)[0]
    assert row["list_usd"] is None
    assert row["output_tokens"] == 100


def test_the_cursor_is_written_with_the_rows():
    held = books()
    take_in(Batch(usages=[usage()], cursors=[Cursor("agents:claude_code", "a.jsonl", "17")]), held, NOW)
    assert held.warehouse.cursors("agents:claude_code") == {"a.jsonl": "17"}


def test_a_growing_response_replaces_its_shorter_copy():
    held = books()
    for output in (3, 427, 40):
        take_in(Batch(usages=[usage(output_tokens=output, is_final=output == 427)]), held, NOW)
    assert [row["output_tokens"] for row in stored(held)] == [427]


def test_a_side_chain_copy_that_came_first_goes_when_the_response_itself_comes():
    held = books()
    take_in(Batch(usages=[usage("m1-q9", response_id="m1", is_subagent=True)]), held, NOW)
    take_in(Batch(usages=[usage("m1-q1", response_id="m1")]), held, NOW)
    assert [row["usage_id"] for row in stored(held)] == ["m1-q1"]


def test_a_tagged_team_is_kept_beside_the_attributed_one():
    held = books()
    take_in(Batch(usages=[usage(team="payments")]), held, NOW)
    row = stored(held)[0]
    assert (row["team_tag"], row["team"]) == ("payments", "payments")


@settings(max_examples=12, deadline=None)
@given(st.lists(copies, min_size=1, max_size=8), st.randoms(use_true_random=False), st.integers(0, 8))
def test_the_same_entries_in_any_order_and_portions_leave_the_same_rows(given, random, cut):
    once = books()
    take_in(Batch(usages=list(given)), once, NOW)
    shuffled = list(given)
    random.shuffle(shuffled)
    again = books()
    for portion in (shuffled[:cut], shuffled[cut:], shuffled):
        take_in(Batch(usages=portion), again, NOW)
    assert stored(again) == stored(once)
