"""The named functions behind answered metrics: the review queue, waits of which some still last, effects.

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
from payback.metrics.facts import WORK_READY
from payback.metrics.question import Figure
from payback.period import Grain, Period, grain_start, midnight

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from payback.access.facts import Ground
    from payback.access.scope import Scope
    from payback.metrics.answer import Answering
    from payback.metrics.question import Query

    Row = Mapping[str, Any]
    Figured = Callable[[Sequence[Row], "datetime", "datetime"], Figure]

TIMES = ("ready_at", "first_review_at", "closed_at", "synced_at")
HOUR = timedelta(hours=1)


def waiting(rows: Sequence[Row], _since: datetime, until: datetime) -> Figure:
    """How many changes wait for their first review when the stretch ends."""
    count = len(_queue(rows, until))
    return Figure(count, count, None, len(rows), 0)


def queue_age(rows: Sequence[Row], _since: datetime, until: datetime) -> Figure:
    """The median of how long they have been waiting, in hours."""
    ages = [(_seen(row, until) - row["ready_at"]) / HOUR for row in _queue(rows, until)]
    return Figure(median_low(ages) if ages else None, None, None, len(ages), 0)


def first_review(rows: Sequence[Row], since: datetime, until: datetime) -> Figure:
    """The Kaplan-Meier median of the hours to the first review, of changes that became ready in the stretch."""
    waits = [wait for row in rows if since <= row["ready_at"] < until and (wait := _wait(row))]
    backwards = sum(since <= row["ready_at"] < until and _wait(row) is None for row in rows)
    return Figure(quantile(waits), None, None, len(waits), backwards)


def _wait(row: Row) -> tuple[float, bool] | None:
    """Hours to the first review, or so far; None where a review came before it was ready."""
    looked, ended = row["first_review_at"], row["closed_at"]
    end = looked or ended or row["synced_at"]
    if end < row["ready_at"]:
        return None
    return (end - row["ready_at"]) / HOUR, looked is not None


def _queue(rows: Sequence[Row], moment: datetime) -> list[Row]:
    return [row for row in rows if row["ready_at"] <= (at := _seen(row, moment)) and not _left(row, at)]


def _left(row: Row, moment: datetime) -> bool:
    """Whether a change had been looked at, or had ended, by a moment."""
    return any(row[name] is not None and row[name] <= moment for name in ("first_review_at", "closed_at"))


def _seen(row: Row, moment: datetime) -> datetime:
    """A moment, but no later than what is known: nobody knows the queue of tomorrow."""
    read: datetime = row["synced_at"]
    return min(read, moment)


def _answering(figured: Figured) -> Answering:
    def answer(query: Query, scope: Scope, ground: Ground) -> Found:
        rows = _rows(query, scope, ground)
        groups: dict[tuple[str | None, ...], list[Row]] = defaultdict(list)
        for row in rows:
            groups[tuple(row[name] for name in query.by)].append(row)
        found = []
        for keys, held in groups.items():
            for start, part in _stretches(query, ground):
                figure = figured(held, *part.instants(ground.zone))
                if figure.n or figure.excluded_n:
                    found.append((dict(zip(query.by, keys, strict=True)), start, figure))
        return Found(found, figured(rows, *query.period.instants(ground.zone)))

    return answer


def _rows(query: Query, scope: Scope, ground: Ground) -> list[dict[str, Any]]:
    """Changes that were ready before the period ended, with their cuts by the names of dimensions."""
    table = open_facts(ground, WORK_READY.table, scope)
    cuts = {name: table[WORK_READY.column(name) or name] for name in {*query.by, *query.where}}
    rows = table.select(*TIMES, **cuts)
    rows = rows.filter(rows.ready_at.notnull(), rows.ready_at < midnight(query.period.until, ground.zone))
    told = ground.warehouse.read(rows).to_pylist()
    return [row for row in told if all(row[name] in values for name, values in query.where.items())]


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
    "waiting": _answering(waiting),
    "queue_age": _answering(queue_age),
    "first_review": _answering(first_review),
    **dict.fromkeys(WORTH, untold),
}
