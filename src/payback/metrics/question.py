"""A question and its answer, as values. The same answer stands on the page, in `.json`, on the CLI, in the API."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date
    from decimal import Decimal

    from payback.period import Grain, Period


@dataclass(frozen=True, slots=True)
class Query:
    """What is asked: metric ids, dimensions to cut by, the grain of time, the days (half open), filters, currency.

    `converted` asks for all money in the organisation's currency, by the rate of each day, instead of one currency's.
    `where` keeps the rows whose dimension is one of the values; None among them keeps the rows that have none
    (`unattributed`). `currency` None is the organisation's.
    """

    metrics: tuple[str, ...]
    period: Period
    by: tuple[str, ...] = ()
    grain: Grain | None = None
    where: Mapping[str, Sequence[str | None]] = field(default_factory=dict)
    currency: str | None = None
    converted: bool = False

    def __hash__(self) -> int:
        """Equal questions hash alike, so that an expression is put together once."""
        where = frozenset((name, tuple(values)) for name, values in self.where.items())
        return hash((self.metrics, self.period, self.by, self.grain, where, self.currency, self.converted))


@dataclass(frozen=True, slots=True)
class Figure:
    """One number with what it was made of.

    `value` is None where it is unknown, or nothing stands under the line. For a ratio, `numerator` and `denominator`
    are the two parts as measured; for a plain measure the numerator is the value. `n` counts the rows of facts that
    were measured (for a ratio, under the line), `excluded_n` those that could not be because a value is unknown.
    Money is Decimal, tokens and counts are int, seconds float, shares Decimal.
    """

    value: int | float | Decimal | None
    numerator: int | float | Decimal | None
    denominator: int | float | Decimal | None
    n: int
    excluded_n: int


@dataclass(frozen=True, slots=True)
class Row:
    """One group: its keys (dimension → value, None is unattributed), the first day of its period, its figures by id."""

    keys: Mapping[str, str | None]
    period: date | None
    figures: Mapping[str, Figure]

    def __getitem__(self, name: str) -> str | date | int | float | Decimal | None:
        """A key, `period`, or the value of a metric, by name."""
        if name == "period":
            return self.period
        return self.figures[name].value if name in self.figures else self.keys[name]


@dataclass(frozen=True, slots=True)
class Coverage:
    """What stands beside totals: trust metrics by id, the currency of each money metric, currencies left out."""

    figures: Mapping[str, Figure]
    currency: Mapping[str, str]
    other_currencies: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """Rows, and totals asked again rather than added up, with the version of each definition and the scope's reason."""

    query: Query
    rows: tuple[Row, ...]
    totals: Mapping[str, Figure]
    coverage: Coverage
    definitions: Mapping[str, int]
    scope: str

    @property
    def lines(self) -> tuple[Row, ...]:
        """The rows; of a question without cuts, the totals as its one row."""
        if self.query.by or self.query.grain:
            return self.rows
        return (Row({}, None, self.totals),)
