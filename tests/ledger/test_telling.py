"""Tokens and requests add up once: of each place one teller counts, and the others are marked."""

from __future__ import annotations

from datetime import UTC, date, datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from payback.ledger.attribute import Ground
from payback.ledger.batches import table_of
from payback.ledger.derive import rolled_up
from payback.ledger.intake import Batch, take_in
from payback.ledger.licences import Licences, changed
from payback.ledger.owing import stale
from payback.ledger.placement import Placement
from payback.ledger.tables_money import SEATS
from payback.ledger.telling import marked, told_elsewhere
from payback.warehouse.contract import Upsert
from tests.ledger.entries import NOW, books, forgotten, usage
from tests.ledger.test_spend import PARIS, PEOPLE

GROUND = Ground(PARIS, Placement(PEOPLE))
SINCE, UNTIL = datetime(2026, 10, 5, tzinfo=UTC), datetime(2026, 10, 6, tzinfo=UTC)


def group(precedence, tokens, **more):
    return {
        "vendor": "anthropic", "utc_day": date(2026, 10, 5), "model": "model-a", "person": None, "payment": None,
        "tool": "anthropic_api" if precedence == "usage_api" else "claude_code", "precedence": precedence,
        "tokens": tokens, "requests": 1, "is_open": False, **more,
    }  # fmt: skip


def counting(*groups, ground=GROUND):
    marks = told_elsewhere(list(groups), ground)
    return [one["tokens"] for one, mark in zip(groups, marks, strict=True) if not mark]


def test_logs_that_tell_of_all_the_vendor_counts_are_counted_since_they_know_more():
    assert counting(group("usage_api", 1000), group(None, 990)) == [990]


def test_logs_that_tell_of_a_part_leave_the_count_to_the_vendor():
    assert counting(group("usage_api", 1000), group(None, 700)) == [1000]
    assert counting(group("usage_api", 1000), group(None, 1700)) == [1000]
    assert counting(group("usage_api", 1000, is_open=True), group(None, 1700)) == [1700]


def test_telemetry_and_logs_of_one_tool_count_once_and_two_tools_twice():
    assert counting(group("telemetry", 50), group(None, 50)) == [50]
    assert counting(group("gateway", 50, tool="litellm"), group(None, 30)) == [50, 30]


def test_use_under_a_seat_is_no_part_of_what_the_vendor_meters():
    seat = {"tool": "claude_code", "person": "ana", "valid_from": SINCE, "valid_until": None}
    ground = Ground(PARIS, Placement(PEOPLE), seats=Licences([seat], PEOPLE))
    assert counting(group("usage_api", 1000), group(None, 400, person="ana"), ground=ground) == [1000, 400]


def test_marks_are_written_once_and_taken_back_when_the_other_teller_goes():
    held = books(PEOPLE)
    vendor = usage("v", precedence="usage_api", tool="anthropic_api", bucket_seconds=86400, session_id=None,
                   response_id=None, occurred_at=SINCE, source="anthropic:usage", is_final=True)  # fmt: skip
    take_in(Batch(usages=[vendor, usage("l", actor="ana")]), held, NOW)
    held.warehouse.apply(marked(held.warehouse, SINCE, UNTIL, GROUND))
    assert marked(held.warehouse, SINCE, UNTIL, GROUND) == []
    held.warehouse.apply([rolled_up(held.warehouse, SINCE, UNTIL)])
    rows = held.warehouse.read(held.warehouse.table("usage_hourly")).to_pylist()
    assert {row["source"]: row["told_elsewhere"] for row in rows} == {
        "anthropic:usage": True,
        "agents:claude_code": None,
    }
    assert sum(row["output_tokens"] for row in rows if not row["told_elsewhere"]) == 100


groups = st.lists(
    st.builds(
        group,
        st.sampled_from(["usage_api", "gateway", "telemetry", None]),
        st.integers(0, 10**6),
        model=st.sampled_from(["model-a", "model-a-20260101", "model-b"]),
        tool=st.sampled_from(["claude_code", "codex", "anthropic_api"]),
        payment=st.sampled_from([None, "metered", "seat"]),
        is_open=st.booleans(),
    ),
    max_size=10,
)


@settings(max_examples=150, deadline=None)
@given(groups)
def test_what_counts_is_some_of_what_is_told_and_never_nothing(some):
    """Every place in which anything is told has something that counts, and marks do not depend on the order of telling."""
    marks = told_elsewhere(some, GROUND)
    assert told_elsewhere(some[::-1], GROUND) == marks[::-1]
    assert all(not mark for one, mark in zip(some, marks, strict=True) if one["payment"] == "seat")
    for model in {one["model"][:7] for one in some}:
        place = [mark for one, mark in zip(some, marks, strict=True) if one["model"][:7] == model]
        assert not all(place)


def test_a_seat_that_began_or_ended_is_a_reason_to_count_its_days_anew_and_its_last_use_is_not():
    held = books(PEOPLE)
    take_in(Batch(usages=[usage("l", actor="ana")]), held, NOW)
    row = {
        "seat_id": "s",
        "tool": "claude_code",
        "person": "ana",
        "valid_from": SINCE,
        "valid_until": None,
        "source": "x",
    }
    for more, owes in (
        ({}, True),
        ({}, False),
        ({"last_active_at": NOW}, False),
        ({"valid_until": UNTIL}, True),
    ):
        held.warehouse.apply([Upsert("seats", table_of(SEATS, [row | more], None, NOW)), *forgotten(held)])
        changes = changed(held.warehouse, NOW)
        held.warehouse.apply(changes)
        assert (stale(held.warehouse) is not None) == owes
