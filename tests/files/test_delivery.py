"""Files of delivery: rows by the words that hosts and trackers use, and how they stand beside what connections tell."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from payback.app.files import Import
from payback.ledger.kept import take_kept
from payback.ledger.work_entries import Commit, PullRequest, Review, Ticket
from payback.sources.files import delivery_words as words
from payback.sources.files import layout, mapping
from payback.sources.files.kinds import KINDS
from payback.sources.files.rows import convert
from tests.sources.installation import opened, rows

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
REPO = "github.com/acme/app"
SHA = "ab" * 20
PULLS = (
    "Repository,Number,State,Title,Author,Created,Merged,Lines added,Issue keys\n"
    "https://github.com/acme/app.git,7,MERGED,Export,ana,2026-11-01T08:00:00Z,2026-11-02T09:00:00Z,40,PAY-1; PAY-2\n"
)
REVIEWS = (
    "Repository,PR,Reviewer,Decision,Submitted\n"
    f"{REPO},7,ben,APPROVED,2026-11-02T08:00:00Z\n"
    f"{REPO},7,cy,Waiting for author,2026-11-01T10:00:00Z\n"
)


def converted(tmp_path, kind, text, **constants):
    path = tmp_path / "file.csv"
    path.write_text(text, encoding="utf-8")
    sheet = layout.read(path)
    columns = mapping.Columns(mapping.proposed(sheet.names, KINDS[kind]).columns, constants)
    assert columns.missing(KINDS[kind]) == []
    return convert(sheet, KINDS[kind], columns, ZoneInfo("UTC"), path.name)


def told(tmp_path, kind, text, **constants):
    found = converted(tmp_path, kind, text, **constants)
    assert [one.why for one in found.rejected] == []
    return found.tables[kind]


def at(day, hour=0):
    return datetime(2026, 11, day, hour, tzinfo=UTC)


def take(app, folder, kind, text, *said):
    path = folder / f"{kind}.csv"
    path.write_text(text, encoding="utf-8")
    return app.take_file(Import(path, kind, constants=said))


def test_a_change_is_named_by_its_repository_and_number_and_its_tickets_are_listed(tmp_path):
    [row] = told(tmp_path, "pull_requests", PULLS)
    assert (row["pull_request_id"], row["repo"], row["number"]) == (f"{REPO}#7", REPO, 7)
    assert (row["state"], row["created_at"], row["merged_at"]) == ("merged", at(1, 8), at(2, 9))
    assert (row["additions"], row["tickets"], row["author"]) == (40, "PAY-1,PAY-2", "ana")


def test_a_completed_change_was_merged_when_it_closed_and_an_abandoned_one_was_not(tmp_path):
    text = "repo,id,status,closeddate\nacme/app,1,completed,2026-11-02\nacme/app,2,abandoned,2026-11-03\nacme/app,3,active,\n"
    first, second, third = told(tmp_path, "pull_requests", text, host="Git.Example")
    assert (first["repo"], first["state"], first["merged_at"]) == ("git.example/acme/app", "merged", at(2))
    assert (second["state"], second["merged_at"], third["state"]) == ("closed", None, "open")


def test_a_review_told_anew_with_another_decision_keeps_its_id(tmp_path):
    before = told(tmp_path, "reviews", REVIEWS)
    after = told(tmp_path, "reviews", REVIEWS.replace("APPROVED", "dismissed"))
    assert [row["state"] for row in before] == ["approved", "changes_requested"]
    assert [row["state"] for row in after] == ["dismissed", "changes_requested"]
    assert [row["review_id"] for row in before] == [row["review_id"] for row in after]
    assert len({row["review_id"] for row in before}) == 2


@pytest.mark.parametrize(
    "written",
    [f"{REPO}#7", "https://github.com/acme/app/pull/7/files", "acme/app#7", "7"],
)
def test_a_change_is_understood_however_it_is_named(written):
    assert words.change(written, REPO, "github.com") == f"{REPO}#7"


def test_merge_requests_and_azure_pull_requests_are_named_by_their_addresses():
    gitlab = words.change("https://gitlab.com/acme/web/app/-/merge_requests/3", None, None)
    azure = words.change("https://dev.azure.com/acme/shop/_git/app/pullrequest/31", None, None)
    assert (gitlab, azure) == ("gitlab.com/acme/web/app#3", "dev.azure.com/acme/shop/app#31")


def test_a_commit_without_a_whole_hash_is_refused_and_the_others_are_kept(tmp_path):
    text = f"repo,hash,date,author,email,PR,parents\n{REPO},{SHA},2026-11-01,Ana,ana@x,7,2\n{REPO},abc1234,2026-11-01,,,,\n"
    found = converted(tmp_path, "commits", text)
    [row] = found.tables["commits"]
    assert (row["commit_id"], row["pull_request_id"], row["is_merge"]) == (f"{REPO}@{SHA}", f"{REPO}#7", True)
    assert (row["author_name"], row["author_email"], row["committed_at"]) == ("Ana", "ana@x", at(1))
    assert [(one.line, one.why) for one in found.rejected] == [(3, "sha: 'abc1234' is no whole hash")]


def test_an_export_of_jira_is_read_by_its_own_columns(tmp_path):
    text = (
        "Summary,Issue key,Issue id,Issue Type,Status,Priority,Assignee,Created,Resolved,Custom field (Story Points)\n"
        "Exports fail,PAY-17,10017,Bug,Won't Do,High,ana,03/Nov/26 4:12 PM,05/Nov/26 9:00 AM,3.0\n"
    )
    [row] = told(tmp_path, "tickets", text)
    assert (row["ticket_id"], row["vendor_id"], row["project"]) == ("PAY-17", "10017", "PAY")
    assert (row["status_category"], row["kind"], row["points"]) == ("cancelled", "Bug", 3.0)
    assert (row["created_at"], row["resolved_at"]) == (datetime(2026, 11, 3, 16, 12, tzinfo=UTC), at(5, 9))


@pytest.mark.parametrize(
    ("category", "status", "meant"),
    [
        (None, "To Do", "to_do"),
        (None, "In Code Review", "in_progress"),
        (None, "Closed", "done"),
        ("Proposed", "Approved", "to_do"),
        ("indeterminate", "Somewhere", "in_progress"),
        ("Done", "Duplicate", "cancelled"),
        ("Done", "Anywhere", "done"),
        (None, "Schrödinger", None),
        (None, None, None),
    ],
)
def test_the_category_of_a_status_follows_its_words_and_is_unknown_where_they_say_nothing(
    category, status, meant
):
    assert words.category(category, status) == meant


def test_moves_and_sprints_are_read(tmp_path):
    moves = "Issue key,Changed,From,To,Author\nPAY-1,2026-11-01T10:00:00Z,To Do,In Review,ana\n"
    [move] = told(tmp_path, "ticket_moves", moves)
    assert (move["ticket_id"], move["from_category"], move["to_category"]) == (
        "PAY-1",
        "to_do",
        "in_progress",
    )
    sprints = "Sprint,Key,Start date,End date,Planned,Done\nSprint 4,PAY-1,2026-11-01,2026-11-14,yes,no\n"
    [sprint] = told(tmp_path, "sprints", sprints)
    assert (sprint["sprint_id"], sprint["name"], sprint["ended_at"]) == ("Sprint 4", "Sprint 4", at(14))
    assert (sprint["committed"], sprint["completed"]) == (True, False)


def test_a_deployment_without_a_status_happened_and_one_that_failed_has_no_end_of_its_own(tmp_path):
    text = f"Repository,Environment,Deployed at,Commit\n{REPO},production,2026-11-02,{SHA}\n"
    [row] = told(tmp_path, "deployments", text)
    assert (row["kind"], row["status"], row["finished_at"]) == ("deployment", "success", at(2))
    failed = f"repo,env,type,started,result\n{REPO},production,Pipeline,2026-11-02,timed out\n"
    [row] = told(tmp_path, "deployments", failed)
    assert (row["kind"], row["status"], row["created_at"], row["finished_at"]) == (
        "workflow_run",
        "failure",
        at(2),
        None,
    )


def test_an_incident_is_read(tmp_path):
    text = "Number,Title,Service,Urgency,Created on,Resolved on\n12,Down,checkout,high,2026-11-02T01:00:00Z,2026-11-02T02:00:00Z\n"
    [row] = told(tmp_path, "incidents", text)
    assert (row["incident_id"], row["service"], row["severity"]) == ("12", "checkout", "high")
    assert (row["opened_at"], row["resolved_at"]) == (at(2, 1), at(2, 2))


def pull(source="github:pull_requests", **more):
    return PullRequest(
        pull_request_id=f"{REPO}#7", repo=REPO, number=7, state="merged", source=source, title="Told", **more
    )


def by_host():
    review = Review(
        review_id="r1", pull_request_id=f"{REPO}#7", submitted_at=at(2), source="github:pull_requests"
    )
    ticket = Ticket(ticket_id="PAY-1", source="jira:tickets", title="Told")
    commit = Commit(
        commit_id=f"{REPO}@{SHA}",
        repo=REPO,
        sha=SHA,
        authored_at=at(1),
        committed_at=at(1),
        source="github:pull_requests",
        subject="Told",
        pull_request_id=f"{REPO}#7",
    )
    return [pull(), review, ticket, commit]


def all_told(app):
    names = ("pull_requests", "reviews", "commits", "tickets")
    return {name: rows(app, name) for name in names}


FILES = {
    "pull_requests": PULLS.replace("Created", "Head branch,Created").replace(
        "2026-11-01T08", "feature/x,2026-11-01T08"
    ),
    "reviews": REVIEWS,
    "commits": f"repo,sha,date,subject,pr\n{REPO},{SHA},2026-11-01,Filed,8\n",
    "tickets": "key,summary\nPAY-1,Filed\nPAY-2,Filed\n",
}


@pytest.mark.parametrize("order", ["file first", "connection first", "file between"])
def test_a_file_gives_way_to_a_connection_whichever_came_first(tmp_path, order):
    with opened(tmp_path / "home", "", lambda _request: None) as app:
        steps = {"file first": "fc", "connection first": "cf", "file between": "cfc"}[order]
        for step in steps:
            if step == "c":
                take_kept(by_host(), app.warehouse, NOW, [])
                continue
            for kind, text in FILES.items():
                take(app, tmp_path, kind, text)
        found = all_told(app)
    [change] = found["pull_requests"]
    assert (change["title"], change["source"]) == ("Told", "github:pull_requests")
    assert change["head_branch"] == "feature/x"  # what only the file knew
    assert [row["review_id"] for row in found["reviews"]] == ["r1"]
    [commit] = found["commits"]
    assert (commit["subject"], commit["pull_request_id"]) == ("Told", f"{REPO}#7")
    assert [(row["ticket_id"], row["title"]) for row in found["tickets"]] == [
        ("PAY-1", "Told"),
        ("PAY-2", "Filed"),
    ]


def test_the_same_files_again_change_nothing_and_a_corrected_one_replaces_its_rows(tmp_path):
    with opened(tmp_path / "home", "", lambda _request: None) as app:
        for kind, text in FILES.items():
            take(app, tmp_path, kind, text)
        before, edition = all_told(app), app.warehouse.edition
        for kind, text in FILES.items():
            take(app, tmp_path, kind, text)
        assert (all_told(app), app.warehouse.edition) == (before, edition)
        take(app, tmp_path, "pull_requests", PULLS.replace("Export", "Exports"))
        assert [row["title"] for row in rows(app, "pull_requests")] == ["Exports"]
        assert len(rows(app, "reviews")) == 2


def test_files_of_delivery_are_watched(tmp_path):
    home = tmp_path / "home"
    with opened(home, '[imports]\ntickets = ["papers/*.csv"]\n', lambda _request: None) as app:
        (home / "papers").mkdir()
        (home / "papers" / "t.csv").write_text(FILES["tickets"], encoding="utf-8")
        assert sum(row["rows"] for row in app.sync(["files"])) == 2
        assert len(rows(app, "tickets")) == 2
