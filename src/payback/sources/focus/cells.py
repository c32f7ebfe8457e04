"""Cells of a FOCUS file as texts, exact numbers and instants: `NULL` is nothing, instants are UTC, and dates written as
5/1/25 are read where the row itself shows which number is the month.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import orjson

from payback.sources.files import cells

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

SHORT = re.compile(r"^(\d{1,2})/(\d{1,2})/(\d{2}|\d{4})$")
LATE_HOUR = re.compile(r"^(\d{4}-[01]\d-[0-3]\d)T(2[4-9]|3\d|4[0-7]):([0-5]\d):([0-5]\d)Z$")
QUOTED = re.compile(r"'[=+\-@\t\r]")  # a text kept from being run by a spreadsheet
PERIOD = ("BillingPeriodStart", "BillingPeriodEnd")


def text(cell: object) -> str | None:
    """The text of a cell as it stands; None for nothing and for the literal NULL."""
    if cell is None:
        return None
    told = cell.strip() if isinstance(cell, str) else _written(cell)
    if told and QUOTED.match(told):
        told = told[1:]
    return None if not told or told.casefold() == "null" else told


def _written(cell: object) -> str | None:
    """A typed value (of Parquet or JSON) as text."""
    match cell:
        case bool():
            return "true" if cell else "false"
        case datetime():
            return stamp(cell if cell.tzinfo else cell.replace(tzinfo=UTC))
        case Decimal():
            return f"{cell:f}"
        case dict() | list() | tuple():
            return _json(cell)
    return str(cell)


def _json(cell: Any) -> str | None:
    pairs = dict(cell) if isinstance(cell, list | tuple) and all(_is_pair(one) for one in cell) else cell
    return orjson.dumps(pairs, default=str).decode() if pairs else None


def _is_pair(one: object) -> bool:
    return isinstance(one, tuple) and len(one) == 2


def stamp(instant: datetime) -> str:
    """An instant as FOCUS writes it; seconds are split only where they were."""
    told = instant.astimezone(UTC).replace(tzinfo=None)
    return f"{told.isoformat()}Z"


def number(told: str | None) -> Decimal | None:
    """The exact number of a text, as many places as it has."""
    return cells.number(told)


def loaded(told: str) -> Any:
    """What a JSON text holds; a text that is none, as key=value pairs."""
    try:
        return orjson.loads(told)
    except orjson.JSONDecodeError:
        return dict(cells.tags(told) or ())


def pairs(told: str) -> dict[str, str]:
    """Key-value pairs of a JSON object, as texts; a null value is a key without a value."""
    found = loaded(told)
    if not isinstance(found, dict):
        raise ValueError(f"{told[:40]!r} is not a JSON object")  # noqa: TRY004  bad data is told as one kind of error
    return {str(key): _value(value) for key, value in found.items()}


def _value(value: object) -> str:
    match value:
        case str():
            return value
        case None:
            return ""
        case _:
            return orjson.dumps(value).decode()


def reader(told: Mapping[str, str]) -> Callable[[str], datetime]:
    """How this row writes dates: the reader of its texts. Its billing period, which is whole months, shows whether the
    month or the day comes first in 5/1/25.
    """
    if all(SHORT.match(told.get(name, "")) for name in PERIOD):
        for first in (_month_first, _day_first):
            days = [first(told[name]) for name in PERIOD]
            if all(day is not None and day.day == 1 for day in days):
                return lambda cell: _instant(cell, first)
    return lambda cell: _instant(cell, _plain)


def _instant(told: str, short: Callable[[str], date | None]) -> datetime:
    if not SHORT.match(told):
        return instant(told)
    found = short(told)
    if found is None:
        raise ValueError(f"{told!r} may be two days; write 2026-11-23")
    return datetime(found.year, found.month, found.day, tzinfo=UTC)


def is_plain(told: str) -> bool:
    """Whether a date reads alike for everyone."""
    return not SHORT.match(told) and not LATE_HOUR.match(told)


def instant(told: str) -> datetime:
    """An instant of ISO 8601, UTC where it names no zone. Hours past 24, which examples of FOCUS hold, count on."""
    if late := LATE_HOUR.match(told):
        day = datetime.fromisoformat(late[1]).replace(tzinfo=UTC)
        return day + timedelta(hours=int(late[2]), minutes=int(late[3]), seconds=int(late[4]))
    try:
        found = datetime.fromisoformat(told.removesuffix(" UTC"))
    except ValueError:
        raise ValueError(f"{told[:40]!r} is not an instant; write 2026-11-23T10:00:00Z") from None
    return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)


def _day(year: str, month: str, day: str) -> date | None:
    try:
        return date(int(year) + (2000 if len(year) == 2 else 0), int(month), int(day))
    except ValueError:
        return None


def _month_first(told: str) -> date | None:
    found = SHORT.match(told)
    return _day(found[3], found[1], found[2]) if found else None


def _day_first(told: str) -> date | None:
    found = SHORT.match(told)
    return _day(found[3], found[2], found[1]) if found else None


def _plain(told: str) -> date | None:
    """A short date that can be one day only: one of its two numbers is past 12, or both are the same."""
    found = {day for day in (_month_first(told), _day_first(told)) if day is not None}
    return found.pop() if len(found) == 1 else None
