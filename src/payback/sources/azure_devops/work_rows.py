"""A work item as rows: a ticket, its moves between states, the sprints it was in. Pure.

What a state means, its type says: Proposed, InProgress, Resolved, Completed, Removed. Resolved is not done yet, and Removed never was.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from payback.ledger.entries import Rejected
from payback.ledger.work_entries import Census, Ticket, TicketMove
from payback.sources.amounts import instant
from payback.sources.azure_devops.place import moment, person, ticket_id
from payback.sources.commitments import Sprint, commitment, stays

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from payback.ledger.work_entries import SprintTicket, WorkEntry
    from payback.sources.source import Context, Page

CATEGORIES = {
    "Proposed": "to_do",
    "InProgress": "in_progress",
    "Resolved": "in_progress",
    "Completed": "done",
    "Removed": "cancelled",
}
STATE, ITERATION, CHANGED = "System.State", "System.IterationPath", "System.ChangedDate"
POINTS = ("StoryPoints", "Effort", "Size")
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Step:
    """One change of a field of a work item."""

    number: int
    at: datetime
    before: str | None
    after: str | None
    who: str | None


@dataclass(frozen=True, slots=True)
class Item:
    """One work item with what its states mean."""

    key: str
    number: str
    source: str
    fields: Mapping[str, Any]
    states: Mapping[str, str | None]
    steps: Sequence[Step]

    def category(self, state: str | None) -> str | None:
        return self.states.get(state or "")

    def is_done(self, at: datetime) -> bool:
        """Whether it was done at an instant."""
        last = next((step for step in reversed(self.steps) if step.at <= at), None)
        return last is not None and self.category(last.after) == "done"


def parse(page: Page, context: Context) -> Iterable[WorkEntry | Census | Rejected]:
    """The rows of each item; an item that was deleted goes."""
    types = {
        one.get("name"): {
            state["name"]: CATEGORIES.get(str(state.get("category"))) for state in one.get("states") or ()
        }
        for one in page.body["types"]
    }
    for number in page.body["gone"]:
        yield Census("tickets", "vendor_id", str(number), (), context.source)
    for told in page.body["items"]:
        try:
            yield from _rows(told, types, page, context)
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            where = f"{page.what}, {told.get('id') if isinstance(told, dict) else 'an item'}"
            yield Rejected(context.source, f"work item is not read: {error!r}"[:200], where)


def _rows(
    told: dict[str, Any], types: Mapping[Any, Mapping[str, str | None]], page: Page, context: Context
) -> list[WorkEntry | Census]:
    fields = told["fields"]
    key = ticket_id(context.told, str(fields.get("System.TeamProject") or page.about["project"]), told["id"])
    states = types.get(fields.get("System.WorkItemType"), {})
    item = Item(key, str(told["id"]), context.source, fields, states, list(steps(told["updates"], STATE)))
    return [
        _ticket(item),
        *_moves(item),
        *_sprints(item, told["updates"], page.body["iterations"], context),
        Census("tickets", "vendor_id", item.number, (key,), context.source),
    ]


def steps(updates: Iterable[dict[str, Any]], field: str) -> Iterator[Step]:
    """Changes of one field in their order. The newest update says 9999 of itself, so its date is that of its fields."""
    for one in sorted(updates, key=lambda told: int(told["id"])):
        held = (one.get("fields") or {}).get(field)
        if held is None or held.get("oldValue") == held.get("newValue"):
            continue
        dated = ((one.get("fields") or {}).get(CHANGED) or {}).get("newValue")
        at = moment(dated) or moment(one.get("revisedDate"))
        if at is not None:
            yield Step(
                int(one["id"]), at, held.get("oldValue"), held.get("newValue"), person(one.get("revisedBy"))
            )


def _ticket(item: Item) -> Ticket:
    fields = item.fields
    state = fields.get(STATE)
    started = next((step.at for step in item.steps if item.category(step.after) == "in_progress"), None)
    ended = next((step.at for step in reversed(item.steps) if _finishes(item, step)), None)
    is_done = item.category(state) == "done"
    tags = [tag.strip() for tag in str(fields.get("System.Tags") or "").split(";") if tag.strip()]
    points = (fields.get(f"Microsoft.VSTS.Scheduling.{name}") for name in POINTS)
    project, parent = item.key.rpartition("/")[0], fields.get("System.Parent")
    return Ticket(
        ticket_id=item.key,
        source=item.source,
        project=project,
        title=fields.get("System.Title"),
        kind=fields.get("System.WorkItemType"),
        priority=_text(fields.get("Microsoft.VSTS.Common.Priority")),
        status=state,
        status_category=item.category(state),
        assignee=person(fields.get("System.AssignedTo")),
        team=_text(fields.get("System.AreaPath")),
        labels=",".join(tags) or None,
        vendor_id=item.number,
        parent=f"{project}/{parent}" if parent else None,
        points=next((float(told) for told in points if isinstance(told, int | float)), None),
        created_at=moment(fields.get("System.CreatedDate")),
        updated_at=moment(fields.get(CHANGED)),
        started_at=started,
        resolved_at=(ended or moment(fields.get("Microsoft.VSTS.Common.ClosedDate"))) if is_done else None,
        reopened=sum(_reopens(item, step) for step in item.steps) if item.steps else None,
        url=f"https://{project}/_workitems/edit/{item.number}",
    )


def _text(told: Any) -> str | None:
    return None if told is None else str(told)


def _finishes(item: Item, step: Step) -> bool:
    return item.category(step.after) == "done" != item.category(step.before)


def _reopens(item: Item, step: Step) -> bool:
    return item.category(step.before) == "done" and item.category(step.after) in {"to_do", "in_progress"}


def _moves(item: Item) -> Iterator[TicketMove]:
    for step in item.steps:
        yield TicketMove(
            move_id=f"{item.source.partition(':')[0]}/{item.number}/{step.number}",
            ticket_id=item.key,
            moved_at=step.at,
            source=item.source,
            from_status=step.before,
            to_status=step.after,
            from_category=item.category(step.before),
            to_category=item.category(step.after),
            actor=step.who,
        )


def _sprints(
    item: Item, updates: Iterable[dict[str, Any]], known: Mapping[str, Mapping[str, Any]], context: Context
) -> Iterator[SprintTicket]:
    """The iterations with dates that it was in."""
    created = moment(item.fields.get("System.CreatedDate")) or context.now
    moved = [
        (step.at, _one(step.before), _one(step.after)) for step in steps(updates, ITERATION) if step.before
    ]
    for path, held in stays(created, moved, _one(item.fields.get(ITERATION))).items():
        if told := known.get(path):
            sprint = _sprint(told, context)
            row = commitment((item.key, item.source), sprint, held, item.is_done, context.now)
            yield from [row] if row else []


def _one(path: Any) -> list[str]:
    return [str(path)] if path else []


def _sprint(told: Mapping[str, Any], context: Context) -> Sprint:
    """An iteration ends with its last day."""
    begun, until = instant(told["startDate"]), instant(told["finishDate"]) + DAY
    number = f"{context.connection}:{told['id']}"
    return Sprint(number, told["name"], begun if begun <= context.now else None, until, until <= context.now)
