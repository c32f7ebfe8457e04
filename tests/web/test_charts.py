from __future__ import annotations

import re
from datetime import date
from decimal import Decimal

import altair as alt
import pytest
import vl_convert
from hypothesis import given
from hypothesis import strategies as st

from payback.period import Grain, Period
from payback.web.charts.bridge import Bridge, bridge
from payback.web.charts.intervals import Span, by_unit, since_adoption
from payback.web.charts.timeline import Stack, Time, starts, timeline

NOVEMBER = Period(date(2026, 11, 1), date(2026, 12, 1))
TODAY = date(2026, 11, 23)


def stack(*names: str) -> Stack:
    given = {(date(2026, 11, 2), name): Decimal(index + 1) for index, name in enumerate(names)}
    return Stack(
        names,
        {name: f"hue-{index + 1}" for index, name in enumerate(names)},
        {name: name.upper() for name in names},
        given,
    )


def charts() -> dict[str, dict]:
    parts = [("Codex", Decimal("1.5")), ("Claude Code", Decimal(-4))]
    return {
        "bars": timeline("t", stack("a", "b"), Time(NOVEMBER, Grain.DAY, TODAY)),
        "area": timeline(
            "t", stack("a"), Time(Period(date(2026, 1, 1), date(2026, 12, 1)), Grain.DAY, TODAY)
        ),
        "months": timeline("t", stack("a"), Time(NOVEMBER, Grain.MONTH, TODAY)),
        "bridge": bridge("t", Bridge(Decimal(10), parts, "Before", "Now")),
    }


@pytest.mark.parametrize("name", charts())
def test_a_chart_is_valid_vega_lite(name):
    alt.Chart.from_dict(charts()[name], validate=True)


@pytest.mark.parametrize("name", charts())
def test_a_chart_can_be_drawn_by_a_report_too(name):
    import vl_convert

    drawn = vl_convert.vegalite_to_svg({**charts()[name], "width": 400})
    assert drawn.startswith("<svg")


def test_a_chart_names_colours_of_the_theme_and_none_of_its_own():
    written = str(charts())
    assert "var(--pb-hue-1)" in written
    assert "#" not in written.replace("http", "")


def test_a_period_without_an_amount_is_zero_and_not_left_out():
    values = charts()["bars"]["data"]["values"]
    assert len(values) == 2 * 30
    assert {value["exact"] for value in values} == {"$0.00", "$1.00", "$2.00"}


def test_the_running_day_is_marked_as_not_whole():
    spec = timeline("t", stack("a"), Time(Period(date(2026, 11, 20), date(2026, 11, 24)), Grain.DAY, TODAY))
    marked = [value["period"] for value in spec["data"]["values"] if value["in_part"]]
    assert marked == ["2026-11-23"]


def test_a_week_that_the_range_cuts_is_marked_as_not_whole():
    assert Time(Period(date(2026, 11, 4), date(2026, 11, 16)), Grain.WEEK, TODAY).parts == {
        date(2026, 11, 2): "in part"
    }


@given(
    st.dates(min_value=date(2001, 1, 1), max_value=date(2050, 1, 1)),
    st.integers(1, 800),
    st.sampled_from(Grain),
    st.integers(1, 12),
)
def test_every_day_of_a_range_lies_in_one_period(since, days, grain, first_month):
    until = since.fromordinal(since.toordinal() + days)
    found = starts(Period(since, until), grain, first_month)
    assert found[0] <= since
    assert found[-1] < until
    assert list(found) == sorted(set(found))
    if len(found) > 1:
        assert found[1] > since


@given(
    st.decimals(0, 10**6, places=9),
    st.lists(st.tuples(st.text(min_size=1), st.decimals(-(10**6), 10**6, places=9)), max_size=6),
)
def test_a_bridge_ends_where_its_parts_lead(before, parts):
    given_bridge = Bridge(before, parts, "Before", "Now")
    assert given_bridge.after == before + sum((amount for _, amount in parts), Decimal(0))
    values = bridge("t", given_bridge)["data"]["values"]
    assert len(values) == len(parts) + 2


def test_an_axis_of_effects_says_percent_with_its_sign():
    spans = [
        Span("Payments", 12.0, -22.0, 43.0, True, "+12 %"),
        Span("Search", 3.0, -15.0, 21.0, False, "+3 %"),
    ]
    for chart in (by_unit("By unit", spans), since_adoption("By time", spans)):
        drawn = vl_convert.vegalite_to_svg(chart)
        assert {"−20\u00a0%", "0\u00a0%", "+40\u00a0%"} <= set(re.findall(r">([^<>]+)</text>", drawn))
        assert "e+" not in drawn


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [("0.5", "0.2", "$0.4"), ("4000", "1500", "$2k"), ("40000000", "10000000", "$20M")],
)
def test_an_axis_of_money_says_cents_as_parts_of_a_dollar(before, after, said):
    made = Bridge(Decimal(before), [("Less", Decimal(after) - Decimal(before))], "Before", "Now")
    drawn = vl_convert.vegalite_to_svg(bridge("t", made))
    axis = re.findall(r">(\$[^<>]+)</text>", drawn)
    assert said in axis
    assert not any(one.endswith("m") for one in axis)
