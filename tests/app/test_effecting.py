"""Effects of adoption on the small company of `adopting`, through the warehouse, as they were worked out by hand."""

from __future__ import annotations

import pytest

from payback.access.scope import Scope
from payback.app.effecting import effects
from payback.app.studying import facts, study
from payback.errors import PaybackError, UnknownNameError
from payback.org.directory import Team
from tests.app.adopting import TODAY, Fake, company, week
from tests.metrics.month import ALL


@pytest.fixture(scope="module")
def ground():
    return company()


def test_a_team_adopts_in_the_week_in_which_its_habit_can_be_seen(ground):
    adopted = facts(ground, ALL, TODAY).adopted()
    assert {unit: one.week for unit, one in adopted.items() if one.week} == {
        "a": week(14), "b": week(18), "c": week(22), "organisation": week(22),
    }  # fmt: skip
    assert (adopted["organisation"].habitual, adopted["organisation"].contributors) == (6, 16)


def test_the_effect_of_the_organisation_is_what_was_worked_out_by_hand(ground):
    found = study(facts(ground, ALL, TODAY), "merged_prs")
    assert found.percent == pytest.approx(100 * (12.5 / 8.5 - 1))
    assert (found.method, found.label, found.units, found.n) == (
        "difference_in_differences", "controlled", 8, 16 * 40 + 2 * (14 + 12 + 10),
    )  # fmt: skip
    low, high = found.interval
    assert low <= found.percent <= high


def test_the_effect_of_a_team_compares_its_people_with_those_of_teams_that_had_not_adopted(ground):
    found = study(facts(ground, ALL, TODAY), "merged_prs", "a")
    assert found.percent == pytest.approx(100 * (6 / 4 - 1))
    assert found.units == 16
    assert found.subject.since == week(14)


def test_hours_are_compared_by_their_logarithms_and_shares_as_they_are(ground):
    told = facts(ground, ALL, TODAY)
    hours = study(told, "cycle_time")
    # eight changes of twelve at 4 hours, four at 8: the mean logarithm falls by ⅔ of ln 2
    assert hours.percent == pytest.approx(100 * (2 ** (-2 / 3) - 1))
    assert study(told, "rework_rate").found.headline.att == pytest.approx(2 / 3)


def test_a_team_that_did_not_adopt_is_told_how_far_it_is(ground):
    found = study(facts(ground, ALL, TODAY), "merged_prs", "h")
    assert found.percent is None
    assert "0 of 2 contributors have the habit" in found.missing


def test_a_scope_of_one_team_sees_its_own_rows_and_nobody_to_compare_with(ground):
    only = Scope.of_teams("a lead", ["a"])
    told = facts(ground, only, TODAY)
    assert set(told.adopted()) == {"a", "organisation"}
    found = study(told, "merged_prs", "a")
    assert (found.label, found.method) == ("weak", "interrupted_series")


def test_effects_come_with_the_organisation_first_and_are_judged_on_what_was_declared(ground):
    team = Team("a", "Alpha", primary_metric="cycle_time", guardrail_metrics=("rework_rate",))
    found = effects(Fake(ground, (team,)), ALL)
    assert [one.unit for one in found] == [None, *"abcdefgh"]
    assert found[0].metric == "merged_prs"
    assert found[0].checks[0].id == "declared"
    assert found[0].checks[0].passed is False
    assert (found[1].metric, found[1].checks[0].passed) == ("cycle_time", True)
    assert [guard.metric for guard in found[1].guardrails] == ["rework_rate"]


def test_more_changes_with_more_rework_are_moved_and_not_improved(ground):
    told = {"effects": {"primary_metric": "merged_prs", "guardrail_metrics": ["rework_rate"]}}
    by_team = {one.unit: one for one in effects(Fake(ground, told=told), ALL)}
    assert by_team[None].verdict == "moved, not improved"


def test_a_guardrail_may_get_worse_within_its_margin(ground):
    told = {
        "effects": {
            "primary_metric": "merged_prs", "guardrail_metrics": ["cycle_time"], "margins": {"cycle_time": 5},
        },
    }  # fmt: skip
    assert effects(Fake(ground, told=told), ALL)[0].verdict == "improved"


def test_effects_are_remembered_until_rows_change(ground):
    app = Fake(ground)
    assert effects(app, ALL) is effects(app, ALL)


def test_metrics_without_a_before_are_refused_with_others_to_choose(ground):
    told = facts(ground, ALL, TODAY)
    with pytest.raises(PaybackError, match="none before AI"):
        study(told, "cost_per_merged_pr")
    with pytest.raises(PaybackError, match="not told of teams before"):
        study(told, "active_users")
    with pytest.raises(UnknownNameError):
        study(told, "merged_prz")
