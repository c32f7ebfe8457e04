"""What the notes of a merge request say: who looked at it, and what happened to it. GitLab has no feed of events for that:
its system notes say it in English. A note of a person is read for what it is, and its text is not kept.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from payback.ledger.work_entries import PullRequestMove, Review
from payback.sources.amounts import instant
from payback.sources.gitlab.accounts import is_bot, login

if TYPE_CHECKING:
    from collections.abc import Iterator

    from payback.ledger.work_entries import PullRequest

SAID = (
    ("approved", re.compile(r"^approved this merge request")),
    ("dismissed", re.compile(r"^unapproved this merge request")),
    ("changes_requested", re.compile(r"^requested changes")),
)
HAPPENED = (
    ("pushed", re.compile(r"^added \d+ (?:new )?commits?\b")),
    ("ready", re.compile(r"^marked this merge request as \*\*ready\*\*")),
    ("draft", re.compile(r"^marked this merge request as \*\*draft\*\*")),
    ("review_requested", re.compile(r"^requested review from @")),
    ("closed", re.compile(r"^closed\b")),
    ("reopened", re.compile(r"^reopened\b")),
)


def reviews(notes: list[dict[str, Any]], pull: PullRequest) -> Iterator[Review]:
    """One for each verdict that a system note tells, and one for each note that somebody wrote."""
    for note in notes:
        state = _told(SAID, note) if note.get("system") else "commented"
        if state is None:
            continue
        user = note.get("author") or {}
        yield Review(
            review_id=f"{pull.repo}/notes/{note['id']}",
            pull_request_id=pull.pull_request_id,
            submitted_at=instant(note["created_at"]),
            source=pull.source,
            reviewer=login(user),
            state=state,
            is_bot=is_bot(user),
            comments=0 if note.get("system") else 1,
        )


def moves(notes: list[dict[str, Any]], pull: PullRequest) -> Iterator[PullRequestMove]:
    """What system notes say happened to it. A merge is told by the merge request itself."""
    for note in notes:
        kind = _told(HAPPENED, note) if note.get("system") else None
        if kind is not None:
            yield PullRequestMove(
                move_id=f"{pull.repo}/notes/{note['id']}",
                pull_request_id=pull.pull_request_id,
                kind=kind,
                moved_at=instant(note["created_at"]),
                source=pull.source,
                actor=login(note.get("author")),
            )


def merge_sha(told: dict[str, Any]) -> str | None:
    """The commit that brought it in: of the merge, else of the squash, else its head (a fast-forward). None unless merged."""
    if told.get("state") != "merged":
        return None
    return told.get("merge_commit_sha") or told.get("squash_commit_sha") or told.get("sha")


def _told(words: tuple[tuple[str, re.Pattern[str]], ...], note: dict[str, Any]) -> str | None:
    body = note.get("body") or ""
    return next((kind for kind, said in words if said.search(body)), None)
