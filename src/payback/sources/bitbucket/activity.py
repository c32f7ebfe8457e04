"""What the activity of a pull request says: who looked at it, what happened to it, and when it came to its end.

Bitbucket does not tell that a push was forced. A commit that headed the branch and is not among those of the pull request,
while the head after it is, was thrown out by that push.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from payback.delivery.evidence import digest
from payback.ledger.work_entries import PullRequestMove, Review
from payback.sources.amounts import instant
from payback.sources.bitbucket.accounts import account, who
from payback.sources.bitbucket.place import moment

if TYPE_CHECKING:
    from collections.abc import Iterator

    from payback.ledger.work_entries import PullRequest

    Told = dict[str, Any]

STATES = {"OPEN": "open", "MERGED": "merged", "DECLINED": "closed", "SUPERSEDED": "closed"}
VERDICTS = {"approval": "approved", "changes_requested": "changes_requested"}


def ended(told: Told) -> Any:
    """When it came to the state it is in; where the activity does not tell, when it changed last."""
    ends = [one["date"] for one in _updates(told) if one.get("state") == told["state"]]
    return moment(ends[0] if ends else told.get("updated_on"))


def reviews(told: Told, pull: PullRequest) -> Iterator[Review]:
    """One for each verdict, and one for each comment that stands."""
    for one in told.get("activity") or ():
        for kind, state in VERDICTS.items():
            if isinstance(said := one.get(kind), dict):
                user, at = said.get("user"), instant(said["date"])
                key = digest(pull.pull_request_id, kind, who(user), said["date"])
                yield _review(pull, key, (user, state, at))
        said = one.get("comment")
        if isinstance(said, dict) and not said.get("deleted"):
            key = f"{pull.pull_request_id}:{said['id']}"
            yield _review(pull, key, (said.get("user"), "commented", instant(said["created_on"])))


def _review(pull: PullRequest, key: str, said: tuple[Any, str, Any]) -> Review:
    user, state, at = said
    one = account(user)
    return Review(
        review_id=key,
        pull_request_id=pull.pull_request_id,
        submitted_at=at,
        source=pull.source,
        reviewer=one.id,
        state=state,
        is_bot=one.is_bot,
    )


def moves(told: Told, pull: PullRequest) -> Iterator[PullRequestMove]:
    """Pushes, drafts, askings for a review and ends, from one update to the next."""
    held = tuple(str(one["hash"]) for one in told.get("commits") or ())
    before: Told = {}
    for update in _updates(told):
        for kind in _kinds(before, update, held):
            yield PullRequestMove(
                move_id=digest(pull.pull_request_id, kind, str(update["date"])),
                pull_request_id=pull.pull_request_id,
                kind=kind,
                moved_at=instant(update["date"]),
                source=pull.source,
                actor=who(update.get("author")),
            )
        before = update


def _kinds(before: Told, update: Told, held: tuple[str, ...]) -> Iterator[str]:
    """What happened between two updates."""
    first, then = _head(before), _head(update)
    if first and then and first != then:
        yield "force_pushed" if _is_held(then, held) and not _is_held(first, held) else "pushed"
    drafts = (before.get("draft"), update.get("draft"))
    if None not in drafts and drafts[0] != drafts[1]:
        yield "draft" if drafts[1] else "ready"
    if _asked(before, update):
        yield "review_requested"
    if STATES.get(str(update.get("state"))) == "closed" and before.get("state") != update.get("state"):
        yield "closed"


def _asked(before: Told, update: Told) -> bool:
    """Whether somebody was asked for a review: as told, else by who is on the list and was not."""
    changed = (update.get("changes") or {}).get("reviewers")
    if isinstance(changed, dict):
        return bool(changed.get("added"))
    if "reviewers" not in update:
        return False
    now, then = ({who(one) for one in side.get("reviewers") or ()} for side in (update, before))
    return bool(now - then)


def _updates(told: Told) -> list[Told]:
    """What the activity says of the pull request itself, oldest first."""
    found = [one["update"] for one in told.get("activity") or () if isinstance(one.get("update"), dict)]
    return sorted((one for one in found if one.get("date")), key=lambda one: str(one["date"]))


def _head(update: Told) -> str | None:
    found = ((update.get("source") or {}).get("commit") or {}).get("hash")
    return str(found) if found else None


def _is_held(head: str, held: tuple[str, ...]) -> bool:
    """Whether a commit, told by twelve digits, is one of these."""
    return any(one.startswith(head) for one in held)
