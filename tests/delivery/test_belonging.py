from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pyarrow as pa
import pytest

from payback.delivery.belonging import CHANGES, DECLARED, NOBODY, REQUESTS, Belonging
from payback.org.what import Makes, Workflow
from tests.delivery.build import REPO
from tests.delivery.test_delivered import deployment, derive, held, host, ticket

CODING = Workflow("coding", "Coding", useful_output="merged_pr")
REVIEWS = Workflow("reviews", "Reviews", useful_output="output:comment")
NIGHTLY = Workflow("nightly", "Nightly")
UPKEEP = Workflow(
    "upkeep",
    "Upkeep",
    useful_output="merged_pr",
    makes=(Makes(repository="github.com/acme/*", work_type="debt"),),
)
WEB = Workflow("web", "Web", makes=(Makes(repository="github.com/acme/web"), Makes(project="WEB")))
ALL = Belonging([CODING, REVIEWS, NIGHTLY, UPKEEP, WEB])
DEBT = {
    "repository": "github.com/acme/web",
    "work_type": "debt",
    "branch": "topic",
    "author": "ana",
    "labels": "Bot, x",
}
ONE, TWO = (Decimal(1), 1), (Decimal(2), 1)


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        ({"coding": ONE, "reviews": TWO}, ("coding", REQUESTS)),  # what counts in pieces claims no change
        ({"reviews": TWO}, ("upkeep", DECLARED)),
        ({"nightly": TWO}, ("upkeep", DECLARED)),  # a declaration before a tag that says no output
        ({"nightly": TWO, "coding": ONE}, ("coding", REQUESTS)),
        ({}, ("upkeep", DECLARED)),  # two conditions before one
    ],
)
def test_requests_of_a_workflow_with_such_an_output_come_first_then_what_is_declared(parts, expected):
    assert ALL.of_change(DEBT, parts) == expected


def test_where_nobody_declares_it_a_change_is_of_the_workflow_that_took_most_of_its_money():
    elsewhere = {**DEBT, "repository": "github.com/other/x"}
    assert ALL.of_change(elsewhere, {"nightly": ONE, "unknown": TWO, "reviews": TWO}) == ("unknown", REQUESTS)
    assert ALL.of_change(elsewhere, {"reviews": TWO}) == NOBODY


@pytest.mark.parametrize(
    ("makes", "fits"),
    [
        (Makes(repository="GitHub.com/acme/*"), True),
        (Makes(repository="github.com/acme"), False),
        (Makes(repository="github.com/acme/web", work_type="fix"), False),
        (Makes(label="bot"), True),
        (Makes(label="bo"), False),
        (Makes(branch="top*", author="ANA"), True),
        (Makes(project="WEB", work_type="debt"), False),  # that speaks of tickets
    ],
)
def test_all_that_a_rule_asks_for_must_hold(makes, fits):
    assert Belonging([replace(NIGHTLY, makes=(makes,))]).of_change(DEBT, {}) == (
        ("nightly", DECLARED) if fits else NOBODY
    )


def test_a_ticket_is_of_the_workflow_of_most_of_its_changes_else_of_the_one_that_declares_it():
    row = {"project": "WEB", "work_type": "fix", "labels": None}
    assert ALL.of_ticket(row, ["coding", "upkeep", "coding", None]) == ("coding", CHANGES)
    assert ALL.of_ticket(row, [None]) == ("web", DECLARED)
    assert ALL.of_ticket({**row, "project": "OPS"}, []) == NOBODY


def test_changes_tickets_and_deployments_carry_their_workflow():
    pulls = [
        host(1, 5, tickets="WEB-1", title="chore: tidy"),
        host(2, 5, tickets="WEB-2", title="feat: basket"),
    ]
    requests = pa.table({
        "pull_request_id": [f"{REPO}#2"] * 2, "session_id": ["s", "t"], "list_usd": [Decimal(1), Decimal(9)],
        "workflow": ["coding", None],
    })  # fmt: skip
    given, used = held(
        requests, pull_requests=pulls, tickets=[ticket("WEB-1"), ticket("WEB-2"), ticket("WEB-3", project="WEB")],
        deployments=[deployment("d1", 6)],
    )  # fmt: skip
    found = derive((replace(given, belonging=ALL), used))
    assert {key: (row["workflow"], row["workflow_by"]) for key, row in found["work"].items()} == {
        1: ("upkeep", DECLARED), 2: ("coding", REQUESTS),
    }  # fmt: skip
    assert {key: (row["workflow"], row["workflow_by"]) for key, row in found["items"].items()} == {
        "WEB-1": ("upkeep", CHANGES), "WEB-2": ("coding", CHANGES), "WEB-3": ("web", DECLARED),
    }  # fmt: skip
    assert found["deployments"]["d1"]["workflow"] == "coding"  # one change each: the first by name
