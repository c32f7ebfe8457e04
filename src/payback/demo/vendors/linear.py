"""What Linear has on file of the invented company: issues with the states and cycles they were in, teams, and people.

Linear has no kinds of issues. A story carries the label Feature there and a bug the label Bug, as in a new workspace.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid5

from payback.demo.tickets import DOING, DONE, IN_REVIEW, TO_DO

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import datetime

    from payback.demo.people import Company, Person
    from payback.demo.span import Span
    from payback.demo.tickets import Sprint, Ticket

Row = dict[str, Any]
SITE = "api.linear.app"
WEB = "https://linear.app/lumen-harbour/issue"
WORKSPACE = UUID("9d0c52b6-3f57-4c0e-8a54-6f6f1f6a7f10")
TYPES = {TO_DO: "unstarted", DOING: "started", IN_REVIEW: "started", DONE: "completed"}
LABELS = {"Bug": ["Bug"], "Story": ["Feature"], "Task": []}
NEVER = ("delegate", "parent", "canceledAt", "trashed", "estimate")


def on_file(span: Span, company: Company, tickets: Iterable[Ticket], sprints: Iterable[Sprint]) -> Row:
    """Everything that the workspace can be asked for, as JSON."""
    names = {team.ticket: team.name for team in company.teams}
    teams = {key: {"id": _id("team", key), "key": key, "name": names[key]} for key in sorted(names)}
    cycles = {sprint.id: _cycle(sprint, span.until) for sprint in sprints}
    return {
        "teams": list(teams.values()),
        "cycles": list(cycles.values()),
        "issues": [_issue(ticket, teams[ticket.project], cycles) for ticket in tickets],
        "users": [_member(one) for one in company.people],
    }


def _id(kind: str, key: object) -> str:
    return str(uuid5(WORKSPACE, f"{kind} {key}"))


def _at(instant: datetime | None) -> str | None:
    return f"{instant:%Y-%m-%dT%H:%M:%S}.000Z" if instant else None


def _account(person: Person) -> Row:
    return {"id": _id("user", person.id), "email": person.email}


def _member(person: Person) -> Row:
    return {
        **_account(person), "name": person.name, "displayName": person.email.partition("@")[0], "app": False,
        "active": person.until is None, "lastSeen": None,
    }  # fmt: skip


def _state(name: str) -> Row:
    return {"id": _id("state", name), "name": name, "type": TYPES[name]}


def _cycle(sprint: Sprint, until: datetime) -> Row:
    return {
        "id": _id("cycle", sprint.id), "number": sprint.number, "name": None, "startsAt": _at(sprint.starts_at),
        "endsAt": _at(sprint.ends_at), "completedAt": _at(sprint.ends_at) if sprint.ends_at < until else None,
    }  # fmt: skip


def _issue(ticket: Ticket, team: Row, cycles: Mapping[int, Row]) -> Row:
    begun = next((at for at, status in ticket.moves if TYPES[status] == "started"), None)
    account, joined = _account(ticket.assignee), ticket.joined
    return {
        "id": _id("issue", ticket.key), "identifier": ticket.key, "previousIdentifiers": [], "title": ticket.title,
        "priorityLabel": "Medium", "url": f"{WEB}/{ticket.key}", **dict.fromkeys(NEVER),
        "createdAt": _at(ticket.created_at), "updatedAt": _at(ticket.updated_at), "startedAt": _at(begun),
        "completedAt": _at(ticket.resolved_at), "addedToCycleAt": _at(joined[0][0]) if joined else None,
        "state": _state(ticket.moves[-1][1] if ticket.moves else TO_DO), "team": team, "assignee": account,
        "creator": account, "cycle": cycles[joined[-1][1].id] if joined else None,
        "labels": [{"name": name} for name in LABELS[ticket.kind]], "attachments": [], "agentSessions": [],
        "stateHistory": list(_spans(ticket)), "history": list(_events(ticket, account)),
    }  # fmt: skip


def _spans(ticket: Ticket) -> Iterator[Row]:
    """The states that it was in, each until the next, the first since its creation."""
    told = [(ticket.created_at, TO_DO), *ticket.moves]
    ends = [*(at for at, _ in ticket.moves), None]
    for (at, status), end in zip(told, ends, strict=True):
        yield {"startedAt": _at(at), "endedAt": _at(end), "state": _state(status)}


def _events(ticket: Ticket, actor: Row) -> list[Row]:
    """What changed, the newest first. What holds since its creation is no change; what is left over rolls on by itself."""
    found: list[tuple[datetime, Row]] = []
    was = TO_DO
    for at, status in ticket.moves:
        before, after = _state(was), _state(status)
        ends = {"fromStateId": before["id"], "toStateId": after["id"], "fromState": before, "toState": after}
        found.append((at, {"actor": actor, **ends}))
        was = status
    left: str | None = None
    for at, sprint in ticket.joined:
        cycle = _id("cycle", sprint.id)
        if at > ticket.created_at:
            found.append((at, {"actor": None if left else actor, "fromCycleId": left, "toCycleId": cycle}))
        left = cycle
    found.sort(key=lambda one: one[0], reverse=True)
    return [{"createdAt": _at(at), **told} for at, told in found]
