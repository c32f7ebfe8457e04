"""One page of issues as rows: a ticket with its moves and its cycles, signs of agents, and the changes it belongs to. Pure."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from payback.delivery.evidence import digest
from payback.ledger.entries import Rejected
from payback.ledger.work_entries import Census, Ticket, TicketMove
from payback.sources.amounts import instant
from payback.sources.commitments import Sprint, commitment
from payback.sources.linear.agents import evidence, links
from payback.sources.linear.timeline import (
    CATEGORIES,
    DONE,
    IN_PROGRESS,
    completed_at,
    cycle_stays,
    nodes,
    person,
    reopened,
    states,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from payback.ledger.work_entries import SprintTicket, WorkEntry
    from payback.sources.linear.timeline import State
    from payback.sources.source import Context, Page

    Row = Mapping[str, Any]


def parse(page: Page, context: Context) -> Iterable[WorkEntry | Census | Rejected]:
    """The rows of a page."""
    for number, issue in enumerate(page.body["issues"], start=1):
        try:
            yield from list(_rows(issue, page.body["cycles"], context))
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            yield Rejected(context.source, f"issue is not read: {error!r}"[:200], page.what, number)


def _rows(issue: Row, cycles: Mapping[str, Row], context: Context) -> Iterator[WorkEntry | Census]:
    key, number = str(issue["identifier"]), issue.get("id")
    if issue.get("trashed"):
        yield Census("tickets", "vendor_id", str(number), (), context.source)
        return
    passed = states(issue)
    ticket = _ticket(issue, passed, context.source)
    yield ticket
    yield from _moves(issue, passed, context)
    if ticket.created_at:
        yield from _cycles(issue, passed, cycles, context)
    yield from evidence(issue, key, context.source, ticket.created_at)
    yield from links(issue, key, context.source)
    if issue.get("previousIdentifiers"):
        yield Census("tickets", "vendor_id", str(number), (key,), context.source)


def _ticket(issue: Row, passed: Sequence[State], source: str) -> Ticket:
    key, state, team = str(issue["identifier"]), issue["state"], issue.get("team") or {}
    labels = ", ".join(str(one["name"]) for one in nodes(issue, "labels"))
    return Ticket(
        ticket_id=key,
        source=source,
        project=team.get("key") or key.rpartition("-")[0],
        title=issue.get("title"),
        priority=issue.get("priorityLabel"),
        status=state.get("name"),
        status_category=CATEGORIES.get(state["type"]),
        assignee=person(issue.get("assignee")),
        team=team.get("name"),
        labels=labels or None,
        vendor_id=issue.get("id"),
        parent=(issue.get("parent") or {}).get("identifier"),
        points=None if issue.get("estimate") is None else float(issue["estimate"]),
        created_at=_maybe(issue.get("createdAt")),
        updated_at=_maybe(issue.get("updatedAt")),
        started_at=_started(issue, passed),
        resolved_at=_ended(issue),
        reopened=reopened(passed),
        url=issue.get("url"),
    )


def _started(issue: Row, passed: Sequence[State]) -> datetime | None:
    """First in progress, by its states; Linear's own word for it where they are not known."""
    first = next((one.at for one in passed if one.category == IN_PROGRESS), None)
    return first or _maybe(issue.get("startedAt"))


def _ended(issue: Row) -> datetime | None:
    """When it was completed, while it is. What was cancelled was never done."""
    is_done = CATEGORIES.get(issue["state"]["type"]) == DONE
    return _maybe(issue.get("completedAt")) if is_done else None


def _maybe(told: Any) -> datetime | None:
    return instant(told) if told else None


def _moves(issue: Row, passed: Sequence[State], context: Context) -> Iterator[TicketMove]:
    """Its states as moves, the first from nothing."""
    number = issue.get("id") or issue["identifier"]
    for one in passed:
        before = one.before
        yield TicketMove(
            move_id=digest(context.connection, number, one.at.isoformat(), one.called, one.type),
            ticket_id=str(issue["identifier"]),
            moved_at=one.at,
            source=context.source,
            from_status=before.called if before else None,
            to_status=one.called,
            from_category=before.category if before else None,
            to_category=one.category,
            actor=one.actor if before else person(issue.get("creator")),
        )


def _cycles(
    issue: Row, passed: Sequence[State], cycles: Mapping[str, Row], context: Context
) -> Iterator[SprintTicket]:
    """The cycles it is in, and those it left after they began."""
    whose = (str(issue["identifier"]), context.source)
    team = (issue.get("team") or {}).get("name")
    for number, held in cycle_stays(issue, instant(issue["createdAt"]), cycles).items():
        if told := cycles.get(number):
            done = partial(completed_at, issue, passed)
            row = commitment(whose, _cycle(told, team, context.now), held, done, context.now)
            yield from [row] if row else []


def _cycle(told: Row, team: str | None, now: datetime) -> Sprint:
    begins, until = instant(told["startsAt"]), instant(told.get("completedAt") or told["endsAt"])
    return Sprint(
        str(told["id"]),
        told.get("name") or f"Cycle {float(told['number']):.0f}",
        begins if begins <= now else None,
        until,
        until <= now,
        team,
    )
