"""Issues as tickets. GitHub knows open and closed; a label such as `in progress` says that somebody works on it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from payback.ledger.work_entries import Ticket, TicketMove
from payback.sources.amounts import count, instant
from payback.sources.github.accounts import login
from payback.sources.github.place import repo_name
from payback.sources.github.pulls import moment
from payback.sources.github.queries import ISSUE_LISTS
from payback.sources.github.queries import ISSUES as QUESTION
from payback.sources.github.repositories import Lists
from payback.sources.github.walking import Walk, each
from payback.sources.source import Stream

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from payback.ledger.entries import Rejected
    from payback.ledger.work_entries import WorkEntry
    from payback.sources.source import Context, Page

WORKING = "in progress, in-progress, doing, started, wip, in review, status: in progress"
OPEN, CLOSED = "open", "closed"
ENDS = frozenset({"done", "cancelled"})
KINDS = (
    ("bug", re.compile(r"(^|[^a-z])(bug|defect|regression)([^a-z]|$)")),
    ("feature", re.compile(r"(^|[^a-z])(feature|enhancement)([^a-z]|$)")),
    ("epic", re.compile(r"(^|[^a-z])epic([^a-z]|$)")),
)


@dataclass(frozen=True, slots=True)
class Status:
    """What a ticket is at, and which category that is."""

    name: str = OPEN
    category: str = "to_do"


def parse(page: Page, context: Context) -> Iterable[WorkEntry | Rejected]:
    """Each issue with its moves, or why it could not be read."""
    return each(page, context, _read, "issue")


def _read(node: dict[str, Any], context: Context, page: Page) -> list[WorkEntry]:
    project = repo_name(context.told, page.about["repository"])
    ticket_id = f"{project}#{count(node['number'])}"
    told = str(context.told.get("in_progress_labels") or WORKING)
    working = frozenset(one.strip().casefold() for one in told.split(","))
    moves = list(_moves(node, ticket_id, context.source, working))
    labels = [one["name"] for one in (node.get("labels") or {}).get("nodes") or ()]
    last = Status(moves[-1].to_status or OPEN, moves[-1].to_category or "to_do") if moves else Status()
    if (node["state"] == "CLOSED") != (last.category in ENDS):
        last = _closed(node) if node["state"] == "CLOSED" else Status()
    begun = [move.moved_at for move in moves if move.to_category == "in_progress"]
    ticket = Ticket(
        ticket_id=ticket_id,
        source=context.source,
        project=project,
        title=node.get("title"),
        kind=_kind(labels),
        status=last.name,
        status_category=last.category,
        assignee=next((login(one) for one in (node.get("assignees") or {}).get("nodes") or ()), None),
        labels=",".join(labels) or None,
        vendor_id=node.get("fullDatabaseId"),
        parent=_parent(node, context),
        created_at=instant(node["createdAt"]),
        updated_at=moment(node, "updatedAt"),
        started_at=min(begun, default=None),
        resolved_at=moment(node, "closedAt") if last.category == "done" else None,
        reopened=sum(move.from_category == "done" for move in moves),
        url=node.get("url"),
    )
    return [ticket, *moves]


def _moves(
    node: dict[str, Any], ticket_id: str, source: str, working: frozenset[str]
) -> Iterator[TicketMove]:
    """Each change of status, in order of time."""
    told = [one for one in (node.get("timelineItems") or {}).get("nodes") or () if one]
    now = Status()
    for one in sorted(told, key=lambda one: (instant(one["createdAt"]), one["id"])):
        then = _then(one, now, working)
        if then == now:
            continue
        yield TicketMove(
            move_id=f"{ticket_id}/moves/{one['id']}",
            ticket_id=ticket_id,
            moved_at=instant(one["createdAt"]),
            source=source,
            from_status=now.name,
            to_status=then.name,
            from_category=now.category,
            to_category=then.category,
            actor=login(one.get("actor")),
        )
        now = then


def _then(event: dict[str, Any], now: Status, working: frozenset[str]) -> Status:
    """The status after an event. A label put on a closed issue says nothing."""
    label = str((event.get("label") or {}).get("name") or "").casefold()
    match event["__typename"]:
        case "ClosedEvent":
            return _closed(event)
        case "ReopenedEvent":
            return Status()
        case "LabeledEvent" if label in working and now.category not in ENDS:
            return Status(label, "in_progress")
        case "UnlabeledEvent" if label == now.name:
            return Status()
    return now


def _closed(told: dict[str, Any]) -> Status:
    """Done, unless it was closed as not planned or as a duplicate."""
    reason = str(told.get("stateReason") or CLOSED).casefold().replace("_", " ")
    return Status(CLOSED, "done") if reason in {"completed", CLOSED} else Status(reason, "cancelled")


def _kind(labels: list[str]) -> str:
    """What the labels call it: bug, feature, epic; an issue where they call it nothing."""
    words = " | ".join(labels).casefold()
    return next((kind for kind, pattern in KINDS if pattern.search(words)), "issue")


def _parent(node: dict[str, Any], context: Context) -> str | None:
    parent = node.get("parent")
    if not parent:
        return None
    return f"{repo_name(context.told, parent['repository']['nameWithOwner'])}#{parent['number']}"


ISSUES = Stream(
    name="issues",
    title="issues",
    tables=("tickets", "ticket_moves"),
    needs="read access to Issues (classic: the scope repo)",
    pages=("Delivery", "Changes"),
    plan=Lists("issues"),
    fetch=Walk(QUESTION, "issues", "updatedAt", "Issue", ISSUE_LISTS),
    parse=parse,
    by_id=True,
    optional=True,
)
