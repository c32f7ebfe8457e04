"""Tools and seats: what is licensed, what is used, what nobody uses and costs money, and what can be given back when."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from payback.web import words
from payback.web.asking import number
from payback.web.blocks import Column, Link, Sentence, Table
from payback.web.emptiness import nothing_in_range, nothing_yet
from payback.web.page import Page
from payback.web.palette import hues

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from payback.app.reclaim import Reclaimable
    from payback.metrics.question import Row
    from payback.web.asking import Ask

METRICS = (
    "seats_assigned",
    "seats_active",
    "seats_idle",
    "idle_seat_spend",
    "license_spend",
    "active_users",
    "acceptance_rate",
    "acceptance_rate_lines",
    "duplicate_tool_spend",
)
COLUMNS = (
    Column("name", "Tool"),
    Column("seats_assigned", "Licensed", "count", help="Seats held on the last of these days"),
    Column("seats_active", "In use", "count", help="Seats used on at least one of 28 days"),
    Column(
        "seats_idle", "Idle", "count", bar=True, help="Paid seats held for 30 days and used on none of them"
    ),
    Column("idle_seat_spend", "Money of idle seats", "money", bar=True),
    Column("renews_on", "Next renewal", "day", help="The next renewal of an idle seat"),
    Column("license_spend", "Licences, amortised", "money"),
    Column("active_users", "Active users", "count"),
    Column("acceptance_rate", "Accepted", "share", help="Suggestions accepted of those shown"),
    Column("acceptance_rate_lines", "Lines accepted", "share", help="Lines accepted of those shown"),
    Column(
        "duplicate_tool_spend",
        "Second tool",
        "money",
        help="Seats of people whom another tool already serves for the same purpose",
    ),
)
RECLAIM = (
    Column("renews_on", "Renews on", "day"),
    Column("name", "Tool"),
    Column("whose", "Whose"),
    Column("seats", "Seats", "count"),
    Column("last_used", "Last used", "day"),
    Column("a_month", "A month", "money"),
)
MONEY = ("license_spend", "duplicate_tool_spend")
SHARES = ("acceptance_rate", "acceptance_rate_lines")
MOST = 200


def view(ask: Ask, _path: Mapping[str, str]) -> dict[str, Any]:
    """Every tool with its seats, the seats to give back, and purposes that several tools serve."""
    if ask.span is None:
        return {"empty": nothing_yet(ask)}
    rows = ask.answer(*METRICS, by=("tool",)).rows
    back = ask.desk.reclaimable(ask.scope)
    told = tuple(_row(ask, row, back) for row in rows if row.keys["tool"])
    if not told:
        return {"empty": nothing_in_range(ask, "tool")}
    seated = any(row["seats_assigned"] for row in told)
    return {
        "empty": None,
        "sentence": _sentence(ask, told, back),
        "table": Table(
            f"Tools in {words.days(ask.filters.period)}",
            COLUMNS
            if seated
            else tuple(column for column in COLUMNS if column.key in {"name", "active_users"}),
            tuple(
                sorted(
                    told,
                    key=lambda row: (
                        -(row["idle_seat_spend"] or 0),
                        -(row["seats_assigned"] or 0),
                        row["name"],
                    ),
                )
            ),
            note=""
            if seated
            else "No seats are known: connect Copilot or Cursor, or take in a list of seats.",
        ),
        "reclaim": _reclaim(ask, back),
        "purposes": _purposes(ask, told),
        "link": Link("Who answers for which tool", ask.filters.kept("/tools")),
    }


def _row(ask: Ask, row: Row, back: Sequence[Reclaimable]) -> dict[str, Any]:
    tool = row.keys["tool"]
    days = [one.renews_on for one in back if one.tool == tool and one.renews_on]
    hue = hues([tool])[tool]
    return {
        "tool": tool,
        "name": _name(ask, tool or ""),
        "hue": hue,
        "bar_hue": hue,
        **_figures(row),
        "renews_on": min(days, default=None),
        "quiet": not row.figures["seats_assigned"].value,
    }


def _figures(row: Row) -> dict[str, Decimal | None]:
    """The figures of a tool; those of seats and money are left out where there is nothing behind them."""
    found = {metric: number(row.figures[metric]) for metric in METRICS}
    seats = bool(found["seats_assigned"])
    return {
        metric: value
        if metric == "active_users" or (value if metric in MONEY else seats or metric in SHARES)
        else None
        for metric, value in found.items()
    }


def _name(ask: Ask, tool: str) -> str:
    known = ask.desk.directory().tools.get(tool)
    return known.name if known and known.name != tool else words.title(tool)


def _sentence(ask: Ask, rows: Sequence[Mapping[str, Any]], back: Sequence[Reclaimable]) -> Sentence:
    held = sum((row["seats_assigned"] or 0 for row in rows), Decimal(0))
    if not held:
        return Sentence("", "No seat", "is known, so none can be called idle.")
    seats = sum(one.seats for one in back)
    if not seats:
        return Sentence("None of", words.plural(int(held), "seat"), "is known to be idle.")
    following = next((one for one in back if one.renews_on), None)
    soon = (
        f" The next renewal is {words.day(following.renews_on)}, {_name(ask, following.tool)}."
        if following and following.renews_on
        else ""
    )
    return Sentence(
        f"{words.grouped(seats)} of {words.plural(int(held), 'seat')} can be given back:",
        _a_month(back),
        f"a month, from each renewal on.{soon}",
    )


def _a_month(back: Sequence[Reclaimable]) -> str:
    """What the seats cost a month, by currency; those without a known price are said to be more."""
    sums: dict[str, Decimal] = {}
    for one in back:
        if one.a_month is not None:
            sums[one.currency] = sums.get(one.currency, Decimal(0)) + one.a_month
    if not sums:
        return "an unknown amount"
    more = "≥ " if any(one.a_month is None for one in back) else ""
    return more + " and ".join(words.money(amount, currency) for currency, amount in sums.items())


def _reclaim(ask: Ask, back: Sequence[Reclaimable]) -> Table:
    rows = tuple(
        {
            "renews_on": one.renews_on,
            "name": _name(ask, one.tool),
            "whose": _whose(ask, one),
            "seats": one.seats,
            "last_used": one.last_used,
            "a_month": one.a_month,
            "a_month_unknown": "no price known",
            "currency": one.currency,
        }
        for one in back[:MOST]
    )
    columns = RECLAIM if ask.scope.may_see_people else tuple(one for one in RECLAIM if one.key != "last_used")
    whose = (
        ""
        if ask.scope.may_see_people
        else " Holders are named to who may see people; small teams are folded."
    )
    return Table(
        "Seats to give back, the next renewal first",
        columns,
        rows,
        empty="There is no idle seat to give back.",
        note=f"Idle, paid and not cancelled yet. Money comes back from the renewal on, not from the past.{whose}"
        if rows
        else "",
    )


def _whose(ask: Ask, one: Reclaimable) -> str:
    """The holder where they may be named, else the team."""
    held = ask.desk.directory()
    if one.holder:
        person = held.people.get(one.holder)
        return person.name if person else one.holder
    team = held.teams.get(one.team or "")
    return team.name if team else one.team or words.title("")


def _purposes(ask: Ask, rows: Sequence[Mapping[str, Any]]) -> Table:
    """Purposes that more than one tool in use serves."""
    used = {row["tool"]: row for row in rows}
    by_purpose: dict[str, list[str]] = {}
    for tool in ask.desk.directory().tools.values():
        if tool.purpose and tool.tool_id in used:
            by_purpose.setdefault(tool.purpose, []).append(tool.tool_id)
    shown = tuple(
        {
            "purpose": purpose,
            "tools": ", ".join(_name(ask, tool) for tool in sorted(tools)),
            "users": sum((used[tool]["active_users"] or 0 for tool in tools), Decimal(0)),
            "money": _sum(used[tool]["duplicate_tool_spend"] for tool in tools),
        }
        for purpose, tools in sorted(by_purpose.items())
        if len(tools) > 1
    )
    columns = (
        Column("purpose", "Purpose"),
        Column("tools", "Tools"),
        Column("users", "Users, each tool counted", "count"),
        Column("money", "Money of second seats", "money"),
    )
    return Table(
        "Several tools for one purpose",
        columns,
        shown,
        empty="No purpose is told to be served by two tools in use. Purposes are told under [[tools]] in payback.toml.",
        note="A second seat is one whose holder another tool for the same purpose serves more."
        if shown
        else "",
    )


def _sum(amounts: Any) -> Decimal | None:
    known = [amount for amount in amounts if amount is not None]
    return sum(known, Decimal(0)) if known else None


PAGE = Page(
    "seats",
    "/seats",
    "Tools and seats",
    "Spend",
    "Which licences does nobody use?",
    view,
    controls=("days",),
    dimensions=(),
)
