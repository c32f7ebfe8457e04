"""Issues as tickets, incidents too. GitLab knows opened and closed; a label such as `Doing` says that somebody works on it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from payback.ledger.work_entries import Census, Incident, Ticket, TicketMove
from payback.sources.amounts import count, instant
from payback.sources.gitlab.accounts import login
from payback.sources.gitlab.asking import listed, walked
from payback.sources.gitlab.place import GONE, Changed, each, read, until
from payback.sources.gitlab.rows import moment
from payback.sources.http import RefusedError
from payback.sources.source import Stream

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from payback.ledger.entries import Rejected
    from payback.ledger.work_entries import WorkEntry
    from payback.sources.gitlab.place import Project
    from payback.sources.source import Ask, Context, Page

    Told = dict[str, Any]

WORKING = "doing, in progress, in-progress, in dev, started, wip, in review"
EVENTS = ("resource_state_events", "resource_label_events")
KINDS = (
    ("bug", re.compile(r"(^|[^a-z])(bug|defect|regression)([^a-z]|$)")),
    ("feature", re.compile(r"(^|[^a-z])(feature|enhancement)([^a-z]|$)")),
)


@dataclass(frozen=True, slots=True)
class Status:
    """What a ticket is at, and which category that is."""

    name: str = "opened"
    category: str = "to_do"


CLOSED = Status("closed", "done")


def fetch(ask: Ask) -> Iterator[Page]:
    """Pages of the slice's project, each issue with what happened to it."""
    yield from read(ask, _changed)


def _changed(ask: Ask, one: Project) -> Iterator[list[Told]]:
    asked = {"state": "all", "scope": "all", **until(ask)}
    for found in walked(ask.http, one.at("issues"), asked, "updated", ask.part.since.isoformat()):
        yield [_whole(ask, one, told) for told in found]


def _whole(ask: Ask, one: Project, told: Told) -> Told:
    """An issue with its events. One that was deleted meanwhile has none, and the census finds that."""
    if "iid" not in told:
        return told
    try:
        events = {name: listed(ask.http, one.at("issues", told["iid"], name)) for name in EVENTS}
    except RefusedError as error:
        if error.status not in GONE:
            raise
        events = {}
    return {**told, **events}


def parse(page: Page, context: Context) -> Iterable[WorkEntry | Census | Rejected]:
    """Each issue with its moves, or why it could not be read. One that moved to another project is there and no longer here."""
    return each(page, context, _read, "issue")


def _read(told: Told, repo: str, context: Context) -> list[WorkEntry | Census]:
    if told.get("moved_to_id"):
        return [Census("tickets", "vendor_id", str(told["id"]), (), context.source)]
    ticket_id, labels = f"{repo}#{count(told['iid'])}", [str(one) for one in told.get("labels") or ()]
    words = str(context.told.get("in_progress_labels") or WORKING)
    working = frozenset(one.strip().casefold() for one in words.split(","))
    moves = list(_moves(told, ticket_id, context.source, working))
    last = Status(moves[-1].to_status or "", moves[-1].to_category or "") if moves else Status()
    if (told["state"] == "closed") != (last.category == "done"):
        last = CLOSED if told["state"] == "closed" else Status()
    ticket = Ticket(
        ticket_id=ticket_id,
        source=context.source,
        project=repo,
        title=told.get("title"),
        kind=_kind(told, labels),
        status=last.name,
        status_category=last.category,
        assignee=next((login(one) for one in told.get("assignees") or () if one), None),
        labels=",".join(labels) or None,
        vendor_id=str(told["id"]),
        points=told.get("weight"),
        created_at=instant(told["created_at"]),
        updated_at=moment(told, "updated_at"),
        started_at=min((one.moved_at for one in moves if one.to_category == "in_progress"), default=None),
        resolved_at=moment(told, "closed_at"),
        reopened=sum(one.from_category == "done" for one in moves),
        url=told.get("web_url"),
    )
    return [ticket, *moves, *_incident(told, ticket)]


def _incident(told: Told, ticket: Ticket) -> Iterator[Incident]:
    if told.get("issue_type") == "incident" and ticket.created_at is not None:
        severity = str(told.get("severity") or "unknown").lower()
        yield Incident(
            incident_id=ticket.ticket_id,
            opened_at=ticket.created_at,
            source=ticket.source,
            title=ticket.title,
            severity=None if severity == "unknown" else severity,
            repo=ticket.project,
            url=ticket.url,
            resolved_at=ticket.resolved_at,
        )


def _moves(told: Told, ticket_id: str, source: str, working: frozenset[str]) -> Iterator[TicketMove]:
    """Each change of status, in order of time."""
    events = [(name, one) for name in EVENTS for one in told.get(name) or ()]
    now = Status()
    for name, one in sorted(
        events, key=lambda pair: (instant(pair[1]["created_at"]), pair[0], pair[1]["id"])
    ):
        then = _then(one, now, working)
        if then == now:
            continue
        yield TicketMove(
            move_id=f"{ticket_id}/{name.split('_')[1]}/{one['id']}",
            ticket_id=ticket_id,
            moved_at=instant(one["created_at"]),
            source=source,
            from_status=now.name,
            to_status=then.name,
            from_category=now.category,
            to_category=then.category,
            actor=login(one.get("user")),
        )
        now = then


def _then(event: Told, now: Status, working: frozenset[str]) -> Status:
    """The status after an event. A label put on a closed issue says nothing. A scoped one (`a::b`) is known by its end."""
    label = str((event.get("label") or {}).get("name") or "").casefold()
    match event.get("state"), event.get("action"):
        case "closed", _:
            return CLOSED
        case "reopened", _:
            return Status()
        case _, "add" if now.category != "done" and {label, label.rpartition("::")[2]} & working:
            return Status(label, "in_progress")
        case _, "remove" if label and label == now.name:
            return Status()
    return now


def _kind(told: Told, labels: list[str]) -> str:
    """What its type or its labels call it; an issue where they call it nothing."""
    if told.get("issue_type") not in {None, "issue"}:
        return str(told["issue_type"])
    words = " | ".join(labels).casefold()
    return next((kind for kind, pattern in KINDS if pattern.search(words)), "issue")


ISSUES = Stream(
    name="issues",
    title="issues and incidents",
    tables=("tickets", "ticket_moves", "incidents"),
    needs="the scope read_api, and the role Reporter in the projects",
    pages=("Delivery", "Quality and risk"),
    plan=Changed(),
    fetch=fetch,
    parse=parse,
    by_id=True,
)
