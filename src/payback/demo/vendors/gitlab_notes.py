"""What stands below a merge request at the company's GitLab: words of people, and system notes of what happened to it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from payback.demo.records import whole

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from payback.demo.people import Person
    from payback.demo.records import Change, Course, Look

    Account = Callable[[Person | None], dict[str, Any]]

VERDICTS = {
    "APPROVED": "approved this merge request",
    "CHANGES_REQUESTED": "requested changes",
    "DISMISSED": "requested changes",
}


class Note(NamedTuple):
    """One note; `system` where GitLab wrote it on behalf of somebody."""

    at: datetime
    body: str
    author: dict[str, Any]
    system: bool = True


def notes(change: Change, course: Course, account: Account) -> list[Note]:
    """All notes of a merge request, in order of time."""
    found = [*_moves(change, course, account), *_pushes(change, course, account)]
    for look in course.looks:
        found += _look(look, account(look.person))
    return sorted(found, key=lambda note: note.at)


def _moves(change: Change, course: Course, account: Account) -> Iterator[Note]:
    author = account(change.author)
    if course.was_draft:
        yield Note(course.ready_at, "marked this merge request as **ready**", author)
    readers = sorted({account(look.person)["username"] for look in course.human})
    if readers:
        named = " and ".join(f"@{name}" for name in readers)
        yield Note(course.ready_at, f"requested review from {named}", author)
    if change.ended_at:
        yield Note(change.ended_at, "merged", account(change.merger or change.author))
    elif course.closed_at:
        yield Note(course.closed_at, "closed", author)


def _pushes(change: Change, course: Course, account: Account) -> Iterator[Note]:
    """A push for each commit after it was opened; the one by force brings all commits anew, and says no more."""
    author = account(change.author)
    told = [(whole(at), [name]) for name, at in zip(change.written.commits, change.commits, strict=True)]
    if course.forced_at is not None:
        before = [names[0] for at, names in told if at <= course.forced_at]
        told.append((course.forced_at, before))
    for at, names in told:
        if at > course.opened_at:
            listed = "".join(f"<li>{name[:8]}</li>" for name in names)
            count = f"{len(names)} commit{'s' if len(names) > 1 else ''}"
            yield Note(
                at, f"added {count}\n\n<ul>{listed}</ul>\n\n[Compare with previous version](diffs)", author
            )


def _look(look: Look, author: dict[str, Any]) -> Iterator[Note]:
    """The comments of a review, and its verdict where it has one."""
    for number in range(look.comments):
        yield Note(look.at, f"Remark {number + 1}.", author, system=False)
    if look.state in VERDICTS:
        yield Note(look.at, VERDICTS[look.state], author)
