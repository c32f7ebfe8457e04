"""What GitLab still has: the numbers of all merge requests, issues and deployments of each project, once a day.

What was deleted or moved elsewhere goes. A project that got another path is read anew under it, so its old rows go too.
"""

from __future__ import annotations

import json
from datetime import datetime
from typing import TYPE_CHECKING, Any

from payback.ledger.work_entries import Census
from payback.sources.counting import repository_counted
from payback.sources.gitlab.asking import walked
from payback.sources.gitlab.deployments import deployment_id
from payback.sources.gitlab.place import projects, repo_name
from payback.sources.http import RefusedError
from payback.sources.source import DAY, Page, Slice, Stream

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from payback.ledger.entries import Rejected
    from payback.sources.gitlab.place import Project
    from payback.sources.source import Ask, Context, Plan

LISTS = {"merge_requests": "pull_requests", "issues": "tickets"}
DEPLOYED = "deployments"
BEGINNING = "1970-01-01T00:00:00Z"


def plan(told: Plan) -> Iterator[Slice]:
    """A slice for each project that was not counted today; under its number, which a new path does not change."""
    for one in projects(told.http, told.told):
        if one.number is None:
            continue
        before = json.loads(told.marks.get(str(one.number)) or "{}")
        last = datetime.fromisoformat(before["read"]) if before else None
        if last is None or told.now - last >= DAY or before["path"] != one.path or told.window:
            mark = json.dumps({"path": one.path, "read": told.now.isoformat()})
            yield Slice(told.now, told.now, mark, str(one.number), (one, before.get("path", one.path)))


def fetch(ask: Ask) -> Iterator[Page]:
    """One page per project: the numbers of each list. A list that may not be read is left out."""
    one, before = ask.part.what
    found: dict[str, list[Any]] = {}
    for name in (*LISTS, DEPLOYED):
        try:
            found[name] = _numbers(ask, one, name)
        except RefusedError as error:
            if error.status not in {403, 404}:
                raise
    yield Page(found, one.path, {"path": one.path, "before": before})


def _numbers(ask: Ask, one: Project, name: str) -> list[Any]:
    """Deployments have one number in all of GitLab, and are cut by when they changed alone."""
    asked, by, number = {"state": "all", "scope": "all"}, "created", "iid"
    if name == DEPLOYED:
        asked, by, number = {}, "updated", "id"
    listed = walked(ask.http, one.at(name), asked, by, BEGINNING)
    return list(dict.fromkeys(told.get(number) for page in listed for told in page))


def parse(page: Page, context: Context) -> Iterable[Census | Rejected]:
    """A census of each list that was read. That of deployments leaves releases and pipelines alone."""
    repo, before = (repo_name(context.told, page.about[name]) for name in ("path", "before"))
    held = {LISTS[name]: numbers for name, numbers in page.body.items() if name in LISTS}
    yield from repository_counted(repo, before, held, context.source)
    deployed = page.body.get(DEPLOYED)
    if deployed is not None and all(deployed):
        keys = tuple(deployment_id(repo, number) for number in deployed)
        yield Census(DEPLOYED, "repo", repo, keys, context.source, "deployment")


CENSUS = Stream(
    name="census",
    title="what is still there",
    tables=("pull_requests", "tickets", DEPLOYED),
    needs="the scope read_api, and the role Reporter in the projects",
    pages=("Delivery", "Changes"),
    plan=plan,
    fetch=fetch,
    parse=parse,
    by_id=True,
)
