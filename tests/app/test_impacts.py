"""`payback impact METRIC`: the whole answer under the keys of the contract."""

from __future__ import annotations

import json

import pytest

from payback.access.scope import Scope
from payback.app.impacts import Asked, by_team, impact
from payback.errors import UnknownNameError
from tests.app.adopting import Fake, company, week
from tests.cli.test_impact import KEYS
from tests.metrics.month import ALL


@pytest.fixture(scope="module")
def app():
    return Fake(company())


def test_the_answer_has_the_keys_of_the_contract_and_is_plain(app):
    told = impact(app, ALL, "merged_prs", Asked())
    assert set(told) >= {
        *KEYS,
        "percent",
        "percent_interval",
        "label",
        "sensitivity",
        "adoption",
        "guardrails",
    }
    assert json.loads(json.dumps(told, default=str))["units"] == 8
    assert told["percent"] == pytest.approx(47.0588, abs=1e-3)
    assert {step["t"] for step in told["by_event_time"]} >= {-2, -1, 0, 1, 2}
    assert set(told["aggregates"]) == {"simple", "dynamic", "group"}
    assert [(one["threshold"], one["units"]) for one in told["sensitivity"]] == [(0.1, 8), (0.3, 8), (0.5, 8)]


def test_who_adopted_when_stands_beside_the_effect(app):
    told = {one["unit"]: one for one in impact(app, ALL, "cycle_time", Asked())["adoption"]}
    assert (told["a"]["week"], told["a"]["habitual"], told["a"]["contributors"]) == (week(14), 2, 2)
    assert (told["h"]["week"], told["h"]["share"]) == (None, 0)


def test_another_method_is_asked_for_by_name(app):
    alone = impact(app, ALL, "merged_prs", Asked(team="a", method="interrupted_series"))
    assert (alone["label"], alone["units"]) == ("weak", 1)
    before = impact(app, ALL, "merged_prs", Asked(method="before_after"))
    assert before["label"] == "descriptive"
    assert before["verdict"] == "cannot tell yet (no control: descriptive)"
    assert before["percent"] == pytest.approx(47.0588, abs=1e-3)


def test_by_team_the_organisation_comes_first(app):
    rows = by_team(app, ALL, "merged_prs", Asked())
    assert [row["unit"] for row in rows] == [None, *"abcdefgh"]
    assert rows[8]["verdict"].startswith("cannot tell yet (not adopted")


def test_a_scope_learns_nothing_of_other_teams(app):
    only = Scope.of_teams("a lead", ["b"])
    assert [row["unit"] for row in by_team(app, only, "merged_prs", Asked())] == [None, "b"]
    with pytest.raises(UnknownNameError):
        impact(app, only, "merged_prs", Asked(team="a"))


def test_names_that_are_not_there_are_refused_with_those_that_are(app):
    for asked in (Asked(team="z"), Asked(method="guess"), Asked(treatment="rain")):
        with pytest.raises(UnknownNameError):
            impact(app, ALL, "merged_prs", asked)


def test_work_with_ai_beside_like_work_without_is_an_association_and_never_a_verdict(app):
    """Each person of a team that adopted takes 4 hours with AI and 8 without: half, in every place and by every author."""
    told = impact(app, ALL, "cycle_time", Asked(method="matched"))
    assert (told["method"], told["label"]) == ("matched", "association")
    assert told["percent"] == pytest.approx(-50)
    assert told["verdict"].startswith("cannot tell yet (association")
    assert impact(app, ALL, "merged_prs", Asked(method="matched"))["verdict"] == (
        "cannot tell yet (a count has no single pieces to match)"
    )
