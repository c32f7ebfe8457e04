"""Sprints that began or ended: their tickets are read again, because Jira does not call them changed by that."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from payback.sources.http import RefusedError
from payback.sources.jira.asking import MOST_LISTED, listed
from payback.sources.jira.reading import Sprints, pages
from payback.sources.jira.site import projects, site
from payback.sources.jira.tickets import parse
from payback.sources.jira.timeline import moment
from payback.sources.source import Stream, Updated

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from payback.sources.http import Http
    from payback.sources.jira.site import Project
    from payback.sources.source import Ask, Page, Plan, Slice

DAY = timedelta(days=1)
OFTEN = timedelta(hours=4)
TURNS = ("startDate", "activatedDate", "completeDate")
WITH_SPRINTS, WITHOUT_SPRINTS = "scrum", "kanban"
NO_SPRINTS = 400


def plan(told: Plan) -> Iterator[Slice]:
    """Since the last time, some hours after it: a board tells all its sprints or none. At first a day, because all tickets were
    read just now.
    """
    last = told.marks.get("")
    if last and told.now - datetime.fromisoformat(last) < OFTEN and told.window is None:
        return
    where, seen = site(told), projects(told.http, told.told)
    for part in Updated(overlap=DAY, history=DAY)(replace(told, told={**told.told, "since": None})):
        yield replace(part, what=(where, seen))


def fetch(ask: Ask) -> Iterator[Page]:
    """The tickets of each sprint that began or ended in the stretch."""
    where, seen = ask.part.what
    known: Sprints = {}
    for number, told in turned(ask, seen).items():
        known[number] = told
        within = ", ".join(project.id for project in seen)
        yield from pages(ask, where, f"sprint = {number} AND project in ({within}) ORDER BY key ASC", known)


def turned(ask: Ask, seen: Sequence[Project]) -> dict[str, dict[str, Any]]:
    """The sprints that began or ended in the stretch, each once, whichever boards show it."""
    found: dict[str, dict[str, Any]] = {}
    for project in seen:
        for board in listed(
            ask.http, "/rest/agile/1.0/board", {"projectKeyOrId": project.id, "maxResults": MOST_LISTED}
        ):
            if "id" in board and board.get("type") != WITHOUT_SPRINTS:
                found |= {
                    str(one["id"]): one
                    for one in _sprints(ask.http, board)
                    if "id" in one and _turned(one, ask)
                }
    return found


def _sprints(http: Http, board: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The sprints of a board; none where it is of a kind that has none."""
    path = f"/rest/agile/1.0/board/{board['id']}/sprint"
    try:
        return list(listed(http, path, {"state": "active,closed", "maxResults": MOST_LISTED}))
    except RefusedError as error:
        if error.status != NO_SPRINTS or board.get("type") == WITH_SPRINTS:
            raise
        return []


def _turned(sprint: Mapping[str, Any], ask: Ask) -> bool:
    told = (moment(sprint.get(name)) for name in TURNS)
    return any(at and ask.part.since <= at <= ask.part.until for at in told)


SPRINTS = Stream(
    name="sprints",
    title="sprints that began or ended",
    tables=("tickets", "ticket_moves", "sprints", "incidents"),
    needs="the right to see boards (scopes read:board-scope:jira-software and read:sprint:jira-software)",
    pages=("Delivery",),
    plan=plan,
    fetch=fetch,
    parse=parse,
    optional=True,
    by_id=True,
)
