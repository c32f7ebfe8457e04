"""GitHub issues, which one repository has beside the tickets in Jira: what its changes without a ticket are made for.

An issue is a ticket whose key is `repository#number`. A label says that somebody works on it, the merge closes it, and some
are opened again.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from payback.demo.repositories import full_name
from payback.demo.tickets import DOING, DONE, KEY, TO_DO, Ticket

if TYPE_CHECKING:
    from collections.abc import Iterable

    from payback.demo.records import Change
    from payback.demo.span import Span

REPO, FIRST = "platform-infra", 9001
FILED, REOPENED, BUG = 0.9, 0.1, 0.25
LABEL = "in progress"


def issues(span: Span, changes: Iterable[Change]) -> list[Ticket]:
    """All issues, in the order of the changes that close them; those changes are told that they do."""
    found: list[Ticket] = []
    for change in changes:
        chance = span.chance("issue", change.repo, change.number)
        filed = change.repo == REPO and change.kind == "work" and not KEY.search(change.title)
        if filed and change.author.until is None and chance.random() < FILED:
            change.closes = f"{full_name(REPO)}#{FIRST + len(found)}"
            found.append(_of_change(span, change, change.closes))
    return found


def _of_change(span: Span, change: Change, key: str) -> Ticket:
    chance = span.chance("issue's end", change.repo, change.number)
    begun = change.begun_at - timedelta(seconds=chance.randint(300, 5400))
    created = begun - timedelta(seconds=chance.randint(3600, 10 * 86_400))
    kind = "Bug" if chance.random() < BUG else "Issue"
    issue = Ticket(key, change.title, kind, change.author, created, [(begun, DOING)])
    end = change.ended_at
    if end is not None:
        issue.moves.append((end, DONE))
        later = end + timedelta(seconds=chance.randint(86_400, 400_000))
        again = later + timedelta(seconds=chance.randint(7200, 200_000))
        if chance.random() < REOPENED:
            issue.moves += [(at, status) for at, status in ((later, TO_DO), (again, DONE)) if at < span.until]
    return issue
