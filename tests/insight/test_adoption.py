"""Since when a unit works with AI, on weeks small enough to count by hand."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from payback.insight.adoption import adoptions, habits

MONDAY = date(2026, 3, 2)


def week(n):
    return MONDAY + n * timedelta(weeks=1)


def days(who, *counts):
    """Use on the first so many days of each week."""
    return [(who, week(n) + timedelta(days=d)) for n, count in enumerate(counts) for d in range(count)]


def test_three_days_in_three_of_four_weeks_are_a_habit_and_a_week_without_use_has_none():
    assert habits(days("ann", 3, 3, 2, 3))["ann"] == {week(3)}
    assert habits(days("ann", 3, 3, 3, 0, 3))["ann"] == {week(2), week(4)}
    assert habits(days("ann", 5, 5, 2, 2, 2))["ann"] == frozenset()


def test_a_day_counts_once_with_whatever_tools_it_was_used():
    assert habits(2 * days("ann", 2, 2, 2))["ann"] == frozenset()


def test_a_unit_has_adopted_from_the_first_week_in_which_enough_of_it_have_the_habit():
    held = {"ann": frozenset({week(2), week(3)}), "bob": frozenset({week(4)})}
    there = {"red": {week(n): frozenset({"ann", "bob", "cy", "di"}) for n in range(6)}}
    assert [one.week for one in adoptions(there, held, 0.1)] == [week(2)]
    assert [one.week for one in adoptions(there, held, 0.3)] == [None]
    (one,) = adoptions({"red": {week(n): frozenset({"ann", "bob", "cy"}) for n in range(6)}}, held, 0.3)
    assert (one.week, one.contributors, one.habitual, one.formed) == (week(2), 3, 1, week(-1))


def test_the_habit_of_somebody_who_does_not_contribute_is_not_counted():
    held = {"zoe": frozenset({week(1)})}
    (one,) = adoptions({"red": {week(1): frozenset({"ann"})}}, held)
    assert (one.week, one.share) == (None, pytest.approx(0))
