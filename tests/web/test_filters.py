from __future__ import annotations

from datetime import date
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payback.errors import SettingsError
from payback.period import Grain, Period
from payback.web.filters import BASES, CUTS, DIMENSIONS, RANGES, Offer, parse_filters

TODAY = date(2026, 11, 23)
SPAN = Period(date(2026, 9, 14), date(2026, 11, 24))


def filters(query: str = "", today: date = TODAY):
    return parse_filters(parse_qs(query, keep_blank_values=True), Offer(today, SPAN, "USD"))


def test_without_a_word_the_last_thirty_days_are_meant_today_included():
    found = filters()
    assert found.period == Period(date(2026, 10, 25), date(2026, 11, 24))
    assert found.previous == Period(date(2026, 9, 25), date(2026, 10, 25))
    assert (found.basis, found.by, found.grain) == ("list", "tool", Grain.DAY)


@pytest.mark.parametrize(
    ("query", "period", "previous"),
    [
        ("range=this_month", ("2026-11-01", "2026-11-24"), ("2026-10-01", "2026-10-24")),
        ("range=last_month", ("2026-10-01", "2026-11-01"), ("2026-09-01", "2026-10-01")),
        ("range=all", ("2026-09-14", "2026-11-24"), None),
        ("since=2026-11-02&through=2026-11-02", ("2026-11-02", "2026-11-03"), ("2026-11-01", "2026-11-02")),
        ("since=2026-11-02", ("2026-11-02", "2026-11-24"), ("2026-10-11", "2026-11-02")),
        ("range=90d&compare=none", ("2026-08-26", "2026-11-24"), None),
    ],
)
def test_days_are_those_that_a_person_means(query, period, previous):
    found = filters(query)
    days = [Period(*map(date.fromisoformat, pair)) if pair else None for pair in (period, previous)]
    assert [found.period, found.previous] == days


def test_a_short_month_is_compared_with_as_much_of_it_as_there_is():
    found = filters("range=this_month", date(2026, 3, 31))
    assert found.previous == Period(date(2026, 2, 1), date(2026, 3, 1))


@pytest.mark.parametrize(
    "query",
    [
        "range=yesterday", "basis=guess", "by=password", "grain=hour", "page=0", "page=-1", "page=x", "page=٣",
        "since=tomorrow", "since=2026-13-01", "since=2026-11-20&through=2026-11-01", "since=0001-01-01&through=9999-12-31",
        "compare=everything", "currency=XYZ", "tool=" + "x" * 101, "tool=a%00b", "&".join(f"tool=t{i}" for i in range(21)),
    ],
)  # fmt: skip
def test_a_parameter_that_cannot_be_is_refused_with_what_can(query):
    with pytest.raises(SettingsError):
        filters(query)


def test_unknown_parameters_are_left_alone():
    assert filters("utm_source=x").url("/spend") == "/spend"


@given(
    preset=st.sampled_from([name for name in RANGES if name != "custom"]),
    basis=st.sampled_from(list(BASES)),
    by=st.sampled_from(CUTS),
    where=st.dictionaries(
        st.sampled_from(DIMENSIONS),
        st.lists(st.text(min_size=1, max_size=20).filter(lambda t: "\x00" not in t), min_size=1, max_size=3),
    ),
)
def test_a_view_written_to_a_url_and_read_back_is_the_same_view(preset, basis, by, where):
    asked = {"range": [preset], "basis": [basis], "by": [by], **where}
    found = parse_filters(asked, Offer(TODAY, SPAN, "USD"))
    again = filters(urlsplit(found.url("/spend")).query)
    assert again == found


def test_changing_anything_but_the_page_goes_back_to_the_first_page():
    found = filters("page=3&by=model")
    assert "page" not in found.url("/spend", by="tool")
    assert found.url(page=4) == "?page=4&by=model" or found.url(page=4) == "?by=model&page=4"


@given(st.dates(min_value=date(2000, 1, 1), max_value=date(2100, 1, 1)), st.sampled_from(list(RANGES)))
def test_a_period_and_the_one_before_it_never_overlap(today, preset):
    found = parse_filters({"range": [preset]}, Offer(today, None, "USD"))
    if found.previous:
        assert found.previous.until <= found.period.since
