from __future__ import annotations

from decimal import Decimal

import pytest

from payback.app.answering import ANSWERED
from payback.metrics.answer import answer
from payback.metrics.catalogue import CATALOGUE
from payback.metrics.question import Query
from tests.metrics.month import ALL, BY_TEAM, EXPECTED, MARCH


def test_every_metric_of_the_catalogue_is_worked_out_by_hand():
    assert set(EXPECTED) == set(CATALOGUE)


@pytest.mark.parametrize("metric", sorted(EXPECTED))
def test_a_metric_of_the_month_is_what_was_worked_out_by_hand(month, metric):
    found = answer(Query((metric,), MARCH), ALL, month, answered=ANSWERED).totals[metric]
    assert (found.value, found.n, found.excluded_n) == EXPECTED[metric]


def test_all_metrics_at_once_are_the_same_numbers(month):
    found = answer(Query(tuple(CATALOGUE), MARCH), ALL, month, answered=ANSWERED)
    assert {name: figure.value for name, figure in found.totals.items()} == {
        name: value for name, (value, *_) in EXPECTED.items()
    }


def test_each_workflow_has_its_own_unit_cost_whatever_it_brings(month):
    asked = ("workflow_unit_cost", "workflow_full_unit_cost", "came_back_rate")
    found = answer(Query(asked, MARCH, by=("workflow",)), ALL, month, answered=ANSWERED)
    told = {row["workflow"]: tuple(row[name] for name in asked) for row in found.rows if row["workflow"]}
    assert told == {
        "triage": (Decimal("0.30"), Decimal("10.30"), Decimal("0.5")),  # 0.90 ÷ 3, and 30 of corrections
        "upkeep": (Decimal(0), Decimal(0), Decimal(1)),  # nobody spent anything on it
    }


def test_the_month_by_team_is_what_was_worked_out_by_hand(month):
    found = answer(Query(tuple(BY_TEAM), MARCH, by=("team",)), ALL, month, answered=ANSWERED)
    by_team = {row.keys["team"]: row for row in found.rows}
    assert set(by_team) == {"red", "blue", None}
    for metric, expected in BY_TEAM.items():
        assert tuple(by_team[team][metric] for team in ("red", "blue", None)) == expected, metric
