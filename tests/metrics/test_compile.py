from __future__ import annotations

import inspect
import os
from dataclasses import replace
from pathlib import Path

import pytest
import sqlglot

from payback.access.scope import Scope
from payback.errors import PaybackError, UnanswerableError, UnknownNameError
from payback.metrics.answer import answer
from payback.metrics.catalogue import CATALOGUE
from payback.metrics.compile import canonical, compiled
from payback.metrics.question import Query
from payback.metrics.vocabulary import Metric, Unit
from payback.period import Grain
from tests.metrics.month import ALL, MARCH

SNAPSHOTS = Path(__file__).parent / "snapshots"
SOURCE = Path(__file__).resolve().parents[2] / "src" / "payback"
COMPILED = [metric for metric in CATALOGUE.values() if isinstance(metric, Metric)]
ASKED = {
    "spend_by_tool_and_day": Query(("spend_list",), MARCH, by=("tool",), grain=Grain.DAY),
    "share_without_cuts": Query(("unattributed_share",), MARCH),
    "two_facts_by_team": Query(("cost_per_merged_pr_all_in",), MARCH, by=("team",)),
    "runs_by_tool": Query(("run_cost_p90",), MARCH, by=("tool",)),
    "requests_by_week_of_some": Query(
        ("requests",), MARCH, grain=Grain.WEEK, where={"team": ["red", None], "model": ["opus"]}
    ),
    "price_of_a_team_lead": Query(("price_per_million",), MARCH),
}


def sql_of(query: Query, month, scope: Scope = ALL) -> str:
    asked = canonical(query, CATALOGUE)
    metrics = tuple(CATALOGUE[name] for name in asked.metrics)
    text = month.warehouse.sql(compiled(metrics, asked, scope, month).expression)
    return sqlglot.parse_one(text, dialect="duckdb").sql("duckdb", pretty=True) + "\n"


@pytest.mark.parametrize("name", ASKED)
def test_the_sql_of_a_question_is_the_one_on_record(month, name):
    scope = Scope.of_teams("lead", ["red"]) if name == "price_of_a_team_lead" else ALL
    found, path = sql_of(ASKED[name], month, scope), SNAPSHOTS / f"{name}.sql"
    if os.environ.get("PAYBACK_RECORD"):
        path.write_text(found, encoding="utf-8")
    assert found == path.read_text(encoding="utf-8"), "read the difference; record it with PAYBACK_RECORD=1"


@pytest.mark.parametrize("metric", COMPILED, ids=lambda metric: metric.id)
@pytest.mark.parametrize("cut", [False, True], ids=["total", "cut"])
def test_money_stays_decimal_with_nine_places_in_every_compiled_column(month, metric, cut):
    by = metric.dimensions[:1] if cut else ()
    asked = compiled((metric,), Query((metric.id,), MARCH, by=by), ALL, month)
    for part in asked.parts[metric.id]:
        if part.measure.unit is Unit.MONEY:
            kind = asked.expression[part.name].type()
            assert kind.is_decimal()
            assert kind.scale == 9


@pytest.mark.parametrize("metric", COMPILED, ids=lambda metric: metric.id)
def test_no_expression_averages_or_joins(month, metric):
    text = sql_of(Query((metric.id,), MARCH, by=metric.dimensions[:2]), month).upper()
    assert "AVG(" not in text
    assert "MEAN(" not in text
    assert "JOIN" not in text


@pytest.mark.parametrize("metric", COMPILED, ids=lambda metric: metric.id)
def test_a_metric_can_be_cut_by_every_dimension_and_grain_it_names(month, metric):
    found = answer(Query((metric.id,), MARCH, by=metric.dimensions), ALL, month)
    assert all(tuple(row.keys) == metric.dimensions for row in found.rows)
    for grain in metric.grains:
        answer(Query((metric.id,), MARCH, grain=grain), ALL, month)


def test_a_cut_that_a_fact_does_not_know_is_refused_with_those_it_knows(month):
    with pytest.raises(
        UnanswerableError, match=r"merged_prs can't be cut by 'vendor'; it can be cut by: .*repo.*team"
    ):
        answer(Query(("merged_prs",), MARCH, by=("vendor",)), ALL, month)


def test_a_cut_that_one_of_two_facts_does_not_know_is_refused(month):
    with pytest.raises(UnanswerableError, match="cost_per_merged_pr_all_in can't be cut by 'vendor'"):
        answer(Query(("cost_per_merged_pr_all_in",), MARCH, by=("vendor",)), ALL, month)


def test_a_filter_that_a_fact_does_not_know_is_refused(month):
    with pytest.raises(UnanswerableError, match="'size_band'"):
        answer(Query(("spend_list",), MARCH, where={"size_band": ["XS"]}), ALL, month)


def test_a_grain_finer_than_the_fact_is_refused(month):
    with pytest.raises(UnanswerableError, match="use_frequency can't be cut by 'day'"):
        answer(Query(("use_frequency",), MARCH, grain=Grain.DAY), ALL, month)


def test_names_that_do_not_exist_are_refused_with_the_nearest(month):
    with pytest.raises(UnknownNameError, match="spend_list"):
        answer(Query(("spend_lst",), MARCH), ALL, month)
    with pytest.raises(UnknownNameError, match="repo"):
        answer(Query(("spend_list",), MARCH, by=("repos",)), ALL, month)
    with pytest.raises(PaybackError, match="name at least one"):
        answer(Query((), MARCH), ALL, month)


def test_a_grain_may_stand_among_the_cuts_but_only_one(month):
    found = answer(Query(("spend_list",), MARCH, by=("month", "team")), ALL, month)
    assert found.query.grain is Grain.MONTH
    assert found.query.by == ("team",)
    with pytest.raises(PaybackError, match="one way at once"):
        answer(Query(("spend_list",), MARCH, by=("day",), grain=Grain.WEEK), ALL, month)


def test_a_scope_cannot_be_left_out():
    for function in (answer, compiled.__wrapped__):
        assert inspect.signature(function).parameters["scope"].default is inspect.Parameter.empty


def test_the_same_question_gives_the_same_expression(month):
    metrics, query = (CATALOGUE["spend_list"],), Query(("spend_list",), MARCH, where={"team": ["red"]})
    again = replace(query, where={"team": ["red"]})
    assert compiled(metrics, query, ALL, month) is compiled(metrics, again, ALL, month)
    narrow = compiled(metrics, query, Scope.of_teams("lead", ["blue"]), month)
    assert narrow is not compiled(metrics, query, ALL, month)


def test_only_the_door_of_access_names_a_table_of_the_warehouse():
    for folder in ("access", "metrics"):
        for path in (SOURCE / folder).rglob("*.py"):
            names = "warehouse.table(" in path.read_text(encoding="utf-8")
            assert names == (path.name == "facts.py" and folder == "access"), path
