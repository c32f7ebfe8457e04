"""Rule 8: UTC in, days of one zone out; the days of a range add up to it across clock changes."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payback.errors import SettingsError
from payback.period import Period, add_months, day_of, last_days, midnight, month_to_date, parse_day, zone

zones = st.sampled_from(
    [
        "UTC",
        "Europe/Paris",
        "America/New_York",
        "Asia/Kathmandu",
        "Australia/Lord_Howe",
        "America/Sao_Paulo",
        "Pacific/Apia",
    ]
)
days = st.dates(date(2010, 1, 1), date(2030, 12, 31))
TODAY = date(2026, 11, 23)


@given(zones, days)
def test_the_first_instant_of_a_day_lies_in_that_day_and_the_one_before_it_does_not(name, day):
    tz = zone(name)
    first = midnight(day, tz)
    if name == "Pacific/Apia" and day == date(2011, 12, 30):  # a day that never was
        return
    assert day_of(first, tz) == day
    assert day_of(first - timedelta(microseconds=1), tz) < day


@given(zones, days, st.integers(1, 400))
def test_the_days_of_a_period_cover_it_without_gap_or_overlap(name, day, count):
    tz = zone(name)
    period = Period(day, day + timedelta(days=count))
    bounds = [midnight(day + timedelta(days=offset), tz) for offset in range(count + 1)]
    assert (bounds[0], bounds[-1]) == period.instants(tz)
    assert all(left <= right for left, right in pairwise(bounds))


@given(zones, st.integers(0, 18 * 365 * 86400))
def test_every_instant_lies_between_the_ends_of_its_own_day(name, seconds):
    tz = zone(name)
    instant = datetime(2012, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
    day = day_of(instant, tz)
    assert midnight(day, tz) <= instant < midnight(day + timedelta(days=1), tz)


def test_a_day_with_a_clock_change_has_another_length():
    paris = ZoneInfo("Europe/Paris")
    begin, end = Period(date(2026, 3, 29), date(2026, 3, 30)).instants(paris)
    assert end - begin == timedelta(hours=23)


@pytest.mark.parametrize(
    ("typed", "day"),
    [
        ("2026-11-02", date(2026, 11, 2)),
        ("today", TODAY),
        ("yesterday", date(2026, 11, 22)),
        ("30d", date(2026, 10, 24)),
        ("2w", date(2026, 11, 9)),
        ("2m", date(2026, 9, 1)),
        ("1y", date(2025, 11, 1)),
    ],
)
def test_days_are_understood_as_people_type_them(typed, day):
    assert parse_day(typed, TODAY) == day


def test_a_day_that_cannot_be_says_how_to_write_one():
    with pytest.raises(SettingsError, match="2026-11-23"):
        parse_day("soon", TODAY)


def test_periods_before_and_to_date():
    assert month_to_date(TODAY) == Period(date(2026, 11, 1), date(2026, 11, 24))
    assert last_days(TODAY, 7).before() == Period(date(2026, 11, 10), date(2026, 11, 17))
    assert add_months(date(2026, 1, 31), -2) == date(2025, 11, 1)


def test_a_zone_that_does_not_exist_is_refused_with_an_example():
    with pytest.raises(SettingsError, match="Europe/Paris"):
        zone("Mars/Olympus")
