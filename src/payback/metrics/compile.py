"""From a question to one Ibis expression: one arm per fact, each aggregated at the final keys, folded together.

No fact is joined to another, so nothing fans out, and a key that is NULL (`unattributed`) is a key like any other.
Ratios leave here as two columns; they are divided last, in `metrics.answer`. No money expression divides or averages.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache, reduce
from operator import add, and_, sub
from typing import TYPE_CHECKING

import ibis

from payback.errors import PaybackError, UnanswerableError, UnknownNameError
from payback.metrics.dimensions import DIMENSIONS, dimension
from payback.metrics.reading import Reading, reading, shown
from payback.metrics.vocabulary import Fact, Measure, Metric, Reduce, Unit
from payback.period import Grain

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import ibis.expr.types as ir

    from payback.access.facts import Ground
    from payback.access.scope import Scope
    from payback.metrics.question import Query
    from payback.metrics.vocabulary import Answered

USD = "USD"
PERIOD = "period"
OTHER_CURRENCIES = "other_currencies"
_PERCENT = {Reduce.MEDIAN: 50, Reduce.P75: 75, Reduce.P90: 90}
_METHOD = {Reduce.SUM: "sum", Reduce.DISTINCT: "nunique", Reduce.MIN: "min", Reduce.MAX: "max"}


@dataclass(frozen=True, slots=True)
class Part:
    """One measure of one metric, and the three columns it has in the answer: its value, n, and excluded n."""

    name: str
    measure: Measure

    @property
    def n(self) -> str:
        return f"{self.name}__n"

    @property
    def excluded(self) -> str:
        return f"{self.name}__excluded"

    @property
    def columns(self) -> tuple[str, str, str]:
        return (self.name, self.n, self.excluded)


@dataclass(frozen=True, slots=True)
class Compiled:
    """One expression with the names of its key columns (`period` first where there is a grain).

    `parts` holds for each metric the columns of its measure and of what it is divided by; metrics share columns.
    """

    expression: ir.Table
    keys: tuple[str, ...]
    parts: Mapping[str, tuple[Part, ...]]


def canonical(query: Query, catalogue: Mapping[str, Metric | Answered]) -> Query:
    """The question in the catalogue's own words: dimension ids, grain apart from cuts, one currency.

    UnknownNameError for a metric or dimension that does not exist, UnanswerableError for a cut, filter or grain that
    one of the metrics does not know, PaybackError for a question in no or several currencies.
    """
    if not query.metrics:
        raise PaybackError("no metric is asked for; name at least one, for example spend_list")
    words = [word for word in query.by if word not in set(Grain)]
    grains = [Grain(word) for word in query.by if word in set(Grain)]
    grains += [query.grain] if query.grain and query.grain not in grains else []
    if len(grains) > 1:
        raise PaybackError(f"time can be cut one way at once, not by {' and '.join(grains)}; choose one")
    where = {dimension(word): tuple(values) for word, values in query.where.items()}
    if query.converted and query.currency:
        raise PaybackError(f"money is converted into the organisation's currency; leave out {query.currency}")
    currency = _one_currency(where.pop("currency", ()), query.currency)
    asked = replace(
        query,
        metrics=tuple(dict.fromkeys(query.metrics)),
        by=tuple(dict.fromkeys(dimension(word) for word in words)),
        grain=grains[0] if grains else None,
        where=where,
        currency=currency,
    )
    for name in asked.metrics:
        check(metric_named(name, catalogue), asked)
    return asked


def metric_named(name: str, catalogue: Mapping[str, Metric | Answered]) -> Metric | Answered:
    """The metric of that id. UnknownNameError with the nearest ids."""
    if name not in catalogue:
        raise UnknownNameError("metric", name, catalogue)
    return catalogue[name]


def check(metric: Metric | Answered, query: Query) -> None:
    """Refuse what the metric cannot answer: UnanswerableError with the cuts it knows, PaybackError for a currency."""
    for name in (*query.by, *query.where):
        if name not in metric.dimensions:
            raise UnanswerableError(metric.id, name, (*metric.dimensions, *metric.grains))
    if query.grain is not None and query.grain not in metric.grains:
        raise UnanswerableError(metric.id, str(query.grain), (*metric.dimensions, *metric.grains))
    if isinstance(metric, Metric) and query.currency not in {None, USD} and _is_usd_only(metric):
        raise PaybackError(f"{metric.id} is known in {USD} only; ask for it without a currency")


def currency_of(measure: Measure, query: Query, ground: Ground) -> str:
    """The currency in which a money measure is answered."""
    return USD if measure.fact.currency is None else query.currency or ground.currency


@lru_cache(maxsize=256)
def compiled(metrics: tuple[Metric, ...], query: Query, scope: Scope, ground: Ground) -> Compiled:
    """The expression that answers compiled metrics for a canonical question, seen through a scope.

    Columns: the keys, then value, n and excluded n of each part of each metric. The same question gives the same
    expression object, so that a warehouse can remember its text.
    """
    _refuse_singling_out(query, scope)
    names: dict[Measure, Part] = {}
    for metric in metrics:
        called = (metric.id, *(f"{metric.id}__plus{n}" for n in range(len(metric.plus))), f"{metric.id}__per")
        for name, measure in zip(called, metric.measures, strict=False):
            names.setdefault(measure, Part(name, measure))
    by_fact: dict[str, list[Part]] = {}
    for part in names.values():
        by_fact.setdefault(part.measure.fact.name, []).append(part)
    keys = (*((PERIOD,) if query.grain else ()), *query.by)
    arms = [_arm(group, query, scope, ground) for group in by_fact.values()]
    parts = {metric.id: tuple(names[measure] for measure in metric.measures) for metric in metrics}
    return Compiled(_folded(arms, keys), keys, parts)


@dataclass(frozen=True, slots=True)
class Arm:
    """One fact's share of an answer, before it is aggregated: its rows, key values, and numbers."""

    rows: ir.Table
    keys: tuple[ir.Value, ...]
    numbers: Mapping[str, ir.Value]

    def aggregated(self, numbers: Mapping[str, ir.Value]) -> ir.Table:
        grouped = self.rows.group_by(list(self.keys)) if self.keys else self.rows
        return grouped.aggregate(**numbers)


def _arm(parts: Sequence[Part], query: Query, scope: Scope, ground: Ground) -> Arm:
    fact = parts[0].measure.fact
    found = reading(fact, [part.measure for part in parts], query, scope, ground)
    keys = [shown(found, name, scope).name(name) for name in query.by]
    if query.grain:
        keys.insert(0, found.start(query.grain).name(PERIOD))
    numbers: dict[str, ir.Value] = {}
    is_converted = query.converted and bool(fact.reporting)
    for part in parts:
        mixed = "currency" in query.by or is_converted
        currency = None if mixed else currency_of(part.measure, query, ground)
        numbers |= dict(zip(part.columns, _measured(found, part.measure, currency), strict=True))
    if (
        fact.currency
        and not keys
        and not is_converted
        and any(part.measure.unit is Unit.MONEY for part in parts)
    ):
        numbers[OTHER_CURRENCIES] = _others(found[fact.currency], query.currency or ground.currency)
    return Arm(found.rows, tuple(keys), numbers)


def _measured(found: Reading, measure: Measure, currency: str | None) -> tuple[ir.Value, ir.Value, ir.Value]:
    """Value, n and excluded n of one measure."""
    conditions = [found.passes(only) for only in measure.only]
    if measure.unit is Unit.MONEY and measure.fact.currency and currency:
        conditions.append(found[measure.fact.currency] == currency)
    if not measure.columns:
        counted = _count(found, conditions)
        return counted, counted, _none()
    value = reduce(add, (found[name] for name in measure.columns))
    value = reduce(sub, (found[name] for name in measure.less), value)
    if not any(found[name].type().nullable for name in (*measure.columns, *measure.less)):
        n, excluded = _count(found, conditions), _none()
    else:
        n = _count(found, [*conditions, value.notnull()])
        excluded = _count(found, [*conditions, value.isnull()])
    return _reduced(found, measure, value, conditions, n), n, excluded


def _reduced(
    found: Reading, measure: Measure, value: ir.Value, conditions: list[ir.BooleanValue], n: ir.Value
) -> ir.Value:
    where = _all(conditions)
    if measure.reduce in _PERCENT:
        return _ranked(value, where, _PERCENT[measure.reduce])
    if measure.reduce is Reduce.COUNT:
        return n
    if measure.reduce is Reduce.LAST:
        known = _all([*conditions, value.notnull()])
        return value.argmax(found[found.fact.time], where=known)
    return getattr(value, _METHOD[measure.reduce])(where=where)


def _ranked(value: ir.Value, where: ir.BooleanValue | None, percent: int) -> ir.Value:
    """The value at the nearest rank, ceil(n × percent ÷ 100): one that occurred, so money stays decimal."""
    rank = (value.count(where=where) * percent + 99) // 100
    return value.collect(where=where).sort()[rank - 1]


def _count(found: Reading, conditions: list[ir.BooleanValue]) -> ir.Value:
    where = _all(conditions)
    if found.fact.weight:
        return found[found.fact.weight].sum(where=where).fill_null(0)
    return found.rows.count(where=where)


def _none() -> ir.IntegerScalar:
    return ibis.literal(0, "int64")


def _all(conditions: list[ir.BooleanValue]) -> ir.BooleanValue | None:
    return reduce(and_, conditions) if conditions else None


def _others(column: ir.Value, currency: str) -> ir.Value:
    return column.collect(where=column != currency, distinct=True).join(",")


def _folded(arms: Sequence[Arm], keys: tuple[str, ...]) -> ir.Table:
    """Arms under one another, each holding NULL in the columns of the others, then one row per key.

    Each column is filled by one arm and each arm has a key once, so the maximum is that one value.
    """
    if len(arms) == 1:
        return arms[0].aggregated(arms[0].numbers)
    arms = [replace(arm, keys=tuple(_nullable(key) for key in arm.keys)) for arm in arms]
    unknown = {name: ibis.null(value.type()) for arm in arms for name, value in arm.numbers.items()}
    together = ibis.union(*(arm.aggregated({**unknown, **arm.numbers}) for arm in arms))
    numbers = {
        name: together[name].group_concat(",") if name == OTHER_CURRENCIES else together[name].max()
        for name in unknown
    }
    return Arm(together, tuple(together[key] for key in keys), numbers).aggregated(numbers)


def _nullable(key: ir.Value) -> ir.Value:
    """The key as a column that may be NULL, which it is in the other facts: an engine's union wants one type."""
    kind = key.type()
    return key if kind.nullable else key.cast(kind.copy(nullable=True)).name(key.get_name())


def _is_usd_only(metric: Metric) -> bool:
    return any(m.unit is Unit.MONEY and m.fact.currency is None for m in metric.measures)


def _one_currency(values: Sequence[str | None], currency: str | None) -> str | None:
    wanted = {value for value in (*values, currency) if value}
    if len(wanted) > 1:
        raise PaybackError(
            f"amounts in {', '.join(sorted(wanted))} do not add up; ask for one currency, or cut by currency"
        )
    return wanted.pop() if wanted else None


def _refuse_singling_out(query: Query, scope: Scope) -> None:
    if scope.may_see_people:
        return
    for name in query.where:
        if DIMENSIONS[name].singles_out:
            raise PaybackError(
                f"figures of a single {name} need the right to see individuals; ask by team, or ask for that right"
            )


def facts_of(metrics: Sequence[Metric]) -> tuple[Fact, ...]:
    """The facts that metrics stand on, each once."""
    return tuple({m.fact.name: m.fact for metric in metrics for m in metric.measures}.values())
