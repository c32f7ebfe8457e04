"""Which days of the organisation a charge covers. A bill speaks of whole days of its own clock: those of UTC for most
vendors' APIs, those of the organisation's zone for invoices typed in; such days are dates, and a date is the same here and
there. A period that begins or ends within a day covers the days it touches.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, tzinfo
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from payback.period import day_of, midnight

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

DAY = timedelta(days=1)
MICROSECOND = timedelta(microseconds=1)


def is_utc_days(charge: dict[str, Any]) -> bool:
    """Whether its period is whole days of UTC."""
    return _starts_day(charge["charge_period_start"]) and _starts_day(charge["charge_period_end"])


def is_local_days(charge: dict[str, Any], zone: ZoneInfo) -> bool:
    """Whether its period is whole days of the zone."""
    ends = (charge["charge_period_start"], charge["charge_period_end"])
    return all(midnight(day_of(end, zone), zone) == end.astimezone(UTC) for end in ends)


def first_day(charge: dict[str, Any], zone: ZoneInfo) -> date:
    """The first day it covers."""
    return days(charge, zone)[0]


def days(charge: dict[str, Any], zone: ZoneInfo) -> tuple[date, ...]:
    """The days it covers, at least one."""
    return _days(charge["charge_period_start"], charge["charge_period_end"], zone)


@lru_cache(maxsize=65536)
def _days(start: datetime, end: datetime, zone: ZoneInfo) -> tuple[date, ...]:
    period = {"charge_period_start": start, "charge_period_end": end}
    clock: tzinfo = UTC if is_utc_days(period) and not is_local_days(period, zone) else zone
    first, last = start.astimezone(clock).date(), (end - MICROSECOND).astimezone(clock).date()
    return tuple(first + DAY * offset for offset in range(max((last - first).days, 0) + 1))


def _starts_day(instant: datetime) -> bool:
    told = instant.astimezone(UTC)
    return told == told.replace(hour=0, minute=0, second=0, microsecond=0)
