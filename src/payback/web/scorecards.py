"""Figures side by side: tiles of metrics with their course, and tables of metrics by one cut. What pages of delivery share."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from payback.errors import UnanswerableError
from payback.metrics.dimensions import DIMENSIONS
from payback.web import words
from payback.web.asking import NOBODY, number
from payback.web.blocks import Column, Swatch, Table, Tile
from payback.web.charts.timeline import starts
from payback.web.definitions import definition
from payback.web.palette import hues
from payback.web.series import FILTERED, sparkline, spoken

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from payback.metrics.question import Answer, Figure, Row
    from payback.period import Period
    from payback.web.asking import Ask

PHASES = ("coding_time", "pickup_time", "review_time", "merge_wait", "deploy_wait")
PHASE_HUES = dict(zip(PHASES, ("hue-1", "hue-6", "hue-2", "hue-5", "hue-3"), strict=True))
PHASE_WORDS = {
    "coding_time": "coding", "pickup_time": "pickup", "review_time": "review", "merge_wait": "merge wait",
    "deploy_wait": "deploy wait",
}  # fmt: skip
FEWEST = 5
FOLLOWS = "downstream_cost"
OF_HOURS = (FOLLOWS, "workflow_full_unit_cost")
WITH_AI: Mapping[str, Sequence[str | None]] = {"ai_class": ("agent_authored", "agent_assisted")}


@dataclass(frozen=True, slots=True)
class Shown:
    """One column of a table of metrics: the metric, its short title, whether cells carry a bar, what it stands under with others."""

    metric: str
    title: str = ""
    bar: bool = False
    group: str = ""


def tiles(ask: Ask, *metrics: str) -> tuple[Tile, ...]:
    """A tile per metric, with what it was in the period before and its course."""
    course = ask.answer(*metrics, grain=ask.filters.grain)
    before = ask.answer(*metrics, period=ask.previous).totals if ask.previous else {}
    periods = starts(ask.filters.period, ask.filters.grain, ask.desk.settings.fiscal_year_start)
    made = []
    for metric in metrics:
        meant, figure = definition(metric), course.totals[metric]
        is_told = metric not in OF_HOURS or FOLLOWS not in metrics or bool(course.totals[FOLLOWS].n)
        made.append(
            Tile(
                metric,
                meant.title,
                number(figure) if is_told else None,
                meant.kind,
                "not known in these days" if is_told else "no hours that follow are told",
                change=ask.change(figure, before.get(metric), meant.kind, meant.better) if is_told else None,
                spark=sparkline(course, metric, periods),
                href=ask.filters.kept(f"/metrics/{metric}"),
                coverage=coverage(figure.n, figure.excluded_n),
            )
        )
    return tuple(made)


def followed(figures: Mapping[str, Figure], metric: str) -> Decimal | None:
    """A figure of one of OF_HOURS beside `downstream_cost`: where nobody told an hour that follows, it is unknown, not zero."""
    return number(figures[metric]) if figures[FOLLOWS].n else None


def narrowed(
    ask: Ask,
    where: Mapping[str, Sequence[str | None]],
    *metrics: str,
    by: tuple[str, ...] = (),
    period: Period | None = None,
) -> Answer:
    """The answer under the page's filters and these besides."""
    asked = ask.query(*metrics, by=by, period=period)
    return ask.desk.answer(replace(asked, where={**asked.where, **where}), ask.scope)


def coverage(n: int, excluded: int) -> str:
    """How many stand behind a figure, and how many could not."""
    return f"n = {n}" + (f", {excluded} unknown" if excluded else "")


def table(ask: Ask, by: str, shown: Sequence[Shown], *, caption: str, phases: bool = False) -> Table:
    """Metrics by one cut, most of the first metric first. A metric that cannot take this cut is left out.

    Durations of fewer than five stand back in grey words, since a median of so few says nothing.
    """
    kept = [one for one in shown if by in definition(one.metric).dimensions]
    asked = list(dict.fromkeys([*(one.metric for one in kept), *(PHASES if phases else ())]))
    answer = ask.answer(*asked, by=(by,))
    columns = [Column("name", DIMENSIONS[by].title)]
    for one in kept:
        meant = definition(one.metric)
        columns.append(
            Column(
                one.metric,
                one.title or meant.title,
                meant.kind,
                bar=one.bar,
                help=meant.definition,
                group=one.group,
            )
        )
    if phases:
        columns.append(
            Column("parts", "Phases, median", "parts", help="coding, pickup, review, merge wait, deploy wait")
        )
    rows = tuple(_row(ask, by, row, (kept, phases)) for row in answer.rows)
    return Table(caption, tuple(columns), rows, total=_total(answer, kept, rows))


def _row(ask: Ask, by: str, row: Row, what: tuple[Sequence[Shown], bool]) -> dict[str, Any]:
    kept, phases = what
    name = row.keys[by]
    told: dict[str, Any] = {"name": spoken(by, name, ask.names(by)), "id": name, "quiet": name is None}
    if by in FILTERED:
        told["href"] = ask.filters.url(**{by: name or NOBODY})
    if by == "ai_class":
        told["hue"] = hues([name])[name]
    for one in kept:
        told[one.metric] = number(row.figures[one.metric])
    if phases:
        told["parts"] = phase_parts({metric: number(row.figures[metric]) for metric in PHASES})
    return told


def phase_parts(values: Mapping[str, Decimal | None]) -> tuple[Swatch, ...]:
    """The medians of the phases as parts of one bar."""
    return tuple(
        Swatch(PHASE_WORDS[metric], PHASE_HUES[metric], values[metric], "hours")
        for metric in PHASES
        if values.get(metric)
    )


def _total(answer: Answer, kept: Sequence[Shown], rows: Sequence[Any]) -> dict[str, Any] | None:
    if len(rows) < 2:
        return None
    return {"name": "All", **{one.metric: number(answer.totals[one.metric]) for one in kept}}


def share_of(answer: Answer, metric: str, by: str, names: Sequence[str]) -> Decimal | None:
    """The part of a metric that adds up which falls on some names of a cut."""
    whole = number(answer.totals[metric])
    if not whole:
        return None
    parts = [number(row.figures[metric]) or Decimal(0) for row in answer.rows if row.keys[by] in names]
    return sum(parts, Decimal(0)) / whole


def is_nothing(ask: Ask, *metrics: str) -> bool:
    """Whether no row at all stands behind any of these."""
    try:
        totals = ask.answer(*metrics).totals
    except UnanswerableError:
        return False
    return not any(figure.n or figure.excluded_n for figure in totals.values())


def period_words(ask: Ask) -> str:
    """The days asked for, in words."""
    return words.days(ask.filters.period)
