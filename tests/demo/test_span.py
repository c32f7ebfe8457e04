from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from payback.demo.span import DAY_ENDS, DAY_STARTS, ZONE, Span, at_work

INSTANTS = st.datetimes(datetime(2025, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


@given(INSTANTS, st.integers(0, 9))
def test_people_are_at_work_on_working_days_and_never_earlier_than_asked(instant: datetime, seed: int):
    found = at_work(instant, Random(seed))
    local = found.astimezone(ZONE)
    assert found >= instant
    assert local.weekday() < 5
    assert DAY_STARTS <= local.time() <= DAY_ENDS
    assert found - instant < timedelta(days=4)


@given(st.dates(date(2024, 1, 1), date(2028, 1, 1)), st.integers(1, 30))
def test_a_span_ends_in_the_running_month_which_is_not_closed(today: date, months: int):
    span = Span(7, months, 8, today)
    assert len(span.month_starts) == months
    assert span.month_starts[-1] == today.replace(day=1)
    assert span.closed_months == span.month_starts[:-1]


def test_chance_about_one_thing_does_not_depend_on_another():
    span = Span(7, 3, 8, date(2026, 3, 1))
    before = span.chance("a").random()
    span.chance("b").random()
    assert span.chance("a").random() == before
    assert span.chance("b").random() != before
