"""What happened to a pull request, by its threads and iterations: votes and comments as reviews, the rest as moves. Pure.

A thread of the system says in its properties what it is about, and names people by their place in its identities.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from payback.delivery.registry import registry
from payback.ledger.work_entries import PullRequestMove, Review
from payback.sources.amounts import instant
from payback.sources.azure_devops.place import is_service, person

if TYPE_CHECKING:
    from collections.abc import Iterator

    from payback.ledger.work_entries import PullRequest

    Told = dict[str, Any]

VOTES = {10: "approved", 5: "approved", 0: "dismissed", -5: "changes_requested", -10: "changes_requested"}
VOTE, VOTER = "CodeReviewVoteResult", "CodeReviewVotedByIdentity"
STATUSES = {"abandoned": "closed", "active": "reopened"}
PUSHES = {
    "push": "pushed",
    "forcePush": "force_pushed",
    "rebase": "force_pushed",
    "resolveConflicts": "pushed",
}


def is_bot(identity: Any) -> bool:
    """Whether an identity is a service, or an account that is known to only review or automate, of whichever domain; its name
    has no `[bot]` here.
    """
    known, name = registry(), (person(identity) or "").casefold().rpartition("\\")[2]
    named = {name, f"{name}[bot]"} & (known.reviewers | known.automation_logins)
    return is_service(identity) or bool(named)


def comments(told: Told) -> list[tuple[Told, Told]]:
    """What people wrote: each comment with its thread."""
    return [
        (thread, one)
        for thread in told.get("threads") or ()
        if not thread.get("isDeleted")
        for one in thread.get("comments") or ()
        if one.get("commentType") == "text" and not one.get("isDeleted")
    ]


def reviews(told: Told, pull: PullRequest) -> Iterator[Review]:
    """Each vote and each comment."""
    for thread in told.get("threads") or ():
        if _kind(thread) == "VoteUpdate" and not thread.get("isDeleted"):
            who = _named(thread, VOTER) or _author(thread)
            vote = int(str(_property(thread, VOTE)))
            yield _review((pull, who), f"threads/{thread['id']}", VOTES[vote], thread["publishedDate"])
    for thread, one in comments(told):
        key = f"threads/{thread['id']}/{one['id']}"
        yield _review((pull, one.get("author")), key, "commented", one["publishedDate"])


def _review(whose: tuple[PullRequest, Any], key: str, state: str, at: str) -> Review:
    pull, who = whose
    return Review(
        review_id=f"{pull.pull_request_id}/{key}",
        pull_request_id=pull.pull_request_id,
        submitted_at=instant(at),
        source=pull.source,
        reviewer=person(who),
        state=state,
        is_bot=is_bot(who),
    )


def moves(told: Told, pull: PullRequest) -> Iterator[PullRequestMove]:
    """Pushes, drafts, requests for review, closings and reopenings."""
    yield from _pushes(told, pull)
    yield from _drafts(told, pull)
    for thread in told.get("threads") or ():
        status = STATUSES.get(str(_property(thread, "CodeReviewStatus")).casefold())
        if _kind(thread) == "StatusUpdate" and status:
            yield _move(pull, f"threads/{thread['id']}", status, thread["publishedDate"], _author(thread))
        added = _named(thread, "CodeReviewReviewersUpdatedAddedIdentity")
        if _kind(thread) == "ReviewersUpdate" and added:
            yield _move(pull, f"threads/{thread['id']}", "review_requested", thread["publishedDate"], added)


def _pushes(told: Told, pull: PullRequest) -> Iterator[PullRequestMove]:
    """One per iteration after the first, which came with the pull request."""
    for one in told.get("iterations") or ():
        kind = PUSHES.get(str(one.get("reason")), "pushed" if one.get("reason") == "unknown" else None)
        if one["id"] > 1 and kind:
            yield _move(pull, f"iterations/{one['id']}", kind, one["createdDate"], one.get("author"))


def _drafts(told: Told, pull: PullRequest) -> Iterator[PullRequestMove]:
    """Each change between draft and ready. What it is now is the outcome of the last one, and each undid the one before."""
    found = [thread for thread in told.get("threads") or () if _kind(thread) == "IsDraftUpdate"]
    is_draft = bool(told.get("isDraft"))
    for thread in sorted(found, key=lambda one: instant(one["publishedDate"]), reverse=True):
        kind = "draft" if is_draft else "ready"
        yield _move(pull, f"threads/{thread['id']}", kind, thread["publishedDate"], _author(thread))
        is_draft = not is_draft


def _move(pull: PullRequest, key: str, kind: str, at: str, who: Any) -> PullRequestMove:
    return PullRequestMove(
        move_id=f"{pull.pull_request_id}/{key}",
        pull_request_id=pull.pull_request_id,
        kind=kind,
        moved_at=instant(at),
        source=pull.source,
        actor=person(who),
    )


def _kind(thread: Told) -> str | None:
    found = _property(thread, "CodeReviewThreadType")
    return None if found is None else str(found)


def _property(thread: Told, name: str) -> Any:
    """The value of a property, which comes bare or with its type."""
    found = (thread.get("properties") or {}).get(name)
    return found.get("$value") if isinstance(found, dict) else found


def _named(thread: Told, name: str) -> Any:
    """The identity that a property points to."""
    return (thread.get("identities") or {}).get(str(_property(thread, name)))


def _author(thread: Told) -> Any:
    return next((one.get("author") for one in thread.get("comments") or ()), None)
