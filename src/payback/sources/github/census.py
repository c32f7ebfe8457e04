"""What GitHub still has: the numbers of all pull requests, issues and deployments of each repository, once a day.

What was deleted or moved elsewhere goes. A repository that got another name is read anew under it, so its old rows go too.
Old deployments of which something new was told are read again on the way.
"""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from payback.ledger.work_entries import Census
from payback.sources.counting import repository_counted
from payback.sources.github.asking import Pages
from payback.sources.github.deployments import DEPLOYMENTS, deployment_id
from payback.sources.github.deployments import parse as parse_deployments
from payback.sources.github.late import late
from payback.sources.github.place import repo_name
from payback.sources.github.queries import NUMBERS
from payback.sources.github.repositories import Mark, Reading, Repository, repositories
from payback.sources.http import RefusedError
from payback.sources.source import DAY, Page, Slice, Stream

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from payback.ledger.entries import Rejected
    from payback.ledger.work_entries import WorkEntry
    from payback.sources.source import Ask, Context, Plan

LISTS = {"pullRequests": "pull_requests", "issues": "tickets"}
DEPLOYED, LATE = "deployments", "late"


def plan(told: Plan) -> Iterator[Slice]:
    """A slice for each repository that was not counted today; under its number, which a new name does not change."""
    for one in repositories(told.http, told.told):
        if one.number is None:
            continue
        before = json.loads(told.marks.get(str(one.number)) or "{}")
        last = datetime.fromisoformat(before["read"]) if before else None
        if last is None or told.now - last >= DAY or before["name"] != one.name or told.window:
            mark = json.dumps({"name": one.name, "read": told.now.isoformat()})
            what = (Reading(one, Mark()), before.get("name", one.name), last)
            yield Slice(told.now, told.now, mark, str(one.number), what)


def fetch(ask: Ask) -> Iterator[Page]:
    """One page per repository: the numbers of each list, and deployments told of late. A list that may not be read is left
    out.
    """
    reading, before, last = ask.part.what
    one: Repository = reading.repository
    found: dict[str, list[Any]] = {}
    for name in (*LISTS, DEPLOYED):
        try:
            nodes = list(_nodes(ask, one, name))
            if name == DEPLOYED:
                found[LATE] = list(late(ask, nodes, last))
            found[name] = [node["databaseId" if name == DEPLOYED else "number"] for node in nodes]
        except RefusedError as error:
            if error.status not in {403, 404}:
                raise
    about = {"repository": one.name, "branch": one.branch or "", "before": before}
    yield Page(found, one.name, about)


def _nodes(ask: Ask, one: Repository, name: str) -> Iterator[dict[str, Any]]:
    pages, after = Pages(ask.http, NUMBERS[name], 100), None
    while True:
        listed = pages.page("repository", name, **one.variables, after=after)
        yield from (node for node in listed["nodes"] if node)
        if not listed["pageInfo"]["hasNextPage"]:
            return
        after = listed["pageInfo"]["endCursor"]


def parse(page: Page, context: Context) -> Iterable[WorkEntry | Census | Rejected]:
    """A census of each list that was read, after the deployments told of late, which are rows of their own stream. That of
    deployments leaves releases and runs of workflows alone.
    """
    told = replace(context, source=f"{context.connection}:{DEPLOYMENTS.name}")
    yield from parse_deployments(replace(page, body=page.body.get(LATE, [])), told)
    repo, before = (repo_name(context.told, page.about[name]) for name in ("repository", "before"))
    held = {LISTS[name]: numbers for name, numbers in page.body.items() if name in LISTS}
    yield from repository_counted(repo, before, held, context.source)
    deployed = page.body.get(DEPLOYED)
    if deployed is not None and all(deployed):
        keys = tuple(deployment_id(repo, number) for number in deployed)
        yield Census("deployments", "repo", repo, keys, context.source, "deployment")


CENSUS = Stream(
    name="census",
    title="what is still there",
    tables=("pull_requests", "tickets", "deployments"),
    needs="read access to Pull requests, Issues and Deployments",
    pages=("Delivery", "Changes"),
    plan=plan,
    fetch=fetch,
    parse=parse,
    by_id=True,
)
