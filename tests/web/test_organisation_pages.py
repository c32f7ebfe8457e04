"""People, teams, tools, workflows, owners: what they say to whom."""

from __future__ import annotations

from decimal import Decimal

import pytest
from starlette.testclient import TestClient

from payback.access.scope import Scope
from payback.web.site import create_web
from tests.web.conftest import HERE
from tests.web.reading import Outline

EVE = Scope.everything("eve", may_see_people=True)


@pytest.fixture(scope="module")
def full(company):
    with TestClient(create_web(company, whose=lambda _request: EVE), base_url=HERE) as client:
        yield client


def as_reader(company, scope):
    return TestClient(create_web(company, whose=lambda _request: scope), base_url=HERE)


def test_the_queue_says_who_an_account_may_be_and_why(full):
    rows = full.get("/people.json").json()["queue"]["rows"]
    told = {row["account"]: row for row in rows}
    assert told["a.nother"]["may_be"] == "Ann Nother"
    assert told["a.nother"]["why"] == "login is the name before the @ of their address"
    assert told["renovate[bot]"]["why"] == "a bot or service account, by its name"


def test_people_are_listed_by_name_and_not_ranked(full):
    rows = full.get("/people.json").json()["people"]["rows"]
    assert [row["name"] for row in rows] == ["Ann Nother", "Bob Ross", "Ross Bob"]
    assert Decimal(rows[0]["list_usd"] or 0) == 0, "spend of the invented month names no person"


@pytest.mark.parametrize(
    "path", ["/people", "/people/ann", "/people/accounts/login/a.nother", "/people.json"]
)
@pytest.mark.parametrize("scope", [Scope.everything("finance"), Scope.nothing("nobody")])
def test_without_the_right_no_person_and_no_account_is_named(company, path, scope):
    text = as_reader(company, scope).get(path).text
    for secret in ("Ann Nother", "Bob Ross", "bob@acme.example", "renovate[bot]"):
        assert secret not in text


def test_a_lead_sees_their_teams_and_no_others(company):
    lead = as_reader(company, Scope.of_teams("lead", ["red"]))
    assert [row["name"] for row in lead.get("/teams.json").json()["table"]["rows"]] == ["Red"]
    assert lead.get("/teams/shop").status_code == 404
    assert lead.get("/teams/red").status_code == 200


def test_teams_stand_below_the_ones_they_are_part_of_with_unattributed_last(full):
    rows = full.get("/teams.json").json()["table"]["rows"]
    assert [(row["name"], row.get("depth")) for row in rows] == [("Shop", 0), ("Red", 1), ("Unattributed", 0)]
    assert [row["members"] for row in rows] == [1, 1, None]
    spent = full.get("/spend.json").json()["table"]["total"]["spend"]
    assert rows[-1]["list_usd"] == spent, "nobody in the invented month is in a team"


def test_members_are_those_of_the_last_day_looked_at(full):
    rows = full.get("/teams.json?since=2026-09-01&through=2026-09-30").json()["table"]["rows"]
    assert [row["members"] for row in rows[:2]] == [1, 0]
    members = full.get("/teams/red.json").json()["members"]["rows"]
    assert [row["name"] for row in members] == ["Bob Ross"]


def test_tools_have_owner_seats_and_users_and_workflows_a_proposed_metric(full):
    tools = {row["tool_id"]: row for row in full.get("/tools.json").json()["table"]["rows"]}
    assert (tools["claude_code"]["owner_name"], tools["codex"]["owner_name"]) == ("Bob Ross", "nobody")
    assert (tools["copilot"]["seats"], tools["claude_code"]["users"]) == (3, 1)
    [triage] = full.get("/workflows.json").json()["table"]["rows"]
    assert triage["owner_name"] == "Shop"
    assert triage["metric"].startswith("workflow_unit_cost (proposed")
    assert triage["guardrails"] == ["correction_rate", "reroute_rate"]


def test_what_nobody_answers_for_is_ranked_by_money(full):
    rows = full.get("/owners.json").json()["table"]["rows"]
    sizes = [max(Decimal(row["list_usd"] or 0), Decimal(row["billed"] or 0)) for row in rows]
    assert sizes == sorted(sizes, reverse=True)
    assert {row["kind"] for row in rows} == {"tool", "licence"}


def test_an_organisation_that_nobody_told_says_how_to_tell_it(bare_site):
    for path, words in (
        ("/teams", "No team is known yet"),
        ("/workflows", "No workflow is known yet"),
        ("/owners", "Nothing is without an owner"),
    ):
        assert words in Outline(bare_site.get(path).text).text
