"""Azure DevOps' answers as rows, and a connection that is brought up to date whatever comes in between."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta

import httpx2
import pytest

from payback.ledger.entries import Rejected
from payback.ledger.tellers import settled
from payback.ledger.work_entries import Deployment, PullRequest, SprintTicket, Ticket
from payback.sources.azure_devops import SOURCE
from payback.sources.source import Context, Page
from payback.warehouse.contract import Upsert
from tests.desk import desk
from tests.sources.azure_devops.organisation import (
    ANA,
    HISTORY,
    RECORD,
    RELEASE,
    REPO,
    ROBOT,
    SHA,
    TYPES,
    Organisation,
    build,
    change,
    comment,
    commit,
    item,
    pull,
    system,
    vote,
)
from tests.sources.contracts import complaints
from tests.sources.installation import FAULTS, KEY, NOW, Recorder, opened, rows, synced

TOLD = '[sources.azure_devops]\nkey = "env:VENDOR_KEY"\norganisation = "acme"\nsince = 2026-10-01\n'
CONTEXT = Context("azure_devops:x", "azure_devops", {"organisation": "acme"}, NOW)
TABLES = (
    "pull_requests", "reviews", "pull_request_moves", "commits", "evidence", "tickets", "ticket_moves", "sprints",
    "deployments", "rejected",
)  # fmt: skip


def at(day, hour=0, minute=0):
    return datetime(2026, 11, day, hour, minute, tzinfo=UTC)


def entries(stream, body, **about):
    return list(SOURCE.stream(stream).parse(Page(body, "page", {"project": "Shop", **about}), CONTEXT))


def read(told):
    return entries("pull_requests", [told], repository=REPO)


def of(kind, found):
    return [one for one in found if type(one).__name__ == kind]


def everything(app):
    return {name: rows(app, name) for name in TABLES}


def test_the_pull_request_of_the_reference_page_is_merged_and_signed_by_its_branch():
    text = desk("reference/delivery/azure-devops.md").read_text(encoding="utf-8")
    [sample] = re.findall(r"```json\n(.*?)```", text, re.DOTALL)
    change, sign = read(json.loads(sample))
    assert change == PullRequest(
        pull_request_id=f"{REPO}#31",
        repo=REPO,
        number=31,
        state="merged",
        source="azure_devops:x",
        author="ana@example.com",
        author_kind="person",
        vendor_id="31",
        head_branch="copilot/fix-31",
        base_branch="main",
        is_draft=False,
        created_at=datetime(2026, 9, 1, 8, 0, 0, 123456, tzinfo=UTC),
        merged_at=datetime(2026, 9, 2, 9, tzinfo=UTC),
        closed_at=datetime(2026, 9, 2, 9, tzinfo=UTC),
        merge_commit="ab…",
        tickets="FIX-31",  # by its branch; it counts where a tracker has such a ticket
        url="https://dev.azure.com/acme/Shop/_git/app/pullrequest/31",
    )
    assert (sign.kind, sign.tool, sign.subject_id) == ("branch", "copilot", f"{REPO}#31")


def test_an_abandoned_pull_request_was_closed_and_not_merged_and_a_test_merge_is_none():
    [closed] = of("PullRequest", read(pull(3, "abandoned", "2026-11-05T09:00:00Z")))
    assert (closed.state, closed.merged_at, closed.closed_at, closed.merge_commit) == (
        "closed",
        None,
        at(5, 9),
        None,
    )
    [active] = of("PullRequest", read(pull(3)))
    assert (active.state, active.merge_commit, active.merge_method) == ("open", None, None)


def test_votes_and_comments_are_reviews():
    threads = [
        vote(1, 10, "2026-11-04T09:00:00Z"),
        vote(2, 5, "2026-11-04T10:00:00Z"),
        vote(3, -5, "2026-11-04T11:00:00Z"),
        vote(4, -10, "2026-11-04T12:00:00Z"),
        vote(5, 0, "2026-11-04T13:00:00Z"),
        comment(6, "2026-11-04T14:00:00Z"),
        comment(7, "2026-11-04T15:00:00Z", isDeleted=True),
        comment(8, "2026-11-04T16:00:00Z", ROBOT),
    ]
    found = read(pull(3, threads=threads))
    assert [(one.state, one.reviewer, one.is_bot) for one in of("Review", found)] == [
        ("approved", "ben@example.com", False),
        ("approved", "ben@example.com", False),
        ("changes_requested", "ben@example.com", False),
        ("changes_requested", "ben@example.com", False),
        ("dismissed", "ben@example.com", False),
        ("commented", "ben@example.com", False),
        ("commented", "Shop Build Service", True),
    ]
    assert of("PullRequest", found)[0].comments == 2
    assert "secret words" not in repr(found)


def test_iterations_after_the_first_are_pushes_and_threads_tell_of_drafts_closings_and_askings():
    threads = [
        system(1, "IsDraftUpdate", "2026-11-04T01:00:00Z"),
        system(2, "IsDraftUpdate", "2026-11-04T02:00:00Z"),
        system(3, "IsDraftUpdate", "2026-11-04T03:00:00Z"),
        system(4, "StatusUpdate", "2026-11-04T04:00:00Z", CodeReviewStatus="Abandoned"),
        system(5, "StatusUpdate", "2026-11-04T05:00:00Z", CodeReviewStatus="Active"),
        system(6, "ReviewersUpdate", "2026-11-04T06:00:00Z", CodeReviewReviewersUpdatedAddedIdentity="1"),
        system(7, "RefUpdate", "2026-11-04T07:00:00Z"),
    ]
    iterations = [
        {"id": 1, "createdDate": "2026-11-03T01:00:00Z", "reason": "push", "author": ANA},
        {"id": 2, "createdDate": "2026-11-04T07:00:00Z", "reason": "push", "author": ANA},
        {"id": 3, "createdDate": "2026-11-04T08:00:00Z", "reason": "forcePush", "author": ANA},
    ]
    found = of("PullRequestMove", read(pull(3, threads=threads, iterations=iterations)))
    assert sorted((one.moved_at.hour, one.kind, one.actor) for one in found) == [
        (1, "ready", "ana@example.com"),
        (2, "draft", "ana@example.com"),
        (3, "ready", "ana@example.com"),
        (4, "closed", "ana@example.com"),
        (5, "reopened", "ana@example.com"),
        (6, "review_requested", "ben@example.com"),
        (7, "pushed", "ana@example.com"),
        (8, "force_pushed", "ana@example.com"),
    ]


def test_a_commit_keeps_its_first_line_and_gives_its_signs():
    message = "Export\n\nlong story\n\nCo-Authored-By: Claude <noreply@anthropic.com>"
    found = read(pull(3, commits=[commit(SHA, message), commit(SHA, message)]))
    [row] = of("Commit", found)
    assert (row.commit_id, row.subject, row.author_email) == (f"{REPO}@{SHA}", "Export", "ana@example.com")
    assert (row.authored_at, row.committed_at, row.pull_request_id) == (at(1, 7), at(1, 7, 30), f"{REPO}#3")
    assert [(one.subject_kind, one.tool) for one in of("Evidence", found)] == [("commit", "claude_code")]


def test_a_pull_request_names_the_work_items_tied_to_it_and_those_in_its_texts():
    told = pull(
        3, workItems=[{"id": 42, "project": "Shop"}, {"id": 9, "project": "Other"}], title="PAY-7 export"
    )
    [change] = of("PullRequest", read(told))
    assert (
        change.tickets
        == "dev.azure.com/acme/Shop/42,dev.azure.com/acme/Other/9,dev.azure.com/acme/Shop/43,PAY-7"
    )
    [undo] = of("PullRequest", read(pull(4, description="Reverts !3\n\nbecause")))
    assert undo.reverts == f"{REPO}#3"


def items(*told, gone=()):
    iterations = {
        "Shop\\Sprint 1": {
            "id": "it-1", "name": "Sprint 1", "startDate": "2026-11-02T00:00:00Z", "finishDate": "2026-11-13T00:00:00Z",
        }
    }  # fmt: skip
    body = {"types": TYPES, "iterations": iterations, "items": list(told), "gone": list(gone)}
    return entries("work_items", body)


def test_a_work_item_is_a_ticket_with_its_moves_and_its_sprint():
    found = items(item(42, "Closed") | {"updates": HISTORY})
    assert found[0] == Ticket(
        ticket_id="dev.azure.com/acme/Shop/42",
        source="azure_devops:x",
        project="dev.azure.com/acme/Shop",
        title="Item 42",
        kind="Bug",
        priority="2",
        status="Closed",
        status_category="done",
        assignee="ben@example.com",
        team="Shop\\Pay",
        labels="one,two",
        vendor_id="42",
        parent="dev.azure.com/acme/Shop/7",
        points=3.0,
        created_at=at(1, 9),
        updated_at=at(9, 9),
        started_at=at(3, 9),
        resolved_at=at(9, 9),
        reopened=1,
        url="https://dev.azure.com/acme/Shop/_workitems/edit/42",
    )
    assert [(one.moved_at, one.from_category, one.to_category) for one in of("TicketMove", found)] == [
        (at(1, 9), None, "to_do"),
        (at(3, 9), "to_do", "in_progress"),
        (at(5, 9), "in_progress", "done"),
        (at(6, 9), "done", "in_progress"),
        (at(9, 9), "in_progress", "done"),
    ]
    assert of("SprintTicket", found) == [
        SprintTicket(
            sprint_id="azure_devops:it-1",
            ticket_id="dev.azure.com/acme/Shop/42",
            source="azure_devops:x",
            name="Sprint 1",
            started_at=at(2),
            ended_at=at(14),
            committed=True,
            completed=True,
        )
    ]


def test_resolved_is_in_progress_and_no_end():
    history = [*HISTORY[:3], {**HISTORY[3], "fields": {**HISTORY[3]["fields"]}}]
    history[3]["fields"]["System.State"] = {"oldValue": "Active", "newValue": "Resolved"}
    ticket = items(item(42, "Resolved") | {"updates": history})[0]
    assert (ticket.status_category, ticket.resolved_at, ticket.reopened) == ("in_progress", None, 0)


def test_a_build_is_a_run_of_its_pipeline_and_that_of_a_pull_request_is_none():
    body = {
        "rows": [build(501), build(502, "failed"), build(503, reason="pullRequest")],
        "names": {"r1": REPO},
    }
    good, failed = entries("builds", body)
    assert good == Deployment(
        deployment_id="dev.azure.com/acme/Shop/builds/501",
        repo=REPO,
        source="azure_devops:x",
        kind="workflow_run",
        sha=SHA,
        status="success",
        name="Deploy app",
        ref="main",
        url="https://dev.azure.com/acme/Shop/_build/results?buildId=501",
        created_at=at(20, 9, 1),
        finished_at=at(20, 9, 10),
    )
    assert (failed.status, failed.finished_at) == ("failure", None)


def test_a_build_of_a_repository_at_github_is_of_that_repository():
    held = {"id": "acme/web", "type": "GitHub", "name": "acme/web"}
    [found] = entries("builds", {"rows": [build(1, repository=held)], "names": {}})
    assert found.repo == "github.com/acme/web"


def test_a_release_and_a_record_of_an_environment_are_deployments_of_a_commit():
    [release] = entries("releases", {"rows": [RELEASE], "names": {"r1": REPO}})
    assert (release.environment, release.sha, release.repo) == ("Production", SHA, REPO)
    assert (release.status, release.name, release.finished_at) == ("success", "Release app", at(21, 9, 5))
    body = {"rows": [RECORD], "names": {"r1": REPO}, "builds": {"501": build(501)}}
    [record] = entries("environments", body, environment="production")
    assert (record.environment, record.sha, record.repo) == ("production", SHA, REPO)
    assert (record.kind, record.status, record.finished_at) == ("deployment", "success", at(22, 9, 4))


def test_what_does_not_read_is_refused_with_its_place_and_the_others_are_kept():
    found = entries("pull_requests", [pull(3, creationDate="soon"), pull(4)], repository=REPO)
    assert [type(one) for one in found] == [Rejected, PullRequest]
    assert found[0].file == "page#3"
    refused, kept = entries("builds", {"rows": [build(1, "odd"), build(2)], "names": {"r1": REPO}})
    assert (refused.line, kept.deployment_id.rpartition("/")[2]) == (1, "2")
    assert [type(one) for one in items({"id": 1}, item(2, "New") | {"updates": []})][:2] == [Rejected, Ticket]


def test_everything_is_read_to_the_end_and_a_second_sync_changes_nothing(tmp_path):
    with opened(tmp_path / "home", TOLD, Organisation()) as app:
        assert [row["message"] for row in synced(app, "azure_devops")] == [""] * 5
        before = everything(app)
        counts = {name: len(found) for name, found in before.items()}
        assert counts == {
            "pull_requests": 2, "reviews": 2, "pull_request_moves": 4, "commits": 3, "evidence": 0, "tickets": 2,
            "ticket_moves": 6, "sprints": 2, "deployments": 4, "rejected": 0,
        }  # fmt: skip
        [change] = [row for row in before["pull_requests"] if row["number"] == 31]
        assert (change["labels"], change["tickets"]) == (
            "ui",
            "dev.azure.com/acme/Shop/42,dev.azure.com/acme/Shop/43",
        )
        synced(app, "azure_devops")
        assert everything(app) == before


def test_every_request_is_one_that_the_contracts_allow(tmp_path):
    vendor = Recorder(Organisation())
    with opened(tmp_path / "home", TOLD, vendor) as app:
        synced(app, "azure_devops")
    described = {
        name: json.loads(
            desk(f"data/delivery/openapi/azure-devops-7.1-{file}.swagger2.json").read_text(encoding="utf-8")
        )
        for name, file in {
            "git": "git",
            "build": "build",
            "release": "release",
            "wit": "workItemTracking",
        }.items()
    }
    areas = [request.url.path.partition("/_apis/")[2].partition("/")[0] for request in vendor.asked]
    assert set(areas) == {*described, "projects", "distributedtask"}  # the last two have no description here
    found = [
        complaints(described[area], request)
        for area, request in zip(areas, vendor.asked, strict=True)
        if area in described
    ]
    assert [one for one in found if one] == []
    assert len(found) > 20


@pytest.mark.parametrize("faults", [FAULTS, (None, *FAULTS, None, None, *FAULTS)], ids=["first", "later"])
def test_faults_on_the_way_leave_what_none_would_have_left(tmp_path, faults):
    found = []
    for name, told in (("calm", ()), ("stormy", faults)):
        with opened(tmp_path / name, TOLD, Recorder(Organisation(), told)) as app:
            assert [row["message"] for row in synced(app, "azure_devops")] == [""] * 5
            found.append(everything(app))
    assert found[0] == found[1]


def test_a_pull_request_that_was_open_is_followed_to_its_end_and_what_it_lost_is_gone(tmp_path):
    held = Organisation()
    held.threads[4] = [vote(1, -5, "2026-11-04T09:00:00Z"), comment(2, "2026-11-04T10:00:00Z")]
    with opened(tmp_path / "home", TOLD, held) as app:
        synced(app, "azure_devops")
        held.pulls[4] = pull(4, "completed", "2026-11-25T11:00:00Z")
        held.threads[4] = [vote(1, -5, "2026-11-04T09:00:00Z"), vote(3, 10, "2026-11-25T10:00:00Z")]
    with opened(tmp_path / "home", TOLD, held, NOW + timedelta(hours=1)) as app:
        synced(app, "azure_devops")
        assert rows(app, "pull_requests", "number", "state") == [(31, "merged"), (4, "merged")]
        mine = [row for row in rows(app, "reviews", "pull_request_id", "state") if row[0].endswith("#4")]
    assert mine == [(f"{REPO}#4", "approved"), (f"{REPO}#4", "changes_requested")]


def test_a_deleted_work_item_goes_and_a_moved_one_goes_on_under_its_new_name(tmp_path):
    held = Organisation()
    with opened(tmp_path / "home", TOLD, held) as app:
        synced(app, "azure_devops")
        del held.items[43]
        held.gone = [43]
        held.items[42]["fields"]["System.TeamProject"] = "Other"
        app.warehouse.apply([_forgotten()])
        synced(app, "azure_devops")
        assert rows(app, "tickets", "ticket_id") == [("dev.azure.com/acme/Other/42",)]
        assert {row[0] for row in rows(app, "ticket_moves", "ticket_id")} == {"dev.azure.com/acme/Other/42"}


def _forgotten():
    from payback.warehouse.contract import Cursor

    return Cursor("azure_devops:work_items", "Shop", None)


def test_the_feed_goes_on_from_its_token_and_begins_again_where_that_expired(tmp_path):
    held = Organisation()
    vendor = Recorder(held)
    with opened(tmp_path / "home", TOLD, vendor) as app:
        synced(app, "azure_devops")
        vendor.asked.clear()
        synced(app, "azure_devops")
        feed = [request.url.params for request in vendor.asked if "workitemrevisions" in request.url.path]
        assert [told.get("continuationToken") for told in feed] == ["2"]

        def expiring(request):
            params, path = request.url.params, request.url.path
            if "workitemrevisions" in path and params.get("continuationToken") == "2":
                return httpx2.Response(400, json={"message": "The continuation token is not valid"})
            return held(request)

        vendor.vendor = expiring
        held.items[42]["fields"]["System.Title"] = "Renamed"
        assert [row["message"] for row in synced(app, "azure_devops")] == [""] * 5
        assert ("Renamed",) in rows(app, "tickets", "title")


def test_a_page_to_sign_in_is_a_wrong_key_in_one_sentence(tmp_path):
    def moved(request):
        if request.url.host == "login.example":
            return httpx2.Response(200, text="<html>Sign in</html>", headers={"content-type": "text/html"})
        return httpx2.Response(302, headers={"location": "https://login.example/_signin"})

    for name, vendor in (("page", lambda request: Organisation()(_without_key(request))), ("moved", moved)):
        with opened(tmp_path / name, TOLD, vendor) as app:
            told = synced(app, "azure_devops")
        for row in told:
            assert "the key is wrong, expired or revoked" in row["message"]
            assert "these stay empty" in row["message"]
            assert KEY not in row["message"]


def _without_key(request):
    request.headers["authorization"] = "none"
    return request


@pytest.mark.parametrize(("status", "words"), [(401, "the key is wrong"), (403, "the key may not read this")])
def test_one_stream_refused_leaves_the_others_and_says_what_is_needed(tmp_path, status, words):
    held = Organisation()
    held.refused = {"_apis/build/builds": status}
    with opened(tmp_path / "home", TOLD, held) as app:
        told = {row["source"]: row["message"] for row in synced(app, "azure_devops")}
        assert len(rows(app, "pull_requests")) == 2
    assert words in told["azure_devops:builds"]
    assert "the scope Build (Read)" in told["azure_devops:builds"]
    assert told["azure_devops:pull_requests"] == told["azure_devops:work_items"] == ""


def test_a_rest_asked_for_beside_an_answer_is_kept_before_the_next_request(tmp_path):
    from payback.sources.http import Http, Wire

    slept = []
    answers = iter([{"retry-after": "7"}, {}, {}])
    transport = httpx2.MockTransport(lambda _r: httpx2.Response(200, json={}, headers=next(answers)))
    http = Http("x", "https://dev.azure.com", Wire(transport, lambda: NOW, slept.append))
    for _ in range(3):
        http.get("/acme")
    assert slept == [7.0]


def test_a_repository_that_was_deleted_meanwhile_is_told_of_and_keeps_what_was_known(tmp_path):
    held = Organisation()
    with opened(tmp_path / "home", TOLD, held) as app:
        synced(app, "azure_devops")
        held.refused = {"r1/pullrequests": 404}
        told = synced(app, "azure_devops")
        assert [row["message"] for row in told] == [""] * 5
        assert len(rows(app, "pull_requests")) == 2
        assert rows(app, "rejected", "why") == [
            (f"{REPO}: it is not there any more; what is known of it stays",)
        ]


def test_a_change_whose_author_was_deleted_is_nobodys():
    [change] = of("PullRequest", read(pull(3, createdBy=None)))
    assert (change.author, change.author_kind) == (None, None)


def test_a_token_told_twice_is_an_error_and_no_endless_loop(tmp_path):
    def turning(request):
        if "build/builds" in request.url.path:
            return httpx2.Response(200, json={"value": []}, headers={"x-ms-continuationtoken": "x"})
        return Organisation()(request)

    with opened(tmp_path / "home", TOLD + 'streams = ["builds"]\n', turning) as app:
        [row] = synced(app, "azure_devops")
    assert "the same page token twice" in row["message"]


def test_five_thousand_files_are_counted_page_by_page_as_the_contract_allows_and_none_is_kept(tmp_path):
    held = Organisation()
    moved = [change(5000, "delete, sourceRename"), change(5001, "add", isFolder=True)]
    held.changed[4] = [change(number) for number in range(5000)] + moved
    vendor = Recorder(held)
    with opened(tmp_path / "home", TOLD + 'streams = ["pull_requests"]\n', vendor) as app:
        synced(app, "azure_devops")
        sizes = rows(app, "pull_requests", "number", "files", "additions", "deletions", "sized_by")
    assert sizes == [(31, 3, None, None, None), (4, 5000, None, None, None)]
    asked = [request for request in vendor.asked if request.url.path.endswith("/iterations/3/changes")]
    places = [(request.url.path.split("/")[-4], request.url.params["$skip"]) for request in asked]
    assert places == [("31", "0"), ("4", "0"), ("4", "2000"), ("4", "4000")]
    described = desk("data/delivery/openapi/azure-devops-7.1-git.swagger2.json").read_text(encoding="utf-8")
    assert [complaints(json.loads(described), request) for request in asked] == [[]] * 4


def test_git_fills_the_lines_of_a_change_whose_host_told_its_files_and_they_stay_with_the_next_sync(tmp_path):
    with opened(tmp_path / "home", TOLD + 'streams = ["pull_requests"]\n', Organisation()) as app:
        synced(app, "azure_devops")
        held = app.warehouse.read(app.warehouse.table("pull_requests"))
        by_git = [
            row | {"source": "git", "additions": 40, "deletions": 2, "files": 2, "sized_by": None}
            for row in held.to_pylist()
        ]
        told = Upsert("pull_requests", held.from_pylist(by_git, schema=held.schema))
        app.warehouse.apply(settled([told], app.warehouse))
        synced(app, "azure_devops")
        sizes = rows(app, "pull_requests", "number", "files", "additions", "deletions", "sized_by", "source")
    mine = "azure_devops:pull_requests"
    assert sizes == [(31, 2, 40, 2, "git", mine), (4, 2, 40, 2, "git", mine)]


def test_a_page_of_files_told_twice_is_an_error_and_no_endless_loop(tmp_path):
    def turning(request):
        if request.url.path.endswith("/changes"):
            return httpx2.Response(200, json={"changeEntries": [], "nextSkip": 2000, "nextTop": 2000})
        return Organisation()(request)

    with opened(tmp_path / "home", TOLD + 'streams = ["pull_requests"]\n', turning) as app:
        [row] = synced(app, "azure_devops")
    assert "the same page twice" in row["message"]
