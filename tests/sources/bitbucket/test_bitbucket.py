"""Bitbucket Cloud against an invented workspace: whole pull requests, deployments, faults, and keys that do not open."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import httpx2
import pytest

from payback.sources.bitbucket.accounts import account
from tests.sources.bitbucket.workspace import ANA, APP, BEN, COMMIT, REPO, Workspace, at, issue, pull, update
from tests.sources.installation import FAULTS, KEY, NOW, Recorder, opened, rows, synced

SETTINGS = '[sources.bitbucket]\nkey = "env:VENDOR_KEY"\nworkspace = "acme"\n'


def held(app):
    names = (
        "pull_requests",
        "reviews",
        "pull_request_moves",
        "commits",
        "evidence",
        "deployments",
        "tickets",
        "ticket_moves",
        "rejected",
    )
    return {name: rows(app, name) for name in names}


def told(app, table, *names):
    return rows(app, table, *names)


def test_a_pull_request_comes_whole_and_was_merged_when_its_activity_says(tmp_path):
    with opened(tmp_path / "home", SETTINGS, Workspace()) as app:
        synced(app, "bitbucket")
        names = (
            "number",
            "state",
            "author",
            "merged_by",
            "additions",
            "deletions",
            "files",
            "commits",
            "tickets",
        )
        assert told(app, "pull_requests", *names) == [
            (1, "merged", "ana", "ben", 27, 12, 3, 1, "PAY-1"),
            (2, "open", "ana", None, None, None, None, None, "PAY-2"),
            (3, "closed", None, None, None, None, None, None, "PAY-3"),
        ]
        (first, *_) = told(app, "pull_requests", "number", "merged_at", "merge_commit", "is_draft", "source")
        assert first == (
            1, datetime(2026, 11, 3, 17, tzinfo=UTC), "abcdef123456".ljust(40, "0"), False, "bitbucket:pull_requests",
        )  # fmt: skip
        assert told(app, "reviews", "state", "reviewer", "is_bot") == [
            ("approved", "ben", False), ("changes_requested", "ben", False), ("commented", "{b}", True),
        ]  # fmt: skip
        assert told(app, "pull_request_moves", "kind", "moved_at") == [
            ("pushed", datetime(2026, 11, 3, 14, tzinfo=UTC)),
            ("ready", datetime(2026, 11, 3, 10, tzinfo=UTC)),
        ]
        assert told(app, "commits", "commit_id", "author_email", "pull_request_id", "is_merge") == [
            (f"{REPO}@{'f' * 40}", "ana@example.com", f"{REPO}#1", False)
        ]
        assert ("trailer", "claude_code", "commit") in told(app, "evidence", "kind", "tool", "subject_kind")
        assert ("pr_marker", "claude_code", "pull_request") in told(
            app, "evidence", "kind", "tool", "subject_kind"
        )
        assert told(app, "deployments", "environment", "sha", "status", "finished_at") == [
            ("Production", "9" * 40, "success", datetime(2026, 11, 3, 20, tzinfo=UTC))
        ]
        assert "not kept" not in str(held(app))


def test_all_states_are_asked_for_and_pages_are_followed_to_their_end(tmp_path):
    asked = Recorder(Workspace())
    with opened(tmp_path / "home", SETTINGS, asked) as app:
        synced(app, "bitbucket")
    lists = [one for one in asked.asked if one.url.path.endswith("/pullrequests")]
    (first, second) = [one for one in lists if "q" in one.url.params]
    assert first.url.params.get_list("state") == ["OPEN", "MERGED", "DECLINED", "SUPERSEDED"]
    assert (first.url.params["sort"], second.url.params["page"]) == ("updated_on", "2")
    assert first.url.params["q"].startswith('updated_on>"2025-')


def test_a_second_sync_and_faults_on_the_way_change_nothing(tmp_path):
    vendor = Workspace()
    vendor.has_issues = True
    with opened(tmp_path / "good", SETTINGS, vendor) as app:
        synced(app, "bitbucket")
        assert len(rows(app, "tickets")) == 3
        wanted = held(app)
        synced(app, "bitbucket")
        assert held(app) == wanted
    with opened(
        tmp_path / "bad",
        SETTINGS,
        Recorder(vendor, [one for fault in FAULTS * 2 for one in (fault, None)]),
    ) as app:
        synced(app, "bitbucket")
        assert held(app) == wanted


def test_what_changed_later_is_read_again_with_its_lists(tmp_path):
    vendor = Workspace()
    with opened(tmp_path / "home", SETTINGS, vendor) as app:
        synced(app, "bitbucket")
        vendor.pulls[1] = pull(2, "DECLINED", 8)
        synced(app, "bitbucket")
        assert told(app, "pull_requests", "number", "state")[1] == (2, "closed")


@pytest.mark.parametrize(("part", "status"), [("pullrequests", 403), ("deployments", 403)])
def test_a_right_that_is_missing_is_one_sentence_and_the_other_stream_goes_on(tmp_path, part, status):
    vendor = Workspace()
    vendor.refused = {part: status}
    with opened(tmp_path / "home", SETTINGS, vendor) as app:
        found = synced(app, "bitbucket")
        (failed,) = [row for row in found if row["message"]]
        assert "access token" in failed["message"]
        assert KEY not in str(found)
        assert sum(row["rows"] > 0 for row in found if not row["message"]) == 1


def test_a_wrong_key_is_told_and_shown_nowhere(tmp_path):
    with opened(
        tmp_path / "home", SETTINGS, lambda _request: httpx2.Response(401, json={"error": KEY})
    ) as app:
        found = synced(app, "bitbucket")
        assert all(row["message"] for row in found)
        assert KEY not in str(found)


def test_a_pull_request_that_does_not_read_is_refused_with_its_place(tmp_path):
    vendor = Workspace()
    vendor.pulls[0] = pull(1, state="UNHEARD")
    with opened(tmp_path / "home", SETTINGS, vendor) as app:
        synced(app, "bitbucket")
        assert told(app, "rejected", "file") == [("acme/app#1",)]
        assert [row[0] for row in told(app, "pull_requests", "number")] == [2, 3]


def test_a_merge_commit_or_a_repository_that_is_gone_stops_nothing(tmp_path):
    vendor = Workspace()
    vendor.refused = {"/commit/": 404}
    with opened(tmp_path / "home", SETTINGS, vendor) as app:
        assert {row["message"] for row in synced(app, "bitbucket")} == {""}
        assert told(app, "pull_requests", "number", "merge_commit")[0] == (1, None)
    vendor.refused = {"/pullrequests": 404}
    with opened(tmp_path / "other", SETTINGS, vendor) as app:
        assert {row["message"] for row in synced(app, "bitbucket")} == {""}
        assert told(app, "pull_requests", "number") == []


def test_an_issue_is_a_ticket_where_the_tracker_is_on_and_one_that_nobody_will_fix_was_never_done(tmp_path):
    vendor = Workspace()
    with opened(tmp_path / "off", SETTINGS, vendor) as app:
        synced(app, "bitbucket")
        assert told(app, "tickets", "ticket_id") == []
    vendor.has_issues = True
    with opened(tmp_path / "on", SETTINGS, vendor) as app:
        synced(app, "bitbucket")
        names = ("ticket_id", "kind", "status", "status_category", "resolved_at", "reopened", "assignee")
        assert told(app, "tickets", *names) == [
            (f"{REPO}#1", "feature", "resolved", "done", datetime(2026, 11, 5, 9, tzinfo=UTC), 1, "ben"),
            (f"{REPO}#2", "feature", "new", "to_do", None, 0, "ben"),
            (f"{REPO}#3", "feature", "wontfix", "cancelled", None, 0, None),
        ]
        moves = told(app, "ticket_moves", "ticket_id", "from_category", "to_category", "actor")
        assert sorted(moves, key=str) == [
            (f"{REPO}#1", "done", "to_do", "ben"), (f"{REPO}#1", "to_do", "done", "ben"),
            (f"{REPO}#1", "to_do", "done", "ben"), (f"{REPO}#3", "to_do", "cancelled", None),
        ]  # fmt: skip


def test_a_description_names_the_issues_of_its_own_tracker_that_it_closes(tmp_path):
    vendor = Workspace()
    vendor.pulls = [pull(1, summary={"raw": "Fixes #3, resolves issue #4. See #5."})]
    with opened(tmp_path / "home", SETTINGS, vendor) as app:
        synced(app, "bitbucket")
        assert told(app, "pull_requests", "tickets") == [(f"{REPO}#3,{REPO}#4,PAY-1",)]


def test_what_is_gone_or_under_another_name_goes_with_the_next_count(tmp_path):
    vendor = Workspace()
    vendor.has_issues = True
    with opened(tmp_path / "home", SETTINGS, vendor) as app:
        synced(app, "bitbucket")
    vendor.pulls, vendor.issues = vendor.pulls[:2], [issue(2, day=6)]
    with opened(tmp_path / "home", SETTINGS, vendor, NOW + timedelta(days=2)) as app:
        synced(app, "bitbucket")
        assert told(app, "pull_requests", "number") == [(1,), (2,)]
        assert told(app, "tickets", "ticket_id") == [(f"{REPO}#2",)]
    vendor.name = "web"
    with opened(tmp_path / "home", SETTINGS, vendor, NOW + timedelta(days=4)) as app:
        synced(app, "bitbucket")
        assert set(told(app, "pull_requests", "repo")) == {("bitbucket.org/acme/web",)}
        assert set(told(app, "tickets", "project")) == {("bitbucket.org/acme/web",)}


def test_a_deployment_that_is_listed_no_more_since_its_build_expired_stays(tmp_path):
    vendor = Workspace()
    with opened(tmp_path / "home", SETTINGS, vendor) as app:
        synced(app, "bitbucket")
    vendor.deployments = []
    with opened(tmp_path / "home", SETTINGS, vendor, NOW + timedelta(days=15)) as app:
        synced(app, "bitbucket")
        assert len(told(app, "deployments")) == 1


def test_a_repository_that_is_not_there_is_told_of_and_the_others_are_read(tmp_path):
    with opened(tmp_path / "home", SETTINGS + 'repositories = ["app", "gone"]\n', Workspace()) as app:
        assert {row["message"] for row in synced(app, "bitbucket")} == {""}
        assert len(told(app, "pull_requests")) == 3
        assert ("acme/gone",) in told(app, "rejected", "file")


def test_a_repository_that_is_refused_is_told_once_and_the_others_are_read(tmp_path):
    vendor = Workspace()
    vendor.others, vendor.refused = ["locked", "web"], {"/locked/pullrequests": 403}
    asked = Recorder(vendor)
    with opened(tmp_path / "home", SETTINGS, asked) as app:
        found = {row["source"]: row for row in synced(app, "bitbucket")}["bitbucket:pull_requests"]
        assert len(told(app, "pull_requests", "number")) == 6
        assert found["read"] == 2
        assert (
            found["message"].count("may not read this") == found["message"].count("/locked/pullrequests") == 1
        )
        assert found["message"].count("access token") == 1
        assert sorted(app.warehouse.cursors("bitbucket:pull_requests")) == ["acme/app", "acme/web"]
        vendor.refused = {}
        synced(app, "bitbucket")
        assert len(told(app, "pull_requests", "number")) == 9


def test_a_right_that_all_repositories_lack_is_told_once(tmp_path):
    vendor = Workspace()
    vendor.others, vendor.refused = ["web"], {"/pullrequests": 403}
    with opened(tmp_path / "home", SETTINGS, vendor) as app:
        found = {row["source"]: row for row in synced(app, "bitbucket")}["bitbucket:pull_requests"]
        assert found["message"].count("may not read this") == 1
        assert len(told(app, "deployments", "deployment_id")) == 2


def test_a_forced_push_is_known_by_the_commits_that_it_threw_out(tmp_path):
    vendor = Workspace()
    heads = ("a" * 12, "b" * 12, "c" * 12, "d" * 12)
    vendor.commits = [{**COMMIT, "hash": head.ljust(40, "0")} for head in heads[2:]]
    vendor.activity = [update(9 + place, commit=head) for place, head in enumerate(heads)]
    with opened(tmp_path / "home", SETTINGS, vendor) as app:
        synced(app, "bitbucket")
        moves = told(app, "pull_request_moves", "moved_at", "kind")
        assert [(at.hour, kind) for at, kind in sorted(moves)] == [
            (10, "pushed"),
            (11, "force_pushed"),
            (12, "pushed"),
        ]
        vendor.commits = vendor.commits[1:]
        vendor.pulls[0] = pull(1, day=20)
        synced(app, "bitbucket")
        of = dict(told(app, "commits", "sha", "pull_request_id"))
        assert (of["c" * 12 + "0" * 28], of["d" * 12 + "0" * 28]) == (None, f"{REPO}#1")


def test_who_is_asked_for_a_review_is_a_move_however_it_is_told(tmp_path):
    vendor = Workspace()
    vendor.activity = [
        update(9), update(10, changes={"reviewers": {"added": [BEN]}}), update(11, changes={"reviewers": {"removed": [BEN]}}),
        update(12, reviewers=[]), update(13, reviewers=[BEN]), update(14, reviewers=[BEN]),
    ]  # fmt: skip
    with opened(tmp_path / "home", SETTINGS, vendor) as app:
        synced(app, "bitbucket")
        moves = told(app, "pull_request_moves", "moved_at", "kind")
        assert [(at.hour, kind) for at, kind in sorted(moves)] == [
            (10, "review_requested"),
            (13, "review_requested"),
        ]


def test_apps_and_known_reviewers_are_bots_an_agents_app_is_an_agent_and_people_are_people():
    agent = account(APP | {"nickname": "devin-ai-integration"})
    assert (agent.kind, agent.sign.tool) == ("agent", "devin")
    assert [account(one).kind for one in (APP, ANA | {"nickname": "CodeRabbitAI"}, ANA | {"nickname": "Claude"})] == [
        "bot", "bot", "person",
    ]  # fmt: skip


def test_deleted_users_are_nobody_and_their_work_stays(tmp_path):
    vendor = Workspace()
    vendor.pulls = [pull(1, author=None, closed_by=None)]
    vendor.activity = [
        {"approval": {"date": at(16), "user": None}},
        {"comment": {"id": 7, "created_on": at(11)}},
    ]
    with opened(tmp_path / "home", SETTINGS, vendor) as app:
        synced(app, "bitbucket")
        assert told(app, "pull_requests", "author", "author_kind", "merged_by") == [(None, None, None)]
        assert told(app, "reviews", "state", "reviewer") == [("approved", None), ("commented", None)]


def test_a_pull_request_of_five_thousand_files_has_its_size(tmp_path):
    vendor = Workspace()
    vendor.size, vendor.size_of_one = 500, [{"lines_added": 2, "lines_removed": 1}] * 5000
    with opened(tmp_path / "home", SETTINGS, vendor) as app:
        synced(app, "bitbucket")
        assert told(app, "pull_requests", "files", "additions", "deletions")[0] == (5000, 10_000, 5000)
