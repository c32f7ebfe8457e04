"""Days, weeks, months and the instants that bound them in one organisation time zone. Reads no clock."""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from payback.errors import SettingsError

_RELATIVE = re.compile(r"^(\d+)([dwmy])$")


class Grain(StrEnum):
    """How finely time is cut. Weeks are ISO weeks; a fiscal quarter counts from the organisation's first month."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    FISCAL_QUARTER = "fiscal_quarter"


@dataclass(frozen=True, slots=True, order=True)
class Period:
    """Days from `since` up to but not including `until`."""

    since: date
    until: date

    def __post_init__(self) -> None:
        if self.until < self.since:
            raise SettingsError(f"a period cannot end ({self.until}) before it begins ({self.since})")

    @property
    def days(self) -> int:
        """How many days it holds."""
        return (self.until - self.since).days

    def before(self) -> Period:
        """The period of the same length just before this one."""
        return Period(self.since - timedelta(days=self.days), self.since)

    def instants(self, zone: ZoneInfo) -> tuple[datetime, datetime]:
        """Its first instant and the first instant after it, in UTC."""
        return midnight(self.since, zone), midnight(self.until, zone)


def zone(name: str) -> ZoneInfo:
    """The IANA time zone of that name."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise SettingsError(f"{name!r} is not a time zone; use an IANA name such as Europe/Paris") from error


def midnight(day: date, tz: ZoneInfo) -> datetime:
    """The first instant of a day in a zone, in UTC; where a clock change skips midnight, the first instant after."""
    return datetime.combine(day, time.min, tz).astimezone(UTC)


def day_of(instant: datetime, tz: ZoneInfo) -> date:
    """The day in which an instant falls in a zone."""
    return instant.astimezone(tz).date()


def grain_start(day: date, grain: Grain, fiscal_year_start: int = 1) -> date:
    """The first day of the grain that a day falls in."""
    match grain:
        case Grain.DAY:
            return day
        case Grain.WEEK:
            return day - timedelta(days=day.weekday())
        case Grain.MONTH:
            return day.replace(day=1)
        case Grain.FISCAL_QUARTER:
            return add_months(day, -((day.month - fiscal_year_start) % 3))


def month_start(day: date) -> date:
    return day.replace(day=1)


def add_months(day: date, months: int) -> date:
    """The first day of the month that many months away."""
    index = day.year * 12 + day.month - 1 + months
    return date(index // 12, index % 12 + 1, 1)


def months_on(day: date, months: int) -> date:
    """The same day of another month, its last where that month is shorter."""
    first = add_months(day, months)
    return first.replace(day=min(day.day, monthrange(first.year, first.month)[1]))


def month_to_date(today: date) -> Period:
    """From the first of the month to today, today included."""
    return Period(month_start(today), today + timedelta(days=1))


def last_days(today: date, days: int) -> Period:
    """The last `days` days, today included."""
    return Period(today - timedelta(days=days - 1), today + timedelta(days=1))


def parse_day(text: str, today: date) -> date:
    """A day as people type it: 2026-11-23, today, yesterday, or an age such as 30d, 4w, 6m, 1y."""
    if text == "today":
        return today
    if text == "yesterday":
        return today - timedelta(days=1)
    if match := _RELATIVE.match(text):
        count, unit = int(match[1]), match[2]
        if unit in "my":
            return add_months(today, -count * (12 if unit == "y" else 1))
        return today - timedelta(days=count * (7 if unit == "w" else 1))
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise SettingsError(
            f"{text!r} is not a day; write 2026-11-23, today, or an age such as 30d"
        ) from error
