"""Decisions on pages: what waits, the form, what became of it; a lead sees and decides what is the team's."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace

import pytest
from starlette.testclient import TestClient

from payback.access.scope import Scope
from payback.state import open_state, state_url
from payback.state.decided import decisions, keep_findings
from payback.web.site import create_web
from tests.web import invented
from tests.web.conftest import HERE
from tests.web.fake import a_company
from tests.web.reading import Outline
from tests.web.test_forms import EVE, browser, send, token_of

RED = "/decisions/retries%3Ateam%3Ared"
ID = "retries:team:red"


@pytest.fixture
def desk(tmp_path):
    with closing(open_state(state_url(tmp_path / "state.db"))) as state:
        held = a_company()
        held.state = state
        keep_findings(state, invented.findings()[0])
        yield held
        held.ground.warehouse.close()


def test_open_findings_stand_whole_with_their_next_step_and_way_to_decide(site):
    text = Outline(site.get("/decisions").text).text
    assert "1 finding waits for a decision, $12.5 a month at stake." in text
    assert "Red paid $12.50 for repeated attempts." in text
    assert "Next: Stop at the second failure." in text
    assert {RED, "/metrics/retry_spend?range=30d"} <= Outline(site.get("/decisions").text).links()


def test_a_decision_that_is_due_is_said_with_before_after_and_n_and_never_as_an_effect(site):
    [row] = site.get("/decisions.json").json()["decided"]["rows"]
    assert row["state"] in {"as expected", "less than expected", "not as expected"}
    assert "(n = " in row["says"]
    assert row["says"].endswith("Before beside after is no effect: whatever else changed is in it.")
    [told] = [
        one for one in site.get("/decisions.json").json()["entries"] if one["id"] == "bottleneck:team:red"
    ]
    assert told["decision"]["owner"] == "bob"
    assert told["check"]["due"] == "2026-11-21"


def test_what_is_snoozed_and_gone_stands_apart(site):
    told = site.get("/decisions.json").json()
    assert [row["until"] for row in told["aside"]["rows"]] == ["2026-12-02"]
    assert [row["gone_on"] for row in told["gone"]["rows"]] == ["2026-11-23"]


def test_a_finding_is_decided_on_its_page_and_opened_again(desk):
    client = browser(desk)
    answer = send(
        client,
        RED,
        act="accept",
        option="follow",
        owner="red",
        metric="retry_spend",
        direction="less",
        size="50",
        due="2027-01-31",
    )
    assert answer.status_code == 303
    assert "do what is recommended, red; looked at on 2027-01-31" in Outline(client.get(RED).text).text
    [one] = decisions(desk.state)
    assert (one.actor, one.option, one.size) == ("eve", "follow", "50")
    assert "Take it up again" in client.get(RED).text
    send(client, RED, act="reopen")
    assert "Decide so" in client.get(RED).text
    assert len(client.get(f"{RED}.json").json()["history"]["rows"]) == 2


def test_a_form_that_cannot_be_so_is_shown_again_with_why(desk):
    client = browser(desk)
    answer = send(client, RED, act="accept", owner="somebody", size="many", metric="retry_spend")
    assert answer.status_code == 422
    assert "Not decided: 'many' is not a percentage" in Outline(answer.text).text
    assert 'value="somebody"' in answer.text
    assert decisions(desk.state) == ()


def test_a_lead_sees_the_teams_findings_alone_and_may_not_look_anew(desk):
    lead = Scope.of_teams("lead", ["red"])
    client = browser(desk, lead)
    told = client.get("/decisions.json").json()
    assert {one["id"] for one in told["entries"]} == {ID, "bottleneck:team:red"}
    assert told["look"] is None
    assert client.get("/decisions/idle-seats%3Ateam%3Ashop").status_code == 404
    send(client, RED, act="dismiss", reason="a trial")
    assert [(one.actor, one.act) for one in decisions(desk.state)] == [("lead", "dismiss")]
    told = {"form": token_of(client, RED), "act": "look"}
    client.post("/decisions", data=told)
    assert "Not done: only who sees everything" in Outline(client.get("/decisions").text).text


def test_looking_again_is_done_with_a_click(desk):
    client = browser(desk)
    send(client, "/decisions", act="look")
    assert "Looked again." in Outline(client.get("/decisions").text).text
    assert "No longer found" in Outline(client.get("/decisions").text).text


def test_an_owner_is_named_to_who_may_see_people_alone(company):
    def owner(scope):
        client = TestClient(create_web(company, whose=lambda _request: scope), base_url=HERE)
        return client.get("/decisions.json").json()["decided"]["rows"][0]["owner_said"]

    assert owner(EVE) == "Bob Ross"
    assert owner(replace(EVE, may_see_people=False)) == "a person"


def test_where_nothing_was_found_it_says_so(bare_site):
    assert "Nothing has been found yet." in Outline(bare_site.get("/decisions").text).text
