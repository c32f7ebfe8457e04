"""What counts as a deployment, which change went out with it, and what broke."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from payback.delivery.shipping import Choice, Deliveries, failures, proposal, shipped
from payback.ledger.tables import BY_NAME

NINE, REPO = datetime(2026, 9, 1, 9, tzinfo=UTC), "github.com/acme/app"


def at(hours):
    return NINE + timedelta(hours=hours)


def deployed(hours, **told):
    row = dict.fromkeys(BY_NAME["deployments"].names)
    kept = {"deployment_id": f"d{hours}", "repo": REPO, "kind": "deployment", "status": "success"}
    ends = {"environment": "production", "finished_at": at(hours), "created_at": at(hours)}
    return {**row, **kept, **ends, **told}


def merged(number, hours, **told):
    row = dict.fromkeys(BY_NAME["pull_requests"].names)
    kept = {"pull_request_id": f"{REPO}#{number}", "repo": REPO, "merged_at": at(hours)}
    return {**row, **kept, "base_branch": "main", "merge_commit": f"m{number}", **told}


def first_of(rows, pulls, told=(), **more):
    found = shipped(Deliveries(rows, pulls, more.pop("commits", {}), {REPO: "main"}, **more), told)
    return {key.rsplit("#", 1)[-1]: one.deployment_id for key, one in found.of_change.items()}


def test_a_change_is_in_production_with_the_first_deployment_that_holds_it():
    pulls = [merged(1, 0), merged(2, 3), merged(3, 9)]
    rows = [
        deployed(1, status="failure"),
        deployed(2, environment="staging"),
        deployed(4, sha="m1"),
        deployed(5, sha="m2"),
    ]
    assert first_of(rows, pulls) == {"1": "d4", "2": "d5"}


def test_a_deployment_of_an_older_commit_holds_no_newer_change():
    pulls = [merged(1, 0), merged(2, 3)]
    rows = [deployed(4, sha="old"), deployed(6, sha="m2")]
    assert first_of(rows, pulls, commits={f"{REPO}@old": at(1)}) == {"1": "d4", "2": "d6"}


def test_a_change_to_another_branch_than_the_default_is_not_in_production_by_date():
    assert first_of([deployed(4)], [merged(1, 0, base_branch="release/1")]) == {}


def test_what_the_vendor_says_a_deployment_holds_stands():
    rows = [deployed(4), deployed(6)]
    assert first_of(rows, [merged(1, 0)], links=[("d6", f"{REPO}#1")]) == {"1": "d6"}


def test_what_counts_is_proposed_from_what_the_host_tells():
    release = deployed(1, kind="release", environment=None)
    run = deployed(1, kind="workflow_run", environment=None, name="Deploy to fleet")
    tests = deployed(1, kind="workflow_run", environment=None, name="Tests")
    pre = deployed(1, environment="pre-production")
    assert proposal(REPO, [release, run, deployed(1)]).kind == "deployment"
    assert proposal(REPO, [release, run, pre]).kind == "release"
    assert proposal(REPO, [run, tests]).kind == "workflow_run"
    assert proposal(REPO, [tests, deployed(1, status="failure")]).kind == "merge"


def test_a_recorded_choice_stands_before_a_proposal_and_the_exact_one_before_the_wide_one():
    pulls, rows = [merged(1, 0)], [deployed(4), deployed(5, kind="release", environment=None)]
    wide, exact = Choice("*", "merge"), Choice("github.com/acme/*", "release")
    assert first_of(rows, pulls, [wide]) == {"1": f"merge:{REPO}#1"}
    assert first_of(rows, pulls, [wide, exact]) == {"1": "d5"}


def incident(hours, **told):
    row = dict.fromkeys(BY_NAME["incidents"].names)
    return {**row, "incident_id": f"i{hours}", "opened_at": at(hours), **told}


def test_an_incident_belongs_to_the_deployment_told_or_to_the_last_one_within_three_days_before():
    found = shipped(Deliveries([deployed(0), deployed(5)], [], {}))
    told = [
        incident(6, deployment_id="d0"),
        incident(4, repo=REPO),
        incident(7, service="App"),
        incident(8, service="checkout"),
        incident(-1, repo=REPO),
        incident(5 + 73, repo=REPO),
        incident(9, service="unknown"),
    ]
    placed = failures(told, found, {"checkout": REPO})
    assert [(one.incident_id, one.deployment_id, one.how) for one in placed] == [
        ("i6", "d0", "told"),
        ("i4", "d0", "time"),
        ("i7", "d5", "time"),
        ("i8", "d5", "time"),
    ]
