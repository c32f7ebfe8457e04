"""Bottlenecks and saved analyses on pages: parts that add up, words where it cannot be told, only the reader's own rows."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from starlette.testclient import TestClient

from payback.access.scope import Scope
from payback.web.site import create_web
from tests.metrics.month import ground_of
from tests.web import invented
from tests.web.conftest import HERE
from tests.web.fake import BERLIN
from tests.web.reading import Outline

PAGE = "/bottlenecks?since=2026-10-15&through=2026-11-23"


def busy(company, **factors):
    """The same company with 160 changes in 80 days; `factors` stretch the hours of a team's phase in the later half."""
    rows = []
    for age in range(160):
        row = dict(invented.work()[age % 37])
        team, is_late = row["team"], age >= 80
        merged = invented.NOW - timedelta(days=80 - age / 2)
        wait = row["pickup_hours"] * (factors.get(team, 1) if is_late else 1)
        row |= {
            "pull_request_id": f"{invented.REPO}#{age}", "number": age, "merged_at": merged, "merged_day": merged.date(),
            "deployed_at": merged + timedelta(hours=3), "deployed_day": merged.date(), "approved_at": merged - timedelta(hours=2),
            "first_review_at": merged - timedelta(hours=5), "ready_at": merged - timedelta(hours=5 + wait),
            "first_commit_at": merged - timedelta(hours=5 + wait + row["coding_hours"]), "repo": invented.REPO, "work_type": "feature",
        }  # fmt: skip
        rows.append(row)
    return replace(company, ground=ground_of(BERLIN, work=rows, production_deployments=[]))


@pytest.fixture
def slowed(company):
    with TestClient(create_web(busy(company, red=8)), base_url=HERE) as client:
        yield client


def test_phases_and_mix_add_up_to_the_whole_exactly(slowed):
    told = slowed.get(f"{PAGE}.json".replace("?", ".json?").replace("23.json", "23")).json()
    parts, total = told["parts"]["rows"], told["parts"]["total"]
    assert len(parts) == 6
    whole = Decimal(total["after"]) - Decimal(total["before"])
    assert (
        sum(Decimal(row["within"]) + Decimal(row["mix"]) for row in parts)
        == whole
        == Decimal(total["change"])
    )
    assert sum(Decimal(row["moved"]) for row in told["chart"]["table"]["rows"]) == whole
    moved = max(parts, key=lambda row: Decimal(row["within"]))
    assert moved["id"] == "pickup"
    assert "waiting for a first review" in told["sentence"]["after"]


def test_the_team_that_is_held_up_is_named_with_its_phase_interval_and_step(slowed):
    told = slowed.get("/bottlenecks.json?since=2026-10-15&through=2026-11-23").json()
    [row] = told["teams"]["rows"]
    assert (row["id"], row["phase"]) == ("red", "waiting for a first review")
    assert row["between"]
    assert row["action"]
    assert [one["name"] for one in told["moves"]["rows"] if one["lost"]] != []


def test_where_teams_are_alike_it_says_that_nothing_stands_out(company):
    with TestClient(create_web(busy(company)), base_url=HERE) as client:
        text = Outline(client.get(PAGE).text).text
    assert "No phase of any team stands out beyond chance in these days." in text


def test_a_lead_is_told_of_the_own_way_alone(company):
    lead = Scope.of_teams("lead", ["red"])
    desk = busy(company, red=8)
    with TestClient(create_web(desk, whose=lambda _request: lead), base_url=HERE) as client:
        told = client.get("/bottlenecks.json?since=2026-10-15&through=2026-11-23").json()
        answers = client.get("/before-you-answer.json").json()["answers"]
    assert told["teams"]["rows"] == []
    assert {row["name"] for row in told["moves"]["rows"]} <= {"Red"}
    assert [link["words"] for link in told["findings"]] == []
    names = {
        row["name"]
        for one in answers
        if one["chart"]
        for row in one["chart"]["table"]["rows"]
        if one["id"] == "flat-cycle"
    }
    assert names <= {"Red"}


def test_delivery_leads_to_what_holds_it_up(site):
    assert "/bottlenecks" in {link.partition("?")[0] for link in Outline(site.get("/delivery").text).links()}


def test_home_counts_what_wants_a_decision_with_a_way_in(site):
    [action] = [
        one for one in site.get("/index.json").json()["questions"][3]["actions"] if "finding" in one["title"]
    ]
    assert action["title"] == "Decide about 1 finding"
    assert action["link"]["href"] == "/decisions"
    assert action["at_stake"] == "12.50"


def test_each_saved_analysis_has_a_sentence_and_says_what_is_missing(site, bare_site):
    told = site.get("/before-you-answer.json").json()["answers"]
    assert [one["id"] for one in told] == ["flat-cycle", "cheapest-tool", "review", "cut-seats"]
    for one in told:
        assert one["sentence"]["figure"]
        assert one["link"]["href"].startswith("/")
    assert "Nothing has been taken in yet" in Outline(bare_site.get("/before-you-answer").text).text


def test_saved_analyses_are_answered_with_rows_where_enough_is_known(company):
    with TestClient(create_web(busy(company)), base_url=HERE) as client:
        told = {one["id"]: one for one in client.get("/before-you-answer.json").json()["answers"]}
    assert told["cheapest-tool"]["sentence"]["figure"]
    rows = told["cheapest-tool"]["chart"]["table"]["rows"]
    assert {row["id"] for row in rows} == {"claude_code", "codex"}
