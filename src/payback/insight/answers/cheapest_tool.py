"""Which tool costs least per merged change at equal rework?"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from payback.insight.answers.saved import Asks, Mark, Picture, Saved, Told
from payback.insight.saying import money, percent
from payback.metrics.premium import FEWEST, Again, difference

if TYPE_CHECKING:
    from collections.abc import Sequence

    from payback.insight.answers.saved import Figures

COST, AGAIN = "cost_per_merged_pr", "rework_rate"
EQUAL = 0.1
EQUALS, WORSE, UNTOLD = "equal", "more", "cannot tell"
COLUMNS = (
    ("name", "Tool", "text"),
    ("cost", "A merged change, list price", "money"),
    ("n", "n", "count"),
    ("rework", "Done again", "share"),
    ("rework_n", "of which it is known", "count"),
    ("between", "95 % between", "text"),
    ("beside", "Beside the answer", "text"),
)
NOTE = (
    "A change counts with the tool that took most of its money; seats that cost the same whatever is done are not in the list price. "
    f"Tools of fewer than {FEWEST} changes are left out. Rework is equal where 95 % of the difference lies within 10 points. "
    "It compares what tools were used for, so it is an association."
)


def answer(figures: Figures) -> Told:
    """The cheapest tool whose changes are not done again more often than another's beyond chance, with what is known of that."""
    rows = _rows(figures)
    if len(rows) < 2:
        says = (
            "It",
            "cannot be told",
            f"yet: fewer than two tools have {FEWEST} merged changes of known cost in 13 weeks.",
        )
        return Told(says, is_told=False)
    first = next((row for row in rows if not _is_worse(row, rows)), rows[0])
    others = [row for row in rows if row is not first]
    for row in rows:
        row["beside"] = "" if row is first else f"{_beside(first, row)} done again with {first['name']}"
    words = {_word(first, row) for row in others}
    is_equal = words == {EQUALS}
    between = "within 10 points of the others" if is_equal else _open(first, others)
    lead = f"a merged change at list price (n = {first['n']:,}); {percent(first['rework'])} of them were done again, {between}."
    says = ("", f"{first['name']}, {money(first['cost'])}", lead)
    marks = tuple(Mark(row["name"], row["cost"]) for row in rows)
    shown = tuple({name: value for name, value in row.items() if name != "again"} for row in rows)
    picture = Picture("List price of a merged change by tool", "money", marks)
    return Told(says, is_told=is_equal, columns=COLUMNS, rows=shown, picture=picture, note=NOTE)


def _rows(figures: Figures) -> list[dict[str, Any]]:
    """Tools with enough changes, the cheapest first."""
    found = []
    for row in figures.answers["tools"].rows:
        cost, again = row.figures[COST], row.figures[AGAIN]
        told = Again(int(again.numerator or 0), int(again.denominator or 0))
        if row.keys["tool"] is None or not isinstance(cost.value, Decimal) or min(cost.n, told.n) < FEWEST:
            continue
        low, high = told.wilson()
        found.append(
            {
                "name": figures.name(row.keys["tool"]),
                "id": row.keys["tool"],
                "cost": cost.value,
                "n": cost.n,
                "rework": Decimal(str(round(told.share, 4))),
                "rework_n": told.n,
                "between": f"{percent(low)} and {percent(high)}",
                "again": told,
            }
        )
    return sorted(found, key=lambda row: (row["cost"], row["id"]))


def _is_worse(row: dict[str, Any], rows: Sequence[dict[str, Any]]) -> bool:
    return any(difference(row["again"], other["again"])[0] > 0 for other in rows if other is not row)


def _word(first: dict[str, Any], other: dict[str, Any]) -> str:
    low, high = difference(first["again"], other["again"])
    if low > 0:
        return WORSE
    return EQUALS if high <= EQUAL and low >= -EQUAL else EQUALS if high <= 0 else UNTOLD


def _beside(first: dict[str, Any], other: dict[str, Any]) -> str:
    low, high = difference(first["again"], other["again"])
    return f"{low * 100:+.0f} to {high * 100:+.0f} points more".replace("-", "−")


def _open(first: dict[str, Any], others: Sequence[dict[str, Any]]) -> str:
    open_ = [row for row in others if _word(first, row) != EQUALS]
    names = ", ".join(f"{row['name']} {_beside(first, row)}" for row in open_)
    return f"and whether that is equal cannot be told ({names})"


SAVED = Saved(
    "cheapest-tool",
    "Which tool costs least per merged change at equal rework?",
    {
        "tools": Asks(
            (COST, AGAIN),
            ("tool",),
            where={"ai_class": ("agent_authored", "agent_assisted")},
            currency="USD",
        )
    },
    answer,
    "/unit-costs?range=90d",
)
