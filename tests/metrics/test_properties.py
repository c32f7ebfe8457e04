"""What must hold for any rows: scopes, questions side by side, parts and totals, days of every zone."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import partial
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from payback.access.facts import Ground
from payback.access.scope import Scope
from payback.app.answering import ANSWERED
from payback.ledger.tables import TABLES
from payback.metrics import answer as answering
from payback.metrics.answer import to_json
from payback.metrics.catalogue import CATALOGUE
from payback.metrics.question import Query
from payback.metrics.vocabulary import Metric
from payback.period import Grain, Period, day_of
from payback.warehouse.contract import Replace
from payback.warehouse.duckdb import DuckWarehouse
from tests.metrics.month import ALL, MARCH, PARIS, SYNCED, hourly, numbered, request, rows_of, spend, used

ADDITIVE = [
    name
    for name, metric in CATALOGUE.items()
    if isinstance(metric, Metric) and metric.adds_up and not any(one.fact.roll_up for one in metric.measures)
]
ZONES = (
    "UTC", "Europe/Paris", "America/New_York", "Asia/Kolkata", "Asia/Kathmandu", "Australia/Lord_Howe",
    "America/Havana", "Africa/Cairo", "Asia/Beirut", "Pacific/Apia", "America/St_Johns",
)  # fmt: skip

teams = st.sampled_from(("red", "blue", None))
people = st.sampled_from(("ann", "bob", "cat", None))
tools = st.sampled_from(("codex", "claude_code", None))
prices = st.none() | st.integers(0, 10**9).map(lambda n: Decimal(n).scaleb(-9))
amount = st.none() | st.integers(-(10**14), 10**14).map(lambda n: Decimal(n).scaleb(-9))
march_days = st.dates(date(2026, 2, 27), date(2026, 4, 3))
moments = st.datetimes(datetime(2026, 2, 27), datetime(2026, 4, 3))  # noqa: DTZ001  made UTC below

answer = partial(answering.answer, answered=ANSWERED)


@st.composite
def usage_row(draw, moment=moments):
    row = request(
        draw(moment).isoformat(),
        {"team": draw(teams), "person": draw(people), "tool": draw(tools)},
        draw(st.sampled_from(("s1", "s2"))),
        draw(st.sampled_from(("r1", "r2", None))),
        (*draw(st.tuples(*[st.integers(0, 10**6)] * 5)), 0),
        requests=draw(st.integers(0, 1)), errors=draw(st.integers(0, 1)), attempt=draw(st.integers(1, 2)),
        duration_seconds=draw(st.none() | st.integers(0, 600).map(float)),
    )  # fmt: skip
    return row | {"list_usd": draw(prices)}


@st.composite
def spend_row(draw):
    amounts = {name: draw(amount) for name in ("billed", "amortised", "list")}
    row = spend(day=draw(march_days), team=draw(teams), person=draw(people), tool=draw(tools))
    return row | amounts | {"currency": draw(st.sampled_from(("USD", "USD", "EUR")))}


@st.composite
def change_row(draw):
    merged = draw(st.none() | march_days)
    return {
        "repo": "shop", "merged_day": merged, "state": "merged" if merged else "open", "team": draw(teams),
        "person": draw(people), "ai_class": draw(st.sampled_from(("agent_authored", "none_detected"))),
        "cost_list": draw(prices), "evidence_complete": draw(st.booleans()), "source": "git", "synced_at": SYNCED,
    }  # fmt: skip


facts = st.fixed_dictionaries(
    {
        "usage": st.lists(usage_row(), max_size=12),
        "spend": st.lists(spend_row(), max_size=12),
        "work": st.lists(change_row(), max_size=6),
    }
)
some = settings(
    max_examples=12,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@pytest.fixture(scope="module")
def warehouse():
    found = DuckWarehouse.in_memory(TABLES)
    yield found
    found.close()


def holding(warehouse, rows, zone=PARIS) -> Ground:
    """A ground whose warehouse holds these rows and no others."""
    usage = numbered(rows.get("usage", []))
    tables = {
        "usage": usage,
        "usage_hourly": hourly(usage),
        "use_days": used(usage, zone),
        "spend": [row | {"spend_id": str(i)} for i, row in enumerate(rows.get("spend", []))],
        "work": [row | {"pull_request_id": f"shop#{i}"} for i, row in enumerate(rows.get("work", []))],
    }
    warehouse.apply([Replace(name, rows_of(name, found)) for name, found in tables.items()])
    return Ground(warehouse, zone)


def shape(found) -> dict:
    return to_json(found) | {"scope": None}


def metrics_known(*dimensions: str, most: int = 4):
    """A few metrics that know these dimensions."""
    names = [name for name in CATALOGUE if known(name, *dimensions)]
    return st.lists(st.sampled_from(names), min_size=1, max_size=most, unique=True).map(tuple)


def known(metric: str, *dimensions: str) -> bool:
    return set(dimensions) <= set(CATALOGUE[metric].dimensions)


@some
@given(facts, metrics_known("team"), st.none() | st.sampled_from(("team", "person", "source")))
def test_a_scope_of_a_team_answers_as_if_other_rows_did_not_exist(warehouse, rows, metrics, cut):
    query = Query(metrics, MARCH, by=(cut,) if cut and all(known(m, cut) for m in metrics) else ())
    scoped = answer(query, Scope.of_teams("lead", ["red"], may_see_people=True), holding(warehouse, rows))
    only = {name: [row for row in found if row["team"] == "red"] for name, found in rows.items()}
    assert shape(scoped) == shape(answer(query, ALL, holding(warehouse, only)))


@some
@given(facts, metrics_known("team"))
def test_a_scope_of_a_person_answers_as_if_other_rows_did_not_exist(warehouse, rows, metrics):
    query = Query(metrics, MARCH, by=("team",))
    scoped = answer(query, Scope.of_person("own page", "ann"), holding(warehouse, rows))
    only = {name: [row for row in found if row["person"] == "ann"] for name, found in rows.items()}
    assert shape(scoped) == shape(answer(query, ALL, holding(warehouse, only)))


@some
@given(facts, metrics_known("team", most=5))
def test_asking_for_more_metrics_changes_none(warehouse, rows, metrics):
    ground = holding(warehouse, rows)
    together = answer(Query(metrics, MARCH, by=("team",)), ALL, ground)
    for metric in metrics:
        alone = answer(Query((metric,), MARCH, by=("team",)), ALL, ground)
        assert alone.totals[metric] == together.totals[metric]
        beside = {row.keys["team"]: row.figures[metric] for row in together.rows}
        assert all(beside[row.keys["team"]] == row.figures[metric] for row in alone.rows)


@some
@given(
    facts,
    st.sampled_from(("team", "person", "tool", "source")),
    st.none() | st.sampled_from(list(Grain)),
    st.lists(st.sampled_from(ADDITIVE), min_size=1, max_size=4, unique=True),
)
def test_the_parts_of_a_sum_add_up_to_its_total(warehouse, rows, cut, grain, some_metrics):
    metrics = tuple(name for name in some_metrics if known(name, cut)) or ("spend_list",)
    found = answer(Query(metrics, MARCH, by=(cut,), grain=grain), ALL, holding(warehouse, rows))
    for metric in metrics:
        parts = [row[metric] for row in found.rows if row[metric] is not None]
        assert sum(parts) == (found.totals[metric].value or 0), metric
        assert sum(row.figures[metric].n for row in found.rows) == found.totals[metric].n


@some
@given(facts)
def test_each_group_stands_once_however_many_facts_and_unknown_keys_it_has(warehouse, rows):
    query = Query(("spend_list", "requests", "merged_prs"), MARCH, by=("team", "person"), grain=Grain.WEEK)
    found = answer(query, ALL, holding(warehouse, rows))
    groups = [(row.period, *row.keys.values()) for row in found.rows]
    assert len(groups) == len(set(groups))


@some
@given(facts, metrics_known("team"), st.sampled_from(("red", "blue", None)))
def test_a_filter_gives_the_row_of_the_cut(warehouse, rows, metrics, team):
    ground = holding(warehouse, rows)
    cut = {row.keys["team"]: row for row in answer(Query(metrics, MARCH, by=("team",)), ALL, ground).rows}
    filtered = answer(Query(metrics, MARCH, where={"team": [team]}), ALL, ground)
    if team in cut:
        for name in metrics:
            assert filtered.totals[name] == cut[team].figures[name], name


def test_nothing_waits_and_nothing_is_open_in_a_team_without_changes(warehouse):
    ground = holding(warehouse, {"usage": [], "spend": [spend(team="red", list="1")], "work": []})
    (row,) = answer(
        Query(("spend_list", "prs_waiting_review", "open_prs", "review_queue_age"), MARCH, by=("team",)),
        ALL,
        ground,
    ).rows
    assert row.keys["team"] == "red"
    assert (row["prs_waiting_review"], row["open_prs"], row["review_queue_age"]) == (0, 0, None)


def test_a_run_that_two_teams_had_a_hand_in_counts_for_each_and_once_in_the_total(warehouse):
    usage = [
        request(
            "2026-03-02T09:00", {"team": team, "tool": "codex"}, "s1", "r1", (1, 0, 0, 0, 1, 0), requests=1
        )
        for team in ("red", "blue")
    ]
    found = answer(Query(("runs",), MARCH, by=("team",)), ALL, holding(warehouse, {"usage": usage}))
    assert {row.keys["team"]: row["runs"] for row in found.rows} == {"red": 1, "blue": 1}
    assert found.totals["runs"].value == 1


@settings(some, max_examples=5)
@pytest.mark.parametrize("zone", ZONES)
@given(data=st.data())
def test_days_are_those_of_the_zone_and_their_sum_is_the_range_across_clock_changes(warehouse, zone, data):
    start = data.draw(
        st.sampled_from((date(2026, 3, 25), date(2026, 10, 22), date(2026, 3, 5), date(2011, 12, 27)))
    )
    period = Period(start, start + timedelta(days=9))
    first = datetime(start.year, start.month, start.day) - timedelta(days=2)  # noqa: DTZ001  made UTC by usage_row
    near = st.datetimes(first, first + timedelta(days=13)).map(
        lambda m: m.replace(minute=m.minute // 15 * 15, second=0)
    )
    rows = data.draw(st.lists(usage_row(moment=near), min_size=1, max_size=20))
    tz = ZoneInfo(zone)
    ground = holding(warehouse, {"usage": rows}, tz)
    by_day = answer(Query(("requests",), period, grain=Grain.DAY), ALL, ground)
    days = [day_of(row["occurred_at"], tz) for row in rows if row["requests"]]
    expected = Counter(day for day in days if period.since <= day < period.until)
    assert {row.period: row["requests"] for row in by_day.rows if row["requests"]} == expected
    assert by_day.totals["requests"].value == expected.total()


@pytest.mark.parametrize("zone", ["Asia/Kolkata", "Asia/Kathmandu"])
def test_a_day_of_a_half_hour_zone_begins_at_its_own_midnight(warehouse, zone):
    tz = ZoneInfo(zone)
    midnight = datetime(2026, 3, 10, tzinfo=tz).astimezone(UTC)
    around = [midnight - timedelta(minutes=1), midnight]
    rows = [
        request(when.replace(tzinfo=None).isoformat(), {}, "s", "r", (1, 0, 0, 0, 0, 0)) for when in around
    ]
    ground = holding(warehouse, {"usage": rows}, tz)
    found = answer(Query(("requests",), MARCH, grain=Grain.DAY), ALL, ground)
    assert [row.period for row in found.rows] == [date(2026, 3, 9), date(2026, 3, 10)]


@some
@given(st.lists(st.tuples(teams, st.integers(0, 600).map(float)), min_size=1, max_size=15))
def test_a_percentile_is_the_value_at_the_nearest_rank(warehouse, times):
    rows = [
        request("2026-03-02T10:00", {"team": team}, "s", "r", (1, 0, 0, 0, 0, 0), duration_seconds=seconds)
        for team, seconds in times
    ]
    query = Query(("response_time", "response_time_p90"), MARCH, by=("team",))
    for row in answer(query, ALL, holding(warehouse, {"usage": rows})).rows:
        held = sorted(seconds for team, seconds in times if team == row.keys["team"])
        assert row["response_time"] == held[-(-len(held) * 50 // 100) - 1]
        assert row["response_time_p90"] == held[-(-len(held) * 90 // 100) - 1]
