"""Billing months: GitHub bills by calendar month in UTC, keeps 24 of them, and restates the running and the last one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from payback.period import add_months
from payback.sources.source import DAY, Slice, since_told

if TYPE_CHECKING:
    from collections.abc import Iterator

    from payback.sources.source import Ask, Plan

KEPT = 23


def months(plan: Plan) -> Iterator[Slice]:
    """Whole months, oldest first; the mark is the last one begun, which is read again with the one before it."""
    this = _first(plan.now.astimezone(UTC))
    oldest = after(this, -KEPT)
    if plan.window:
        begin, end = (moment.astimezone(UTC) for moment in plan.window)
    else:
        mark, end = plan.marks.get(""), this + DAY
        begin = after(datetime.fromisoformat(mark), -1) if mark else since_told(plan.told, oldest)
    month = max(_first(begin), oldest)
    while month < end and month <= this:
        yield Slice(month, after(month, 1), "" if plan.window else month.isoformat())
        month = after(month, 1)


def _first(moment: datetime) -> datetime:
    return moment.replace(day=1, hour=0, minute=0, second=0, microsecond=0)


def after(month: datetime, count: int) -> datetime:
    """The first of the month that many months later."""
    return datetime.combine(add_months(month.date(), count), datetime.min.time(), UTC)


def told_until(ask: Ask) -> datetime:
    """The end of what a slice can tell of: of the running month, today."""
    midnight = ask.now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return min(ask.part.until, midnight + DAY)


def is_recent(ask: Ask) -> bool:
    """Whether the slice is the running month or the one before it."""
    return ask.part.until > _first(ask.now.astimezone(UTC)) - timedelta(days=1)


def days(ask: Ask) -> Iterator[tuple[datetime, datetime]]:
    """The days of a slice up to today, each with its end."""
    day, end = ask.part.since, told_until(ask)
    while day < end:
        yield day, day + DAY
        day += DAY
