"""A metric's formula in words, from its values: what is added, over which rows, divided by what."""

from __future__ import annotations

from typing import TYPE_CHECKING

from payback.metrics.vocabulary import Answered, Reduce, Test

if TYPE_CHECKING:
    from payback.metrics.vocabulary import Fact, Measure, Metric, Only

_WORDS = {
    Reduce.SUM: "sum of {}",
    Reduce.COUNT: "number of rows with a known {}",
    Reduce.DISTINCT: "number of distinct {}",
    Reduce.MEDIAN: "median of {}",
    Reduce.P75: "75th percentile of {}",
    Reduce.P90: "90th percentile of {}",
    Reduce.MIN: "smallest {}",
    Reduce.MAX: "largest {}",
    Reduce.LAST: "last {}",
}


def formula(metric: Metric | Answered) -> str:
    """The formula in one line, in the columns of the facts."""
    if isinstance(metric, Answered):
        return f"answered by {metric.function}"
    over = " + ".join(
        f"({measured(part)})" if metric.plus else measured(part) for part in (metric.measure, *metric.plus)
    )
    if metric.per is None:
        return over
    scale = f" × {metric.scale:,}" if metric.scale != 1 else ""
    return f"({over}) ÷ ({measured(metric.per)}){scale}"


def measured(measure: Measure) -> str:
    """One measure in words: 'sum of list over spend where team is unknown'."""
    columns = " + ".join(measure.columns)
    if measure.less:
        columns = f"({columns} − {' − '.join(measure.less)})"
    number = _WORDS[measure.reduce].format(columns) if columns else "number of rows"
    return f"{number} over {rows(measure.fact)}{_where((*measure.fact.always, *measure.only))}"


def rows(fact: Fact) -> str:
    """The rows of a fact in words."""
    if fact.roll_up is None:
        return f"{fact.table} of the last day" if fact.standing else fact.table
    week = " and ISO week" if fact.roll_up.by_week else ""
    return f"{fact.table}, one row per {' + '.join(fact.roll_up.keys)}{week}"


def _where(conditions: tuple[Only, ...]) -> str:
    return f" where {' and '.join(_condition(only) for only in conditions)}" if conditions else ""


def _condition(only: Only) -> str:
    if only.test is Test.KNOWN:
        return f"{only.column} is known"
    if only.test is Test.UNKNOWN:
        return f"{only.column} is unknown"
    if only.test is Test.ABOVE:
        return f"{only.column} > {only.values[0]}"
    return f"{only.column} is {' or '.join(str(value).lower() for value in only.values)}"
