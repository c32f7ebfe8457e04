"""One team: its members with their dates, its money, what limits it and what it is judged on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from payback.app.teams import team, teams
from payback.web import words
from payback.web.blocks import Column, Table, Tile
from payback.web.page import Page
from payback.web.pages.teams import row_of
from payback.web.people import told_day

if TYPE_CHECKING:
    from collections.abc import Mapping

    from payback.web.asking import Ask

MEMBERS = (
    Column("name", "Member"),
    Column("valid_from", "From", "instant"),
    Column("valid_until", "Until", "instant"),
)
WITHIN = (
    Column("name", "Team"),
    Column("members", "Members", "count"),
    Column("list_within", "List price", "money"),
    Column("billed_within", "Billed", "money"),
)


def view(ask: Ask, path: Mapping[str, str]) -> dict[str, Any]:
    """The team, or UnknownNameError where there is none that the reader may see."""
    looked = ask.desk.view(ask.filters.period, ask.scope)
    found = team(looked, path["team_id"])
    within = tuple(row_of({**row, "depth": 0}) for row in teams(looked) if row["parent"] == path["team_id"])
    members = tuple(
        {
            **row,
            "href": f"/people/{quote(row['person_id'], safe='')}",
            "valid_from": told_day(row["valid_from"]),
            "quiet": row["valid_until"] is not None,
        }
        for row in found["memberships"]
    )
    closed = "Names are shown to those with the right to see people."
    return {
        "empty": None,
        "title": found["name"],
        "facts": _facts(found),
        "tiles": _tiles(ask, found),
        "within": Table(f"Teams within {found['name']}", WITHIN, within),
        "members": Table(
            "Members by date", MEMBERS, members, empty="Nobody yet." if ask.scope.may_see_people else closed
        ),
    }


def _facts(found: Mapping[str, Any]) -> tuple[tuple[str, Any], ...]:
    limit = f"{found['limit']}, proposed because {found['limit_reason']}" if found["limit"] else None
    told = (
        ("Cost centre", found["cost_center"]),
        ("Limited by", found["constraint"] or limit),
        ("Judged on", found["primary_metric"]),
    )
    return tuple((term, value) for term, value in told if value)


def _tiles(ask: Ask, found: Mapping[str, Any]) -> tuple[Tile, ...]:
    days = words.days(ask.filters.period)
    return (
        Tile("spend_list", "List price", found["list_within"], "money", "no use known", note=f"{days}, USD"),
        Tile("spend_billed", "Billed", found["billed_within"], "money", "no bill known", note=days),
        Tile("", "Members", found["members"], "count", note="on the last of these days"),
    )


PAGE = Page(
    "team",
    "/teams/{team_id}",
    "Team",
    "Control",
    "Who is in it, and what does it spend?",
    view,
    parent="teams",
    controls=("days",),
    dimensions=(),
    example=(("team_id", "red"),),
)
