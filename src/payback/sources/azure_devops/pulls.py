"""Pull requests of each repository: all that are open, each time, and those that closed since, with all that belongs to them.

There is no list by last change, and the list cuts descriptions short, so each one is asked for on its own.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from payback.sources.azure_devops.asking import (
    PER_PAGE,
    VERSION,
    changed_files,
    once,
    path,
    placed,
    rows,
    thing,
    tokened,
)
from payback.sources.azure_devops.place import projects, repositories, written
from payback.sources.azure_devops.pull_rows import parse
from payback.sources.http import RefusedError
from payback.sources.source import Page, Slice, Stream, Updated, updated_since

if TYPE_CHECKING:
    from collections.abc import Iterator

    from payback.sources.azure_devops.place import Repository
    from payback.sources.source import Ask, Plan

LONGEST = timedelta(days=90)
AT_ONCE = 20
GONE = 404
CLOSED_TO = frozenset({401, 403, 404})


def plan(told: Plan) -> Iterator[Slice]:
    """Each repository's stretches of closing, oldest first; the last one brings those that are open too."""
    for project in projects(told.http, told.told):
        for one in repositories(told.http, told.told, project):
            since, until = told.window or (updated_since(told, one.id, Updated()), told.now)
            while since < until:
                end = min(since + LONGEST, until)
                yield Slice(since, end, "" if told.window else end.isoformat(), one.id, one)
                since = end


def fetch(ask: Ask) -> Iterator[Page]:
    """Pull requests with their threads, iterations, commits, labels and work items, some at a time."""
    one: Repository = ask.part.what
    about = {"repository": one.name, "project": one.project}
    try:
        listed = {told["pullRequestId"]: told for told in _listed(ask, one) if "pullRequestId" in told}
    except RefusedError as error:
        if error.status != GONE:
            raise
        yield Page(None, one.name, about)
        return
    numbers = list(listed)
    for start in range(0, max(len(numbers), 1), AT_ONCE):
        whole = [_whole(ask, one, listed[number]) for number in numbers[start : start + AT_ONCE]]
        yield Page(whole, one.name, about)


def _listed(ask: Ask, one: Repository) -> Iterator[dict[str, Any]]:
    address = path(ask.told, one.project, "_apis/git/repositories", one.id, "pullrequests")
    closed = {
        "searchCriteria.status": "all",
        "searchCriteria.queryTimeRangeType": "closed",
        "searchCriteria.minTime": written(ask.part.since),
        "searchCriteria.maxTime": written(ask.part.until),
    }
    wanted = [closed, *([{"searchCriteria.status": "active"}] if ask.part.until >= ask.now else [])]
    for criteria in wanted:
        for page in placed(ask.http, address, criteria):
            yield from page


def _whole(ask: Ask, one: Repository, listed: dict[str, Any]) -> dict[str, Any]:
    own = path(
        ask.told, one.project, "_apis/git/repositories", one.id, "pullRequests", listed["pullRequestId"]
    )
    found = {**listed, **thing(ask.http, own)}
    commits = tokened(ask.http, f"{own}/commits", {"$top": PER_PAGE}, VERSION)
    distinct = once((commit for page in commits for commit in page), "commitId")
    found["commits"] = [_said(ask, one, commit) for commit in distinct]
    for name, key in (("threads", "id"), ("iterations", "id"), ("labels", "name")):
        found[name] = once(rows(ask.http, f"{own}/{name}"), key)
    found["files"] = _files(ask, own, found["iterations"])
    found["workItems"] = _work_items(ask, one, rows(ask.http, f"{own}/workitems"))
    return found


def _said(ask: Ask, one: Repository, commit: dict[str, Any]) -> dict[str, Any]:
    """A commit with its whole message. Lists tell the first line; where there is more, the commit itself has it. One that is not
    there any more is left as it was listed.
    """
    if not commit.get("commentTruncated"):
        return commit
    own = path(ask.told, one.project, "_apis/git/repositories", one.id, "commits", commit["commitId"])
    try:
        return {**commit, "comment": thing(ask.http, own).get("comment") or commit.get("comment")}
    except RefusedError as error:
        if error.status != GONE:
            raise
        return commit


def _files(ask: Ask, own: str, iterations: list[dict[str, Any]]) -> int | None:
    """How many files the last iteration changes; None where there is none, or its commits are there no more."""
    last = max((one["id"] for one in iterations if "id" in one), default=None)
    if last is None:
        return None
    try:
        return changed_files(ask.http, f"{own}/iterations/{last}/changes")
    except RefusedError as error:
        if error.status != GONE:
            raise
        return None


def _work_items(ask: Ask, one: Repository, refs: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Work items with the projects that they are in, where the key may read work items."""
    numbers = [int(ref["id"]) for ref in refs if str(ref.get("id", "")).isdigit()]
    if not numbers:
        return []
    body = {"ids": numbers[:200], "fields": ["System.TeamProject"], "errorPolicy": "omit"}
    try:
        told = ask.http.post(
            path(ask.told, one.project, "_apis/wit/workitemsbatch"), body, {"api-version": VERSION}
        ).body
    except RefusedError as error:
        if error.status not in CLOSED_TO:
            raise
        told = None
    held = {
        item["id"]: (item.get("fields") or {}).get("System.TeamProject")
        for item in (told or {}).get("value") or ()
        if item
    }
    return [{"id": number, "project": held.get(number) or one.project} for number in numbers]


PULL_REQUESTS = Stream(
    name="pull_requests",
    title="pull requests",
    tables=("pull_requests", "reviews", "pull_request_moves", "commits", "evidence"),
    needs="the scope Code (Read)",
    pages=("Delivery", "Changes", "Reviews"),
    plan=plan,
    fetch=fetch,
    parse=parse,
    by_id=True,
)
