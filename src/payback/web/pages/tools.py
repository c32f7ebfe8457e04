"""Tools: who answers for each, what it is for, how many seats and users it has, what it costs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from payback.app.holdings import tools
from payback.web import words
from payback.web.blocks import Column, Table
from payback.web.emptiness import nothing_in_range
from payback.web.page import Page
from payback.web.palette import hues
from payback.web.people import named

if TYPE_CHECKING:
    from collections.abc import Mapping

    from payback.web.asking import Ask

COLUMNS = (
    Column("title", "Tool"),
    Column("purpose", "For"),
    Column("owner_name", "Owner", "badge"),
    Column("approval", "Approved", "badge"),
    Column("seats", "Seats", "count", help="Held now"),
    Column("users", "Users", "count", help="People and accounts with use in these days"),
    Column("list_usd", "List price", "money", bar=True),
    Column("billed", "Billed", "money"),
)
APPROVAL = {True: ("yes", "good"), False: ("no", "bad"), None: ("not said", "plain")}


def view(ask: Ask, _path: Mapping[str, str]) -> dict[str, Any]:
    """All tools, dearest first."""
    rows = tools(ask.desk.view(ask.filters.period, ask.scope))
    if not rows:
        return {"empty": nothing_in_range(ask, "tool")}
    note = "List price in USD. A tool is described under [[tools]] in payback.toml; owners are named on the page Owners missing."
    shown = tuple(_row(ask, row) for row in rows)
    return {
        "empty": None,
        "table": Table(f"Tools in {words.days(ask.filters.period)}", COLUMNS, shown, note=note),
    }


def _row(ask: Ask, row: Mapping[str, Any]) -> dict[str, Any]:
    approval, tone = APPROVAL[row["approved"]]
    hue = hues([row["tool_id"]])[row["tool_id"]]
    return {
        **row,
        "title": row["name"] if row["name"] not in {None, row["tool_id"]} else words.title(row["tool_id"]),
        "hue": hue,
        "bar_hue": hue,
        "owner_name": named(ask.desk.directory(), row["owner"]) or "nobody",
        "owner_name_tone": "plain" if row["owner"] else "attention",
        "approval": approval,
        "approval_tone": tone,
    }


PAGE = Page(
    "tools",
    "/tools",
    "Tools",
    "Control",
    "Who answers for which tool?",
    view,
    controls=("days",),
    dimensions=(),
)
