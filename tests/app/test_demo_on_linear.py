"""The invented company with its tickets at Linear instead: the same delivery in every cell, over a good wire and a bad one."""

from __future__ import annotations

import httpx2
import pytest

from payback.demo.hosts import Hosts
from payback.demo.wire import Faults, transport
from tests.app.elsewhere import limited, taken_in, told_the_same_over_a_bad_wire, told_with_key
from tests.app.test_delivery_truth import truth, wrong
from tests.app.world import opened, rows

ON_LINEAR = Hosts(tracker="linear")


@pytest.fixture(scope="module")
def on_linear(tmp_path_factory):
    return taken_in(tmp_path_factory.mktemp("on-linear"), ON_LINEAR)


def test_every_cell_of_delivery_is_the_known_one(on_linear):
    with opened(on_linear) as app:
        assert wrong(app, on_linear) == {}
        assert rows(app, "rejected") == []
        assert {row["source"] for row in rows(app, "sprints")} == {"linear:issues"}
    known = {row["metric"] for row in truth(on_linear)["delivery"] if row["value"]}
    assert known >= {"bug_rate", "stories_completed", "commitment_met", "unplanned_completed", "reopen_rate"}


def test_tickets_have_no_kind_there_and_their_labels_say_what_they_are(on_linear):
    with opened(on_linear) as app:
        told = [row for row in rows(app, "tickets") if row["source"] == "linear:issues"]
        items = {row["ticket_id"]: row for row in rows(app, "work_items")}
    assert {(row["kind"], row["labels"]) for row in told} == {(None, None), (None, "Bug"), (None, "Feature")}
    seen = {(row["labels"], items[row["ticket_id"]]["is_story"]) for row in told}
    assert seen == {(None, False), ("Bug", False), ("Feature", True)}


def test_a_team_of_linear_is_the_one_of_the_organisation_that_has_its_name(on_linear):
    with opened(on_linear) as app:
        told = {row["team"] for row in rows(app, "tickets") if row["source"] == "linear:issues"}
        meant = {row["team"] for table in ("work_items", "sprint_items") for row in rows(app, table)} - {None}
        known = app.books.directory.teams
    assert {known[team].name for team in meant} == told


def test_a_bad_wire_and_another_sync_change_nothing(tmp_path):
    told_the_same_over_a_bad_wire(tmp_path, ON_LINEAR, ("linear", "github"))


def test_a_key_that_opens_nothing_is_told_of_once_a_stream_and_never_shown(on_linear, tmp_path):
    said = told_with_key(on_linear, tmp_path / "home", "linear", limited(on_linear, "linear"))
    assert len(said) == 3
    assert all("the key may not read this" in one for one in said)


def asked(home, query, variables=None, faults=None, key=None):
    """What Linear answers to a question: the status and the body."""
    told = key or (home / "company" / "keys" / "linear").read_text().strip()
    with httpx2.Client(transport=transport(home, faults)) as client:
        answer = client.post(
            "https://api.linear.app/graphql",
            headers={"authorization": told},
            json={"query": query, "variables": variables or {}},
        )
    return answer.status_code, answer.json()


def code(answer):
    status, body = answer
    return status, body["errors"][0]["extensions"]["code"]


def test_what_linear_does_not_answer_is_refused_with_its_own_codes(on_linear):
    heavy = "{issues(first:100){nodes{history(first:100){nodes{createdAt}}}}}"
    strange = '{issues(first:5,filter:{title:{eq:"x"}}){nodes{id}}}'
    teams = "{teams(first:5){nodes{key}}}"
    assert asked(on_linear, teams)[0] == 200
    assert code(asked(on_linear, teams, key="lin_api_wrong")) == (400, "AUTHENTICATION_ERROR")
    assert code(asked(on_linear, heavy)) == (400, "INPUT_ERROR")
    assert code(asked(on_linear, strange)) == (400, "GRAPHQL_VALIDATION_FAILED")
    assert code(asked(on_linear, '{issue(id:"x"){id}}')) == (400, "INPUT_ERROR")


def test_issues_come_newest_first_and_of_the_stretch_asked_for(on_linear):
    query = (
        "query Q($filter:IssueFilter!){issues(first:100,orderBy:updatedAt,filter:$filter){nodes{updatedAt}}}"
    )
    since, until = "2026-10-01T00:00:00+00:00", "2026-10-15T00:00:00+00:00"
    _, body = asked(on_linear, query, {"filter": {"updatedAt": {"gte": since, "lt": until}}})
    told = [one["updatedAt"] for one in body["data"]["issues"]["nodes"]]
    assert len(told) > 5
    assert told == sorted(told, reverse=True)
    assert since[:10] <= min(told) < max(told) < until[:10]


def test_a_bad_wire_speaks_as_linear_does_and_garbles_its_lists(on_linear):
    """A share of 1 has every question answered wrongly at first; of so many questions, in each of the ways."""
    query = "query Q($first:Int!,$after:String){issues(first:$first,after:$after){nodes{identifier}}}"
    seen, orders = set(), set()
    for first in range(2, 42):
        variables = {"first": first, "after": "cursor:3"}
        good = asked(on_linear, query, variables)[1]["data"]["issues"]["nodes"]
        try:
            status, body = asked(on_linear, query, variables, Faults(5, share=1.0))
        except (httpx2.ReadTimeout, ValueError):
            continue
        if status != 200:
            seen.add((status, body["errors"][0]["extensions"]["code"] if "errors" in body else None))
            continue
        told = body["data"]["issues"]["nodes"]
        orders |= {"twice"} if told == good + good else {"turned"} if told == good[::-1] else {"as it was"}
    assert seen == {(400, "RATELIMITED"), (400, "INPUT_ERROR"), (500, None)}
    assert orders == {"twice", "turned"}
