"""Bitbucket Cloud against an invented workspace: whole pull requests, deployments, faults, and keys that do not open."""

from __future__ import annotations

from datetime import UTC, datetime

import httpx2
import pytest
import stamina

from tests.sources.bitbucket.workspace import REPO, Workspace, pull
from tests.sources.installation import FAULTS, KEY, Recorder, opened, rows, synced

SETTINGS = '[sources.bitbucket]\nkey = "env:VENDOR_KEY"\nworkspace = "acme"\n'


@pytest.fixture(autouse=True)
def no_waiting():
    with stamina.set_testing(True, attempts=6):
        yield


def held(app):
    names = (
        "pull_requests",
        "reviews",
        "pull_request_moves",
        "commits",
        "evidence",
        "deployments",
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
    (first, second) = [one for one in asked.asked if one.url.path.endswith("/pullrequests")]
    assert first.url.params.get_list("state") == ["OPEN", "MERGED", "DECLINED", "SUPERSEDED"]
    assert (first.url.params["sort"], second.url.params["page"]) == ("updated_on", "2")
    assert first.url.params["q"].startswith('updated_on>"2025-')


def test_a_second_sync_and_faults_on_the_way_change_nothing(tmp_path):
    with opened(tmp_path / "good", SETTINGS, Workspace()) as app:
        synced(app, "bitbucket")
        wanted = held(app)
        synced(app, "bitbucket")
        assert held(app) == wanted
    with opened(
        tmp_path / "bad",
        SETTINGS,
        Recorder(Workspace(), [one for fault in FAULTS * 2 for one in (fault, None)]),
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
        assert [row["rows"] > 0 for row in found if not row["message"]] == [True]


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
        assert [row["message"] for row in synced(app, "bitbucket")] == ["", ""]
        assert told(app, "pull_requests", "number", "merge_commit")[0] == (1, None)
    vendor.refused = {"/pullrequests": 404}
    with opened(tmp_path / "other", SETTINGS, vendor) as app:
        assert [row["message"] for row in synced(app, "bitbucket")] == ["", ""]
        assert told(app, "pull_requests", "number") == []
