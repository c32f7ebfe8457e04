"""What was promised in a sprint, whichever tracker tells of it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from payback.ledger.work_entries import SprintTicket
from payback.sources.commitments import Sprint, Stay, commitment, stays


def day(number):
    return datetime(2026, 11, number, tzinfo=UTC)


START, END, NOW = day(2), day(16), day(25)
CLOSED = Sprint("7", "Sprint 7", START, END, is_closed=True)
RUNS = Sprint("8", "Sprint 8", START, day(30), is_closed=False)
PLANNED = Sprint("9", "Sprint 9", None, None, is_closed=False)
ALWAYS = [Stay(day(1), None)]


def told(sprint, held, done=None):
    """Committed and completed of a ticket that was done on a day."""
    row = commitment(
        ("PAY-1", "jira:issues"), sprint, held, lambda at: done is not None and day(done) <= at, NOW
    )
    return None if row is None else (row.committed, row.completed)


@pytest.mark.parametrize(
    ("sprint", "held", "done", "expected"),
    [
        (CLOSED, ALWAYS, 10, (True, True)),
        (CLOSED, ALWAYS, None, (True, False)),
        (CLOSED, ALWAYS, 17, (True, False)),  # done after the end
        (CLOSED, [Stay(day(3), None)], 10, (False, True)),  # added later
        (CLOSED, [Stay(START, None)], 10, (True, True)),  # added as it began
        (CLOSED, [Stay(day(1), day(8))], 10, (True, False)),  # taken out, and done elsewhere
        (CLOSED, [Stay(day(1), day(8)), Stay(day(9), None)], 10, (True, True)),  # taken out and put back
        (CLOSED, [Stay(day(1), START)], 10, None),  # taken out as it began
        (CLOSED, [Stay(day(1), day(20))], 10, (True, True)),  # taken out of a sprint that was over
        (RUNS, ALWAYS, 10, (True, True)),
        (RUNS, ALWAYS, None, (True, None)),
        (RUNS, [Stay(day(1), day(8))], 10, (True, False)),
        (PLANNED, ALWAYS, None, (None, None)),
        (PLANNED, [Stay(day(1), day(8))], None, None),
    ],
)
def test_committed_is_what_was_in_it_at_its_start_and_completed_what_was_done_in_it_by_its_end(
    sprint, held, done, expected
):
    assert told(sprint, held, done) == expected


def test_a_planned_sprint_has_neither_start_nor_end():
    row = commitment(("PAY-1", "s"), PLANNED, ALWAYS, lambda _at: False, NOW)
    assert row == SprintTicket(sprint_id="9", ticket_id="PAY-1", source="s", name="Sprint 9")


def test_stays_are_told_by_moves_and_what_it_was_in_before_the_first_it_was_in_from_its_creation():
    moves = [(day(3), ("7",), ("7", "8")), (day(5), ("7", "8"), ("8",)), (day(6), ("8",), ("7", "8"))]
    assert stays(day(1), moves, ("8",)) == {
        "7": [Stay(day(1), day(5)), Stay(day(6), None)],
        "8": [Stay(day(3), None)],
    }
    assert stays(day(1), [], ("8",)) == {"8": [Stay(day(1), None)]}
