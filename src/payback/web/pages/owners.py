"""Owners missing: every tool, licence, key, project and workflow that nobody answers for, dearest first, with a form to name one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from payback.app.ownerless import ownerless
from payback.web import words
from payback.web.blocks import Button, Column, Empty, Link, Table, Tile
from payback.web.page import Page
from payback.web.pages.people import decided
from payback.web.people import known_owners

if TYPE_CHECKING:
    from collections.abc import Mapping

    from payback.web.asking import Ask

MOST = 100
COLUMNS = (
    Column("title", "What"),
    Column("kind", "Kind"),
    Column("about", "Known as"),
    Column("vendor", "Vendor"),
    Column("list_usd", "List price", "money", bar=True),
    Column("billed", "Billed", "money"),
    Column("reason", "Whom to ask"),
)
ACTS = Column("acts", "Name an owner", "acts")


def view(ask: Ask, _path: Mapping[str, str]) -> dict[str, Any]:
    """What has no owner, and what it cost in these days."""
    rows = ownerless(ask.desk.view(ask.filters.period, ask.scope))
    if not rows:
        why = "Every tool, licence, key, project and workflow in these days has an owner."
        return {"empty": Empty("Nothing is without an owner", why, (Link("Go to Tools", "/tools"),))}
    may_name = ask.scope.may_see_people
    more = f"The {MOST} dearest of {words.grouped(len(rows))}. " if len(rows) > MOST else ""
    note = f"{more}An owner is a person or a team; who named whom is recorded. Money of one thing can stand in several rows."
    return {
        "empty": None,
        "tiles": tuple(
            Tile(
                "",
                f"{words.title(kind)}s",
                sum(row["kind"] == kind for row in rows),
                "count",
                note="without an owner",
            )
            for kind in dict.fromkeys(row["kind"] for row in sorted(rows, key=lambda row: row["kind"]))
        ),
        "table": Table(
            f"Without an owner in {words.days(ask.filters.period)}",
            (*COLUMNS, ACTS) if may_name else COLUMNS,
            tuple(_row(row) for row in rows[:MOST]),
            note=note,
        ),
        "known": known_owners(ask.desk.directory()) if may_name else (),
    }


def _row(row: Mapping[str, Any]) -> dict[str, Any]:
    is_tool = row["kind"] == "tool"
    return {
        **row,
        "title": words.title(row["subject"]) if is_tool else row["subject"],
        "about": row["name"],
        "acts": (
            Button(
                "Name",
                {"act": "name", "kind": row["kind"], "subject": row["subject"]},
                f"Name the owner of {row['kind']} {row['subject']}",
                asks=("owner", "Person or team", row["proposed"] or ""),
            ),
        ),
    }


def act(ask: Ask, _path: Mapping[str, str], form: Mapping[str, str]) -> str:
    """Name an owner."""
    register = ask.desk.register
    return decided(
        ask,
        {"name": lambda: register.name_owner(form["kind"], form["subject"], form["owner"], ask.scope)},
        form,
    )


PAGE = Page(
    "owners",
    "/owners",
    "Owners missing",
    "Control",
    "What does nobody answer for?",
    view,
    controls=("days",),
    dimensions=(),
    act=act,
)
