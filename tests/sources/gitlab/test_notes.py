"""GitLab's notes, by hand."""

from __future__ import annotations

from payback.ledger.work_entries import PullRequest
from payback.sources.gitlab.notes import merge_sha, moves, reviews

PULL = PullRequest(
    pull_request_id="gitlab.com/acme/app#12",
    repo="gitlab.com/acme/app",
    number=12,
    state="merged",
    source="g:merge_requests",
)


def note(number: int, body: str, *, system: bool = True, who: str = "tom") -> dict[str, object]:
    at = f"2026-08-03T{number:02}:00:00Z"
    return {"id": number, "body": body, "system": system, "author": {"username": who}, "created_at": at}


NOTES = [
    note(1, "marked this merge request as **draft**", who="mira"),
    note(2, "marked this merge request as **ready**", who="mira"),
    note(3, "requested review from @tom", who="mira"),
    note(4, "approved this merge request", system=False),
    note(5, "requested changes"),
    note(6, "added 2 commits\n\n<ul></ul>", who="mira"),
    note(7, "approved this merge request"),
    note(8, "changed the description"),
]


def test_system_notes_tell_verdicts_and_moves_and_what_a_person_wrote_is_a_comment_whatever_it_says() -> None:
    assert [(one.state, one.reviewer, one.comments) for one in reviews(NOTES, PULL)] == [
        ("commented", "tom", 1),
        ("changes_requested", "tom", 0),
        ("approved", "tom", 0),
    ]
    assert [(one.kind, one.actor) for one in moves(NOTES, PULL)] == [
        ("draft", "mira"),
        ("ready", "mira"),
        ("review_requested", "mira"),
        ("pushed", "mira"),
    ]


def test_the_head_stands_for_the_merge_only_once_it_is_merged() -> None:
    told = {"state": "merged", "sha": "ab", "merge_commit_sha": None, "squash_commit_sha": "cd"}
    assert merge_sha(told) == "cd"
    assert merge_sha({**told, "merge_commit_sha": "ef"}) == "ef"
    assert merge_sha({**told, "squash_commit_sha": None}) == "ab"
    assert merge_sha({**told, "state": "opened"}) is None
    assert merge_sha({**told, "state": "closed"}) is None
