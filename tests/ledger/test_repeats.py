"""A call is a repeat where the one before it in its run was the same, word for word, and had failed."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from payback.ledger.derive import step_money
from payback.ledger.entries import Step
from payback.ledger.intake import Batch, take_in
from tests.ledger.entries import NOW, START, books, usage

END = datetime(2026, 10, 31, tzinfo=UTC)


def call(number: int, digest: str | None = "pytest", *, failed: bool = True, **told: object) -> Step:
    known = {"name": "Bash", "run_id": "run1", "usage_id": f"r{number}", "arguments_digest": digest, **told}
    return Step(
        step_id=f"s{number}",
        occurred_at=START + timedelta(minutes=number),
        tool="claude_code",
        session_id="s1",
        kind="test",
        source="agents:claude_code",
        is_error=failed,
        **known,
    )


def repeats(*steps: Step, since: datetime = START) -> dict[bool | None, tuple[int, Decimal]]:
    held = books()
    asked = [
        usage(
            step.usage_id, occurred_at=step.occurred_at, run_id=step.run_id, is_subagent=step.kind == "search"
        )
        for step in steps
    ]
    take_in(Batch(usages=asked, steps=list(steps)), held, NOW)
    held.warehouse.apply([step_money(held.warehouse, since, END, NOW)])
    rows = held.warehouse.read(held.warehouse.table("step_spend")).to_pylist()
    return {
        known: (
            sum(row["steps"] for row in rows if row["is_repeat"] is known),
            sum((row["list_usd"] for row in rows if row["is_repeat"] is known), Decimal(0)),
        )
        for known in {row["is_repeat"] for row in rows}
    }


ONE = Decimal("0.00011")


def test_a_call_that_runs_again_what_had_just_failed_costs_its_request():
    assert repeats(call(1), call(2), call(3, failed=False), call(4)) == {
        True: (2, 2 * ONE),
        False: (2, 2 * ONE),
    }


@pytest.mark.parametrize(
    "second",
    [
        call(2, "other"),
        call(2, name="Shell"),
        call(2, run_id="run2"),
        replace(call(2), session_id="s2"),
        replace(call(2), kind="search"),  # a subagent's own, by its request
    ],
)
def test_another_call_or_one_of_another_run_is_no_repeat(second):
    assert repeats(call(1), second) == {False: (2, 2 * ONE)}


def test_something_done_in_between_or_a_success_before_is_no_repeat():
    assert set(repeats(call(1), call(2, "edit", failed=False), call(3))) == {False}
    assert set(repeats(call(1, failed=False), call(2))) == {False}
    assert set(repeats(call(1), call(2, None, failed=False), call(3))) == {False, None}


def test_two_calls_of_one_request_do_not_repeat_each_other():
    both = (call(1), replace(call(1), step_id="s2"))
    assert set(repeats(both[0], both[1])) == {False}


def test_without_digests_nothing_is_known_and_no_money_is_lost():
    assert repeats(call(1, None), call(2, None)) == {None: (2, 2 * ONE)}


def test_a_run_that_goes_on_in_another_window_is_looked_at_from_its_beginning():
    assert repeats(call(1), call(70), since=START + timedelta(hours=1)) == {True: (1, ONE)}
