"""`work_items` (one row per ticket with its times, AI class and cost) and `sprint_items` (commitments that ended). Pure.

A ticket's money is that of the changes it belongs to; a change of several tickets is shared among them in equal parts, so
that no dollar is told twice.
"""

from __future__ import annotations

from collections import defaultdict
from decimal import ROUND_DOWN, Decimal
from typing import TYPE_CHECKING, Any

from payback.delivery.delivered import by, tools_of
from payback.delivery.items import times_of, would_not_have_been_done
from payback.delivery.markers import strongest

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pyarrow as pa

    from payback.delivery.delivered import Delivered

    Row = Mapping[str, Any]

PLACES = Decimal("1e-9")
STORIES = frozenset({"story", "user story", "product backlog item", "feature"})
_TAKEN = (
    "ticket_id", "project", "title", "kind", "priority", "status_category", "created_at", "points",
)  # fmt: skip


def work_item_rows(held: Delivered, works: Sequence[Row]) -> pa.Table:
    """The `work_items` table; `works` are rows of `work`."""
    moves, changes = by(held.rows("ticket_moves"), "ticket_id"), _changes(held, works)
    money = {name: _shared(held, works, name) for name in ("cost_list", "cost_billed")}
    rows = []
    for key, ticket in held.tickets.items():
        own = changes.get(key, [])
        signs = [
            *held.signs.get(key, ()),
            *(one for change in own for one in held.signs.get(change["pull_request_id"], ())),
        ]
        ai_class, times = strongest(sign["ai_class"] for sign in signs), times_of(ticket, moves.get(key, ()))
        with_ai = ai_class != "none_detected"
        person = held.people.who(ticket["assignee"])
        kind = ticket["work_type"] or held.work_type(ticket)
        workflow, workflow_by = held.belonging.of_ticket(
            {**ticket, "work_type": kind}, (change["workflow"] for change in own)
        )
        at = times.resolved_at or ticket["updated_at"] or ticket["created_at"]
        rows.append({
            **{name: ticket[name] for name in _TAKEN},
            "team": _team(held, ticket["team"], held.people.team_of(person, at) if at else None),
            "person": person,
            "work_type": kind,
            "is_story": is_story(held, ticket),
            "started_at": times.started_at,
            "resolved_at": times.resolved_at,
            "resolved_day": held.day(times.resolved_at),
            "active_hours": times.active_hours,
            "queue_hours": times.queue_hours,
            "resolution_hours": times.resolution_hours,
            "reopened": times.reopened,
            "would_not_have_been_done": would_not_have_been_done(ticket, times, with_ai=with_ai),
            "ai_class": ai_class,
            "ai_tools": tools_of(signs),
            "evidence_complete": bool(own) and all(change["evidence_complete"] for change in own),
            "pull_requests": len(own),
            "workflow": workflow,
            "workflow_by": workflow_by,
            **{name: found.get(key) for name, found in money.items()},
        })  # fmt: skip
    return held.stamped(rows, "work_items")


def sprint_item_rows(held: Delivered, items: Sequence[Row]) -> pa.Table:
    """The `sprint_items` table, of sprints that ended; `items` are rows of `work_items`."""
    known = {item["ticket_id"]: item for item in items}
    rows = []
    for sprint in held.rows("sprints"):
        item = known.get(sprint["ticket_id"], {})
        if sprint["ended_at"] is None or sprint["ended_at"] > held.now:
            continue
        rows.append({
            **{name: sprint[name] for name in ("sprint_id", "ticket_id", "committed", "completed")},
            "sprint": sprint["name"],
            "ended_day": held.day(sprint["ended_at"]),
            "team": _team(held, sprint["team"], item.get("team")),
            **{name: item.get(name) for name in ("kind", "work_type", "ai_class", "is_story", "points")},
        })  # fmt: skip
    return held.stamped(rows, "sprint_items")


def is_story(held: Delivered, ticket: Row) -> bool:
    """Whether a ticket is a story: by its kind, or where its host has no kinds, by a label that calls it a feature."""
    if ticket["kind"]:
        return ticket["kind"].casefold() in STORIES
    return held.type_of_ticket(ticket) == "feature"


def _team(held: Delivered, told: str | None, own: str | None) -> str | None:
    """The team of the organisation that a tracker names, else the one that is known otherwise; a name that is neither stays."""
    return held.people.team_named(told) or own or told


def _changes(held: Delivered, works: Sequence[Row]) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = defaultdict(list)
    for work in works:
        for ticket in held.tickets_of.get(work["pull_request_id"], ()):
            found[ticket].append(work)
    return found


def _shared(held: Delivered, works: Sequence[Row], name: str) -> dict[str, Decimal]:
    """Money by ticket; the last ticket of a change takes what the division leaves."""
    found: dict[str, Decimal] = {}
    for work in works:
        tickets, money = held.tickets_of.get(work["pull_request_id"], ()), work[name]
        if not tickets or money is None:
            continue
        part = (money / len(tickets)).quantize(PLACES, ROUND_DOWN)
        for ticket in tickets[:-1]:
            found[ticket] = found.get(ticket, Decimal(0)) + part
        last = tickets[-1]
        found[last] = found.get(last, Decimal(0)) + money - part * (len(tickets) - 1)
    return found
