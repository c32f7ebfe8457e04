"""What Bitbucket still has: the numbers of all pull requests and issues of each repository, once a day.

A repository that got another name is read anew under it, so its old rows go; one that is gone keeps what was known of it.
Deployments are not counted: Bitbucket leaves those out of its list whose build has expired.
"""

from __future__ import annotations

import json
from datetime import datetime
from typing import TYPE_CHECKING, Any

from payback.sources.bitbucket.activity import STATES
from payback.sources.bitbucket.place import pages, repo_name, repositories
from payback.sources.counting import repository_counted
from payback.sources.http import RefusedError
from payback.sources.source import DAY, Page, Slice, Stream

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from payback.ledger.entries import Rejected
    from payback.ledger.work_entries import Census
    from payback.sources.bitbucket.place import Repository
    from payback.sources.source import Ask, Context, Plan

NUMBERS = ("fields", "values.id,next")


def plan(told: Plan) -> Iterator[Slice]:
    """A slice for each repository that was not counted today; under its number, which a new name does not change."""
    for one in repositories(told.http, told.told):
        if one.number is None:
            continue
        before = json.loads(told.marks.get(one.number) or "{}")
        last = datetime.fromisoformat(before["read"]) if before else None
        if last is None or told.now - last >= DAY or before["name"] != one.name or told.window:
            mark = json.dumps({"name": one.name, "read": told.now.isoformat()})
            yield Slice(told.now, told.now, mark, one.number, (one, before.get("name", one.name)))


def fetch(ask: Ask) -> Iterator[Page]:
    """One page per repository: the numbers of each list. A list that may not be read is left out."""
    one, before = ask.part.what
    lists: dict[str, tuple[str, list[tuple[str, object]]]] = {
        "pull_requests": ("pullrequests", [("state", state) for state in STATES] + [("pagelen", 50)])
    }
    if one.has_issues:
        lists["tickets"] = ("issues", [("pagelen", 100)])
    found: dict[str, list[Any]] = {}
    for table, (path, params) in lists.items():
        try:
            found[table] = _numbers(ask, one, path, params)
        except RefusedError as error:
            if error.status not in {403, 404, 410}:
                raise
    yield Page(found, one.name, {"repository": one.name, "before": before})


def _numbers(ask: Ask, one: Repository, path: str, params: list[tuple[str, object]]) -> list[Any]:
    return [told.get("id") for page in pages(ask.http, one.at(path), [*params, NUMBERS]) for told in page]


def parse(page: Page, context: Context) -> Iterable[Census | Rejected]:
    """A census of each list that was read."""
    repo, before = repo_name(page.about["repository"]), repo_name(page.about["before"])
    return repository_counted(repo, before, page.body, context.source)


CENSUS = Stream(
    name="census",
    title="what is still there",
    tables=("pull_requests", "tickets"),
    needs="the right Pull requests: Read of an access token",
    pages=("Delivery", "Changes"),
    plan=plan,
    fetch=fetch,
    parse=parse,
    by_id=True,
)
