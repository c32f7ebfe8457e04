"""The rows that one fact gives to one question: seen through the scope, filtered, inside the period, rolled up.

Knows where each column and cut of a fact is found; how rows become numbers is in `metrics.compile`.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import reduce
from operator import add
from typing import TYPE_CHECKING

import ibis

from payback.access.facts import open as open_facts
from payback.metrics.calendar import day_of_row, in_whole_hours, period_start
from payback.metrics.dimensions import DIMENSIONS
from payback.metrics.facts import ALL_TOKENS
from payback.metrics.vocabulary import Test
from payback.period import Grain, Period

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    import ibis.expr.types as ir

    from payback.access.facts import Ground
    from payback.access.scope import Scope
    from payback.metrics.question import Query
    from payback.metrics.vocabulary import Fact, Measure, Only, RollUp

FOLDED = "(folded)"


@dataclass(frozen=True, slots=True)
class Reading:
    """Rows of a fact with the means to name its columns, cuts and days."""

    rows: ir.Table
    fact: Fact
    ground: Ground
    period: Period
    aliases: Mapping[str, str] = field(default_factory=dict)
    single: bool = False
    rolled: bool = False

    def __getitem__(self, name: str) -> ir.Value:
        """A column of the fact, or one that is put together from several."""
        known = dict(self.fact.first_known)
        if name in known and not self.rolled:
            return ibis.coalesce(*(self.rows[column] for column in known[name]))
        if self.single and name == "unpriced_tokens":
            return ibis.ifelse(
                self.rows.list_usd.isnull(), reduce(add, (self.rows[t] for t in ALL_TOKENS)), 0
            )
        return self.rows[self.aliases.get(name, name)]

    def key(self, dimension: str) -> ir.Value:
        """The values of a cut."""
        return self.rows[dimension] if self.rolled else self[self.fact.column(dimension) or dimension]

    @property
    def day(self) -> ir.DateValue:
        """The organisation's day of each row."""
        return day_of_row(self[self.fact.time], self.period, self.ground.zone)

    def start(self, grain: Grain) -> ir.DateValue:
        """The first day of the grain that each row falls in."""
        return period_start(self.day, grain, self.ground.fiscal_year_start)

    def within(self, period: Period) -> list[ir.BooleanValue]:
        """The conditions for a row to lie in the period."""
        moment = self[self.fact.time]
        if moment.type().is_date():
            return [moment >= ibis.literal(period.since), moment < ibis.literal(period.until)]
        first, last = period.instants(self.ground.zone)
        return [moment >= ibis.literal(first), moment < ibis.literal(last)]

    def narrowed(self, names: Iterable[str]) -> Reading:
        """The same rows with only these columns of the fact, and those that they are put together from."""
        known = dict(self.fact.first_known)
        wanted = [source for name in names for source in known.get(name, (self.aliases.get(name, name),))]
        if self.single:
            wanted += ["list_usd", *ALL_TOKENS]
        return replace(
            self, rows=self.rows.select(*(c for c in dict.fromkeys(wanted) if c in self.rows.columns))
        )

    def filter(self, conditions: Sequence[ir.BooleanValue]) -> Reading:
        return replace(self, rows=self.rows.filter(*conditions)) if conditions else self

    def passes(self, only: Only) -> ir.BooleanValue:
        """Whether a row satisfies a condition of the vocabulary."""
        column = self[only.column]
        if only.test is Test.KNOWN:
            return column.notnull()
        if only.test is Test.UNKNOWN:
            return column.isnull()
        if only.test is Test.ABOVE:
            return column > only.values[0]
        return column == only.values[0] if len(only.values) == 1 else column.isin(only.values)


def reading(fact: Fact, measures: Sequence[Measure], query: Query, scope: Scope, ground: Ground) -> Reading:
    """The rows of a fact that answer a question with the columns it needs, one row per group where it is rolled up."""
    wide = _widened(query.period, fact.roll_up)
    found = _opened(fact, wide, scope, ground)
    if query.converted:
        found = replace(found, aliases={**found.aliases, **dict(fact.reporting)})
    found = found.narrowed(_needed(fact, measures, query))
    found = found.filter([*found.within(wide), *_asked_for(found, query), *_last_days(found, query)])
    return _rolled(found, fact.roll_up, query) if fact.roll_up else found


def behind(fact: Fact, query: Query, scope: Scope, ground: Ground) -> Reading:
    """The rows behind a fact's numbers, whole and as they were taken in: single requests for a roll-up of requests."""
    if fact.finer:
        found = _single(fact, query.period, scope, ground)
    else:
        found = Reading(open_facts(ground, fact.table, scope), fact, ground, query.period)
    return found.filter([*found.within(query.period), *_asked_for(found, query), *_last_days(found, query)])


def _last_days(found: Reading, query: Query) -> list[ir.BooleanValue]:
    """Of rows that tell what stands on a day: those of the last day of the period and of each part it is cut into."""
    if found.fact.standing is None:
        return []
    is_last = (found.day == ibis.literal(query.period.until - timedelta(days=1))) | found[found.fact.standing]
    if query.grain is None:
        return [is_last]
    starts = found.start(query.grain)
    tomorrow = (found.day + ibis.interval(days=1)).cast("date")
    return [is_last | (starts != period_start(tomorrow, query.grain, found.ground.fiscal_year_start))]


def _asked_for(found: Reading, query: Query) -> list[ir.BooleanValue]:
    chosen = [_one_of(found.key(name), values) for name, values in query.where.items()]
    return [*chosen, *(found.passes(only) for only in found.fact.always)]


def shown(found: Reading, dimension: str, scope: Scope) -> ir.Value:
    """The values of a cut as this scope may see them: those that single people out are folded without the right."""
    column = found.key(dimension)
    if scope.may_see_people or not DIMENSIONS[dimension].singles_out:
        return column
    return ibis.ifelse(column.isnull(), ibis.null("string"), FOLDED)


def _needed(fact: Fact, measures: Sequence[Measure], query: Query) -> Iterator[str]:
    """The columns of a fact that a question touches, in no order; a name may come twice."""
    yield fact.time
    yield from (fact.column(name) or name for name in (*query.by, *query.where))
    yield from filter(None, (fact.weight, fact.currency, fact.standing))
    for measure in measures:
        yield from (*measure.columns, *measure.less, *(only.column for only in measure.only))
    yield from (only.column for only in fact.always)
    if fact.roll_up:
        yield from (*fact.roll_up.keys, *fact.roll_up.sums, *filter(None, (fact.roll_up.void,)))


def _widened(period: Period, roll_up: RollUp | None) -> Period:
    if roll_up is None:
        return period
    return Period(period.since - timedelta(days=roll_up.before), period.until + timedelta(days=roll_up.after))


def _opened(fact: Fact, period: Period, scope: Scope, ground: Ground) -> Reading:
    if fact.finer is None or in_whole_hours(period, ground.zone):
        return Reading(open_facts(ground, fact.table, scope), fact, ground, period)
    return _single(fact, period, scope, ground)


def _single(fact: Fact, period: Period, scope: Scope, ground: Ground) -> Reading:
    """The single rows under a fact that is rolled up by hour, under the same names."""
    finer = open_facts(ground, fact.finer or fact.table, scope)
    return Reading(
        finer, replace(fact, weight=None), ground, period, aliases={fact.time: "occurred_at"}, single=True
    )


def _one_of(column: ir.Value, values: Sequence[str | None]) -> ir.BooleanValue:
    named = [value for value in values if value is not None]
    known = column == named[0] if len(named) == 1 else column.isin(named)
    if len(named) == len(values):
        return known
    return (known | column.isnull()) if named else column.isnull()


def _rolled(found: Reading, roll_up: RollUp, query: Query) -> Reading:
    keys = {f"_{name}": found[name] for name in roll_up.keys}
    if roll_up.by_week:
        keys["_anchor"] = found.start(Grain.WEEK)
    keys |= {dimension: found.key(dimension) for dimension in query.by}
    numbers = {name: _sum_unless_void(found, name, roll_up.void) for name in roll_up.sums}
    if roll_up.by_week:
        numbers["days"] = found.day.nunique()
    else:
        numbers["_anchor"] = found[found.fact.time].min()
    rows = found.rows.group_by([value.name(name) for name, value in keys.items()]).aggregate(**numbers)
    once = Reading(
        rows, replace(found.fact, time="_anchor", weight=None), found.ground, found.period, rolled=True
    )
    return once.filter(once.within(query.period))


def _sum_unless_void(found: Reading, name: str, void: str | None) -> ir.Value:
    total = found[name].sum()
    if void is None:
        return total
    return ibis.ifelse(found[void].sum() > 0, ibis.null(total.type()), total)
