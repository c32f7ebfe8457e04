"""What would we lose if we cut each tool to its active users?"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from payback.insight.answers.saved import MONTH, RECENT, Asks, Mark, Picture, Saved, Told
from payback.insight.saying import money, plural

if TYPE_CHECKING:
    from payback.insight.answers.saved import Figures
    from payback.metrics.question import Answer

COLUMNS = (
    ("name", "Tool", "text"),
    ("seats", "Seats", "count"),
    ("active", "Used in 28 days", "count"),
    ("idle", "Unused for 30 days", "count"),
    ("saved", "Their money in 30 days", "money"),
    ("users", "People with use in 13 weeks", "count"),
    ("lapsed", "of them not in 28 days", "count"),
)
NOTE = (
    "Nobody who used a tool in the last 28 days would lose it. Who used it in the last 13 weeks and not since might want it back: that is "
    "what would be lost, as far as use tells. Money comes back from the next renewal on. "
)


def answer(figures: Figures) -> Told:
    """For the tool with most idle money: what is saved a month, and how many people would lose a tool they used lately."""
    rows = sorted(_rows(figures), key=lambda row: (-(row["saved"] or Decimal(0)), -row["idle"], row["id"]))
    if not rows:
        return Told(("It", "cannot be told", "yet: no seats are known."), is_told=False)
    first = rows[0]
    if not first["idle"]:
        says = (
            "",
            "Nothing,",
            "and nothing would be saved: every seat of which it is known was used in the last 30 days.",
        )
        return Told(says, is_told=True, columns=COLUMNS, rows=tuple(rows), note=_note(figures))
    lapsed = first["lapsed"]
    loses = (
        "nobody loses a tool they used in 13 weeks"
        if not lapsed
        else (
            f"{plural(lapsed, 'person', 'people')} who used it in the last 13 weeks and not in the last 28 days would lose it"
        )
    )
    saved = money(first["saved"], figures.currency) if first["saved"] else "an unknown amount"
    says = (
        f"{first['name']}: giving back the {first['idle']:,} unused of {plural(first['seats'], 'seat')} saves",
        f"{saved} a month,",
        f"and {loses}.",
    )
    marks = tuple(Mark(row["name"], row["saved"]) for row in rows if row["saved"])
    picture = Picture("Money of unused seats in the last 30 days, by tool", "money", marks) if marks else None
    return Told(says, is_told=True, columns=COLUMNS, rows=tuple(rows), picture=picture, note=_note(figures))


def _rows(figures: Figures) -> list[dict[str, Any]]:
    seats = _by_tool(
        figures.answers["seats"], "seats_assigned", "seats_active", "seats_idle", "idle_seat_spend"
    )
    users, recent = (_by_tool(figures.answers[name], "active_users") for name in ("users", "recent"))
    found = []
    for tool, (held, active, idle, spend) in seats.items():
        if not held:
            continue
        used = int(users.get(tool, (0,))[0] or 0)
        found.append(
            {
                "name": figures.name(tool),
                "id": tool,
                "seats": int(held),
                "active": int(active or 0),
                "idle": int(idle or 0),
                "saved": spend,
                "users": used,
                "lapsed": max(0, used - int(recent.get(tool, (0,))[0] or 0)),
            }
        )
    return found


def _by_tool(told: Answer, *metrics: str) -> dict[str, tuple[Any, ...]]:
    return {
        tool: tuple(row.figures[metric].value for metric in metrics)
        for row in told.rows
        if (tool := row.keys["tool"]) is not None
    }


def _note(figures: Figures) -> str:
    others = figures.answers["seats"].coverage.other_currencies
    return NOTE + (
        f"Seats paid in {', '.join(others)} are counted, their money is not in it." if others else ""
    )


SAVED = Saved(
    "cut-seats",
    "What would we lose if we cut a tool to its active users?",
    {
        "seats": Asks(("seats_assigned", "seats_active", "seats_idle", "idle_seat_spend"), ("tool",), MONTH),
        "users": Asks(("active_users",), ("tool",)),
        "recent": Asks(("active_users",), ("tool",), RECENT),
    },
    answer,
    "/seats",
)
