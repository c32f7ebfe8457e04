"""The closed words in which a metric is written: facts, measures, metrics. Values only: no function, no SQL text.

So the catalogue can be listed, documented, translated, served and checked. Questions and answers are in
`metrics.question`; how the words become an expression is in `metrics.compile`.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from payback.period import Grain


class Reduce(StrEnum):
    """How many values become one. Medians and percentiles are values that occurred, never interpolated."""

    SUM = "sum"
    COUNT = "count"
    DISTINCT = "distinct"
    MEDIAN = "median"
    P75 = "p75"
    P90 = "p90"
    MIN = "min"
    MAX = "max"
    LAST = "last"

    @property
    def adds_up(self) -> bool:
        """Parts of a group sum to the group, and a group without rows is 0."""
        return self in {Reduce.SUM, Reduce.COUNT}


class Unit(StrEnum):
    """What one of a figure is."""

    MONEY = "money"
    TOKENS = "tokens"
    COUNT = "count"
    SHARE = "share"
    SECONDS = "seconds"
    HOURS = "hours"
    DAYS = "days"
    NUMBER = "number"


class Better(StrEnum):
    """Which way is good news."""

    LESS = "less"
    MORE = "more"
    NEITHER = "neither"


class Test(StrEnum):
    """What a row must satisfy to be counted."""

    __test__ = False  # not a test class

    IS = "is"
    ABOVE = "above"
    KNOWN = "known"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Only:
    """A condition on one column: it is one of `values`, lies above the first, is known, or is unknown."""

    column: str
    test: Test
    values: tuple[str | int | bool, ...] = ()


@dataclass(frozen=True, slots=True)
class RollUp:
    """Rows that share `keys` become one before they are measured: `sums` are added up, distinct days counted.

    `void` names a column whose positive sum makes the sums unknown (tokens without a price: the money is not known).
    The one row stands at its first instant, or, `by_week`, at the Monday of its ISO week, which is then a key too.
    Rows are read `before` and `after` days beyond the period, so that a group is whole wherever a period cuts it.
    """

    keys: tuple[str, ...]
    sums: tuple[str, ...] = ()
    void: str | None = None
    by_week: bool = False
    before: int = 0
    after: int = 0


@dataclass(frozen=True, slots=True)
class Fact:
    """A table as metrics see it: the column of its time, the cuts it knows, its currency.

    `time` is an instant, or a day of the organisation's zone. `cuts` pairs a dimension with its column. `weight` holds
    how many original rows a row stands for. `currency` is a column, or None where all money is USD. `finer` is the
    table of single requests to read where days of the zone do not begin on a whole UTC hour. `reporting` pairs columns of
    money with those that hold it in the organisation's currency. `standing` names the flag of the last day there is, where
    rows tell what stands on a day: a period is then answered by its last day, not by all of them. `always` holds for every
    measure; `first_known` pairs a name with the columns of which it is the first that is not NULL.
    """

    name: str
    table: str
    time: str
    cuts: tuple[tuple[str, str], ...]
    weight: str | None = None
    currency: str | None = None
    reporting: tuple[tuple[str, str], ...] = ()
    finer: str | None = None
    standing: str | None = None
    always: tuple[Only, ...] = ()
    first_known: tuple[tuple[str, tuple[str, ...]], ...] = ()
    roll_up: RollUp | None = None
    grains: tuple[Grain, ...] = tuple(Grain)

    def column(self, dimension: str) -> str | None:
        """The column behind a dimension; None where the fact does not know it."""
        return dict(self.cuts).get(dimension)

    @property
    def dimensions(self) -> tuple[str, ...]:
        return tuple(dimension for dimension, _ in self.cuts)


@dataclass(frozen=True, slots=True)
class Measure:
    """One number of a fact: the sum of `columns` less the columns `less`, reduced over the rows that pass `only`.

    COUNT without columns counts rows; with columns, the rows where they are known.
    """

    fact: Fact
    reduce: Reduce
    columns: tuple[str, ...] = ()
    only: tuple[Only, ...] = ()
    unit: Unit = Unit.COUNT
    less: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """A number with a name: `measure`, with the measures of `plus` added to it, or that ÷ `per` × `scale`, divided last.

    A sum of which some parts are unknown is the sum of the others, and counts the unknown rows as excluded. `beside` names the metrics that stand beside its total as coverage. `version` grows when the definition changes.
    """

    id: str
    title: str
    question: str
    measure: Measure
    definition: str
    unit: Unit
    better: Better
    plus: tuple[Measure, ...] = ()
    per: Measure | None = None
    scale: int = 1
    version: int = 1
    beside: tuple[str, ...] = ()

    @property
    def measures(self) -> tuple[Measure, ...]:
        return (self.measure, *self.plus) if self.per is None else (self.measure, *self.plus, self.per)

    @property
    def dimensions(self) -> tuple[str, ...]:
        """The cuts that all of its facts know, in the order of the first."""
        known = [set(measure.fact.dimensions) for measure in self.measures]
        return tuple(d for d in self.measure.fact.dimensions if all(d in other for other in known))

    @property
    def grains(self) -> tuple[Grain, ...]:
        return tuple(grain for grain in Grain if all(grain in m.fact.grains for m in self.measures))

    @property
    def adds_up(self) -> bool:
        """Its parts by any cut sum to its total, but for what is rolled up: that counts once in each part that had a hand in it."""
        return self.per is None and all(measure.reduce.adds_up for measure in self.measures)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """A number that a named function finds (survival, effect, forecast), under the same ids, scope and coverage.

    `facts` are those whose rows the function reads, for `explain`; one that is cut by `metric` reads those of the metrics asked
    for too, and `looks_back` so many days before the period.
    """

    id: str
    title: str
    question: str
    function: str
    definition: str
    unit: Unit
    better: Better
    facts: tuple[Fact, ...] = ()
    dimensions: tuple[str, ...] = ()
    grains: tuple[Grain, ...] = tuple(Grain)
    looks_back: int = 0
    version: int = 1
    beside: tuple[str, ...] = ()
