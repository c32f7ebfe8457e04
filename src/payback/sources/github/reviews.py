"""Who looked at a pull request, and what happened to it. A comment in its conversation counts as a look too."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from payback.ledger.work_entries import PullRequestMove, Review
from payback.sources.amounts import count, instant
from payback.sources.github.accounts import account, login
from payback.sources.github.working import work_moves

if TYPE_CHECKING:
    from collections.abc import Iterator

    from payback.ledger.work_entries import PullRequest

STATES = {
    "APPROVED": "approved",
    "CHANGES_REQUESTED": "changes_requested",
    "COMMENTED": "commented",
    "DISMISSED": "dismissed",
}
KINDS = {
    "ReadyForReviewEvent": "ready",
    "ConvertToDraftEvent": "draft",
    "ReviewRequestedEvent": "review_requested",
    "HeadRefForcePushedEvent": "force_pushed",
    "ClosedEvent": "closed",
    "ReopenedEvent": "reopened",
}
DISMISSED = "ReviewDismissedEvent"


def reviews(node: dict[str, Any], pull: PullRequest) -> Iterator[Review]:
    """Reviews that were handed in, and comments of the conversation. A review still being written is none."""
    before = _dismissed(node)
    for told in _nodes(node, "reviews"):
        if told.get("submittedAt") is None:
            continue
        who, state = account(told.get("author")), STATES[told["state"]]
        if state == "dismissed" and before.get(told.get("fullDatabaseId")) == "CHANGES_REQUESTED":
            state = "changes_requested"
        yield Review(
            review_id=f"{pull.repo}/reviews/{_number(told, pull, told['submittedAt'])}",
            pull_request_id=pull.pull_request_id,
            submitted_at=instant(told["submittedAt"]),
            source=pull.source,
            reviewer=who.login,
            state=state,
            is_bot=who.is_bot,
            comments=count((told.get("comments") or {}).get("totalCount")),
            commit_sha=(told.get("commit") or {}).get("oid"),
        )
    for told in _nodes(node, "comments"):
        who = account(told.get("author"))
        yield Review(
            review_id=f"{pull.repo}/comments/{_number(told, pull, told['createdAt'])}",
            pull_request_id=pull.pull_request_id,
            submitted_at=instant(told["createdAt"]),
            source=pull.source,
            reviewer=who.login,
            state="commented",
            is_bot=who.is_bot,
            comments=1,
        )


def moves(node: dict[str, Any], pull: PullRequest) -> Iterator[PullRequestMove]:
    """What happened to it, as its timeline tells. A merge closes it and is told by the pull request itself."""
    for told in _nodes(node, "timelineItems"):
        kind, at = KINDS.get(told["__typename"]), instant(told["createdAt"])
        if kind is None or (kind == "closed" and pull.merged_at is not None and at >= pull.merged_at):
            continue
        asked = told.get("requestedReviewer") or {}
        yield PullRequestMove(
            move_id=f"{pull.repo}/moves/{told.get('id') or f'{pull.number}:{kind}:{at:%Y%m%dT%H%M%S}'}",
            pull_request_id=pull.pull_request_id,
            kind=kind,
            moved_at=at,
            source=pull.source,
            actor=login(asked) or asked.get("combinedSlug") or login(told.get("actor")),
        )
    yield from work_moves(node, pull)


def _number(told: dict[str, Any], pull: PullRequest, at: str) -> str:
    """The number of a review or comment; where GitHub tells none, whose it is and when."""
    return told.get("fullDatabaseId") or f"{pull.number}:{login(told.get('author'))}:{at}"


def _dismissed(node: dict[str, Any]) -> dict[Any, str]:
    """What reviews said before they were dismissed, by their numbers."""
    return {
        told["review"].get("fullDatabaseId"): told["previousReviewState"]
        for told in _nodes(node, "timelineItems")
        if told["__typename"] == DISMISSED and told.get("review")
    }


def _nodes(node: dict[str, Any], name: str) -> list[dict[str, Any]]:
    return [one for one in (node.get(name) or {}).get("nodes") or () if one]
