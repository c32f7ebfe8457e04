"""Answers: `answer(query, scope, ground)` for every metric, compiled or answered, and `to_json` in the stable shape.

Ratios are divided here, last, from their stored parts; totals and coverage are asked again without keys.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from decimal import ROUND_HALF_EVEN, Context, Decimal
from functools import reduce
from operator import add
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from payback.errors import UnknownNameError
from payback.metrics.catalogue import CATALOGUE
from payback.metrics.compile import (
    OTHER_CURRENCIES,
    PERIOD,
    Compiled,
    Part,
    canonical,
    compiled,
    currency_of,
    metric_named,
)
from payback.metrics.question import Answer, Coverage, Figure, Query, Row
from payback.metrics.vocabulary import Answered, Metric, Reduce, Unit

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import date

    from payback.access.facts import Ground
    from payback.access.scope import Scope

    Answering = Callable[[Query, Scope, Ground], "Found"]

_EXACT = Context(prec=60, rounding=ROUND_HALF_EVEN)
_MONEY_PLACES = Decimal("1e-9")
_SHARE_PLACES = Decimal("1e-12")
_UNKNOWN = Figure(None, None, None, 0, 0)


@dataclass(frozen=True, slots=True)
class Found:
    """What a named function answers for its metric: rows with that one figure, the total asked for itself, and what stands in a
    row that it says nothing about.
    """

    rows: Sequence[tuple[Mapping[str, str | None], date | None, Figure]]
    total: Figure
    coverage: Mapping[str, Figure] = field(default_factory=dict)
    empty: Figure = _UNKNOWN


def answer(
    query: Query,
    scope: Scope,
    ground: Ground,
    *,
    answered: Mapping[str, Answering] = MappingProxyType({}),
    catalogue: Mapping[str, Metric | Answered] = CATALOGUE,
) -> Answer:
    """Rows, totals and coverage of a question as this scope may see them.

    Rows are in order of period, then of the first metric from large to small. `answered` holds the named functions of
    answered metrics. UnknownNameError, UnanswerableError and PaybackError as `compile.canonical` raises them.
    """
    asked = canonical(query, catalogue)
    metrics = [metric_named(name, catalogue) for name in asked.metrics]
    plain = [metric for metric in metrics if isinstance(metric, Metric)]
    found = {m.id: _function(m, answered)(asked, scope, ground) for m in metrics if isinstance(m, Answered)}
    beside = _beside(metrics, asked, catalogue)
    totals, others = _totals([*plain, *beside], asked, scope, ground)
    rows = _rows(plain, asked, scope, ground)
    for name, answers in found.items():
        totals[name] = answers.total
        _merge(rows, name, answers)
    return Answer(
        query=asked,
        rows=_ordered(rows, asked, _empty(plain, found)),
        totals={name: totals[name] for name in asked.metrics},
        coverage=_coverage(metrics, totals, others, found, (asked, ground)),
        definitions={metric.id: metric.version for metric in metrics},
        scope=scope.reason,
    )


def _function(metric: Answered, answered: Mapping[str, Answering]) -> Answering:
    if metric.function not in answered:
        raise UnknownNameError("function that answers metrics", metric.function, answered)
    return answered[metric.function]


def _beside(
    metrics: Sequence[Metric | Answered], query: Query, catalogue: Mapping[str, Metric | Answered]
) -> list[Metric]:
    """The trust metrics that stand beside the totals, where they know the question's filters."""
    names = dict.fromkeys(name for metric in metrics for name in metric.beside if name not in query.metrics)
    found = [metric_named(name, catalogue) for name in names]
    return [m for m in found if isinstance(m, Metric) and all(name in m.dimensions for name in query.where)]


Key = tuple["date | None", tuple[str | None, ...]]


def _rows(
    metrics: Sequence[Metric], query: Query, scope: Scope, ground: Ground
) -> dict[Key, dict[str, Figure]]:
    if not metrics or not (query.by or query.grain):
        return {}
    asked = compiled(tuple(metrics), query, scope, ground)
    return {
        (line.get(PERIOD), tuple(line[name] for name in query.by)): _figures(metrics, asked, line)
        for line in ground.warehouse.read(asked.expression).to_pylist()
    }


def _totals(
    metrics: Sequence[Metric], query: Query, scope: Scope, ground: Ground
) -> tuple[dict[str, Figure], tuple[str, ...]]:
    if not metrics:
        return {}, ()
    asked = compiled(tuple(metrics), replace(query, by=(), grain=None), scope, ground)
    line = ground.warehouse.read(asked.expression).to_pylist()[0]
    others = line.get(OTHER_CURRENCIES) or ""
    return _figures(metrics, asked, line), tuple(sorted(set(filter(None, others.split(",")))))


def _figures(metrics: Sequence[Metric], asked: Compiled, line: Mapping[str, Any]) -> dict[str, Figure]:
    return {metric.id: _figure(metric, asked.parts[metric.id], line) for metric in metrics}


def _figure(metric: Metric, parts: Sequence[Part], line: Mapping[str, Any]) -> Figure:
    values = [_value(part, line) for part in parts]
    population = parts[-1]
    excluded = [line[part.excluded] or 0 for part in parts]
    over = _together(values if metric.per is None else values[:-1])
    if metric.per is None:
        n = sum(line[part.n] or 0 for part in parts)
        return Figure(over, over, None, n, sum(excluded))
    under = values[-1]
    return Figure(_ratio(metric, over, under), over, under, line[population.n] or 0, max(excluded))


def _together(values: Sequence[Any]) -> Any:
    """The sum of the values that are known; None where none is."""
    known = [value for value in values if value is not None]
    return reduce(add, known) if known else None


def _value(part: Part, line: Mapping[str, Any]) -> Any:
    found = line[part.name]
    is_empty = not line[part.n] and not line[part.excluded]
    if found is None and is_empty and part.measure.reduce in {Reduce.SUM, Reduce.COUNT, Reduce.DISTINCT}:
        return Decimal(0) if part.measure.unit is Unit.MONEY else 0
    return found


def _ratio(metric: Metric, over: Any, under: Any) -> Decimal | None:
    if over is None or not under:
        return None
    exact = _EXACT.divide(_EXACT.multiply(Decimal(over), Decimal(metric.scale)), Decimal(under))
    places = _MONEY_PLACES if metric.unit is Unit.MONEY else _SHARE_PLACES
    return exact.quantize(places, context=_EXACT)


def _merge(rows: dict[Key, dict[str, Figure]], name: str, answers: Found) -> None:
    for keys, period, figure in answers.rows:
        rows.setdefault((period, tuple(keys.values())), {})[name] = figure


def _empty(metrics: Sequence[Metric], found: Mapping[str, Found]) -> dict[str, Figure]:
    """What stands in a row that a metric says nothing about."""
    figures = {name: answers.empty for name, answers in found.items()}
    for metric in metrics:
        zero = Decimal(0) if metric.unit is Unit.MONEY else 0
        figures[metric.id] = Figure(zero, zero, None, 0, 0) if metric.adds_up else _UNKNOWN
    return figures


def _ordered(
    rows: Mapping[Key, Mapping[str, Figure]], query: Query, empty: Mapping[str, Figure]
) -> tuple[Row, ...]:
    lines = [
        Row(
            dict(zip(query.by, keys, strict=True)),
            period,
            {name: found.get(name, empty[name]) for name in query.metrics},
        )
        for (period, keys), found in rows.items()
    ]
    return tuple(sorted(lines, key=lambda row: _rank(row, query.metrics[0])))


def _rank(row: Row, metric: str) -> tuple[Any, ...]:
    value = row.figures[metric].value
    names = tuple((key is None, key or "") for key in row.keys.values())
    return (str(row.period or ""), value is None, -Decimal(value or 0), names)


def _coverage(
    metrics: Sequence[Metric | Answered],
    totals: Mapping[str, Figure],
    others: tuple[str, ...],
    found: Mapping[str, Found],
    asked: tuple[Query, Ground],
) -> Coverage:
    names = dict.fromkeys(name for metric in metrics for name in metric.beside)
    figures = {name: totals.get(name, _UNKNOWN) for name in names}
    for answers in found.values():
        figures |= answers.coverage
    currency = {
        metric.id: currency_of(metric.measure, *asked)
        if isinstance(metric, Metric)
        else asked[0].currency or asked[1].currency
        for metric in metrics
        if metric.unit is Unit.MONEY
    }
    return Coverage(figures, currency, others)


def to_json(found: Answer) -> dict[str, Any]:
    """An answer in the shape of the command line's contract: ids as keys, money as strings, shares as numbers.

    `since` and `until` bound the days half open. `coverage` holds the trust metrics beside the totals, the currency of
    each money metric, the currencies left out, and how many rows each total had to leave out.
    """
    query = found.query
    units = {name: _is_money(name, found) for name in found.totals}
    excluded = {name: figure.excluded_n for name, figure in found.totals.items() if figure.excluded_n}
    return {
        "metrics": list(query.metrics),
        "by": list(query.by),
        "grain": str(query.grain) if query.grain else None,
        "since": query.period.since.isoformat(),
        "until": query.period.until.isoformat(),
        "rows": [_row_json(row, units) for row in found.lines],
        "totals": {name: plain(figure.value, is_money=units[name]) for name, figure in found.totals.items()},
        "coverage": {
            **{name: plain(figure.value, is_money=False) for name, figure in found.coverage.figures.items()},
            "currency": dict(found.coverage.currency),
            "other_currencies": list(found.coverage.other_currencies),
            "excluded_n": excluded,
        },
        "definitions": dict(found.definitions),
        "scope": found.scope,
    }


def _is_money(name: str, found: Answer) -> bool:
    return name in found.coverage.currency


def _row_json(row: Row, units: Mapping[str, bool]) -> dict[str, Any]:
    period = {PERIOD: row.period.isoformat()} if row.period else {}
    values = {name: plain(figure.value, is_money=units[name]) for name, figure in row.figures.items()}
    return {**row.keys, **period, **values}


def plain(value: float | Decimal | None, *, is_money: bool) -> str | int | float | None:
    """A number as JSON carries it: money as text without trailing zeros (two decimals at least), shares as numbers."""
    if value is None or not isinstance(value, Decimal):
        return value
    if not is_money:
        return float(value)
    text = format(value, "f")
    whole, _, places = text.partition(".")
    return f"{whole}.{places.rstrip('0').ljust(2, '0')}"
