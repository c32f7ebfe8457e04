"""Changes: pull requests with what the evidence says about AI, their size and course, and their list price."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from payback.web import words
from payback.web.blocks import Column, Empty, Link, Table
from payback.web.emptiness import nothing_in_range
from payback.web.ordering import sort_key
from payback.web.page import Page
from payback.web.pages.sessions import change_href
from payback.web.paging import PAGE_SIZE, pager
from payback.web.palette import hues

if TYPE_CHECKING:
    from collections.abc import Mapping

    from payback.web.asking import Ask

COLUMNS = (
    Column("name", "Change", "code", sort="pull_request_id"),
    Column("title", "Title", sort="title"),
    Column("ai", "AI evidence", "badge", sort="ai_class"),
    Column("merged_at", "Merged", "instant", sort="merged_at"),
    Column("additions", "Added", "count", sort="additions"),
    Column("deletions", "Removed", "count", sort="deletions"),
    Column("cycle_hours", "Cycle time", "hours", sort="cycle_hours"),
    Column("sessions", "Sessions", "count", sort="sessions"),
    Column("cost_list", "List price", "money", sort="cost_list", bar=True),
)
NOTE = (
    "Counts of AI work are lower bounds: no sign of AI does not mean that none took part. "
    "List price is that of linked sessions only."
)
FROM_GIT_ALONE = "Descriptions, labels and reviews are not in Git, so signs of AI in them are not seen yet."


def view(ask: Ask, _path: Mapping[str, str]) -> dict[str, Any]:
    """One page of changes, in the order asked for."""
    sort = ask.filters.sort or "-merged_at"
    sort_key(sort, COLUMNS)
    start = (ask.filters.page - 1) * PAGE_SIZE
    rows = ask.desk.changes(ask.filters.period, ask.where, ask.scope, PAGE_SIZE + 1, start, sort=sort)
    if not rows and ask.filters.page == 1:
        return {"empty": _empty(ask)}
    shown = tuple(_row(row) for row in rows[:PAGE_SIZE])
    note = NOTE if all(row["evidence_complete"] for row in rows) else f"{NOTE} {FROM_GIT_ALONE}"
    table = Table(f"Changes in {words.days(ask.filters.period)}", COLUMNS, shown, sort=sort, note=note)
    return {"empty": None, "table": table, "pager": pager(ask.filters, len(rows))}


def _row(row: Mapping[str, Any]) -> dict[str, Any]:
    tools = ", ".join(
        words.title(tool.strip()) for tool in (row["ai_tools"] or "").split(",") if tool.strip()
    )
    return {
        **row,
        "name": words.tail(row["pull_request_id"]),
        "ai": words.title(row["ai_class"]) + (f": {tools}" if tools else ""),
        "ai_hue": hues([row["ai_class"]])[row["ai_class"]],
        "cost_list_unknown": "no session linked",
        "href": change_href(row["pull_request_id"]),
    }


def _empty(ask: Ask) -> Empty:
    if any(source["kind"] == "repositories" and source["rows"] for source in ask.desk.sources()):
        return nothing_in_range(ask, "change")
    return Empty(
        "No repository has been read yet",
        "Repositories of the agents' working directories are read by themselves; others can be named under [git] roots "
        "in payback.toml. Reading them opens this page and the receipts of changes.",
        (Link("See the sources", "/sources"),),
    )


PAGE = Page(
    "changes",
    "/changes",
    "Changes",
    "Delivery",
    "What came of it, and what did each change cost?",
    view,
    controls=("days",),
    dimensions=("team", "repo"),
)
