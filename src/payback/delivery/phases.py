"""The phases of one change, from who looked at it and what happened to it. Pure.

A review counts where a person other than the author looked; automations and agents do not, and neither does an agent that
answers on its own change under another login. Every phase has real end points: one that is unknown or runs backwards is
None, never zero.

* coding: first commit authored to ready for review (of which as a draft: opened to ready)
* pickup: ready to the first review · review: first review to the first approval
* merge wait: first approval to merge · cycle: first commit to merge
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from payback.delivery.rewriting import is_rewritten

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from datetime import datetime

    Row = Mapping[str, Any]
    Who = Callable[[str | None], str | None]

OPINIONS = frozenset({"approved", "changes_requested", "commented", "dismissed"})
NOT_PEOPLE = frozenset({"bot", "agent"})


@dataclass(frozen=True, slots=True)
class Told:
    """What is told of one change: its row, its reviews, its moves, the commits that went in with it, and (`former`) the
    commits that those may have been before they were rebased.
    """

    pull: Row
    reviews: Sequence[Row] = ()
    moves: Sequence[Row] = ()
    commits: Sequence[Row] = ()
    former: Sequence[Row] = ()


@dataclass(frozen=True, slots=True)
class Phases:
    """Instants and counts of one change."""

    first_commit_at: datetime | None
    ready_at: datetime | None
    first_review_at: datetime | None
    approved_at: datetime | None
    human_reviews: int | None
    change_requests: int | None
    review_rounds: int | None
    comments: int | None
    major_rework: bool | None


def phases_of(told: Told, who: Who) -> Phases:
    """The phases of a change. `who` gives the person behind a login, so that one person's two logins are one.

    Where no review was handed over, what the row itself tells stands (a file, or Git).
    """
    pull = told.pull
    looks = human_reviews(told, who)
    known = bool(told.reviews) or pull["source"] != "git"
    first = looks[0]["submitted_at"] if looks else pull["first_review_at"]
    approvals = [look["submitted_at"] for look in looks if look["state"] == "approved"]
    rounds = rounds_of(looks, pushes(told)) if told.reviews else pull["review_rounds"]
    return Phases(
        first_commit_at=first_commit(told),
        ready_at=ready_at(told),
        first_review_at=first,
        approved_at=approvals[0] if approvals else pull["approved_at"],
        human_reviews=len(looks) if known else None,
        change_requests=sum(look["state"] == "changes_requested" for look in looks) if known else None,
        review_rounds=rounds,
        comments=_comments(told),
        major_rework=_major(told, first),
    )


def human_reviews(told: Told, who: Who) -> list[Row]:
    """Reviews by people other than the author, in order of time."""
    author = who(told.pull["author"])
    found = [
        look
        for look in told.reviews
        if look["state"] in OPINIONS
        and not look["is_bot"]
        and (who(look["reviewer"]) != author or author is None)
    ]
    return sorted(found, key=lambda look: (look["submitted_at"], look["review_id"]))


def first_commit(told: Told) -> datetime | None:
    """When the first commit was authored. A commit dated after the end of the change has a wrong clock and tells nothing."""
    end = told.pull["merged_at"] or told.pull["closed_at"]
    moments = [commit["authored_at"] for commit in told.commits if not commit["is_merge"]]
    sound = [moment for moment in moments if end is None or moment <= end]
    return min(sound) if sound else None if moments else told.pull["first_commit_at"]


def ready_at(told: Told) -> datetime | None:
    """When it was first ready for review: the first such move; else its opening, unless it is or was a draft."""
    pull = told.pull
    moves = [move["moved_at"] for move in told.moves if move["kind"] == "ready"]
    if moves:
        first: datetime = min(moves)
        return first
    drafted = pull["is_draft"] or any(move["kind"] == "draft" for move in told.moves)
    opened = None if drafted and pull["merged_at"] is None else pull["created_at"]
    ready: datetime | None = pull["ready_at"] or opened
    return ready


def pushes(told: Told) -> list[datetime]:
    """When new lines came: pushes where the host tells them, else the dates of commits; and when they were rewritten."""
    pushed = [move["moved_at"] for move in told.moves if move["kind"] == "pushed"]
    forced = [move["moved_at"] for move in told.moves if move["kind"] == "force_pushed"]
    return sorted(forced + (pushed or [commit["committed_at"] for commit in told.commits]))


def rounds_of(looks: Iterable[Row], pushed: Iterable[datetime]) -> int:
    """How often a look that did not approve was followed by new lines, before the first approval; 0 without an approval.

    The review-cycle count of Middleware (test_etl_code_analytics), in any order of equal instants.
    """
    events = sorted(
        [(look["submitted_at"], 0, look["state"]) for look in looks] + [(moment, 1, "") for moment in pushed],
        key=lambda event: (event[0], event[1]),
    )
    rounds, asked = 0, False
    for _, is_push, state in events:
        if state == "approved":
            return rounds
        if is_push and asked:
            rounds += 1
        asked = not is_push
    return 0


def _comments(told: Told) -> int | None:
    counted = [look["comments"] for look in told.reviews if look["comments"] is not None]
    return told.pull["comments"] if told.pull["comments"] is not None else sum(counted) if counted else None


def _major(told: Told, first_review: datetime | None) -> bool | None:
    """Whether over 30 % of the changed lines came after the first review; None where that cannot be told. A squash brings
    no lines of its own.
    """
    if first_review is None:
        return None
    squash = told.pull["merge_commit"] if told.pull["merge_method"] == "squash" else None
    own = [one for one in told.commits if not one["is_merge"] and one["sha"] != squash]
    return is_rewritten(own, told.former, first_review)
