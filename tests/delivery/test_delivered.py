"""Changes, tickets, commitments and deployments as they are derived, each number worked out by hand."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pyarrow as pa
import pytest

from payback.app.delivering import reading_of
from payback.delivery.delivered import Delivered, People, Reading
from payback.delivery.kinds_of_work import Rule
from payback.delivery.releases import deployment_rows
from payback.delivery.ties import tie_rows
from payback.delivery.work import work_rows
from payback.delivery.work_items import sprint_item_rows, work_item_rows
from payback.errors import SettingsError
from tests.delivery.build import NOW, REPO, commit, hour, pull, sign, table
from tests.delivery.test_work import ZONE

NO_USE = pa.table({"pull_request_id": [], "session_id": [], "list_usd": []})
TEAMS = {"ana": "red", "ben": "blue"}
NAMED = {"Red Squad": "red"}


def held(usage=NO_USE, reading=Reading(), **tables):  # noqa: B008
    rows = {name: table(name, found) for name, found in tables.items()}
    people = People(
        lambda login: login if login in TEAMS else None,
        lambda person, _at: TEAMS.get(person),
        team_named=NAMED.get,
    )
    return Delivered(rows, ZONE, NOW, reading, people, {REPO: "main"}), usage


def derive(given):
    delivered, usage = given
    works = work_rows(delivered, usage).to_pylist()
    items = work_item_rows(delivered, works).to_pylist()
    return {
        "work": {row["number"]: row for row in works},
        "items": {row["ticket_id"]: row for row in items},
        "sprints": sprint_item_rows(delivered, items).to_pylist(),
        "deployments": {row["deployment_id"]: row for row in deployment_rows(delivered, works).to_pylist()},
    }


def host(number, merged, **told):
    return pull(number, merged, source="github", **{"author": "ana", "base_branch": "main", **told})


def deployment(name, at, **told):
    kept = {"deployment_id": name, "repo": REPO, "kind": "deployment", "status": "success"}
    return {**kept, "environment": "production", "created_at": hour(at), "finished_at": hour(at), **told}


def review(number, at, state="approved", who="ben"):
    key = f"{REPO}#{number}"
    return {
        "review_id": f"{key} {at}", "pull_request_id": key, "reviewer": who, "state": state,
        "is_bot": False, "submitted_at": hour(at),
    }  # fmt: skip


def ticket(key, **told):
    kept = {"ticket_id": key, "kind": "Story", "status_category": "done", "created_at": hour(0)}
    return {**kept, "resolved_at": hour(50), **told}


def test_lead_time_goes_from_the_first_commit_to_the_first_production_deployment_that_holds_it():
    row = derive(held(
        pull_requests=[host(7, 20, created_at=hour(6))],
        commits=[commit("a", 4, pull_request_id=f"{REPO}#7")],
        reviews=[review(7, 9, "changes_requested"), review(7, 15)],
        deployments=[deployment("d1", 10), deployment("d2", 26)],
    ))["work"][7]  # fmt: skip
    spans = ("coding", "pickup", "review", "merge_wait", "deploy_wait", "cycle", "lead")
    assert [row[f"{name}_hours"] for name in spans] == [2, 3, 6, 5, 6, 16, 22]
    assert (row["deployment_id"], row["partial"], row["rejected"], row["review_rounds"]) == (
        "d2",
        False,
        True,
        0,
    )
    assert (row["person"], row["team"], row["human_reviews"]) == ("ana", "red", 2)


def test_a_change_merged_without_an_approval_is_partial_and_has_no_review_time():
    row = derive(held(pull_requests=[host(7, 20, created_at=hour(6), first_commit_at=hour(5))]))["work"][7]
    assert (row["partial"], row["review_hours"], row["merge_wait_hours"], row["cycle_hours"]) == (
        True,
        None,
        None,
        15,
    )
    assert row["rejected"] is None


def test_a_fix_within_fourteen_days_on_the_same_ticket_mends_a_change_and_a_later_one_does_not():
    pulls = [
        host(1, 0, tickets="PAY-1", title="feat: export"),
        host(2, 100, tickets="PAY-1", title="fix: export"),
        host(3, 0, tickets="PAY-2"),
        host(4, 15 * 24, tickets="PAY-2", title="fix: late"),
        host(5, 100, tickets="PAY-1", title="feat: more"),
    ]
    works = derive(held(pull_requests=pulls, tickets=[ticket("PAY-1"), ticket("PAY-2")]))["work"]
    assert {number: row["followed_by_fix"] for number, row in works.items()} == {
        1: True, 2: None, 3: None, 4: None, 5: None,
    }  # fmt: skip
    assert (works[1]["reworked"], works[3]["reworked"], works[2]["fix"]) == (True, None, True)


def test_a_fix_that_rewrote_lines_mends_the_change_they_came_with_and_elsewhere_nothing_followed():
    pulls = [host(1, 0), host(2, 10, tickets="PAY-9"), host(3, 0)]
    delivered, usage = held(pull_requests=pulls, tickets=[ticket("PAY-9", kind="Bug")])
    read = Delivered(
        delivered.tables,
        ZONE,
        NOW,
        replaced={f"{REPO}#2": frozenset({f"{REPO}#1"})},
        read_lines=frozenset({REPO}),
    )
    works = derive((read, usage))["work"]
    assert {number: row["followed_by_fix"] for number, row in works.items()} == {1: True, 2: False, 3: False}
    assert (works[1]["bugs"], works[3]["bugs"]) == (1, 0)


def test_where_tickets_have_no_kinds_their_labels_say_which_are_bugs_and_which_stories():
    """Number 2 is made for a bug and mends what 1 brought on the same ticket; 4 is made for no bug and mends nothing."""
    pulls = [
        host(1, 0, tickets="ENG-1", title="Exports"),
        host(2, 100, tickets="ENG-1", title="Exports once more"),
        host(3, 0, tickets="ENG-2", title="Imports"),
        host(4, 100, tickets="ENG-2", title="Imports once more"),
        host(5, 100, tickets="PAY-3", title="Sums"),
    ]
    tickets = [
        ticket("ENG-1", kind=None, labels="Export, Bug"),
        ticket("ENG-2", kind=None, labels="Feature"),
        ticket("PAY-3", kind="Story", labels="Bug"),
    ]
    told = derive(held(pull_requests=pulls, tickets=tickets))
    works, items = told["work"], told["items"]
    assert {number: row["fix"] for number, row in works.items()} == {
        1: True, 2: True, 3: False, 4: False, 5: False,
    }  # fmt: skip
    assert [works[number]["followed_by_fix"] for number in (1, 3)] == [True, None]
    assert works[1]["bugs"] == 1
    assert [works[number]["work_type"] for number in (1, 3)] == ["fix", "feature"]
    assert {key: row["is_story"] for key, row in items.items()} == {
        "ENG-1": False,
        "ENG-2": True,
        "PAY-3": True,
    }


def test_a_kind_that_says_nothing_of_the_work_leaves_it_to_rules_on_labels():
    reading = Reading(work_types=(Rule("fix", "label", "^defekt$"),))
    pulls = [host(1, 0, tickets="app#7"), host(2, 0, tickets="app#8")]
    tickets = [ticket("app#7", kind="issue", labels="Defekt"), ticket("app#8", kind="issue", labels="idea")]
    works = derive(held(reading=reading, pull_requests=pulls, tickets=tickets))["work"]
    assert (works[1]["fix"], works[2]["fix"]) == (True, False)


def test_a_team_that_a_tracker_names_is_the_organisation_s_else_the_assignee_s_else_a_name():
    """Red Squad is the team red; the tracker's team Core is none here, so who did it tells, and where nobody did, its name."""
    tickets = [
        ticket("ENG-1", team="Red Squad", assignee="ben"),
        ticket("ENG-2", team="Core", assignee="ben"),
        ticket("ENG-3", team="Core"),
    ]
    told = [
        {"sprint_id": "c1", "ticket_id": key, "team": team, "started_at": hour(0), "ended_at": hour(9), "committed": True}
        for key, team in (("ENG-1", "Red Squad"), ("ENG-2", "Core"), ("ENG-3", "Core"))
    ]  # fmt: skip
    found = derive(held(tickets=tickets, sprints=told))
    teams = {"ENG-1": "red", "ENG-2": "blue", "ENG-3": "Core"}
    assert {key: row["team"] for key, row in found["items"].items()} == teams
    assert {row["ticket_id"]: row["team"] for row in found["sprints"]} == teams


def test_a_change_that_a_tracker_says_belongs_to_a_ticket_does_so_beside_those_it_names():
    def attached(to, change):
        ends = {"from_kind": "ticket", "from_id": to, "to_kind": "pull_request", "to_id": f"{REPO}#{change}"}
        return {"link_id": f"{to} {change}", "how": "attachment", **ends}

    found = derive(held(
        pull_requests=[host(1, 5, tickets="PAY-2"), host(2, 6)],
        tickets=[ticket("PAY-1"), ticket("PAY-2")],
        links=[attached("PAY-1", 1), attached("PAY-2", 1), attached("GONE-1", 2)],
    ))  # fmt: skip
    assert {number: row["tickets"] for number, row in found["work"].items()} == {1: "PAY-2,PAY-1", 2: None}
    assert [found["items"][key]["pull_requests"] for key in ("PAY-1", "PAY-2")] == [1, 1]


def test_a_reopened_ticket_is_rework_of_its_changes():
    moves = [
        {
            "move_id": "1",
            "ticket_id": "PAY-1",
            "moved_at": hour(60),
            "from_category": "done",
            "to_category": "to_do",
        }
    ]
    works = derive(held(
        pull_requests=[host(1, 0, tickets="PAY-1"), host(2, 0, tickets="PAY-2")],
        tickets=[ticket("PAY-1", status_category="to_do"), ticket("PAY-2")],
        ticket_moves=moves,
    ))["work"]  # fmt: skip
    assert (works[1]["ticket_reopened"], works[1]["reworked"], works[2]["ticket_reopened"]) == (
        True,
        True,
        False,
    )


def test_a_deployment_fails_with_its_incident_recovers_with_the_last_and_the_next_mends_it():
    pulls = [host(1, 0), host(2, 20, title="fix: outage", author="ben"), host(3, 40)]
    broke = [
        {"incident_id": "i1", "opened_at": hour(12), "resolved_at": hour(14), "repo": REPO},
        {"incident_id": "i2", "opened_at": hour(13), "resolved_at": hour(22), "service": "web"},
        {"incident_id": "i3", "opened_at": hour(45), "repo": REPO},
    ]
    found = derive(held(
        pull_requests=pulls,
        deployments=[deployment("d1", 10), deployment("d2", 21), deployment("d3", 44)],
        incidents=broke,
        evidence=[sign("x", subject_kind="pull_request", subject_id=f"{REPO}#1")],
    ))  # fmt: skip
    rows = found["deployments"]
    assert [(rows[one]["failed"], rows[one]["incidents"]) for one in ("d1", "d2", "d3")] == [
        (True, 2), (False, 0), (True, 1),
    ]  # fmt: skip
    assert [rows[one]["recovery_hours"] for one in ("d1", "d2", "d3")] == [12, None, None]
    assert [rows[one]["is_rework"] for one in ("d1", "d2", "d3")] == [False, True, False]
    assert [(rows[one]["ai_share"], rows[one]["team"]) for one in ("d1", "d2")] == [
        ("all", "red"),
        ("none", "blue"),
    ]
    assert (found["work"][1]["incidents"], found["work"][2]["incidents"]) == (2, 0)


def test_money_of_a_change_is_shared_by_its_tickets_and_none_is_told_twice():
    usage = pa.table({
        "pull_request_id": [f"{REPO}#1", f"{REPO}#2"],
        "session_id": ["s", "t"],
        "list_usd": pa.array([Decimal("0.10"), Decimal(5)], pa.decimal128(18, 9)),
    })  # fmt: skip
    items = derive(held(
        usage,
        pull_requests=[host(1, 0, tickets="A, B, C"), host(2, 0, tickets="A, GONE-1")],
        tickets=[ticket("A"), ticket("B"), ticket("C"), ticket("D")],
        evidence=[sign("x", subject_kind="pull_request", subject_id=f"{REPO}#2")],
    ))["items"]  # fmt: skip
    assert [items[key]["cost_list"] for key in "ABCD"] == [
        Decimal("5.033333333"), Decimal("0.033333333"), Decimal("0.033333334"), None,
    ]  # fmt: skip
    assert [items[key]["ai_class"] for key in "AB"] == ["agent_assisted", "none_detected"]
    assert [items[key]["pull_requests"] for key in "ABCD"] == [2, 1, 1, 0]


def test_only_sprints_that_ended_are_commitments():
    sprints = [
        {
            "sprint_id": "1",
            "ticket_id": "A",
            "name": "One",
            "ended_at": hour(-2),
            "committed": True,
            "completed": True,
        },
        {
            "sprint_id": "2",
            "ticket_id": "A",
            "name": "Two",
            "ended_at": NOW.replace(year=2027),
            "committed": True,
        },
    ]
    rows = derive(held(sprints=sprints, tickets=[ticket("A", team="red")]))["sprints"]
    told = ("sprint", "team", "is_story", "committed", "completed", "ended_day")
    assert [[row[name] for name in told] for row in rows] == [
        ["One", "red", True, True, True, date(2026, 3, 1)]
    ]


def test_what_counts_and_kinds_of_work_are_read_from_the_settings():
    reading = reading_of({
        "deployments": [{"repository": "github.com/acme/*", "kind": "workflow_run", "name": "^Deploy"}],
        "work_types": [{"work_type": "run", "label": "ops"}],
        "services": {"checkout": REPO},
    })  # fmt: skip
    assert (reading.deployments[0].name, reading.work_types[0].field, reading.services["checkout"]) == (
        "^Deploy", "label", REPO,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("told", "sentence"),
    [
        ({"deployments": [{"repository": "*", "kind": "push"}]}, "one of deployment, release"),
        ({"deployments": [{"repository": "*", "kind": "merge", "branch": "x"}]}, "has no 'branch'"),
        ({"deployments": {"repository": "*"}}, r"write \[\[deployments\]\]"),
        ({"work_types": [{"work_type": "x", "title": "("}]}, "no regular expression"),
        ({"work_types": [{"work_type": "x"}]}, "needs work_type and one of"),
        ({"services": {"a": 1}}, "names repositories by service"),
    ],
)
def test_settings_that_mean_nothing_are_refused_with_what_they_should_be(told, sentence):
    with pytest.raises(SettingsError, match=sentence):
        reading_of(told)


def test_links_lead_from_a_change_to_its_tickets_and_deployment_and_from_an_incident_to_what_caused_it():
    delivered, _ = held(
        pull_requests=[host(1, 0, tickets="A, B"), host(2, 50)],
        tickets=[ticket("A"), ticket("B")],
        deployments=[deployment("d1", 5)],
        incidents=[{"incident_id": "i1", "opened_at": hour(6), "repo": REPO}],
    )
    links = tie_rows(delivered).to_pylist()
    told = [(one["from_id"].rsplit("#", 1)[-1], one["to_id"], one["how"], one["weight"]) for one in links]
    assert told == [
        ("1", "A", "named", 0.5),
        ("1", "B", "named", 0.5),
        ("1", "d1", "first_deployment", None),
        ("i1", "d1", "time", None),
    ]
    assert len({one["link_id"] for one in links}) == 4


def test_other_tools_lead_times_are_told_beside_ours():
    row = derive(held(
        pull_requests=[host(7, 20, created_at=hour(6))],
        commits=[commit("a", 4, pull_request_id=f"{REPO}#7")],
        reviews=[review(7, 9, "changes_requested"), review(7, 15)],
        deployments=[deployment("d2", 26)],
    ))["work"][7]  # fmt: skip
    assert (row["lead_hours"], row["devlake_hours"], row["middleware_hours"]) == (22, 22, 2 + 3 + 6 + 5 + 6)
    alone = derive(held(pull_requests=[host(8, 20, created_at=hour(6))]))["work"][8]
    assert (alone["lead_hours"], alone["devlake_hours"], alone["middleware_hours"]) == (None, 14, 0)


def test_a_label_is_a_sign_where_the_organisation_says_which_tool_it_stands_for():
    pulls = [host(1, 0, labels="ui, AI-Assisted"), host(2, 0, labels="ui")]
    reading = reading_of({"ai_labels": {"ai-assisted": "claude_code"}})
    works = derive(held(pull_requests=pulls, reading=reading))["work"]
    assert [(row["ai_class"], row["ai_tools"]) for row in works.values()] == [
        ("agent_assisted", "claude_code"),
        ("none_detected", None),
    ]


def test_a_label_that_claude_code_gives_to_a_merged_change_is_its_attribution():
    pulls = [host(1, 0, labels="ui,claude-code-assisted"), host(2, 0, labels="claude-code")]
    made = derive(held(pull_requests=pulls))
    assert [(row["ai_class"], row["ai_tools"]) for row in made["work"].values()] == [
        ("agent_assisted", "claude_code"),
        ("none_detected", None),
    ]
    delivered, _ = held(pull_requests=pulls)
    assert [(one["kind"], one["grade"]) for one in delivered.signs[f"{REPO}#1"]] == [("vendor", "A")]


def test_exposure_is_use_of_ai_between_first_commit_and_merge_and_no_evidence():
    delivered, usage = held(
        pull_requests=[host(1, 30), host(2, 30, author="ben"), host(3, 30, author=None)],
        commits=[
            commit(name, 1, pull_request_id=f"{REPO}#{n}", author_email=None)
            for n, name in ((1, "a"), (2, "b"))
        ],
    )
    days = {"ana": {hour(30).date()}, "ben": {hour(80).date()}}
    exposed = Delivered(delivered.tables, ZONE, NOW, people=delivered.people, used=days)
    works = derive((exposed, usage))["work"]
    assert {number: row["exposed"] for number, row in works.items()} == {1: True, 2: False, 3: None}
    assert {number: row["exposure"] for number, row in works.items()} == {
        1: "exposed",
        2: "not_exposed",
        3: None,
    }
    assert {row["ai_class"] for row in works.values()} == {"none_detected"}


def test_the_part_of_a_changes_money_that_went_into_lines_that_did_not_stay():
    usage = pa.table({
        "pull_request_id": [f"{REPO}#1", f"{REPO}#2"],
        "session_id": ["s", "t"],
        "list_usd": pa.array([Decimal(3), Decimal(5)], pa.decimal128(18, 9)),
    })  # fmt: skip
    delivered, _ = held(pull_requests=[host(1, 0), host(2, 0), host(3, 0)])
    aged = Delivered(delivered.tables, ZONE, NOW, lines={f"{REPO}#1": (9, 5), f"{REPO}#3": (10, 0)})
    works = derive((aged, usage))["work"]
    assert [works[n]["churned_list"] for n in (1, 2, 3)] == [Decimal("1.333333333"), None, None]
