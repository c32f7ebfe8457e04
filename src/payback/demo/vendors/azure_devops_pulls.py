"""One pull request at the company's Azure DevOps Server: itself, its commits, its threads and its iterations.

What happened is told by threads of the system; votes are among them. Asking for changes is the vote to wait for the author.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from payback.demo.merging import AZURE_DEVOPS
from payback.demo.people import CLAUDE
from payback.demo.records import whole
from payback.demo.repositories import FOOTER

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from payback.demo.people import Person
    from payback.demo.records import Change, Course, Look

    Row = dict[str, Any]
    Identity = Callable[[Person | None], Row]
    Happened = tuple[datetime, str | None, Row, Row]
    Ways = tuple[int, Identity, Callable[[datetime | None], str | None]]

VOTES = {"APPROVED": 10, "CHANGES_REQUESTED": -5, "DISMISSED": -5}
BRANCHES = "refs/heads/"
STRING = "System.String"


def pull(change: Change, course: Course, ways: Ways) -> Row:
    """Everything of it. `ways` are its number, who somebody is, and how an instant is written."""
    number, identity, at = ways
    closed, written = course.closed_at, change.written
    status = "completed" if change.ended_at else "abandoned" if closed else "active"
    closer = identity(change.merger or change.author)
    votes = {look.person.id: look for look in course.human if look.person and look.state in VOTES}
    row = {
        "pullRequestId": number, "codeReviewId": number, "status": status, "createdBy": identity(change.author),
        "creationDate": at(course.opened_at), "title": change.title, "description": _description(change), "isDraft": False,
        "sourceRefName": BRANCHES + change.branch, "targetRefName": f"{BRANCHES}main", "mergeStatus": "succeeded",
        "lastMergeSourceCommit": {"commitId": written.commits[-1]}, "supportsIterations": True,
        "reviewers": [{**identity(look.person), "vote": VOTES[look.state]} for look in votes.values()],
    }  # fmt: skip
    if change.ended_at or closed:
        row |= {"closedDate": at(change.ended_at or closed), "closedBy": closer}
    if change.ended_at:
        strategy = "squash" if change.squashed else "noFastForward"
        row |= {
            "lastMergeCommit": {"commitId": written.merge},
            "completionOptions": {"mergeStrategy": strategy},
        }
    items = [{"id": change.closes.rpartition("#")[2]}] if change.closes else []
    return {
        "pull": row, "threads": _threads(change, course, ways), "iterations": list(_iterations(change, course, ways)),
        "commits": list(_commits(change, ways)), "files": written.files, "items": items,
        "labels": [{"id": "1", "name": "dependencies", "active": True}] if change.kind == "bot" else [],
    }  # fmt: skip


def _description(change: Change) -> str:
    """What it takes back, and the mark that Claude Code leaves there."""
    if change.reverts is not None:
        return AZURE_DEVOPS.told(AZURE_DEVOPS.revert, change.reverts)
    return "\n\n".join(filter(None, ("As discussed.", FOOTER if change.mark == CLAUDE else "")))


def _commits(change: Change, ways: Ways) -> Iterator[Row]:
    """The last one first, with their whole messages."""
    told = zip(change.written.commits, change.written.messages, change.commits, strict=True)
    for sha, message, when in reversed(list(told)):
        who = {"name": change.author.name, "email": change.author.email, "date": ways[2](when)}
        yield {"commitId": sha, "author": who, "committer": who, "comment": message}


def _threads(change: Change, course: Course, ways: Ways) -> list[Row]:
    """All threads in order of time."""
    number, identity, at = ways
    author = identity(change.author)
    found = [*_moves(change, course, identity), *_pushes(change, course, author)]
    for look in course.looks:
        found += _look(look, identity(look.person))
    found.sort(key=lambda told: told[0])
    threads = []
    for place, (when, kind, who, told) in enumerate(found, start=1):
        one = {"id": 1, "author": who, "commentType": "system" if kind else "text", "publishedDate": at(when)}
        thread = {
            "id": number * 100 + place,
            "publishedDate": at(when),
            "lastUpdatedDate": at(when),
            "isDeleted": False,
        }
        named = {name: value for name, value in told.items() if isinstance(value, dict)}
        shown = {
            name: list(named).index(name) + 1 if name in named else value for name, value in told.items()
        }
        properties = {"CodeReviewThreadType": kind, **shown} if kind else {}
        threads.append({
            **thread, "comments": [one], "identities": {str(key): value for key, value in enumerate(named.values(), 1)},
            "properties": {key: {"$type": STRING, "$value": str(value)} for key, value in properties.items()},
        })  # fmt: skip
    return threads


def _moves(change: Change, course: Course, identity: Identity) -> Iterator[Happened]:
    """Ready, who was asked to look, and the end."""
    author = identity(change.author)
    if course.was_draft:
        yield course.ready_at, "IsDraftUpdate", author, {"CodeReviewDraftUpdatedByIdentity": author}
    asked = {look.person.id: look.person for look in course.human if look.person}
    for reader in asked.values():
        added = {
            "CodeReviewReviewersUpdatedNumAdded": 1,
            "CodeReviewReviewersUpdatedAddedIdentity": identity(reader),
            "CodeReviewReviewersUpdatedByIdentity": author,
        }
        yield course.ready_at, "ReviewersUpdate", author, added
    ended = change.ended_at or course.closed_at
    if ended:
        who = identity(change.merger or change.author)
        status = "Completed" if change.ended_at else "Abandoned"
        yield (
            ended,
            "StatusUpdate",
            who,
            {"CodeReviewStatus": status, "CodeReviewStatusUpdatedByIdentity": who},
        )


def _look(look: Look, who: Row) -> Iterator[Happened]:
    """The comments of a review, each a thread of its own, and its vote where it has one."""
    for _ in range(look.comments):
        yield look.at, None, who, {}
    if look.state in VOTES:
        vote = {"CodeReviewVoteResult": VOTES[look.state], "CodeReviewVotedByIdentity": who}
        yield look.at, "VoteUpdate", who, vote


def _pushed(change: Change, course: Course) -> list[tuple[datetime, str, bool]]:
    """When the branch moved after it was opened, where to, and whether by force."""
    told = [
        (whole(when), name, False) for name, when in zip(change.written.commits, change.commits, strict=True)
    ]
    if course.forced_at is not None:
        before = [name for when, name, _ in told if when <= course.forced_at]
        told.append((course.forced_at, before[-1], True))
    return sorted(one for one in told if one[0] > course.opened_at)


def _pushes(change: Change, course: Course, author: Row) -> Iterator[Happened]:
    for when, name, _ in _pushed(change, course):
        told = {
            "CodeReviewRefName": BRANCHES + change.branch,
            "CodeReviewRefNewHeadCommit": name,
            "CodeReviewRefUpdatedByIdentity": author,
        }
        yield when, "RefUpdate", author, told


def _iterations(change: Change, course: Course, ways: Ways) -> Iterator[Row]:
    """The first with the pull request, then one for each push."""
    _, identity, at = ways
    first = [
        name
        for name, when in zip(change.written.commits, change.commits, strict=True)
        if whole(when) <= course.opened_at
    ]
    begin = (course.opened_at, first[-1] if first else change.written.commits[0], False)
    for number, (when, name, forced) in enumerate([begin, *_pushed(change, course)], start=1):
        reason = "create" if number == 1 else "forcePush" if forced else "push"
        yield {
            "id": number, "author": identity(change.author), "createdDate": at(when), "updatedDate": at(when),
            "reason": reason, "sourceRefCommit": {"commitId": name},
        }  # fmt: skip
