"""Spend over time by one cut, as chart and table: the one way Home and the explorer draw money."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from payback.web import words
from payback.web.asking import NOBODY, number, ranked
from payback.web.blocks import Chart, Column, Swatch, Table
from payback.web.charts.timeline import Stack, Time, label, timeline
from payback.web.palette import OTHER, hues

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from payback.metrics.question import Answer
    from payback.web.asking import Ask

MOST = 7
NOTHING: Mapping[str, str] = MappingProxyType({})
TITLED = frozenset({"tool", "environment", "ai_class", "kind", "source", "agent", "vendor", "reconciled"})
UNTOLD = {"allocation": "Split by no rule", "api_key": "No key named", "reconciled": "Held against no bill"}


@dataclass(frozen=True, slots=True)
class Cut:
    """The names of a cut by size: those shown, those folded, and the hue and words of each."""

    by: str
    shown: tuple[str | None, ...]
    folded: tuple[str | None, ...]
    sizes: Mapping[str | None, Decimal]
    unknown: frozenset[str | None]
    hues: Mapping[str | None, str]
    called: Mapping[str, str] = field(default_factory=dict)

    @property
    def names(self) -> tuple[str, ...]:
        """The names as a stack holds them: none is `unattributed`, the folded are `other`."""
        return (*(name or NOBODY for name in self.shown), *((OTHER,) if self.folded else ()))

    def hue(self, name: str | None) -> str:
        """The hue of a name; the folded are quiet."""
        return self.hues.get(name, "quiet")

    def said(self, name: str | None) -> str:
        """A name of the cut in words."""
        if name == OTHER and self.folded:
            return f"{len(self.folded)} others"
        return spoken(self.by, None if name == NOBODY else name, self.called)


def spoken(by: str, name: str | None, called: Mapping[str, str] = NOTHING) -> str:
    """A value of a dimension in words: as it is `called` by who declared it; tools have titles, everything else is written as it is."""
    if name is None:
        return UNTOLD.get(by) or words.title("")
    return called.get(name) or (words.title(name) if by in TITLED else name)


def cut_of(answer: Answer, metric: str, by: str, called: Mapping[str, str] = NOTHING) -> Cut:
    """The greatest names of a cut, and the folded rest; those of which no amount is known stand apart as unknown."""
    sizes = sizes_of(answer, metric, by)
    known = {row.keys[by] for row in answer.rows if number(row.figures[metric]) is not None}
    shown, folded = ranked(sizes, MOST + 1 if len(sizes) == MOST + 1 else MOST)
    return Cut(by, tuple(shown), tuple(folded), sizes, frozenset(sizes) - known, hues(shown), called)


def over_time(ask: Ask, cut: Cut, course: Answer, title: str) -> Chart:
    """The chart of a course of spend by a cut over time, with its legend and the table behind it."""
    time = Time(ask.filters.period, ask.filters.grain, ask.desk.today(), ask.desk.settings.fiscal_year_start)
    given = _folded(course, ask.money, cut)
    stack = Stack(
        names=cut.names,
        hues={name: cut.hue(None if name == NOBODY else name) for name in cut.names},
        said={name: cut.said(name) for name in cut.names},
        amounts=given,
        currency=ask.filters.currency,
    )
    spec = timeline(title, stack, time)
    return Chart("spend-over-time", title, spec, _table(stack, time.periods, ask), legend=legend(ask, cut))


def legend(ask: Ask, cut: Cut) -> tuple[Swatch, ...]:
    """The names of a cut with what each adds up to; each leads to itself where the page can filter by it."""
    swatches = [
        Swatch(
            cut.said(name),
            cut.hue(name),
            None if name in cut.unknown else cut.sizes[name],
            "money",
            ask.filters.url("/spend", **{cut.by: name or NOBODY}) if cut.by in FILTERED else "",
            "no price" if ask.filters.basis == "list" else "not billed",
        )
        for name in cut.shown
    ]
    if cut.folded:
        known = [cut.sizes[name] for name in cut.folded if name not in cut.unknown]
        rest = sum(known, Decimal(0)) if known else None
        swatches.append(Swatch(cut.said(OTHER), "quiet", rest, "money", ask.filters.url("/spend", by=cut.by)))
    return tuple(swatches)


FILTERED = frozenset({"tool", "model", "team", "repo", "environment", "workflow"})


def sparkline(answer: Answer, metric: str, periods: Sequence[date]) -> tuple[Decimal | None, ...]:
    """The values of a metric by period, for a sparkline; None where there is none."""
    known = {row.period: number(row.figures[metric]) for row in answer.rows}
    return tuple(known.get(start) for start in periods)


def sizes_of(answer: Answer, metric: str, by: str) -> dict[str | None, Decimal]:
    """What a metric that adds up comes to per name of a cut; where it is unknown the name stands at zero."""
    sizes: dict[str | None, Decimal] = {}
    for row in answer.rows:
        name = row.keys[by]
        sizes[name] = sizes.get(name, Decimal(0)) + (number(row.figures[metric]) or 0)
    return sizes


def sizes_by_period(answer: Answer, metric: str) -> dict[date | None, Decimal]:
    """What a metric that adds up comes to per period, over all names of a cut."""
    sizes: dict[date | None, Decimal] = {}
    for row in answer.rows:
        sizes[row.period] = sizes.get(row.period, Decimal(0)) + (number(row.figures[metric]) or 0)
    return sizes


def _folded(answer: Answer, metric: str, cut: Cut) -> dict[tuple[date, str], Decimal]:
    given: dict[tuple[date, str], Decimal] = {}
    for row in answer.rows:
        name = row.keys[cut.by]
        amount = number(row.figures[metric])
        if row.period is None or amount is None:
            continue
        key = (row.period, (name or NOBODY) if name in cut.shown else OTHER)
        given[key] = given.get(key, Decimal(0)) + amount
    return given


def _table(stack: Stack, periods: Sequence[date], ask: Ask) -> Table:
    columns = (Column("period", "Period"), *(Column(name, stack.said[name], "money") for name in stack.names))
    rows: list[dict[str, Any]] = [
        {"period": label(start, ask.filters.grain)}
        | {name: stack.amounts.get((start, name)) for name in stack.names}
        for start in periods
    ]
    return Table("The figures behind the chart", columns, tuple(rows))
