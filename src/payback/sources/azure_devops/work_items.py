"""Work items of each project: the feed of revisions says which changed, and each of those is read with its whole history.

The feed's token is where the next sync goes on. An item that was deleted, or moved to another project, loses its old row.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from payback.sources.azure_devops.asking import VERSION, once, path, rows, thing
from payback.sources.azure_devops.place import projects, written
from payback.sources.azure_devops.work_rows import parse
from payback.sources.http import RefusedError, UnreachableError
from payback.sources.source import Page, Slice, Stream, since_told

if TYPE_CHECKING:
    from collections.abc import Iterator

    from payback.sources.source import Ask, Plan

HISTORY = timedelta(days=400)
MOST, MOST_UPDATES = 200, 200
EXPIRED = frozenset({400, 410})
FEED = ("System.Id", "System.IsDeleted")
FIELDS = (
    "System.Id", "System.TeamProject", "System.WorkItemType", "System.State", "System.Title", "System.AssignedTo",
    "System.CreatedDate", "System.CreatedBy", "System.ChangedDate", "System.IterationPath", "System.AreaPath", "System.Tags",
    "System.Parent", "Microsoft.VSTS.Common.Priority", "Microsoft.VSTS.Common.Severity", "Microsoft.VSTS.Common.ClosedDate",
    "Microsoft.VSTS.Scheduling.StoryPoints", "Microsoft.VSTS.Scheduling.Effort", "Microsoft.VSTS.Scheduling.Size",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Feed:
    """A project's feed and where it was left; `is_kept` says that where it gets to is remembered."""

    project: str
    token: str = ""
    is_kept: bool = False


def plan(told: Plan) -> Iterator[Slice]:
    """Each project from the token where its feed was left, else from as far back as is wanted."""
    for project in projects(told.http, told.told):
        if told.window:
            yield Slice(*told.window, "", project, Feed(project))
            continue
        since = since_told(told.told, told.now - HISTORY)
        yield Slice(since, told.now, "", project, Feed(project, told.marks.get(project, ""), is_kept=True))


def fetch(ask: Ask) -> Iterator[Page]:
    """Changed items with their history, a batch of the feed at a time. Revisions of a batch are of few items many times over."""
    feed: Feed = ask.part.what
    project, token = feed.project, feed.token
    types = rows(ask.http, path(ask.told, project, "_apis/wit/workitemtypes"))
    about = {"types": types, "iterations": _iterations(ask, project)}
    seen: set[str] = set()
    while True:
        batch = _batch(ask, project, token) if seen else _first(ask, feed)
        changed, gone = _changed(batch.get("values") or ())
        token = str(batch.get("continuationToken") or "")
        mark = token if token and feed.is_kept else None
        yield from _pages(ask, project, (changed, gone), (about, mark))
        if batch.get("isLastBatch", True) or not token:
            return
        if token in seen:
            raise UnreachableError(
                f"{ask.connection}: the revisions of {project} gave the same token twice; they are tried again with the next sync"
            )
        seen.add(token)


def _first(ask: Ask, feed: Feed) -> dict[str, Any]:
    """The batch to go on with; where the token is not known any more, the feed begins again."""
    try:
        return _batch(ask, feed.project, feed.token)
    except RefusedError as error:
        if error.status not in EXPIRED or not feed.token:
            raise
        return _batch(ask, feed.project, "")


def _batch(ask: Ask, project: str, token: str) -> dict[str, Any]:
    where = {"continuationToken": token} if token else {"startDateTime": written(ask.part.since)}
    told = {"fields": ",".join(FEED), "includeDeleted": "true", "includeLatestOnly": "true", **where}
    return thing(ask.http, path(ask.told, project, "_apis/wit/reporting/workitemrevisions"), told)


def _changed(revisions: Any) -> tuple[list[int], list[int]]:
    """The items that changed and those that were deleted, by the newest revision of each."""
    newest: dict[int, dict[str, Any]] = {}
    for one in revisions:
        if isinstance(one, dict) and isinstance(one.get("id"), int):
            before = newest.get(one["id"])
            if before is None or (one.get("rev") or 0) >= (before.get("rev") or 0):
                newest[one["id"]] = one
    gone = [number for number, one in newest.items() if (one.get("fields") or {}).get("System.IsDeleted")]
    return [number for number in newest if number not in gone], gone


def _pages(
    ask: Ask, project: str, told: tuple[list[int], list[int]], about: tuple[dict[str, Any], str | None]
) -> Iterator[Page]:
    """Pages of whole items; the mark comes with the last, when the batch is in."""
    changed, gone = told
    known, mark = about
    pieces = [changed[start : start + MOST] for start in range(0, len(changed), MOST)] or [[]]
    for place, numbers in enumerate(pieces, 1):
        is_last = place == len(pieces)
        items = _whole(ask, project, numbers)
        body = {**known, "items": items, "gone": gone if is_last else []}
        yield Page(body, f"work items of {project}", {"project": project}, mark if is_last else None)


def _whole(ask: Ask, project: str, numbers: list[int]) -> list[dict[str, Any]]:
    if not numbers:
        return []
    body = {"ids": numbers, "fields": list(FIELDS), "errorPolicy": "omit"}
    told = ask.http.post(
        path(ask.told, project, "_apis/wit/workitemsbatch"), body, {"api-version": VERSION}
    ).body
    items = [one for one in (told or {}).get("value") or () if isinstance(one, dict)]
    return [{**one, "updates": _updates(ask, project, one["id"])} for one in items if "id" in one]


def _updates(ask: Ask, project: str, number: int) -> list[dict[str, Any]]:
    found, start = list[dict[str, Any]](), 0
    address = path(ask.told, project, "_apis/wit/workItems", number, "updates")
    while True:
        page = rows(ask.http, address, {"$top": MOST_UPDATES, "$skip": start})
        found += page
        start += MOST_UPDATES
        if len(page) < MOST_UPDATES:
            return once(found, "id")


def _iterations(ask: Ask, project: str) -> dict[str, dict[str, Any]]:
    """Iterations with dates, by the path that work items name them by."""
    roots = rows(ask.http, path(ask.told, project, "_apis/wit/classificationnodes"), {"$depth": 14})
    found: dict[str, dict[str, Any]] = {}

    def walk(node: dict[str, Any], above: str) -> None:
        here = f"{above}\\{node['name']}" if above else str(node["name"])
        told = node.get("attributes") or {}
        if told.get("startDate") and told.get("finishDate"):
            found[here] = {"id": node.get("identifier") or node.get("id"), "name": node["name"], **told}
        for child in node.get("children") or ():
            walk(child, here)

    for root in roots:
        if str(root.get("structureType")).casefold() == "iteration" and root.get("name"):
            walk(root, "")
    return found


WORK_ITEMS = Stream(
    name="work_items",
    title="work items and sprints",
    tables=("tickets", "ticket_moves", "sprints"),
    needs="the scope Work Items (Read)",
    pages=("Delivery",),
    plan=plan,
    fetch=fetch,
    parse=parse,
    by_id=True,
)
