"""One page of issues as rows: a ticket with its moves and its sprints, an incident where its type says so. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from payback.delivery.evidence import digest
from payback.ledger.entries import Rejected
from payback.ledger.work_entries import Census, Incident, Ticket, TicketMove
from payback.sources.amounts import instant
from payback.sources.commitments import Sprint, commitment
from payback.sources.jira.resolutions import Undone
from payback.sources.jira.site import named
from payback.sources.jira.timeline import (
    CANCELLED,
    DONE,
    IN_PROGRESS,
    changes,
    done_at,
    ended,
    person,
    reopened,
    sprint_stays,
    sprints_of,
    statuses,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from payback.ledger.work_entries import SprintTicket, WorkEntry
    from payback.sources.jira.site import Fields
    from payback.sources.jira.timeline import Change, Status
    from payback.sources.source import Context, Page

STREAM = "issues"
GATEWAY = "/ex/jira/"
FUTURE, CLOSED = "future", "closed"


@dataclass(frozen=True, slots=True)
class Passed:
    """What an issue went through, told once for all of its rows."""

    key: str
    number: str
    source: str
    connection: str
    fields: Mapping[str, Any]
    own: Fields
    changes: Sequence[Change]
    statuses: Sequence[Status]
    resolved: datetime | None
    reopened: int

    @property
    def ended_at(self) -> datetime | None:
        return ended(self.statuses, self.resolved)

    @property
    def started_at(self) -> datetime | None:
        return next((one.at for one in self.statuses if one.category == IN_PROGRESS), None)


def parse(page: Page, context: Context) -> Iterable[WorkEntry | Census | Rejected]:
    """The rows of a page. They are told under one name whichever stream read them, so that what is gone is noticed."""
    source = f"{context.connection}:{STREAM}"
    for number, issue in enumerate(page.body["issues"], start=1):
        try:
            yield from list(_rows(_passed(issue, page, (source, context)), page, context))
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            yield Rejected(context.source, f"issue is not read: {error!r}"[:200], page.what, number)


def _passed(issue: Mapping[str, Any], page: Page, whose: tuple[str, Context]) -> Passed:
    (source, context), undone = whose, Undone.told(whose[1].told)
    own, fields = page.body["fields"], issue["fields"]
    told = changes(page.body["histories"].get(str(issue["id"]), ()), own.sprint)
    passed = statuses(issue, told, page.body["categories"], undone)
    return Passed(
        str(issue["key"]),
        str(issue["id"]),
        source,
        context.connection,
        fields,
        own,
        told,
        passed,
        _maybe(fields.get("resolutiondate")),
        reopened(passed, told, undone),
    )


def _rows(one: Passed, page: Page, context: Context) -> Iterator[WorkEntry | Census]:
    ticket = _ticket(one, context)
    yield ticket
    yield from _moves(one)
    yield from _sprints(one, page.body["sprints"], context.now)
    if str(ticket.kind).casefold() in {name.casefold() for name in named(context.told, "incident_types")}:
        yield _incident(one, ticket)
    if any(change.field == "project" for change in one.changes):
        yield Census("tickets", "vendor_id", one.number, (one.key,), one.source)


def _ticket(one: Passed, context: Context) -> Ticket:
    fields, now = one.fields, one.statuses[-1]
    return Ticket(
        ticket_id=one.key,
        source=one.source,
        project=_name(fields.get("project"), "key") or one.key.rpartition("-")[0],
        title=fields.get("summary"),
        kind=_name(fields.get("issuetype"), "name"),
        priority=_name(fields.get("priority"), "name"),
        status=_name(fields.get("status"), "name") or now.called,
        status_category=now.category,
        assignee=person(fields.get("assignee")),
        team=_name(fields.get(one.own.team or ""), "name"),
        labels=", ".join(map(str, fields.get("labels") or ())) or None,
        vendor_id=one.number,
        parent=_name(fields.get("parent"), "key"),
        points=_points(one),
        created_at=one.statuses[0].at,
        updated_at=_maybe(fields.get("updated")),
        started_at=one.started_at,
        resolved_at=one.ended_at,
        reopened=one.reopened,
        url=_address(one.key, context.told),
    )


def _name(told: Any, name: str) -> str | None:
    found = told.get(name) if isinstance(told, dict) else None
    return str(found) if found else None


def _points(one: Passed) -> float | None:
    """The estimate, from whichever of the site's fields holds one."""
    held = (one.fields.get(field) for field in one.own.points)
    return next((float(told) for told in held if isinstance(told, int | float)), None)


def _maybe(told: Any) -> datetime | None:
    return instant(told) if told else None


def _address(key: str, told: Mapping[str, Any]) -> str | None:
    """Where people see the issue; the gateway for OAuth does not say."""
    base = str(told.get("base_url", ""))
    return f"{base.rstrip('/')}/browse/{key}" if base and GATEWAY not in base else None


def _moves(one: Passed) -> Iterator[TicketMove]:
    """Its statuses as moves, the first from nothing at its creation. An issue that is done and whose history tells of no move
    has lost its history, and gets none.
    """
    if len(one.statuses) == 1 and one.statuses[0].category in {DONE, CANCELLED}:
        return
    for status in one.statuses:
        change, before = status.change, status.before
        yield TicketMove(
            move_id=digest(one.connection, one.number, change.id if change else "created"),
            ticket_id=one.key,
            moved_at=status.at,
            source=one.source,
            from_status=before.called if before else None,
            to_status=status.called,
            from_category=before.category if before else None,
            to_category=status.category,
            actor=change.actor if change else person(one.fields.get("creator")),
        )


def _sprints(one: Passed, known: Mapping[str, Any], now: datetime) -> Iterator[SprintTicket]:
    """The sprints it is in, and those it left after they began."""
    now_in = [number for number, _ in sprints_of(one.fields.get(one.own.sprint or ""))]
    done = partial(done_at, one.statuses, one.resolved)
    for number, held in sprint_stays(one.statuses[0].at, one.changes, now_in).items():
        told = known.get(number)
        if told:
            row = commitment(
                (one.key, one.source), _sprint(f"{one.connection}:{number}", told), held, done, now
            )
            yield from [row] if row else []


def _sprint(number: str, told: Mapping[str, Any]) -> Sprint:
    state = str(told.get("state", "")).casefold()
    return Sprint(
        number,
        told.get("name"),
        None if state == FUTURE else _maybe(told.get("startDate")),
        _maybe(told.get("completeDate")) or _maybe(told.get("endDate")),
        state == CLOSED,
    )


def _incident(one: Passed, ticket: Ticket) -> Incident:
    """The ticket as an incident, under the same id: it goes where the ticket goes."""
    components = one.fields.get("components") or ()
    return Incident(
        incident_id=one.key,
        opened_at=one.statuses[0].at,
        source=one.source,
        title=ticket.title,
        service=", ".join(filter(None, (_name(part, "name") for part in components))) or None,
        severity=ticket.priority,
        team=ticket.team,
        url=ticket.url,
        acknowledged_at=one.started_at,
        resolved_at=one.ended_at,
    )
