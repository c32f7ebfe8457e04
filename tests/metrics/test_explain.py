from __future__ import annotations

import json
from datetime import UTC, date, datetime

import pytest

from payback.access.scope import Scope
from payback.app.answering import ANSWERED
from payback.errors import UnanswerableError
from payback.metrics.catalogue import CATALOGUE
from payback.metrics.explain import explain
from payback.metrics.question import Query
from payback.metrics.vocabulary import Metric
from tests.metrics.month import ALL, EXPECTED, MARCH, SPEND, SYNCED, ground_of

CHARGE = {
    "charge_id": "c1", "vendor": "anthropic", "charge_category": "Usage", "currency": "USD", "source": "bill",
    "charge_period_start": datetime(2026, 3, 1, tzinfo=UTC), "charge_period_end": datetime(2026, 4, 1, tzinfo=UTC),
    "synced_at": SYNCED,
}  # fmt: skip


@pytest.fixture(scope="module")
def ground():
    found = ground_of(spend=SPEND, charges=[CHARGE, CHARGE | {"charge_id": "of nothing"}])
    yield found
    found.warehouse.close()


@pytest.mark.parametrize("metric", CATALOGUE)
def test_every_metric_can_be_explained_as_json_with_its_number_and_rows(month, metric):
    told = explain(Query((metric,), MARCH), ALL, month, answered=ANSWERED)
    json.dumps(told)
    assert told["metrics"][metric]["n"] == EXPECTED[metric][1]
    assert told["sql"].startswith("SELECT")
    assert all(fact["rows"] > 0 for fact in told["facts"])
    assert sum(source["rows"] for source in told["sources"]) == sum(fact["rows"] for fact in told["facts"])


def test_the_rules_count_every_row_of_spend_once(ground):
    told = explain(Query(("spend_billed",), MARCH), ALL, ground)
    assert told["rules"] == [
        {"basis": "membership", "rows": 5},
        {"basis": "seat", "rows": 2},
        {"basis": "tag", "rows": 2},
        {"basis": "unattributed", "rows": 1},
    ]


def test_charges_are_those_that_the_rows_are_shares_of(ground):
    told = explain(Query(("spend_billed",), MARCH), ALL, ground)
    assert [charge["charge_id"] for charge in told["charges"]] == ["c1"]


def test_a_filter_narrows_the_rows_that_are_explained(ground):
    told = explain(Query(("spend_billed",), MARCH, where={"team": ["blue"]}), ALL, ground)
    assert told["facts"] == [{"fact": "spend", "table": "spend", "rows": 3}]
    assert {row["team"] for row in told["sample"]["spend"]} == {"blue"}


def test_the_last_sync_of_each_source_is_told(ground):
    told = explain(Query(("spend_billed",), MARCH), ALL, ground)
    expected = {
        "table": "spend",
        "source": "agents",
        "rows": 10,
        "last_synced_at": "2026-04-01T00:00:00+00:00",
    }
    assert told["sources"] == [expected]


def test_a_scope_is_explained_by_no_row_that_it_may_not_see(ground):
    told = explain(
        Query(("spend_billed",), MARCH), Scope.of_teams("lead", ["blue"], may_see_people=True), ground
    )
    assert told["facts"][0]["rows"] == 3
    assert {row["team"] for row in told["sample"]["spend"]} == {"blue"}
    assert told["charges"] == []


def test_without_the_right_to_see_individuals_there_is_no_sample(ground):
    told = explain(Query(("spend_billed",), MARCH), Scope.everything("finance"), ground)
    assert told["sample"] == {"spend": []}


def test_what_cannot_be_answered_is_not_explained_either(ground):
    with pytest.raises(UnanswerableError):
        explain(Query(("merged_prs",), MARCH, by=("vendor",)), ALL, ground)


def test_days_beside_the_month_are_not_among_the_rows(ground):
    told = explain(Query(("spend_billed",), MARCH), ALL, ground)
    days = [row["day"] for row in told["sample"]["spend"]]
    assert min(days) >= date(2026, 3, 1).isoformat()
    assert max(days) < date(2026, 4, 1).isoformat()


def test_formulas_say_what_is_divided_by_what(month):
    told = explain(Query(("unattributed_share", "use_frequency", "merged_prs"), MARCH), ALL, month)["metrics"]
    assert told["unattributed_share"]["formula"] == (
        "(sum of list over spend where team is unknown and list is known) ÷ (sum of list over spend)"
    )
    assert told["use_frequency"]["formula"] == (
        "(sum of days over use_days, one row per who and ISO week where active is true) ÷ "
        "(number of rows over use_days, one row per who and ISO week where active is true)"
    )
    assert told["merged_prs"]["formula"] == "number of rows over work where state is merged"


def test_every_compiled_metric_has_a_formula_of_its_own():
    from payback.metrics.formula import formula

    by_another_name = {"invoice_cost": "spend_amortised"}
    metrics = [metric for metric in CATALOGUE.values() if isinstance(metric, Metric)]
    formulas = [formula(metric) for metric in metrics if metric.id not in by_another_name]
    assert len(formulas) == len(set(formulas))
