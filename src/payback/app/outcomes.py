"""The rows of a metric by team, person and week, as effects compare them: read through the scope, added up by the engine."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from functools import reduce
from operator import add
from typing import TYPE_CHECKING, Any

import ibis

from payback.access.facts import open as open_facts
from payback.errors import PaybackError
from payback.insight.outcome import Form, Presence, Row
from payback.metrics.catalogue import CATALOGUE
from payback.metrics.compile import metric_named
from payback.metrics.question import Query
from payback.metrics.reading import Reading, reading
from payback.metrics.vocabulary import Metric, Reduce, Unit
from payback.period import Grain, Period

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from payback.access.facts import Ground
    from payback.access.scope import Scope
    from payback.metrics.vocabulary import Measure

QUANTILES = {Reduce.MEDIAN, Reduce.P75, Reduce.P90}
CONTRIBUTORS = "developer_days"
KINDS = ("repo", "work_type", "size_band")
OF_SIZE = {"pr_size"}
DELIVERED = {
    "work",
    "work_in_production",
    "work_items",
    "sprint_items",
    "production_deployments",
    "code_fates",
}
QUICKEST = 0.25  # hours; what took less is compared as so long, or moments would outweigh days
WEEK = timedelta(weeks=1)
MATURITY: Mapping[str, int] = {
    "rework_rate": 14, "revert_rate": 14, "follow_up_fix_rate": 14, "reopen_rate": 14, "bug_rate": 14, "change_fail_rate": 14,
    "incident_rate": 14, "deployment_rework_rate": 14, "survival_30": 30, "survival_60": 60,
}  # fmt: skip
"""Days until it is known of a row whether it counts; younger periods are not shown."""


def measured(metric: str) -> Metric:
    """The metric of that id, if it has a before: UnknownNameError for an id that is not there, PaybackError for one of which
    no panel can be made.
    """
    found = metric_named(metric, CATALOGUE)
    if not isinstance(found, Metric) or not all(
        m.fact.name in DELIVERED | {CONTRIBUTORS} for m in found.measures
    ):
        raise PaybackError(
            f"{metric} is not told of teams before they used AI, so it has no effect; {_others()}"
        )
    if found.unit is Unit.MONEY:
        raise PaybackError(f"{metric} is money of AI, and there is none before AI; {_others()}")
    return found


def _others() -> str:
    return "choose a metric of delivery or quality, for example merged_prs, cycle_time or rework_rate"


def form_of(metric: Metric) -> Form:
    """How its rows are compared."""
    if metric.measure.reduce in QUANTILES:
        return Form.LOG
    return Form.RATE if metric.per is None or metric.per.fact.name == CONTRIBUTORS else Form.MEAN


def finest(metric: Metric) -> str | None:
    """What stands below a team in its facts: person, else repo; None where neither is told."""
    return next((name for name in ("person", "repo") if name in metric.measure.fact.dimensions), None)


def kinds_of(metric: Metric) -> tuple[str, ...]:
    """What tells kinds of work apart at which a duration or share of changes is held fixed; none for a count and for what is not
    of changes. Of a metric of size, size is the outcome and no kind.
    """
    if form_of(metric) is Form.RATE or metric.measure.fact.table != "work":
        return ()
    told = metric.measure.fact.dimensions
    return tuple(
        name for name in KINDS if name in told and not (metric.id in OF_SIZE and name == "size_band")
    )


def rows_of(
    metric: Metric, days: Period, scope: Scope, ground: Ground, kinds: tuple[str, ...] = ()
) -> tuple[Row, ...]:
    """What each person (or repository) of each team did in each week of these days, by kind of work where kinds are named. People
    are units, none is shown.
    """
    below = finest(metric)
    by = tuple(dict.fromkeys(("team", *((below,) if below else ()), *kinds)))
    asked = Query((metric.id,), days, by=by, grain=Grain.WEEK)
    seen = replace(scope, may_see_people=True)
    if form_of(metric) is not Form.MEAN:
        return tuple(_rows(_added(metric.measure, asked, seen, ground), ground, kinds))
    parts = [
        _rows(_added(measure, asked, seen, ground), ground, kinds) for measure in metric.measures if measure
    ]
    return tuple(_divided(*parts))


def _added(measure: Measure, asked: Query, scope: Scope, ground: Ground) -> ibis.Table:
    """Totals and how many rows they are of, by the keys asked for and week."""
    found = reading(measure.fact, [measure], asked, scope, ground)
    value = value_of(found, measure)
    keep = [found.passes(only) for only in measure.only]
    keys = [found.start(Grain.WEEK).name("week"), *(found.key(name).name(name) for name in asked.by)]
    rows = found.rows.select(
        *keys, value.name("value"), kept=reduce(lambda a, b: a & b, keep, ibis.literal(True))
    )
    rows = rows.filter(rows.kept, rows.value.notnull())
    grouped: ibis.Table = rows.group_by("week", *asked.by).aggregate(total=rows.value.sum(), n=rows.count())
    return grouped


def value_of(found: Reading, measure: Measure) -> ibis.Value:
    """What a row adds: 1, or whether a column is known, a sum of columns, a logarithm of hours (or of a size and one)."""
    if not measure.columns:
        return ibis.literal(1.0)
    if measure.reduce is Reduce.COUNT:
        return ibis.ifelse(_sum(found, measure).notnull(), ibis.literal(1.0), ibis.null("float64"))
    value = plain_of(found, measure)
    if measure.reduce not in QUANTILES:
        return value
    return ibis.greatest(value, QUICKEST).ln() if measure.unit is Unit.HOURS else (value + 1.0).ln()


def plain_of(found: Reading, measure: Measure) -> ibis.Value:
    """The sum of a measure's columns in a row, as it stands."""
    return _sum(found, measure).cast("float64")


def _sum(found: Reading, measure: Measure) -> ibis.Value:
    return reduce(add, (found[name] for name in measure.columns))


def _rows(expression: ibis.Table, ground: Ground, kinds: tuple[str, ...]) -> Iterator[Row]:
    for row in ground.warehouse.read(expression).to_pylist():
        below = row.get("person", row.get("repo"))
        kind = tuple(row[name] for name in kinds)
        yield Row(row["team"], below, row["week"], float(row["total"]), row["n"], kind)


def _divided(over: Iterator[Row], under: Iterator[Row]) -> Iterator[Row]:
    """Rows with the total of the one and the number of the other."""
    totals = {(row.team, row.who, row.week, row.kind): row.total for row in over}
    for row in under:
        yield replace(row, total=totals.get((row.team, row.who, row.week, row.kind), 0.0), n=round(row.total))


def presence(ground: Ground, scope: Scope, until: date) -> tuple[Presence, ...]:
    """Who contributed to which team in which week: people of whom a change was merged in the 28 days up to a day of it."""
    rows = open_facts(ground, CONTRIBUTORS, scope)
    rows = rows.filter(rows.day < ibis.literal(until))
    week = rows.day.truncate("W").cast("date").name("week")
    told = rows.select("team", "person", week).distinct()
    return tuple(
        Presence(row["team"], row["person"], row["week"]) for row in ground.warehouse.read(told).to_pylist()
    )


def used(ground: Ground, scope: Scope, until: date) -> tuple[tuple[str, date], ...]:
    """Who used AI on which day, with whatever tool."""
    rows = open_facts(ground, "use_days", scope)
    rows = rows.filter(rows.active, rows.day < ibis.literal(until))
    told: list[dict[str, Any]] = ground.warehouse.read(rows.select("who", "day").distinct()).to_pylist()
    return tuple((row["who"], row["day"]) for row in told)


def last_merged(ground: Ground, scope: Scope) -> date | None:
    """The last day on which a change was merged: how far delivery is known."""
    rows = open_facts(ground, "work", scope)
    found: date | None = ground.warehouse.read(rows.aggregate(last=rows.merged_day.max()))["last"][0].as_py()
    return found
