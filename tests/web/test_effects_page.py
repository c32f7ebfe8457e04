"""Pages on effects: what is said of each unit, with its interval, checks and who adopted when."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from starlette.testclient import TestClient

from payback.access.scope import Scope
from payback.web.impacts import between, percent, turned
from payback.web.site import create_web
from tests.app.adopting import company as adopting
from tests.app.adopting import week
from tests.web.conftest import HERE
from tests.web.fake import a_company

TODAY = date(2026, 10, 12)


@pytest.fixture(scope="module")
def desk():
    held = replace(a_company(), ground=adopting(), span=(week(0), week(39)))
    held.today = lambda: TODAY
    return held


def ask(desk, address, scope=None):
    whose = {"whose": lambda _request: scope} if scope else {}
    answer = TestClient(create_web(desk, **whose), base_url=HERE).get(address)
    assert answer.status_code == 200
    return answer


def test_each_unit_is_told_with_interval_and_verdict_and_what_it_is_judged_on(desk):
    told = ask(desk, "/effects.json").json()
    rows = {row["id"]: row for row in told["judged"]["rows"] if row["kind"] != "workflow"}
    assert list(rows) == [None, *"abcdefgh"]
    whole = rows[None]
    assert (whole["effect"], whole["verdict"], whole["label"]) == (
        "+47.1\u00a0%",
        "moved, not improved",
        "controlled",
    )
    assert whole["interval"][0] <= whole["percent"] <= whole["interval"][1]
    assert rows["h"]["quiet"] is True
    assert "0 of 2 contributors have the habit" in rows["h"]["why"]


def test_who_adopted_when_is_told_by_three_thresholds(desk):
    rows = {row["id"]: row for row in ask(desk, "/effects.json").json()["adopted"]["rows"]}
    assert [rows["a"][key] for key in ("low", "since", "high")] == 3 * ["week of 13 Apr 2026"]
    assert rows["h"]["since"] == "not yet"


def test_other_metrics_are_told_after_the_correction_for_many(desk):
    rows = {row["id"]: row for row in ask(desk, "/effects.json").json()["beside"]["rows"]}
    assert "merged_prs" not in rows
    assert rows["cycle_time"]["speed"] == "−37.0\u00a0% of the time is +58.7\u00a0% speed"
    assert {row["found"] for row in rows.values()} <= {"moved", "no finding"}


def test_one_effect_shows_its_months_checks_thresholds_and_panel(desk):
    told = ask(desk, "/effects/merged_prs.json").json()
    steps = {row["step"]: row["percent"] for row in told["months"]["table"]["rows"]}
    assert steps[2] == pytest.approx(47.0588, abs=1e-3)
    assert [row["name"] for row in told["thresholds"]["rows"]] == ["10 %", "30 %", "50 %"]
    assert {row["id"]: row["passed"] for row in told["checks"]["rows"]}["declared"] == "no"
    panel = {row["id"]: row for row in told["panel"]["rows"]}
    assert (panel["h"]["treated"], panel["h"]["p0"]) == ("never", "4.25")
    assert "team=h" in panel["h"]["href"]
    assert told["answer"]["percent"] == pytest.approx(47.0588, abs=1e-3)


def test_a_figure_beyond_what_experiments_found_comes_with_a_warning(desk):
    assert "Outside what experiments found" in ask(desk, "/effects/merged_prs").text
    assert "Outside what experiments found" not in ask(desk, "/effects/cycle_time").text


def test_a_weak_effect_is_labelled_and_a_lead_sees_only_their_team(desk):
    lead = Scope.of_teams("a lead", ["b"])
    told = ask(desk, "/effects.json", lead).json()
    assert {row["id"] for row in told["judged"]["rows"] if row["kind"] == "team"} == {"b"}
    assert {row["id"] for row in told["adopted"]["rows"]} == {"organisation", "b"}
    assert "weak: nobody to compare with" in ask(desk, "/effects/merged_prs?team=b", lead).text
    refused = TestClient(create_web(desk, whose=lambda _request: lead), base_url=HERE).get(
        "/effects/merged_prs?team=a"
    )
    assert refused.status_code in {404, 422}


def test_percent_says_its_sign_and_a_time_says_its_speed():
    assert percent(-16.0) == "−16.0\u00a0%"
    assert percent(None) == "–"
    assert between((-3.0, 140.2)) == "−3.0\u00a0% to +140\u00a0%"
    assert turned("cycle_time", -16.0) == "−16.0\u00a0% of the time is +19.0\u00a0% speed"
    assert turned("merged_prs", 5.0) == ""


def test_where_nobody_has_adopted_that_is_the_sentence(desk):
    told = ask(desk, "/effects.json", Scope.of_teams("a lead", ["h"])).json()
    assert told["sentence"]["figure"] == "No team has adopted AI yet"


def test_the_figure_at_fixed_mix_stands_beside_the_one_as_it_was(desk):
    rows = {row["id"]: row for row in ask(desk, "/effects/cycle_time.json").json()["mix"]["rows"]}
    assert rows["actual"]["percent"] == pytest.approx(rows["fixed"]["percent"])
    assert rows["mix"]["percent"] == pytest.approx(0)
    assert "Mix of work" in ask(desk, "/effects/cycle_time").text
    assert ask(desk, "/effects/merged_prs.json").json()["mix"] is None
