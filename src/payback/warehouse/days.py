"""Days of one time zone over instants, said so that every engine cuts them alike and none needs zone data of its own."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import ibis

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    import ibis.expr.types as ir

STEP = timedelta(hours=12)


def offsets(zone: ZoneInfo, since: datetime, until: datetime) -> list[tuple[datetime, timedelta]]:
    """From which instant on the zone stands how far from UTC; the first holds from `since` on (both in UTC)."""
    found = [(since, _offset(zone, since))]
    instant = since
    while instant < until:
        after = min(instant + STEP, until)
        if _offset(zone, after) != found[-1][1]:
            found.append(_change(zone, instant, after))
        instant = after
    return found


def local_day(instant: ir.TimestampColumn, zone: ZoneInfo, since: datetime, until: datetime) -> ir.DateColumn:
    """The day in the zone of each instant between `since` and `until`."""
    shifts = offsets(zone, since, until)
    moved = _shifted(instant, shifts[0][1])
    if len(shifts) == 1:
        return moved.date()
    cases = [
        (instant >= ibis.literal(start), _shifted(instant, shift).date())
        for start, shift in reversed(shifts[1:])
    ]
    return ibis.cases(*cases, else_=moved.date())


def _shifted(instant: ir.TimestampColumn, shift: timedelta) -> ir.TimestampColumn:
    seconds = int(shift.total_seconds())
    if seconds == 0:
        return instant
    return (
        instant + ibis.interval(seconds=seconds) if seconds > 0 else instant - ibis.interval(seconds=-seconds)
    )


def _offset(zone: ZoneInfo, instant: datetime) -> timedelta:
    return instant.astimezone(zone).utcoffset() or timedelta()


def _change(zone: ZoneInfo, before: datetime, after: datetime) -> tuple[datetime, timedelta]:
    """The instant between the two from which the later offset holds, to the second."""
    low, high = int(before.timestamp()), int(after.timestamp())
    new = _offset(zone, after)
    while high - low > 1:
        middle = (low + high) // 2
        if _offset(zone, datetime.fromtimestamp(middle, UTC)) == new:
            high = middle
        else:
            low = middle
    return datetime.fromtimestamp(high, UTC), new
