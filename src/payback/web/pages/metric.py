"""One metric: what it means, how it is made, and why its number is what it is in the days chosen."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from payback.web.asking import number
from payback.web.blocks import Column, Table, Tile
from payback.web.definitions import definition, knows
from payback.web.page import Page

if TYPE_CHECKING:
    from collections.abc import Mapping

    from payback.metrics.question import Answer, Figure
    from payback.web.asking import Ask
    from payback.web.definitions import Definition

SOURCES = (
    Column("source", "Source", "code"),
    Column("rows", "Rows", "count"),
    Column("last_synced_at", "Last taken in", "instant"),
)


def view(ask: Ask, path: Mapping[str, str]) -> dict[str, Any]:
    """The metric with its number, or UnknownNameError for an id that is not in the catalogue."""
    meant = definition(path["metric"])
    unknown = "" if knows(meant.id, set(ask.filters.where)) else _refusal(ask, meant.dimensions)
    answer = None if unknown else ask.answer(meant.id)
    figure = answer.totals[meant.id] if answer else None
    return {
        "empty": None,
        "title": meant.title,
        "metric": meant,
        "tile": _tile(ask, meant, answer, unknown),
        "parts": _parts(figure, meant.kind),
        "coverage": _coverage(answer) if answer else None,
        "scope": answer.scope if answer else "",
        **_behind(ask, meant.id, bool(answer)),
    }


def _tile(ask: Ask, meant: Definition, answer: Answer | None, unknown: str) -> Tile:
    """The number with its change, ≥ where tokens without a price make it a lower bound."""
    if answer is None:
        return Tile(meant.id, meant.title, None, meant.kind, unknown)
    figure = answer.totals[meant.id]
    before = ask.answer(meant.id, period=ask.previous).totals[meant.id] if ask.previous else None
    return Tile(
        meant.id,
        meant.title,
        number(figure),
        meant.kind,
        "nothing in these days to make it of",
        at_least=meant.kind == "money" and bool(number(answer.coverage.figures.get("unpriced_tokens"))),
        change=ask.change(figure, before, meant.kind, meant.better),
    )


def _behind(ask: Ask, metric: str, answered: bool) -> dict[str, Any]:  # noqa: FBT001 -- whether there is a number
    """The way from the number to its rows: tables, sources, rules, charges, and the engine's own words."""
    if not answered:
        return {"behind": (), "sql": None}
    told = ask.desk.explain(ask.query(metric), ask.scope)
    return {
        "behind": (
            Table(
                "Rows behind it",
                (Column("table", "Table", "code"), Column("rows", "Rows", "count")),
                tuple(told["facts"]),
            ),
            Table("Where they came from", SOURCES, tuple(_source(line) for line in told["sources"])),
            Table(
                "Rules that placed them",
                (Column("basis", "Rule"), Column("rows", "Rows", "count")),
                tuple(told["rules"]),
            ),
        ),
        "sql": told["sql"],
    }


def _source(line: Mapping[str, Any]) -> dict[str, Any]:
    synced = line["last_synced_at"]
    return {**line, "last_synced_at": datetime.fromisoformat(synced) if isinstance(synced, str) else synced}


def _refusal(ask: Ask, known: tuple[str, ...]) -> str:
    names = ", ".join(name for name in ask.filters.where if name not in known)
    return f"it cannot be filtered by {names}"


def _parts(figure: Figure | None, kind: str) -> Table | None:
    """What the number was made of: the part over the line, under it, the rows measured and those left out."""
    if figure is None:
        return None
    over = kind if figure.denominator is None else "number"
    rows: list[dict[str, Any]] = [
        {
            "part": "Above the line" if figure.denominator is not None else "The number",
            "value": figure.numerator,
            "kind": over,
        }
    ]
    if figure.denominator is not None:
        rows.append({"part": "Under the line", "value": figure.denominator, "kind": "number"})
    rows += [
        {"part": "Rows measured", "value": figure.n, "kind": "count"},
        {"part": "Rows left out, because a value is unknown", "value": figure.excluded_n, "kind": "count"},
    ]
    columns = (Column("part", "Part"), Column("value", "Value", "each"))
    return Table("What it was made of", columns, tuple(rows))


def _coverage(answer: Answer) -> Table:
    rows = []
    for metric, figure in answer.coverage.figures.items():
        meant = definition(metric)
        rows.append(
            {"metric": meant.title, "value": number(figure), "kind": meant.kind, "href": f"/metrics/{metric}"}
        )
    columns = (Column("metric", "Beside it"), Column("value", "Value", "each"))
    return Table("How far it can be trusted", columns, tuple(rows), empty="Nothing stands beside it.")


PAGE = Page(
    "metric",
    "/metrics/{metric}",
    "Metric",
    "Data",
    "Why this number?",
    view,
    parent="metrics",
    controls=("days", "compare"),
    example=(("metric", "spend_list"),),
)
