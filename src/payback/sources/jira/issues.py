"""Issues as tickets: what they are now, every status they were in, the sprints they were promised to, and incidents."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from payback.sources.jira.reading import Sprints, fields_of, pages
from payback.sources.jira.site import Site, projects, site, unseen
from payback.sources.jira.tickets import parse
from payback.sources.jira.timeline import moment
from payback.sources.source import Stream, Updated

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from payback.sources.jira.site import Project
    from payback.sources.source import Ask, Page, Plan, Slice

OVERLAP = timedelta(minutes=75)
"""A search reads its times by the wall clock of the key's owner, which repeats an hour once a year; and the index runs late."""
MINUTE = timedelta(minutes=1)


def plan(told: Plan) -> Iterator[Slice]:
    """What changed in each project since it was last read."""
    where, seen = site(told), projects(told.http, told.told)
    for project in seen:
        for part in Updated(overlap=OVERLAP, key=project.id)(told):
            yield replace(part, what=(where, project))
    unseen(told.told, seen)


def fetch(ask: Ask) -> Iterator[Page]:
    """The issues that changed, those that changed first before the others; where they come so, a stop loses no page."""
    where, project = ask.part.what
    known: Sprints = {}
    for page in pages(ask, where, jql(where, project, ask.part, ask.now), known):
        yield replace(page, mark=_mark(page) if where.deployment.is_cloud and ask.part.mark else None)


def jql(where: Site, project: Project, part: Slice, now: datetime) -> str:
    """The search, to the minute, by the clock of the key's owner. A list that is read by place keeps an order that no change
    of an issue touches.
    """
    told = f'project = {project.id} AND updated >= "{_local(where, part.since)}"'
    if part.until < now:
        told += f' AND updated <= "{_local(where, part.until + MINUTE)}"'
    return f"{told} ORDER BY {'updated ASC, key ASC' if where.deployment.is_cloud else 'key ASC'}"


def _local(where: Site, at: datetime) -> str:
    return f"{at.astimezone(where.zone):%Y/%m/%d %H:%M}"


def _mark(page: Page) -> str | None:
    """How far the list is read once this page is in."""
    told: list[dict[str, Any]] = page.body["issues"]
    last = moment(fields_of(told[-1]).get("updated")) if told else None
    return last.isoformat() if last else None


ISSUES = Stream(
    name="issues",
    title="issues, their moves and sprints",
    tables=("tickets", "ticket_moves", "sprints", "incidents"),
    needs="the right to browse the projects (scope read:jira-work)",
    pages=("Delivery", "Quality and risk"),
    plan=plan,
    fetch=fetch,
    parse=parse,
    by_id=True,
)
