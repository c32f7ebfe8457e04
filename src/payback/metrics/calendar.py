"""Which days an instant's row falls in: days of the organisation's zone, and the grains made of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import ibis

from payback.period import Grain
from payback.warehouse.days import local_day, offsets

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    import ibis.expr.types as ir

    from payback.period import Period

_HOUR = 3600


def in_whole_hours(period: Period, zone: ZoneInfo) -> bool:
    """Whether every day of the period begins on a whole UTC hour, so that hourly rows can be cut into its days."""
    turns = offsets(zone, *period.instants(zone))
    return all(not since.timestamp() % _HOUR and not shift.total_seconds() % _HOUR for since, shift in turns)


def day_of_row(moment: ir.Value, period: Period, zone: ZoneInfo) -> ir.DateValue:
    """The organisation's day of a row of the period: the day it carries, or the day in which its instant falls."""
    return moment if moment.type().is_date() else local_day(moment, zone, *period.instants(zone))


def period_start(day: ir.DateValue, grain: Grain, fiscal_year_start: int) -> ir.DateValue:
    """The first day of the grain that holds a day: itself, its Monday, the first of its month, of its fiscal quarter."""
    if grain is Grain.DAY:
        return day
    if grain is Grain.WEEK:
        return day.truncate("W").cast("date")
    if grain is Grain.MONTH:
        return day.truncate("M").cast("date")
    shift = (fiscal_year_start - 1) % 3
    if not shift:
        return day.truncate("Q").cast("date")
    months = ibis.interval(months=shift)
    return ((day.truncate("M") - months).truncate("Q") + months).cast("date")
