from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from payback.access.scope import Scope
from payback.errors import PaybackError, UnanswerableError, UnknownNameError
from payback.metrics.answer import Found, answer, to_json
from payback.metrics.catalogue import CATALOGUE
from payback.metrics.facts import SPEND as SPEND_FACT
from payback.metrics.facts import USAGE as USAGE_FACT
from payback.metrics.question import Figure, Query
from payback.metrics.reading import FOLDED
from payback.metrics.vocabulary import Answered, Better, Measure, Metric, Reduce, Unit
from payback.period import Grain, Period
from tests.metrics.month import ALL, ANN, BOB, MARCH, NONE, USAGE, ground_of, request, seat_day, spend

NO_RIGHT = Scope.everything("finance")
ONE = (1, 0, 0, 0, 0, 0)


def values(found, metric):
    return [(*row.keys.values(), row[metric]) for row in found.rows]


def test_the_json_of_an_answer_is_the_contract_of_the_command_line(month):
    query = Query(("spend_list", "unattributed_share", "requests"), MARCH, by=("team",), grain=Grain.MONTH)
    found = to_json(answer(query, ALL, month))
    red = {
        "team": "red",
        "period": "2026-03-01",
        "spend_list": "1.20",
        "unattributed_share": 0.0,
        "requests": 3,
    }
    blue = {
        "team": "blue",
        "period": "2026-03-01",
        "spend_list": "1.20",
        "unattributed_share": 0.0,
        "requests": 2,
    }
    rest = {
        "team": None,
        "period": "2026-03-01",
        "spend_list": "0.60",
        "unattributed_share": 1.0,
        "requests": 1,
    }
    assert found == {
        "metrics": ["spend_list", "unattributed_share", "requests"],
        "by": ["team"],
        "grain": "month",
        "since": "2026-03-01",
        "until": "2026-04-01",
        "rows": [blue, red, rest],
        "totals": {"spend_list": "3.00", "unattributed_share": 0.2, "requests": 6},
        "coverage": {
            "unattributed_share": 0.2,
            "unpriced_tokens": 500,
            "inexact_share": 0.125,
            "currency": {"spend_list": "USD"},
            "other_currencies": ["EUR"],
            "excluded_n": {"spend_list": 4, "unattributed_share": 4},
        },
        "definitions": {"spend_list": 1, "unattributed_share": 1, "requests": 1},
        "scope": "a test",
    }
    assert json.loads(json.dumps(found)) == found


def test_money_keeps_every_place_it_has_and_shows_two_at_least(month):
    ground = ground_of(
        spend=[spend(spend_id="1", list="0.000000001"), spend(spend_id="2", list="12345678901234567890")]
    )
    assert to_json(answer(Query(("spend_list",), MARCH), ALL, ground))["totals"] == {
        "spend_list": "12345678901234567890.000000001"
    }


def test_a_period_in_which_nothing_happened_is_zero_and_not_unknown(month):
    empty = Period(date(2026, 5, 1), date(2026, 6, 1))
    found = answer(Query(("spend_list", "requests", "cache_hit_share", "run_cost"), empty), ALL, month)
    assert [found.totals[name].value for name in found.query.metrics] == [Decimal(0), 0, None, None]


def test_amounts_of_which_none_is_known_are_unknown_and_not_zero(month):
    found = answer(Query(("spend_billed",), MARCH, where={"team": ["blue"]}), ALL, month)
    assert found.totals["spend_billed"] == Figure(None, None, None, 0, 3)


def test_currencies_are_never_added_and_those_left_out_are_named(month):
    found = answer(Query(("spend_billed",), MARCH), ALL, month)
    assert found.coverage.other_currencies == ("EUR",)
    in_euro = answer(Query(("spend_billed",), MARCH, currency="EUR"), ALL, month)
    assert in_euro.totals["spend_billed"].value == Decimal(5)
    assert in_euro.coverage.other_currencies == ("USD",)
    assert in_euro.coverage.currency == {"spend_billed": "EUR"}


def test_cut_by_currency_they_come_apart(month):
    found = answer(Query(("spend_billed",), MARCH, by=("currency",)), ALL, month)
    assert values(found, "spend_billed") == [("USD", Decimal(40)), ("EUR", Decimal(5))]
    assert found.totals["spend_billed"].value == Decimal(40)


def test_a_filter_on_currency_is_the_currency_of_the_answer(month):
    assert (
        answer(Query(("spend_billed",), MARCH, where={"currency": ["EUR"]}), ALL, month).query.currency
        == "EUR"
    )
    with pytest.raises(PaybackError, match="do not add up"):
        answer(Query(("spend_billed",), MARCH, where={"currency": ["EUR", "USD"]}), ALL, month)


def test_a_ground_in_another_currency_still_says_that_requests_are_in_dollars():
    ground = ground_of(usage=USAGE, currency="EUR")
    found = answer(Query(("spend_list", "run_cost"), MARCH), ALL, ground)
    assert found.coverage.currency == {"spend_list": "EUR", "run_cost": "USD"}
    with pytest.raises(PaybackError, match="run_cost is known in USD only"):
        answer(Query(("run_cost",), MARCH, currency="EUR"), ALL, ground)


def test_without_the_right_people_are_one_folded_group_and_the_unattributed_stay_apart(month):
    found = answer(Query(("requests",), MARCH, by=("person",)), NO_RIGHT, month)
    assert values(found, "requests") == [(FOLDED, 5), (None, 1)]
    assert found.totals["requests"].value == 6
    with_right = answer(Query(("requests",), MARCH, by=("person",)), ALL, month)
    assert values(with_right, "requests") == [("ann", 3), ("bob", 2), (None, 1)]


def test_without_the_right_sessions_and_runs_are_folded_and_no_filter_gets_around_it(month):
    for cut in ("session", "run"):
        found = answer(Query(("requests",), MARCH, by=(cut,)), NO_RIGHT, month)
        assert {key for key, _ in values(found, "requests")} <= {FOLDED, None}
    for cut in ("person", "session", "run", "user"):
        with pytest.raises(PaybackError, match="right to see individuals"):
            answer(Query(("requests",), MARCH, where={cut: ["ann"]}), NO_RIGHT, month)


def test_a_filter_may_name_values_and_the_rows_that_have_none(month):
    def spent(*teams):
        return (
            answer(Query(("spend_list",), MARCH, where={"team": teams}), ALL, month)
            .totals["spend_list"]
            .value
        )

    assert spent("red", "blue") == Decimal("2.40")
    assert spent("red", None) == Decimal("1.80")
    assert spent(None) == Decimal("0.60")
    assert spent("green") == Decimal(0)


def test_everyone_sees_their_own_page(month):
    found = answer(Query(("requests",), MARCH, by=("person",)), Scope.of_person("own page", "ann"), month)
    assert values(found, "requests") == [("ann", 3)]
    assert found.scope == "own page"


def test_a_median_of_people_is_not_opened_by_folding(month):
    found = answer(Query(("run_cost",), MARCH, by=("person",)), NO_RIGHT, month)
    assert values(found, "run_cost") == [(FOLDED, Decimal("1.00"))]


def test_coverage_that_does_not_know_the_filter_is_unknown_and_not_left_out(month):
    found = answer(Query(("requests", "price_per_million"), MARCH, where={"error": [None]}), ALL, month)
    assert found.coverage.figures["unpriced_tokens"].value is None
    assert found.coverage.figures["inexact_share"].value == Decimal("0.166666666667")


def test_a_run_stands_on_the_day_of_its_first_request_with_all_of_its_money():
    nights = [("2026-03-31T20:00", "1"), ("2026-03-31T23:00", "2"), ("2026-04-02T10:00", "4")]
    ground = ground_of(usage=[request(when, ANN, "s", "run", ONE, list_usd=usd) for when, usd in nights])
    march = answer(Query(("run_cost",), MARCH), ALL, ground).totals["run_cost"]
    april = answer(Query(("run_cost",), Period(date(2026, 4, 1), date(2026, 5, 1))), ALL, ground).totals[
        "run_cost"
    ]
    assert (march.value, march.n) == (Decimal(7), 1)
    assert (april.value, april.n) == (None, 0)


def test_runs_of_the_same_name_in_two_sessions_are_two():
    ground = ground_of(
        usage=[request("2026-03-02T10:00", ANN, s, "1", ONE, list_usd="1") for s in ("a", "b")]
    )
    assert answer(Query(("run_cost_max",), MARCH), ALL, ground).totals["run_cost_max"] == Figure(
        Decimal(1), Decimal(1), None, 2, 0
    )


def test_a_run_with_unpriced_tokens_has_no_known_cost():
    rows = [request("2026-03-02T10:00", ANN, "s", "1", ONE, list_usd=usd) for usd in ("1", None)]
    found = answer(Query(("run_cost",), MARCH), ALL, ground_of(usage=rows)).totals["run_cost"]
    assert (found.value, found.n, found.excluded_n) == (None, 0, 1)


def test_days_of_use_count_once_over_all_tools_and_a_week_is_whole_at_the_end_of_a_month():
    rows = [
        request("2026-03-30T10:00", ANN, "a", "1", ONE),
        request("2026-03-30T11:00", ANN | {"tool": "codex"}, "b", "1", ONE),
        request("2026-04-01T10:00", ANN, "a", "1", ONE),
        request("2026-03-01T10:00", BOB, "c", "1", ONE),  # a Sunday: its week began in February
    ]
    found = answer(Query(("use_frequency",), MARCH), ALL, ground_of(usage=rows)).totals["use_frequency"]
    assert (found.value, found.numerator, found.n) == (2, 2, 1)


def test_a_fiscal_quarter_counts_from_the_first_month_of_the_year():
    ground = ground_of(spend=[spend(spend_id=str(m), day=date(2026, m, 15), list="1") for m in range(1, 13)])
    year = Period(date(2026, 1, 1), date(2027, 1, 1))
    starts = {}
    for first in (1, 2, 6, 12):
        fiscal = replace(ground, fiscal_year_start=first)
        found = answer(Query(("spend_list",), year, grain=Grain.FISCAL_QUARTER), ALL, fiscal)
        starts[first] = [row.period.isoformat()[:7] for row in found.rows]
    assert starts == {
        1: ["2026-01", "2026-04", "2026-07", "2026-10"],
        2: ["2025-11", "2026-02", "2026-05", "2026-08", "2026-11"],
        6: ["2025-12", "2026-03", "2026-06", "2026-09", "2026-12"],
        12: ["2025-12", "2026-03", "2026-06", "2026-09", "2026-12"],
    }


def test_weeks_begin_on_monday():
    ground = ground_of(spend=[spend(spend_id=str(d), day=date(2026, 3, d), list="1") for d in range(1, 16)])
    found = answer(Query(("spend_list",), MARCH, grain=Grain.WEEK), ALL, ground)
    assert [(row.period, row["spend_list"]) for row in found.rows] == [
        (date(2026, 2, 23), 1),
        (date(2026, 3, 2), 7),
        (date(2026, 3, 9), 7),
    ]


def test_every_way_to_reduce_gives_its_number():
    times = [10.0, 20.0, 30.0, 40.0, 30.0]
    start = datetime(2026, 3, 2, tzinfo=UTC)
    rows = [
        request((start + timedelta(hours=i)).isoformat()[:-6], ANN, "s", "r", NONE, duration_seconds=seconds)
        for i, seconds in enumerate(times)
    ]
    ground = ground_of(usage=[*rows, request("2026-03-09T00:00", ANN, "s", "r", NONE)])
    expected = {
        Reduce.SUM: 130.0, Reduce.COUNT: 5, Reduce.DISTINCT: 4, Reduce.MEDIAN: 30.0, Reduce.P75: 30.0,
        Reduce.P90: 40.0, Reduce.MIN: 10.0, Reduce.MAX: 40.0, Reduce.LAST: 30.0,
    }  # fmt: skip
    catalogue = {
        reduce: Metric(
            id=reduce, title="", question="", definition="", unit=Unit.SECONDS, better=Better.NEITHER,
            measure=Measure(USAGE_FACT, reduce, ("duration_seconds",), unit=Unit.SECONDS),
        )
        for reduce in Reduce
    }  # fmt: skip
    found = answer(Query(tuple(Reduce), MARCH), ALL, ground, catalogue=catalogue)
    assert {name: figure.value for name, figure in found.totals.items()} == expected
    assert {figure.excluded_n for figure in found.totals.values()} == {1}


HALF_LIFE = Answered(
    id="half_life", title="Half-life", question="How long?", function="survival", definition="", unit=Unit.DAYS,
    better=Better.MORE, dimensions=("team",), version=3,
)  # fmt: skip


def test_an_answered_metric_stands_beside_compiled_ones_under_the_same_scope(month):
    def survival(query, scope, ground):
        assert scope.reason == "a test"
        rows = [
            ({"team": "red"}, None, Figure(9, 9, None, 4, 1)),
            ({"team": "green"}, None, Figure(7, 7, None, 2, 0)),
        ]
        return Found(rows, Figure(8, 8, None, 6, 1))

    catalogue = CATALOGUE | {"half_life": HALF_LIFE}
    query = Query(("spend_list", "half_life"), MARCH, by=("team",))
    found = answer(query, ALL, month, answered={"survival": survival}, catalogue=catalogue)
    assert [(row["team"], row["spend_list"], row["half_life"]) for row in found.rows] == [
        ("blue", Decimal("1.20"), None),
        ("red", Decimal("1.20"), 9),
        (None, Decimal("0.60"), None),
        ("green", Decimal(0), 7),
    ]
    assert found.totals["half_life"].value == 8
    assert found.definitions == {"spend_list": 1, "half_life": 3}


def test_an_answered_metric_without_its_function_is_refused(month):
    catalogue = {"half_life": HALF_LIFE}
    with pytest.raises(UnknownNameError, match="survival"):
        answer(Query(("half_life",), MARCH), ALL, month, catalogue=catalogue)
    with pytest.raises(UnanswerableError, match="half_life can't be cut by 'tool'"):
        answer(Query(("half_life",), MARCH, by=("tool",)), ALL, month, catalogue=catalogue)


def test_a_sum_of_two_facts_is_not_multiplied_by_the_rows_of_the_other():
    rows = [spend(spend_id=str(i), list="10", team="red") for i in range(6)]
    changes = [
        {"pull_request_id": f"shop#{i}", "repo": "shop", "state": "merged", "team": "red", "source": "git",
         "merged_day": date(2026, 3, 3), "ai_class": "none_detected", "synced_at": datetime(2026, 4, 1, tzinfo=UTC)}
        for i in range(4)
    ]  # fmt: skip
    ground = ground_of(spend=rows, work=changes)
    found = answer(
        Query(("cost_per_merged_pr_all_in", "spend_list", "merged_prs"), MARCH, by=("team",)), ALL, ground
    )
    (row,) = found.rows
    assert (row["spend_list"], row["merged_prs"], row["cost_per_merged_pr_all_in"]) == (60, 4, 15)


def test_the_last_instant_of_a_day_belongs_to_it_in_every_zone():
    for name in ("Europe/Paris", "America/New_York", "Asia/Kolkata", "Pacific/Chatham"):
        tz = ZoneInfo(name)
        last = (datetime(2026, 3, 30, tzinfo=tz).astimezone(UTC) - timedelta(microseconds=1)).replace(
            tzinfo=None
        )
        ground = ground_of(zone=tz, usage=[request(last.isoformat(), ANN, "s", "r", ONE)])
        found = answer(Query(("requests",), MARCH, grain=Grain.DAY), ALL, ground)
        assert [row.period for row in found.rows] == [date(2026, 3, 29)], name


def test_facts_of_spend_are_not_cut_by_what_only_requests_know():
    assert SPEND_FACT.column("error") is None


def test_what_stands_is_counted_on_the_last_day_of_each_part_of_a_period_and_of_the_last_day_known():
    days = [date(2026, 3, 30), date(2026, 3, 31), date(2026, 4, 1), date(2026, 4, 2)]
    rows = [seat_day(day.isoformat(), "s1", "ann", "red", is_latest=day == days[-1]) for day in days]
    rows += [seat_day(day.isoformat(), "s2", "bob", "blue") for day in days[:1]]
    rows += [seat_day(day.isoformat(), "s3", "cat", "red") for day in days[1:2]]
    ground = ground_of(seat_days=rows)
    whole = Period(date(2026, 3, 1), date(2026, 5, 1))
    by_month = answer(Query(("seats_assigned",), whole, grain=Grain.MONTH), ALL, ground)
    assert [(row.period.month, row["seats_assigned"]) for row in by_month.rows] == [(3, 2), (4, 1)]
    by_day = answer(Query(("seats_assigned",), whole, grain=Grain.DAY), ALL, ground)
    assert [row["seats_assigned"] for row in by_day.rows] == [2, 2, 1, 1]
    assert by_month.totals["seats_assigned"].value == by_day.totals["seats_assigned"].value == 1
    cut_short = Period(date(2026, 3, 1), date(2026, 3, 31))
    assert answer(Query(("seats_assigned",), cut_short), ALL, ground).totals["seats_assigned"].value == 2


def test_a_scope_sees_the_seats_and_use_of_its_own_only(month):
    red = answer(Query(("seats_assigned", "active_users"), MARCH), Scope.of_teams("lead", ["red"]), month)
    assert {name: figure.value for name, figure in red.totals.items()} == {
        "seats_assigned": 4,
        "active_users": 2,
    }
    own = answer(Query(("seats_assigned", "active_users"), MARCH), Scope.of_person("own page", "cat"), month)
    assert {name: figure.value for name, figure in own.totals.items()} == {
        "seats_assigned": 2,
        "active_users": 1,
    }
    by_person = answer(Query(("seats_idle",), MARCH, by=("person",)), Scope.everything("finance"), month)
    assert [row.keys["person"] for row in by_person.rows] == ["(folded)"]


def test_currencies_left_out_are_told_of_every_fact_and_seats_are_never_added_across_them():
    rows = [
        seat_day("2026-03-30", "s1", "ann", "red", amortised="1", idle_30=True),
        seat_day("2026-03-30", "s2", "bob", "red", amortised="5", idle_30=True, currency="GBP"),
    ]
    billed = [spend(spend_id="a", billed="2"), spend(spend_id="b", billed="3", currency="EUR")]
    ground = ground_of(seat_days=rows, spend=billed)
    query = Query(("spend_billed", "idle_seat_spend"), MARCH)
    found = answer(query, ALL, ground)
    assert found.totals["idle_seat_spend"].value == Decimal(1)
    assert found.coverage.other_currencies == ("EUR", "GBP")
    converted = answer(replace(query, converted=True), ALL, ground)
    assert converted.totals["idle_seat_spend"].value == Decimal(1)
