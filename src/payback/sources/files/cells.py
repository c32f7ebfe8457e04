"""Cells as people and programs write them, as exact values: money, counts, instants. None where a cell is empty.

A cell that is neither empty nor readable raises ValueError with the sentence that the rejected row shows.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time
from decimal import ROUND_HALF_EVEN, Context, Decimal, InvalidOperation
from typing import TYPE_CHECKING

import orjson

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

EMPTY = {"", "-", "n/a", "na", "null", "none"}
_SIGNS = re.compile(r"[\s\u00a0\u202f_$€£¥]|USD|EUR|GBP")
_GROUPED = re.compile(r"^-?\d{1,3}(,\d{3})+(\.\d+)?$")
_COMMA_POINT = re.compile(r"^-?[\d.]*\d,\d{1,9}$")
_DAYS = (
    "%Y-%m-%d", "%Y/%m/%d", "%d.%m.%Y", "%Y%m%d", "%d %b %Y", "%d %B %Y", "%b %d, %Y", "%B %d, %Y",
    "%d/%b/%y %I:%M %p", "%d/%b/%Y %I:%M %p",
)  # fmt: skip
_EXACT = Context(prec=60, rounding=ROUND_HALF_EVEN)
LARGEST_MONEY = Decimal(10) ** 24
LARGEST_COUNT = 2**53


def text(cell: object) -> str | None:
    """The trimmed text of a cell."""
    if cell is None:
        return None
    told = str(cell).strip()
    return None if told.casefold() in EMPTY else told


def number(cell: object) -> Decimal | None:
    """An exact number: 1234.5, 1,234.50, 1.234,50 and (12.30) for minus are understood."""
    told = text(cell)
    if told is None:
        return None
    told = _SIGNS.sub("", told)
    if told.startswith("(") and told.endswith(")"):
        told = "-" + told[1:-1]
    if _GROUPED.match(told):
        told = told.replace(",", "")
    elif _COMMA_POINT.match(told):
        told = told.replace(".", "").replace(",", ".")
    try:
        found = Decimal(told)
    except InvalidOperation as error:
        raise ValueError(f"{str(cell)[:40]!r} is not a number") from error
    if not found.is_finite() or abs(found) >= LARGEST_MONEY:
        raise ValueError(f"{str(cell)[:40]!r} is not an amount")
    return found or found.copy_abs()


def money(cell: object) -> Decimal | None:
    """An amount at nine places, rounded half to even where the file has more."""
    found = number(cell)
    return None if found is None else found.quantize(Decimal("1e-9"), context=_EXACT)


def count(cell: object) -> int | None:
    """A whole, non-negative number."""
    found = number(cell)
    if found is None:
        return None
    if found != found.to_integral_value() or not 0 <= found <= LARGEST_COUNT:
        raise ValueError(f"{str(cell)[:40]!r} is not a count")
    return int(found)


def real(cell: object) -> float | None:
    found = number(cell)
    return None if found is None else float(found)


def flag(cell: object) -> bool | None:
    """yes/no, true/false, 1/0."""
    told = text(cell)
    if told is None:
        return None
    match told.casefold():
        case "true" | "yes" | "y" | "1" | "x":
            return True
        case "false" | "no" | "n" | "0":
            return False
    raise ValueError(f"{told[:40]!r} is neither yes nor no")


def tags(cell: object) -> list[tuple[str, str]] | None:
    """Key-value pairs: a JSON object, or key=value parted by semicolons."""
    if isinstance(cell, dict):
        return [(str(key), str(value)) for key, value in cell.items() if value is not None]
    told = text(cell)
    if told is None:
        return None
    if told.startswith("{"):
        try:
            return tags(orjson.loads(told))
        except orjson.JSONDecodeError as error:
            raise ValueError(f"{told[:40]!r} is not a JSON object of tags") from error
    pairs = [part.partition("=") for part in told.split(";") if part.strip()]
    if not all(sign and key.strip() for key, sign, _ in pairs):
        raise ValueError(f"{told[:40]!r} is not key=value;key=value")
    return [(key.strip(), value.strip()) for key, _, value in pairs]


def instant(cell: object, zone: ZoneInfo) -> datetime | None:
    """An instant in UTC. A day is its first instant in the organisation's zone; Unix seconds and milliseconds are read."""
    match cell:
        case datetime():
            return (cell if cell.tzinfo else cell.replace(tzinfo=zone)).astimezone(UTC)
        case date():
            return datetime.combine(cell, time.min, zone).astimezone(UTC)
    told = text(cell)
    if told is None:
        return None
    if told.isdigit() and len(told) in {10, 13}:
        return datetime.fromtimestamp(int(told[:10]), UTC)
    found = _iso(told) or _spelled(told)
    if found is None:
        raise ValueError(f"{told[:40]!r} is not a date; write 2026-11-23 or 2026-11-23T10:00:00Z")
    try:
        return (found if found.tzinfo else found.replace(tzinfo=zone)).astimezone(UTC)
    except OverflowError as error:
        raise ValueError(f"{told[:40]!r} lies outside the years 1 to 9999") from error


def day(cell: object, zone: ZoneInfo) -> date | None:
    """A day; of an instant, the day of the organisation's zone it falls in."""
    found = instant(cell, zone)
    try:
        return None if found is None else found.astimezone(zone).date()
    except OverflowError as error:
        raise ValueError(f"{str(cell)[:40]!r} lies outside the years 1 to 9999") from error


def _iso(told: str) -> datetime | None:
    try:
        return datetime.fromisoformat(told)
    except ValueError:
        return None


def _spelled(told: str) -> datetime | None:
    for form in _DAYS:
        try:
            return datetime.strptime(told, form)  # noqa: DTZ007 (the zone is put on by the caller)
        except ValueError:
            continue
    return None
