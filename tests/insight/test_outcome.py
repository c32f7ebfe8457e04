"""Panels of real facts, cell by cell."""

from __future__ import annotations

from datetime import date, timedelta
from math import log

import numpy as np
import pytest

from payback.insight.outcome import Form, Placed, Presence, Row, cells, filled, periods

MONDAY = date(2026, 3, 2)


def week(n):
    return MONDAY + n * timedelta(weeks=1)


def by_team(held):
    return Placed(held, lambda team, _who: team)


def test_only_whole_periods_count_back_from_the_last_week_that_is_over():
    held = periods(date(2026, 3, 4), week(9) + timedelta(days=3))
    assert (held.first, held.count, held.until) == (week(1), 2, week(9))
    assert (held.index(week(0)), held.index(week(4)), held.index(week(5)), held.index(week(9))) == (
        None,
        0,
        1,
        None,
    )


def test_a_count_is_told_per_contributor_and_a_leaver_counts_to_the_last_day():
    present = [Presence("red", who, week(n)) for who, weeks in (("ann", 8), ("bob", 6)) for n in range(weeks)]
    rows = [Row("red", "ann", week(1), 2, 2), Row("red", "bob", week(5), 1, 1)]
    made = cells(rows, present, Form.RATE, by_team(periods(week(0), week(8))))
    assert made.outcome.tolist() == [[2 / 2, 1 / 1.5]]
    assert made.rows.tolist() == [[2, 1]]


def test_counts_that_are_many_are_compared_by_their_logarithms():
    present = [Presence("red", "ann", week(n)) for n in range(8)]
    made = cells(
        [Row("red", "ann", week(n), 3, 3) for n in range(8)],
        present,
        Form.RATE,
        by_team(periods(week(0), week(8))),
    )
    assert made.is_log
    assert made.outcome == pytest.approx(np.array([[log(12.5), log(12.5)]]))


def test_a_mean_is_of_all_rows_of_a_cell_and_unknown_without_any():
    rows = [
        Row("red", "ann", week(0), 3.0, 1),
        Row("red", "bob", week(1), 2.0, 4),
        Row(None, "bot", week(1), 9.0, 1),
    ]
    made = cells(rows, [], Form.MEAN, by_team(periods(week(0), week(8))))
    assert made.units == ("red",)
    assert made.outcome[0, 0] == pytest.approx(1.0)
    assert np.isnan(made.outcome[0, 1])


def test_a_quiet_month_is_a_month_without_a_change_not_without_a_person():
    seen = [Presence("red", "ann", week(0)), Presence("blue", "ann", week(3))]
    found = filled(seen, week(0), week(6))
    assert [(one.team, one.week) for one in found] == [
        ("red", week(0)), ("red", week(1)), ("red", week(2)), ("blue", week(3)), ("blue", week(4)), ("blue", week(5)),
    ]  # fmt: skip


def test_who_was_not_seen_for_over_twelve_weeks_has_left():
    found = filled([Presence("red", "ann", week(0)), Presence("red", "ann", week(1))], week(0), week(30))
    assert [one.week for one in found] == [week(0), week(1)]
