"""The named functions behind answered metrics: the review queue, work in progress, waits of which some still last, effects.

Each reads its rows through the scope, answers for every group and stretch of time, and once more for the whole: a median
of groups is no median of the whole.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta
from itertools import pairwise
from statistics import median_low
from typing import TYPE_CHECKING, Any

from payback.access.facts import open as open_facts
from payback.app.effect_answers import effect
from payback.delivery.waiting import quantile
from payback.metrics.answer import Found
from payback.metrics.catalogue.worth import WORTH
from payback.metrics.facts import TICKETS_STARTED, WORK_OPEN, WORK_READY
from payback.metrics.question import Figure
from payback.metrics.reading import Reading
from payback.period import Grain, Period, grain_start, midnight

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from payback.access.facts import Ground
    from payback.access.scope import Scope
    from payback.metrics.answer import Answering
    from payback.metrics.question import Query
    from payback.metrics.vocabulary import Fact

    Row = Mapping[str, Any]
    Figured = Callable[[Sequence[Row], "datetime", "datetime"], Figure]

HOUR = timedelta(hours=1)
ENDS: Mapping[str, tuple[str, ...]] = {
    WORK_READY.name: ("first_review_at", "closed_at"),
    WORK_OPEN.name: ("closed_at",),
    TICKETS_STARTED.name: ("resolved_at",),
}
"""By fact, which begins at its time: what ends the standing of one. The first that comes ends it."""


def standing(rows: Sequence[Row], _since: datetime, until: datetime) -> Figure:
    """How many stand open when the stretch ends."""
    count = len(_open(rows, until))
    return Figure(count, count, None, len(rows), 0)


def queue_age(rows: Sequence[Row], _since: datetime, until: datetime) -> Figure:
    """The median of how long they have been waiting, in hours."""
    ages = [(_seen(row, until) - row["began"]) / HOUR for row in _open(rows, until)]
    return Figure(median_low(ages) if ages else None, None, None, len(ages), 0)


def first_review(rows: Sequence[Row], since: datetime, until: datetime) -> Figure:
    """The Kaplan-Meier median of the hours to the first review, of changes that became ready in the stretch."""
    waits = [wait for row in rows if since <= row["began"] < until and (wait := _wait(row))]
    backwards = sum(since <= row["began"] < until and _wait(row) is None for row in rows)
    return Figure(quantile(waits), None, None, len(waits), backwards)


def _wait(row: Row) -> tuple[float, bool] | None:
    """Hours to the first review, or so far; None where a review came before it was ready."""
    looked, closed = row["ends"]
    end = looked or closed or row["synced_at"]
    if end < row["began"]:
        return None
    return (end - row["began"]) / HOUR, looked is not None


def _open(rows: Sequence[Row], moment: datetime) -> list[Row]:
    return [row for row in rows if row["began"] <= (at := _seen(row, moment)) and not _ended(row, at)]


def _ended(row: Row, moment: datetime) -> bool:
    return any(end is not None and end <= moment for end in row["ends"])


def _seen(row: Row, moment: datetime) -> datetime:
    """A moment, but no later than what is known: nobody knows what will be open tomorrow."""
    read: datetime = row["synced_at"]
    return min(read, moment)


def _answering(figured: Figured, fact: Fact = WORK_READY) -> Answering:
    def answer(query: Query, scope: Scope, ground: Ground) -> Found:
        rows = _rows(fact, query, scope, ground)
        groups: dict[tuple[str | None, ...], list[Row]] = defaultdict(list)
        for row in rows:
            groups[tuple(row[name] for name in query.by)].append(row)
        found = []
        for keys, held in groups.items():
            for start, part in _stretches(query, ground):
                figure = figured(held, *part.instants(ground.zone))
                if figure.n or figure.excluded_n:
                    found.append((dict(zip(query.by, keys, strict=True)), start, figure))
        whole = query.period.instants(ground.zone)
        return Found(found, figured(rows, *whole), empty=figured((), *whole))

    return answer


def _rows(fact: Fact, query: Query, scope: Scope, ground: Ground) -> list[dict[str, Any]]:
    """What began before the period ended: when it `began`, what `ends` it, and its cuts by the names of dimensions."""
    table = open_facts(ground, fact.table, scope)
    found = Reading(table, fact, ground, query.period)
    rows = found.filter([found.passes(only) for only in fact.always]).rows
    ends = ENDS[fact.name]
    cuts = {name: rows[fact.column(name) or name] for name in {*query.by, *query.where}}
    rows = rows.select("synced_at", *ends, began=rows[fact.time], **cuts)
    rows = rows.filter(rows.began.notnull(), rows.began < midnight(query.period.until, ground.zone))
    told = ground.warehouse.read(rows).to_pylist()
    return [
        {**row, "ends": tuple(row[end] for end in ends)}
        for row in told
        if all(row[name] in values for name, values in query.where.items())
    ]


def _stretches(query: Query, ground: Ground) -> list[tuple[Any, Period]]:
    """The parts of the period by the grain asked for, each with the first day of its grain."""
    if query.grain is None:
        return [(None, query.period)]
    days = (query.period.since + timedelta(days=n) for n in range(query.period.days))
    starts = sorted({_start(day, query.grain, ground) for day in days})
    edges = [max(query.period.since, starts[0]), *starts[1:], query.period.until]
    return [(start, Period(*edge)) for start, edge in zip(starts, pairwise(edges), strict=True)]


def _start(day: Any, grain: Grain, ground: Ground) -> Any:
    return grain_start(day, grain, ground.fiscal_year_start)


def untold(_query: Query, _scope: Scope, _ground: Ground) -> Found:
    """What facts alone cannot answer: it takes rate cards and effects, which the app knows."""
    return Found((), Figure(None, None, None, 0, 0))


ANSWERED: Mapping[str, Answering] = {
    "effect": effect,
    "waiting": _answering(standing),
    "changes_open": _answering(standing, WORK_OPEN),
    "tickets_started": _answering(standing, TICKETS_STARTED),
    "queue_age": _answering(queue_age),
    "first_review": _answering(first_review),
    **dict.fromkeys(WORTH, untold),
}
