"""Pull requests, reviews, commits and moves of GitHub, each written out by hand."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime

import pytest

from payback.ledger.entries import Rejected
from payback.ledger.work_entries import Commit, Evidence, PullRequest, PullRequestMove, Review
from payback.sources.github.pulls import parse
from payback.sources.source import Context, Page
from tests.desk import desk
from tests.sources.github.hub import at, commit, event, pull, review, who
from tests.sources.installation import NOW

REPO = "github.com/acme/app"


def plain(node):
    """A node as an answer holds it: its lists asked for."""
    return {name: told(first=100) if callable(told) else told for name, told in node.items()}


def parsed(*nodes, **told):
    page = Page([plain(node) for node in nodes], "acme/app", {"repository": "acme/app", "branch": "main"})
    return list(parse(page, Context("github:pull_requests", "github", told, NOW)))


def of(kind, found):
    return [one for one in found if isinstance(one, kind)]


def moment(day, hour, minute=0):
    return datetime(2026, 9, day, hour, minute, tzinfo=UTC)


def test_the_sample_of_the_reference_is_read_as_it_stands():
    text = desk("reference/delivery/github.md").read_text(encoding="utf-8")
    (sample,) = [json.loads(block) for block in re.findall(r"```json\n(.*?)```", text, re.DOTALL)]
    found = parsed(sample)
    (row,) = of(PullRequest, found)
    assert row == PullRequest(
        pull_request_id=f"{REPO}#7",
        repo=REPO,
        number=7,
        state="merged",
        source="github:pull_requests",
        author="copilot-swe-agent",
        author_kind="agent",
        vendor_id="900700",
        head_branch="copilot/fix-export",
        is_draft=False,
        created_at=moment(1, 9),
        merged_at=moment(2, 10, 30),
        additions=120,
        deletions=14,
        files=5,
    )
    (look,) = of(Review, found)
    told = (look.reviewer, look.state, look.is_bot, look.submitted_at, look.commit_sha)
    assert told == ("ana", "changes_requested", False, moment(1, 15), "bb…")
    (move,) = of(PullRequestMove, found)
    assert (move.kind, move.moved_at) == ("ready", moment(1, 11))
    assert {(one.kind, one.tool, one.ai_class, one.seen_in) for one in of(Evidence, found)} == {
        ("account", "copilot", "agent_authored", "author"),
        ("branch", "copilot", "agent_assisted", "head branch"),
    }


def test_commits_keep_their_first_line_and_bring_their_signs():
    message = "Export as CSV\n\nSecret plan.\n\nCo-Authored-By: Claude <noreply@anthropic.com>"
    undo = "Undo\r\n\r\nThis reverts commit 0123456789abcdef0123456789abcdef01234567."
    merge = commit("c3", at(4), "Merge branch 'main' into topic-7")
    found = parsed(pull(7, commits=[commit("c1", at(2), message), commit("c2", at(3), undo), merge]))
    first, second, third = of(Commit, found)
    assert first.commit_id == f"{REPO}@c1"
    assert (first.subject, first.author_email) == ("Export as CSV", "ana@acme.example")
    assert (first.pull_request_id, first.branch) == (f"{REPO}#7", "topic-7")
    assert second.reverts == f"{REPO}@0123456789abcdef0123456789abcdef01234567"
    assert (first.is_merge, third.is_merge) == (None, True)
    (sign,) = of(Evidence, found)
    assert (sign.subject_kind, sign.subject_id) == ("commit", f"{REPO}@c1")
    assert (sign.kind, sign.tool) == ("trailer", "claude_code")
    assert "Secret plan" not in repr(found)


def test_a_description_is_read_for_signs_keys_and_reverts_and_never_kept():
    body = "Reverts acme/app#3\r\nFixes PAY-17. Top secret.\n\n🤖 Generated with [Claude Code](https://claude.com/claude-code)"
    found = parsed(pull(7, body=body, title="OPS-2: back", headRefName="claude/ops-2", closing=[12]))
    (row,) = of(PullRequest, found)
    assert row.reverts == f"{REPO}#3"
    assert row.tickets == f"{REPO}#12,OPS-2,PAY-17"
    assert {(one.kind, one.tool) for one in of(Evidence, found)} == {
        ("branch", "claude_code"),
        ("pr_marker", "claude_code"),
    }
    assert "secret" not in repr(found)


@pytest.mark.parametrize(
    ("branch", "body", "reverts"),
    [("revert-12-topic", "", f"{REPO}#12"), ("topic", "", None), ("topic", "Reverts #9", f"{REPO}#9")],
)
def test_what_a_change_undoes_is_in_its_branch_or_its_description(branch, body, reverts):
    (row,) = of(PullRequest, parsed(pull(7, headRefName=branch, body=body)))
    assert row.reverts == reverts


def test_release_notes_that_an_automation_quotes_are_no_sign():
    body = "Generated with [Claude Code](https://claude.com/claude-code)"
    found = parsed(pull(7, body=body, author=who("renovate", "Bot", 2740337)))
    assert of(Evidence, found) == []
    assert of(PullRequest, found)[0].author_kind == "bot"


def test_a_person_called_like_an_agent_is_a_person():
    (row,) = of(PullRequest, parsed(pull(7, author=who("claude", number=81847))))
    assert row.author_kind == "person"


def test_deleted_users_are_nobody_and_their_work_stays():
    looks = [review(1, "APPROVED", at(3), author=False)]
    found = parsed(pull(7, author=None, mergedBy=None, reviews=looks, commits=[commit("c1", at(2))]))
    (row,) = of(PullRequest, found)
    assert (row.author, row.author_kind, row.merged_by) == (None, None, None)
    assert [(look.reviewer, look.state, look.is_bot) for look in of(Review, found)] == [
        (None, "approved", None)
    ]


def test_a_change_of_five_thousand_files_has_its_size():
    (row,) = of(PullRequest, parsed(pull(7, additions=1_200_000, deletions=0, changedFiles=5000)))
    assert (row.additions, row.files) == (1_200_000, 5000)


def test_reviews_dismissed_after_asking_for_changes_still_asked_for_them():
    looks = [
        review(1, "DISMISSED", at(3)),
        review(2, "DISMISSED", at(4)),
        review(3, "PENDING", None),
        review(4, "COMMENTED", at(5), author=who("coderabbitai", "Bot", 136622811)),
        review(5, "COMMENTED", at(5), author=who("copilot-swe-agent", "Bot", 198982749)),
    ]
    moved = [
        event("ReviewDismissedEvent", at(6), previousReviewState="CHANGES_REQUESTED", review={"fullDatabaseId": "1"}),
        event("ReviewDismissedEvent", at(7), previousReviewState="APPROVED", review={"fullDatabaseId": "2"}),
        event("ReviewDismissedEvent", at(8), previousReviewState="APPROVED", review=None),
    ]  # fmt: skip
    told = [{"fullDatabaseId": "8", "createdAt": at(8), "author": who("cyn", number=3)}]
    found = parsed(pull(7, reviews=looks, timelineItems=moved, comments=told))
    assert [(look.review_id, look.state, look.is_bot) for look in of(Review, found)] == [
        (f"{REPO}/reviews/1", "changes_requested", False),
        (f"{REPO}/reviews/2", "dismissed", False),
        (f"{REPO}/reviews/4", "commented", True),
        (f"{REPO}/reviews/5", "commented", True),
        (f"{REPO}/comments/8", "commented", False),
    ]


def test_moves_are_told_in_payback_words_and_a_merge_is_no_closing():
    moved = [
        event("ConvertToDraftEvent", at(2), actor=who("ana")),
        event("ReadyForReviewEvent", at(3), actor=who("ana")),
        event("ReviewRequestedEvent", at(4), requestedReviewer={"__typename": "Team", "combinedSlug": "acme/core"}),
        event("ReviewRequestedEvent", at(5), requestedReviewer=who("bob")),
        event("HeadRefForcePushedEvent", at(6), actor=who("ana")),
        event("ClosedEvent", at(7), actor=who("ana")),
        event("ReopenedEvent", at(8), actor=None),
        event("ClosedEvent", at(9), actor=who("ana")),
    ]  # fmt: skip
    found = parsed(pull(7, timelineItems=moved, state="MERGED", mergedAt=at(9), closedAt=at(9)))
    assert [(move.kind, move.actor, move.moved_at.day) for move in of(PullRequestMove, found)] == [
        ("draft", "ana", 2),
        ("ready", "ana", 3),
        ("review_requested", "acme/core", 4),
        ("review_requested", "bob", 5),
        ("force_pushed", "ana", 6),
        ("closed", "ana", 7),
        ("reopened", None, 8),
    ]


def test_a_pull_request_that_does_not_read_is_refused_whole_with_its_place():
    odd = pull(11) | {"number": "eleven"}
    broken = pull(8, commits=[{"commit": {"oid": "c1"}}])
    found = parsed(pull(7), broken, pull(9, createdAt="yesterday"), pull(10), odd)
    assert sorted(one.number for one in of(PullRequest, found)) == [7, 10]
    assert sorted((one.file, one.why) for one in of(Rejected, found)) == [
        ("acme/app#8", "pull request is not read: 'authoredDate' is missing"),
        ("acme/app#9", "pull request is not read: 'yesterday' is not an instant"),
        ("acme/app#eleven", "pull request is not read: 'eleven' is not a count"),
    ]


def test_a_commit_of_several_changes_is_told_last_by_the_one_that_brought_it_in():
    same = {"commits": [commit("c1", at(2))]}
    merged, again = pull(8, state="MERGED", mergedAt=at(4), **same), pull(9, state="OPEN", **same)
    told = of(Commit, parsed(merged, pull(6, **same), again, pull(5, state="CLOSED", **same)))
    assert [one.pull_request_id[-1] for one in told] == ["5", "9", "6", "8"]


def test_repositories_are_called_as_their_remotes_call_them_wherever_they_are():
    for base, repo in (
        ("https://git.acme.example/api", "git.acme.example/acme/app"),
        ("https://api.acme.ghe.com", "acme.ghe.com/acme/app"),
    ):
        (row,) = of(PullRequest, parsed(pull(7), base_url=base))
        assert row.repo == repo
