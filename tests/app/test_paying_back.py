"""What the money bought: hours of coding since a team took AI up, at the price of the day, against its full cost."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest

from payback.access.scope import Scope
from payback.errors import PaybackError, UnanswerableError
from payback.insight.effect import CONTROLLED, Effect
from payback.insight.impact.verdict import IMPROVED
from payback.metrics.question import Query
from payback.org.directory import Catalogue, RateCard, Span
from payback.org.organisation import Organisation
from payback.period import Grain, Period, midnight
from tests.metrics.month import ALL, MARCH, PARIS, SYNCED, effort, ground_of, spend
from tests.web.fake import FakeDesk, _settings

CHANGED = midnight(date(2026, 3, 16), PARIS)
CARDS = (
    RateCard(Decimal(80), "USD", span=Span(until=CHANGED)),
    RateCard(Decimal(100), "USD", span=Span(CHANGED)),
)


def developing(team, people, first=1, days=31):
    return [
        {"day": date(2026, 3, first) + timedelta(days=n), "person": f"{team}{who}", "team": team, "source": "delivery", "synced_at": SYNCED}
        for n in range(days)
        for who in range(people)
    ]  # fmt: skip


def effect(unit, since=None, metric="merged_prs"):
    kind = "organisation" if unit is None else "team"
    found = (25.0, (10.0, 50.0))
    return Effect(metric, kind, unit, "adoption", "did", CONTROLLED, *found, 400, 12, IMPROVED, since)


@pytest.fixture(scope="module")
def desk():
    ground = ground_of(
        spend=[
            spend(spend_id="a", team="red", amortised="100"),
            spend(spend_id="b", team="blue", amortised="40", workflow="triage"),
            spend(spend_id="c", amortised="10"),
        ],
        effort_costs=[
            effort("e1", "enablement", "red", 2.0, "30"),
            effort("e2", "enablement", "red", 1.0, "90", day=date(2026, 1, 5)),  # before these days
            effort("e3", "qa", "blue", 1.0, "20", workflow="triage"),
        ],
        developer_days=[*developing("red", 7), *developing("blue", 7), *developing(None, 1)],
    )
    told = (effect(None), effect("red", date(2026, 3, 11)), effect("blue", date(2026, 3, 25), "cycle_time"))
    organisation = Organisation(catalogue=Catalogue(rates=CARDS))
    held = FakeDesk(ground, _settings(), organisation=organisation, effects=told)
    yield held
    ground.warehouse.close()


def judged(desk, period=MARCH, scope=ALL):
    return {(one.kind, one.unit): one for one in desk.payback.judged(scope, period)}


def test_hours_are_those_of_a_team_since_it_took_ai_up_at_the_price_of_each_day(desk):
    red = judged(desk)["team", "red"].worth
    # 7 people code 7.75 hours a day together: 5 days at 80 and 16 at 100; a fifth of it is returned
    assert red.hours.point == Decimal("32.6")  # 0.2 × 162.75
    assert red.value.point == Decimal("3100.00")  # 0.2 × (5 × 620 + 16 × 775)
    assert red.value.low == Decimal("1409.09")
    assert red.net.point == Decimal("2940.00")  # less 100 invoiced and 60 entered


def test_payback_counts_what_was_ever_spent_once(desk):
    red = judged(desk)["team", "red"].worth
    # 60 + 90 over (3,100 − 100) in 31 days
    assert red.payback[1] == Decimal("0.1")


def test_the_organisation_has_the_hours_of_each_team_since_it_took_ai_up(desk):
    whole = judged(desk)["organisation", None]
    # blue adds 7 days at 100; who has no team is not known to have taken it up
    assert whole.worth.hours.point == Decimal("43.4")  # 0.2 × (162.75 + 54.25)
    assert (whole.cost.invoice, whole.cost.full) == (Decimal(150), Decimal(230))


def test_an_effect_on_a_wait_has_no_money(desk):
    blue = judged(desk)["team", "blue"]
    assert blue.worth.value is None
    assert "returns no hours" in blue.worth.missing
    assert blue.signal.word == "keep"


def test_a_workflow_without_an_effect_cannot_be_told_yet(desk):
    triage = judged(desk)["workflow", "triage"]
    assert (triage.cost.invoice, triage.cost.full) == (Decimal(40), Decimal(60))
    assert triage.signal.word == "cannot tell yet"


def test_units_stand_by_what_they_cost_the_organisation_first(desk):
    assert list(judged(desk)) == [
        ("organisation", None), ("team", "red"), ("team", "blue"), ("workflow", "triage"),
    ]  # fmt: skip


def test_the_metrics_answer_with_both_ends(desk):
    names = ("net_value", "net_value_low", "net_value_high", "payback_months")
    found = desk.answer(Query(names, MARCH, by=("team",)), ALL)
    [row] = found.rows  # blue's is not known
    assert (row.keys["team"], row["net_value"], row["net_value_low"]) == (
        "red",
        Decimal("2940.00"),
        Decimal("1249.09"),
    )
    whole = judged(desk)["organisation", None].worth
    assert found.totals["net_value"].value == whole.net.point
    assert found.coverage.currency["net_value"] == "USD"
    one = desk.answer(Query(("net_value",), MARCH, where={"team": ["red"]}), ALL)
    assert one.totals["net_value"].value == Decimal("2940.00")


def test_the_metrics_are_told_for_a_whole_period_and_one_cut(desk):
    with pytest.raises(UnanswerableError):
        desk.answer(Query(("net_value",), MARCH, grain=Grain.WEEK), ALL)
    with pytest.raises(PaybackError, match="not by both"):
        desk.answer(Query(("net_value",), MARCH, by=("team", "workflow")), ALL)
    with pytest.raises(PaybackError, match="USD only"):
        desk.answer(Query(("net_value",), MARCH, currency="EUR"), ALL)


def test_what_came_back_is_explained_by_its_rows(desk):
    told = desk.explain(Query(("net_value",), MARCH, where={"workflow": ["triage"]}), ALL)
    assert {fact["table"] for fact in told["facts"]} == {"spend", "effort_costs", "work"}


def test_a_lead_sees_the_cost_of_their_team_alone(desk):
    found = judged(desk, scope=Scope.of_teams("lead", ["red"]))
    assert set(found) == {("organisation", None), ("team", "red")}
    assert found["organisation", None].cost.full == Decimal(160)


def test_no_days_of_developers_return_nothing(desk):
    red = judged(desk, Period(date(2026, 1, 1), date(2026, 2, 1)))["team", "red"]
    assert red.worth.value is None
    assert "nobody developed" in red.worth.missing
