"""The metric `effect`, asked and explained like any other."""

from __future__ import annotations

from decimal import Decimal

import pytest

from payback.access.scope import Scope
from payback.app.answering import ANSWERED
from payback.errors import PaybackError, UnanswerableError
from payback.metrics.answer import answer
from payback.metrics.explain import explain
from payback.metrics.question import Query
from payback.period import Period
from tests.app.adopting import MONDAY, TODAY, company
from tests.metrics.month import ALL

WHOLE = Period(MONDAY, TODAY)
GAIN = Decimal("0.470588")


@pytest.fixture(scope="module")
def ground():
    return company()


def ask(ground, scope=ALL, by=(), **where):
    return answer(Query(("effect",), WHOLE, by=by, where=where), scope, ground, answered=ANSWERED)


def test_the_effect_of_a_metric_is_a_share_of_the_level_without_ai(ground):
    figure = ask(ground, metric=["merged_prs"]).totals["effect"]
    assert (figure.value, figure.n) == (GAIN, 712)
    assert ask(ground, metric=["merged_prs"], team=["a"]).totals["effect"].value == Decimal("0.5")


def test_by_team_each_has_its_own_and_who_did_not_adopt_has_none(ground):
    rows = {row.keys["team"]: row["effect"] for row in ask(ground, by=("team",), metric=["merged_prs"]).rows}
    assert set(rows) == set("abcdefgh")
    assert rows["a"] == Decimal("0.5")
    assert rows["h"] is None


def test_by_metric_without_naming_any_the_usual_ones_are_told(ground):
    rows = {row.keys["metric"]: row["effect"] for row in ask(ground, by=("metric",)).rows}
    assert rows["merged_prs"] == GAIN
    assert rows["cycle_time"] < 0


def test_without_a_metric_there_is_no_effect_and_without_a_before_it_is_refused(ground):
    assert ask(ground).totals["effect"].value is None
    with pytest.raises(PaybackError, match="none before AI"):
        ask(ground, metric=["cost_per_merged_pr"])
    with pytest.raises(PaybackError, match="do not add up"):
        ask(ground, metric=["merged_prs"], team=["a", "b"])
    with pytest.raises(UnanswerableError):
        ask(ground, by=("person",))


def test_it_is_explained_by_the_rows_of_the_metric_and_of_use(ground):
    told = explain(
        Query(("effect",), Period(TODAY, TODAY), where={"metric": ["merged_prs"], "team": ["a"]}),
        ALL,
        ground,
        answered=ANSWERED,
    )
    assert {fact["table"]: fact["rows"] for fact in told["facts"]} == {
        "use_days": 2 * 28 * 3,
        "work": 2 * 40 + 2 * 14,
    }
    only = Scope.of_teams("a lead", ["b"])
    seen = explain(
        Query(("effect",), WHOLE, where={"metric": ["merged_prs"]}), only, ground, answered=ANSWERED
    )
    assert {fact["table"]: fact["rows"] for fact in seen["facts"]}["work"] == 2 * 40 + 2 * 12
