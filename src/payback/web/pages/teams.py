"""Teams as a tree: members on the last of the days, money of each with the teams within it, what limits it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from payback.app.teams import teams
from payback.web import words
from payback.web.blocks import Column, Empty, Link, Table
from payback.web.page import Page

if TYPE_CHECKING:
    from collections.abc import Mapping

    from payback.web.asking import Ask

COLUMNS = (
    Column("name", "Team"),
    Column("members", "Members", "count", help="On the last of these days"),
    Column("list_usd", "List price", "money", bar=True),
    Column("list_within", "with its teams", "money"),
    Column("billed", "Billed", "money"),
    Column("billed_within", "with its teams", "money"),
    Column("limited_by", "Limited by"),
    Column("primary_metric", "Judged on"),
)


def view(ask: Ask, _path: Mapping[str, str]) -> dict[str, Any]:
    """The tree, and the money of no team."""
    rows = teams(ask.desk.view(ask.filters.period, ask.scope))
    if not any(row["team_id"] for row in rows):
        why = "Name teams in payback.toml under [[teams]], or connect SCIM; their money then stands beside them."
        return {"empty": Empty("No team is known yet", why, (Link("See how money is spent now", "/spend"),))}
    note = (
        "List price in USD: what the same use would cost on the meter. "
        "Who was in which team is said by dates; a move leaves the money of earlier days where it was."
    )
    return {
        "empty": None,
        "table": Table(
            f"Teams in {words.days(ask.filters.period)}",
            COLUMNS,
            tuple(row_of(row) for row in rows),
            note=note,
        ),
    }


def row_of(row: Mapping[str, Any]) -> dict[str, Any]:
    """A team as a row of the tree."""
    if row["team_id"] is None:
        return {**row, "name": "Unattributed", "quiet": True, "limited_by": None, "primary_metric": None}
    proposed = f"{row['limit']} (proposed)" if row["limit"] else None
    return {
        **row,
        "href": f"/teams/{quote(row['team_id'], safe='')}",
        "limited_by": row["constraint"] or proposed,
    }


PAGE = Page(
    "teams",
    "/teams",
    "Teams",
    "Control",
    "Who spends what, and where does it stand in the house?",
    view,
    controls=("days",),
    dimensions=(),
)
