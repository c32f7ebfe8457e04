"""Issues, deployments, releases, workflow runs and the work of Copilot's agent, each written out by hand."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from payback.ledger.work_entries import Commit, Ticket, TicketMove
from payback.sources.github.deployments import parse as parse_deployments
from payback.sources.github.deployments import parse_releases
from payback.sources.github.issues import parse as parse_issues
from payback.sources.github.pulls import parse as parse_pulls
from payback.sources.github.runs import parse as parse_runs
from payback.sources.source import Context, Page
from tests.sources.github.hub import TOLD, Hub, at, commit, event, issue, pull, run, who
from tests.sources.github.test_pulls import of, plain
from tests.sources.installation import NOW, Recorder, opened, rows, synced

APP = "github.com/acme/app"


def parsed(parse, *nodes, **told):
    page = Page([plain(node) for node in nodes], "acme/app", {"repository": "acme/app", "branch": "main"})
    return list(parse(page, Context("github:x", "github", told, NOW)))


def labelled(kind, name, when):
    return event(kind, when, label={"name": name}, actor=who("ana"))


def test_the_way_of_an_issue_by_labels_closing_and_reopening():
    moved = [
        labelled("LabeledEvent", "bug", at(2)),
        labelled("LabeledEvent", "In Progress", at(3)),
        event("ClosedEvent", at(5), stateReason="COMPLETED", actor=who("bob")),
        labelled("UnlabeledEvent", "In Progress", at(6)),
        labelled("LabeledEvent", "doing", at(6, 12)),
        event("ReopenedEvent", at(7), actor=who("ana")),
        labelled("LabeledEvent", "wip", at(8)),
        labelled("UnlabeledEvent", "wip", at(9)),
        event("ClosedEvent", at(10), stateReason="NOT_PLANNED", actor=None),
    ]
    told = {"labels": [{"name": "type: Bug"}, {"name": "p1"}], "assignees": [{"login": "ana"}]}
    parent = {"number": 3, "repository": {"nameWithOwner": "acme/plans"}}
    node = issue(
        7, timelineItems=list(reversed(moved)), state="CLOSED", closedAt=at(10), parent=parent, **told
    )
    found = parsed(parse_issues, node)
    assert [
        (
            move.moved_at.day,
            move.from_status,
            move.to_status,
            move.from_category,
            move.to_category,
            move.actor,
        )
        for move in of(TicketMove, found)
    ] == [
        (3, "open", "in progress", "to_do", "in_progress", "ana"),
        (5, "in progress", "closed", "in_progress", "done", "bob"),
        (7, "closed", "open", "done", "to_do", "ana"),
        (8, "open", "wip", "to_do", "in_progress", "ana"),
        (9, "wip", "open", "in_progress", "to_do", "ana"),
        (10, "open", "not planned", "to_do", "cancelled", None),
    ]
    (ticket,) = of(Ticket, found)
    assert ticket == Ticket(
        ticket_id=f"{APP}#7",
        source="github:x",
        project=APP,
        title="Issue 7",
        kind="bug",
        status="not planned",
        status_category="cancelled",
        assignee="ana",
        labels="type: Bug,p1",
        vendor_id="507",
        parent="github.com/acme/plans#3",
        created_at=datetime(2026, 11, 1, 9, tzinfo=UTC),
        updated_at=datetime(2026, 11, 20, 10, tzinfo=UTC),
        started_at=datetime(2026, 11, 3, 10, tzinfo=UTC),
        resolved_at=None,
        reopened=1,
        url="https://github.com/acme/app/issues/7",
    )


def test_the_state_of_an_issue_stands_where_its_timeline_tells_another():
    first = of(
        Ticket, parsed(parse_issues, issue(1, state="CLOSED", stateReason="DUPLICATE", closedAt=at(3)))
    )
    second = of(Ticket, parsed(parse_issues, issue(2, timelineItems=[event("ClosedEvent", at(3))])))
    assert [(one.status, one.status_category) for one in (*first, *second)] == [
        ("duplicate", "cancelled"),
        ("open", "to_do"),
    ]


def test_the_labels_that_say_somebody_works_on_it_can_be_told():
    node = issue(7, timelineItems=[labelled("LabeledEvent", "Bearbeitung", at(3))])
    assert of(TicketMove, parsed(parse_issues, node)) == []
    (move,) = of(TicketMove, parsed(parse_issues, node, in_progress_labels="bearbeitung, test"))
    assert move.to_category == "in_progress"


def deployment(state, *statuses, number=5, **told):
    nodes = [{"state": state, "createdAt": when} for state, when in statuses]
    return {
        "databaseId": number, "task": "deploy", "environment": "production", "state": state, "createdAt": at(1),
        "commitOid": "aa", "ref": {"name": "main"}, "statuses": {"nodes": nodes},
        "latestStatus": {"environmentUrl": None, "logUrl": "https://ci.example/5"}, **told,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("node", "status", "day"),
    [
        (deployment("INACTIVE", ("INACTIVE", at(12)), ("SUCCESS", at(3)), ("IN_PROGRESS", at(2))), "success", 3),
        (deployment("FAILURE", ("FAILURE", at(3)), ("IN_PROGRESS", at(2))), "failure", None),
        (deployment("ERROR", ("ERROR", at(3))), "failure", None),
        (deployment("FAILURE", ("FAILURE", at(5)), ("SUCCESS", at(4))), "success", 4),
        (deployment("INACTIVE"), "success", None),
        (deployment("WAITING", ("WAITING", at(2))), "running", None),
        (deployment("ABANDONED"), "cancelled", None),
        (deployment("SOMETHING_NEW"), None, None),
    ],
)  # fmt: skip
def test_a_deployment_is_done_with_its_first_success(node, status, day):
    (found,) = parsed(parse_deployments, node)
    assert (found.status, found.finished_at and found.finished_at.day) == (status, day)
    told = (found.deployment_id, found.kind, found.environment, found.sha, found.ref, found.url)
    assert told == (f"{APP}/deployments/5", "deployment", "production", "aa", "main", "https://ci.example/5")


def test_drafts_and_previews_are_no_releases():
    node = {
        "databaseId": 9, "tagName": "v1.2", "name": None, "url": "https://github.com/acme/app/releases/v1.2",
        "isDraft": False, "isPrerelease": False, "createdAt": at(2), "publishedAt": at(4), "tagCommit": None,
    }  # fmt: skip
    (found,) = parsed(parse_releases, node, node | {"isDraft": True}, node | {"isPrerelease": True})
    assert (found.deployment_id, found.kind, found.status) == (f"{APP}/releases/9", "release", "success")
    assert (found.name, found.ref, found.sha, found.finished_at.day) == ("v1.2", "v1.2", None, 4)


def test_runs_that_may_ship_are_those_of_the_default_branch_and_of_versions():
    found = parsed(
        parse_runs,
        run(1, at(3), run_attempt=2, updated_at=at(4)),
        run(2, at(3), head_branch="topic"),
        run(3, at(3), event="pull_request"),
        run(4, at(3), head_branch="v2.1.0", conclusion="timed_out"),
        run(5, at(3), status="in_progress", conclusion=None),
        run(6, at(3), head_branch="stable", event="release", conclusion="cancelled"),
    )
    assert [(one.deployment_id, one.status, one.finished_at and one.finished_at.day) for one in found] == [
        (f"{APP}/actions/runs/1", "success", 4),
        (f"{APP}/actions/runs/4", "failure", 3),
        (f"{APP}/actions/runs/5", "running", None),
        (f"{APP}/actions/runs/6", "cancelled", 3),
    ]
    assert {one.kind for one in found} == {"workflow_run"}


def test_a_day_with_more_runs_than_github_shows_is_asked_for_in_parts(tmp_path):
    begin = datetime(2026, 11, 20, tzinfo=UTC)
    many = [run(n, f"{begin + timedelta(seconds=n):%Y-%m-%dT%H:%M:%SZ}") for n in range(1, 2301)]
    vendor = Recorder(Hub(app={"runs": many}))
    with opened(tmp_path / "home", TOLD + 'streams = ["workflow_runs"]\n', vendor) as app:
        synced(app, "github")
        assert len(rows(app, "deployments")) == 2300
        asked = len(vendor.asked)
        synced(app, "github")
        assert len(vendor.asked) == asked + 1, "within the hour only the repositories are listed"
    with opened(
        tmp_path / "home", TOLD + 'streams = ["workflow_runs"]\n', vendor, NOW + timedelta(hours=2)
    ) as app:
        synced(app, "github")
        assert len(rows(app, "deployments")) == 2300
    assert len(vendor.asked) < asked + 4, "what ended three days ago is not asked for again"


def test_the_work_of_copilots_agent_on_its_own_changes_is_told(tmp_path):
    hub = Hub(app={"pullRequests": [pull(7, author=who("copilot-swe-agent", "Bot", 198982749)), pull(8)]})
    hub.timelines["7"] = [
        {"id": 1, "event": "copilot_work_started", "created_at": at(2)},
        {"id": 2, "event": "commented", "created_at": at(2)},
        {"id": 3, "event": "copilot_work_finished_failure", "created_at": at(3)},
    ]
    vendor = Recorder(hub)
    with opened(tmp_path / "home", TOLD + 'streams = ["pull_requests"]\n', vendor) as app:
        synced(app, "github")
        assert rows(app, "pull_request_moves", "kind", "actor", "pull_request_id") == [
            ("work_finished", "copilot-swe-agent", f"{APP}#7"),
            ("work_started", "copilot-swe-agent", f"{APP}#7"),
        ]
    assert [request.url.path for request in vendor.asked if request.method == "GET"] == [
        "/repos/acme/app/issues/7/timeline"
    ]


def test_a_clock_that_runs_ahead_is_kept_as_it_was_told():
    ahead = commit("c1", "2026-12-24T10:00:00+02:00")
    found = of(Commit, parsed(parse_pulls, pull(7, commits=[ahead], mergedAt=at(3), state="MERGED")))
    assert [one.authored_at for one in found] == [datetime(2026, 12, 24, 8, tzinfo=UTC)]
