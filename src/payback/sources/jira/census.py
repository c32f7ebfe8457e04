"""Which issues a project still has, at most once a day: a deleted issue, and one that moved away, never comes up in a search
for changes. A project that is no longer there keeps what was known of it.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from payback.ledger.entries import Rejected
from payback.ledger.work_entries import Census
from payback.sources.jira.asking import MOST_KEYS, Search, searched
from payback.sources.jira.site import deployment, projects
from payback.sources.source import Page, Slice, Stream

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from payback.sources.source import Ask, Context, Plan

OFTEN = timedelta(hours=20)


def plan(told: Plan) -> Iterator[Slice]:
    """Each project whose last census is a day old."""
    for project in projects(told.http, told.told):
        last = told.marks.get(project.id)
        if last is None or told.now - datetime.fromisoformat(last) >= OFTEN:
            yield Slice(told.now, told.now, told.now.isoformat(), project.id, project)


def fetch(ask: Ask) -> Iterator[Page]:
    """The keys of all issues of a project, in one piece: half a census would be no census."""
    project, where = ask.part.what, deployment(ask.told)
    search = Search(
        f"project = {project.id} ORDER BY key ASC", ("key",), MOST_KEYS if where.is_cloud else 1000
    )
    issues = [issue for page in searched(ask, where, search) for issue in page]
    yield Page([issue.get("key") for issue in issues], f"project {project.key}", {"project": project.key})


def parse(page: Page, context: Context) -> Iterable[Census | Rejected]:
    """The census of one project."""
    if not all(page.body):
        yield Rejected(
            context.source,
            "the list holds an issue without its key, so nothing is concluded from it",
            page.what,
        )
        return
    yield Census("tickets", "project", page.about["project"], tuple(sorted(set(page.body))), context.source)


CENSUS = Stream(
    name="census",
    title="which issues are still there",
    tables=("tickets",),
    needs="the right to browse the projects (scope read:jira-work)",
    pages=("Delivery",),
    plan=plan,
    fetch=fetch,
    parse=parse,
    by_id=True,
)
