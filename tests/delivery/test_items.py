"""Tickets: hours by category of status, what was reopened, and what nobody would have done. Waits with some still open."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from payback.delivery.items import times_of, would_not_have_been_done
from payback.delivery.kinds_of_work import Rule, kind_of_work
from payback.delivery.waiting import quantile, standing, steps
from payback.ledger.tables import BY_NAME

NINE = datetime(2026, 9, 1, 9, tzinfo=UTC)


def at(hours):
    return NINE + timedelta(hours=hours)


def ticket(**told):
    row = dict.fromkeys(BY_NAME["tickets"].names)
    return {**row, "ticket_id": "PAY-1", "created_at": at(0), "status_category": "done", **told}


def moves(*told):
    """(hours, from category, to category)."""
    return [
        {"move_id": str(number), "moved_at": at(hours), "from_category": before, "to_category": after}
        for number, (hours, before, after) in enumerate(told)
    ]


def test_hours_in_progress_and_waiting_are_told_apart_and_time_lying_done_is_neither():
    found = times_of(
        ticket(),
        moves(
            (4, "to_do", "in_progress"),
            (10, "in_progress", "done"),
            (30, "done", "to_do"),
            (33, "to_do", "in_progress"),
            (35, "in_progress", "done"),
        ),
    )
    assert (found.started_at, found.resolved_at, found.reopened) == (at(4), at(35), 1)
    assert (found.active_hours, found.queue_hours, found.resolution_hours) == (8.0, 7.0, 35.0)


def test_a_ticket_that_is_open_has_no_end_even_if_it_was_done_once():
    found = times_of(
        ticket(status_category="in_progress", resolved_at=at(9)),
        moves((4, "to_do", "done"), (5, "done", "in_progress")),
    )
    assert (found.resolved_at, found.active_hours, found.resolution_hours, found.reopened) == (
        None, None, None, 1,
    )  # fmt: skip


def test_a_cancelled_ticket_was_never_done_and_the_time_it_lay_cancelled_is_neither():
    gone = times_of(ticket(status_category="cancelled", resolved_at=at(9)), moves((4, "to_do", "cancelled")))
    assert (gone.resolved_at, gone.resolution_hours, gone.reopened) == (None, None, 0)
    back = times_of(
        ticket(),
        moves((4, "to_do", "cancelled"), (30, "cancelled", "in_progress"), (35, "in_progress", "done")),
    )
    assert (back.active_hours, back.queue_hours, back.reopened) == (5.0, 4.0, 0)


def test_without_moves_what_the_ticket_tells_stands():
    found = times_of(ticket(started_at=at(1), resolved_at=at(5), reopened=2), [])
    assert (found.started_at, found.resolved_at, found.resolution_hours) == (at(1), at(5), 5.0)
    assert (found.active_hours, found.queue_hours, found.reopened) == (None, None, 2)


@pytest.mark.parametrize(
    ("told", "with_ai", "wanted"),
    [
        ({"priority": "Lowest"}, True, True),
        ({"priority": "Lowest"}, False, False),
        ({"priority": "High"}, True, False),
        ({"labels": "ui, would-not-have-been-done"}, False, True),
        ({"created_at": at(-24 * 200)}, True, True),
    ],
)
def test_work_that_nobody_would_have_done(told, with_ai, wanted):
    row = ticket(started_at=at(1), resolved_at=at(5), **told)
    assert would_not_have_been_done(row, times_of(row, []), with_ai=with_ai) is wanted


def test_an_open_ticket_is_not_yet_judged():
    row = ticket(status_category="to_do", priority="low")
    assert would_not_have_been_done(row, times_of(row, []), with_ai=True) is None


@pytest.mark.parametrize(
    ("texts", "wanted"),
    [
        ({"title": "feat(export): CSV"}, "feature"),
        ({"title": "Export", "branch": "ana/fix/rounding"}, "fix"),
        ({"title": "Prefix the log"}, None),
        ({"title": "Bump numpy from 1 to 2"}, "debt"),
        ({"title": 'Revert "fix: rounding"'}, "revert"),
        ({"title": "Login", "kind": "Story"}, "feature"),
        ({"title": "Login", "labels": "ui, bug"}, "fix"),
        ({"title": "Guide", "labels": "documentation"}, "docs_qa"),
        ({"title": "debug the robot"}, None),
    ],
)
def test_kinds_of_work(texts, wanted):
    assert kind_of_work(texts) == wanted


def test_rules_of_the_organisation_come_first():
    assert kind_of_work({"title": "fix: x", "labels": "keep-the-lights-on"}, [
        Rule("run", "label", "^keep-the-lights-on$"),
    ]) == "run"  # fmt: skip


def test_what_is_still_waiting_counts_as_at_least_as_long():
    """Worked by hand: 6, 6, 6 end and 6 is censored of 21 at risk, as in Freireich's trial: 1 - 3/21 = 0.857; and so on."""
    treated = [6, 6, 6, 7, 10, 13, 16, 22, 23]
    censored = [6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35]
    found = dict(steps([(t, True) for t in treated] + [(t, False) for t in censored]))
    assert {t: round(share, 3) for t, share in found.items()} == {
        6: 0.857, 7: 0.807, 10: 0.753, 13: 0.690, 16: 0.627, 22: 0.538, 23: 0.448,
    }  # fmt: skip
    assert quantile([(t, True) for t in treated] + [(t, False) for t in censored]) == 23


def test_a_median_that_too_few_reached_is_not_told():
    assert quantile([(1, True), (2, False), (3, False)]) is None
    assert quantile([]) is None
    assert quantile([(1, True), (3, True)]) == 1


def test_the_queue_of_a_moment_is_what_was_open_then():
    assert standing([(0, 5), (2, None), (6, 7)], [1, 5, 6]) == [[1], [3], [0, 4]]
