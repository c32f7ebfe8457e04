"""One line of full cost, row by row: what was entered, and each change with AI beside the changes it is held against."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from payback.errors import UnknownNameError
from payback.metrics.catalogue.full_cost import LINES
from payback.web import words
from payback.web.blocks import Column, Sentence, Table
from payback.web.page import Page
from payback.web.worths import between

if TYPE_CHECKING:
    from collections.abc import Mapping

    from payback.web.asking import Ask

MOST = 200
COLUMNS = (
    Column("what", "What"),
    Column("day", "Day", "day"),
    Column("team", "Team"),
    Column("workflow", "Workflow"),
    Column("how", "Known from"),
    Column("took", "Took, hours", "number"),
    Column("expected", "Expected", "number", help="Mean hours of the changes without AI it is held against"),
    Column("matched", "Held against", "count", help="How many changes without AI it is held against"),
    Column("hours", "Counted, hours", "number"),
    Column("rate", "An hour", "money"),
    Column("cost", "Cost", "change"),
)
RULES = (Column("basis", "Rule that made hours of what is known"), Column("rows", "Rows", "count"))


def view(ask: Ask, path: Mapping[str, str]) -> dict[str, Any]:
    """The rows of a line, dearest first; UnknownNameError where there is no such line."""
    known = {kind: (title, question) for kind, title, question, _ in LINES}
    if path["line"] not in known:
        raise UnknownNameError("line of full cost", path["line"], known)
    title, question = known[path["line"]]
    cost = ask.desk.payback.costing(ask.scope, ask.filters.period, where=ask.where).whole
    line = next(one for one in cost.lines if one.kind == path["line"])
    rows = ask.desk.payback.rows(ask.scope, ask.filters.period, path["line"], ask.where)
    told = ask.say(line.cost, "money") if line.cost is not None else f"{line.hours:.1f} hours"
    ends = f", {between(ask, line.interval)} at 95 %" if line.interval else ""
    note = f"The {MOST} dearest of {len(rows)}." if len(rows) > MOST else ""
    return {
        "empty": None,
        "title": title,
        "sentence": Sentence(question, told, f"in {words.days(ask.filters.period)}{ends}."),
        "metric": f"{line.kind}_cost",
        "rules": Table(
            "By which rule",
            RULES,
            tuple({"basis": basis, "rows": count} for basis, count in line.basis.items()),
            empty="No row counts.",
        ),
        "table": Table(
            f"Rows of {title.lower()}",
            COLUMNS,
            tuple(_row(row) for row in rows[:MOST]),
            empty="Nothing was entered or measured in these days.",
            note=note,
        ),
    }


def _row(row: Mapping[str, Any]) -> dict[str, Any]:
    change = row["pull_request"]
    what = change or row["output_id"] or row["about"] or words.title(row["kind"])
    how = "stands back for what was entered" if row["replaced"] else row["how"]
    names = (
        "day",
        "team",
        "workflow",
        "took",
        "expected",
        "matched",
        "hours",
        "rate",
        "currency",
        "cost",
    )
    return {
        **{name: row[name] for name in names},
        "what": words.tail(what) if change else what,
        "href": f"/changes/{quote(change, safe='')}" if change and row["took"] is not None else "",
        "how": how,
        "quiet": row["replaced"],
    }


PAGE = Page(
    "payback_line",
    "/payback/{line}",
    "Line of cost",
    "Payback",
    "What are its rows?",
    view,
    parent="payback",
    controls=("days",),
    dimensions=("team",),
    example=(("line", "review"),),
)
