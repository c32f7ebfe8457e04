"""The sample of the reference page as it stands, and what a merge request does not say."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime

from payback.ledger.work_entries import PullRequest
from payback.sources.gitlab.place import repo_name
from payback.sources.gitlab.rows import merge_request
from tests.desk import desk

REPO = repo_name({}, "acme/backend/api")
LEAST = {"id": 1, "iid": 2, "state": "opened", "created_at": "2026-08-03T08:00:00Z"}


def test_the_sample_of_the_reference_page_is_this_row() -> None:
    page = desk("reference/delivery/gitlab.md").read_text(encoding="utf-8")
    block = re.search(r"```json\n(.*?)```", page, re.DOTALL)
    assert block is not None
    assert merge_request(json.loads(block[1]), REPO, "g:merge_requests") == PullRequest(
        pull_request_id="gitlab.com/acme/backend/api#12",
        repo="gitlab.com/acme/backend/api",
        number=12,
        state="merged",
        source="g:merge_requests",
        author="mira",
        author_kind="person",
        merged_by="tom",
        vendor_id="5001",
        head_branch="claude/api-12",
        base_branch="main",
        is_draft=False,
        created_at=datetime(2026, 8, 3, 8, tzinfo=UTC),
        merged_at=datetime(2026, 8, 4, 12, tzinfo=UTC),
        merge_commit="cd…",
        merge_method="squash",
        files=6,
        tickets="API-12",
    )


def test_more_than_a_thousand_changes_are_no_number_of_files() -> None:
    assert merge_request({**LEAST, "changes_count": "1000+"}, REPO, "g").files is None


def test_a_revert_names_the_merge_request_it_undoes() -> None:
    told = {**LEAST, "description": "Because.\r\nThis reverts merge request !7\r\n"}
    assert merge_request(told, REPO, "g").reverts == f"{REPO}#7"


def test_a_deleted_author_is_nobody_and_a_locked_one_is_still_open() -> None:
    row = merge_request({**LEAST, "state": "locked", "author": None}, REPO, "g")
    assert (row.author, row.author_kind, row.state, row.merge_commit) == (None, None, "open", None)


def test_how_it_was_merged_is_told_by_the_commits_that_did_it() -> None:
    def method(**told: str) -> str | None:
        return merge_request({**LEAST, "state": "merged", "sha": "ab", **told}, REPO, "g").merge_method

    assert method(squash_commit_sha="cd") == "squash"
    assert method(squash_commit_sha="cd", merge_commit_sha="ef") == "squash"
    assert method(merge_commit_sha="ef") == "merge"
    assert method() is None
    assert method(state="opened", squash_commit_sha="cd") is None
