"""Values out of foreign JSON and SQLite rows, read tolerantly: null counts as absent, a wrong type or an impossible
number is a `BadFieldError`, which only `intake.Intake.row` catches. Its sentence names the field, never its content.
"""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

import orjson

from payback.money import cut

if TYPE_CHECKING:
    from collections.abc import Mapping

MOST_TOKENS = 10**12
MOST_USD = Decimal(10) ** 9
LONGEST_TEXT = 1000
SURELY_UNIQUE = 16
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_YEARS = range(2000, 2200)


class BadFieldError(ValueError):
    """A field that cannot be what its format says it is."""


def mapping(value: Any) -> Mapping[str, Any]:
    """The value where it is a JSON object, else an empty one."""
    return value if isinstance(value, dict) else {}


def sequence(value: Any) -> list[Any]:
    """The value where it is a JSON array, else an empty one."""
    return value if isinstance(value, list) else []


def embedded(value: Any) -> Any:
    """What the JSON in a text (or in bytes) says; None where it is no JSON."""
    try:
        return orjson.loads(value or b"")
    except (orjson.JSONDecodeError, TypeError):
        return None


def text(*values: Any) -> str | None:
    """The first of the values that is text with something in it (or a whole number, as some tools write ids)."""
    for value in values:
        if isinstance(value, int) and not isinstance(value, bool):
            return str(value)
        if isinstance(value, str) and value.strip() and len(value) <= LONGEST_TEXT:
            return value.strip()
    return None


def word(value: Any) -> str:
    """The value where it is text, else an empty one: for kinds and roles that are compared and never kept."""
    return value if isinstance(value, str) else ""


def flag(value: Any) -> bool | None:
    """The value where it is true or false, else None."""
    return value if isinstance(value, bool) else None


def tokens(record: Mapping[str, Any], *names: str) -> int:
    """The first of the named fields that is there, as a count of 0 or more; 0 when none is."""
    for name in names:
        if (value := record.get(name)) is not None:
            return _count(value, name)
    return 0


def _count(value: Any, name: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise BadFieldError(f"{name} is not a count")
    try:
        exact = Decimal(str(value))
    except InvalidOperation:
        raise BadFieldError(f"{name} is not a number") from None
    if not exact.is_finite() or exact != exact.to_integral_value():
        raise BadFieldError(f"{name} is not a whole number")
    if exact < 0:
        raise BadFieldError(f"{name} is negative")
    if exact > MOST_TOKENS:
        raise BadFieldError(f"{name} is larger than any request can be")
    return int(exact)


def less(whole: int, *parts: int) -> int:
    """What is left of a whole count without the parts that lie inside it; refused when the parts are larger."""
    rest = whole - sum(parts)
    if rest < 0:
        raise BadFieldError(
            f"cached tokens ({sum(parts)}) exceed the input that should contain them ({whole})"
        )
    return rest


def adds_up(total: int, *sums: int) -> None:
    """Refuse a row whose own total is none of the sums its format allows; a total of 0 says nothing."""
    if total and total not in sums:
        raise BadFieldError(f"token counts add up to {sums[0]}, the log says {total}")


def usd(value: Any) -> Decimal | None:
    """Dollars above zero at nine places; None for absent and for 0, which tools write for plans and unknown prices."""
    if value is None or isinstance(value, bool) or not isinstance(value, int | float | str | Decimal):
        return None
    try:
        amount = Decimal(str(value))
    except InvalidOperation:
        raise BadFieldError("the cost is not a number") from None
    if not amount.is_finite() or amount < 0 or amount >= MOST_USD:
        raise BadFieldError("the cost is not an amount that can be")
    return cut(amount) or None


def instant(*values: Any) -> datetime | None:
    """The first value that is a moment between 2000 and 2200: ISO text (UTC where no zone is named) or a number of
    seconds, milli-, micro- or nanoseconds since 1970.
    """
    for value in values:
        found = _moment(value)
        if found is not None and found.year in _YEARS:
            return found
    return None


def happened(*values: Any) -> datetime:
    """As `instant`, refused when there is none."""
    found = instant(*values)
    if found is None:
        raise BadFieldError("there is no time on it that can be read")
    return found


def _moment(value: Any) -> datetime | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return _since_epoch(value)
    if not isinstance(value, str) or len(value) > 64:
        return None
    try:
        return _since_epoch(float(value)) if value.replace(".", "", 1).isdigit() else _iso(value.strip())
    except (ValueError, OverflowError):
        return None


def _iso(value: str) -> datetime:
    found = datetime.fromisoformat(value)
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)


def _since_epoch(value: float) -> datetime | None:
    try:
        exact = Decimal(str(value))
    except InvalidOperation:
        return None
    if not exact.is_finite() or not 0 < exact < Decimal(10) ** 19:
        return None
    for least, per_second in ((10**17, 10**9), (10**14, 10**6), (10**11, 10**3), (0, 1)):
        if exact >= least:
            micros = int(exact * 10**6 / per_second)
            break
    try:
        return _EPOCH + timedelta(microseconds=micros)
    except OverflowError:
        return None


def seconds(milliseconds: Any) -> float | None:
    """A duration in seconds from milliseconds; None for absent, negative or beyond a week."""
    if isinstance(milliseconds, bool) or not isinstance(milliseconds, int | float):
        return None
    return milliseconds / 1000 if 0 <= milliseconds <= 7 * 86_400_000 else None


def identity(*parts: str) -> str:
    """A deterministic id of 32 hexadecimal digits for a row with these distinguishing parts."""
    return hashlib.blake2b("\x1f".join(parts).encode("utf-8", "replace"), digest_size=16).hexdigest()


def scoped(session: str, row: str) -> str:
    """A row's id as a key: alone where it is long enough to be unique anywhere (so a copy of it in a forked session
    is the same row), else together with its session.
    """
    return row if len(row) >= SURELY_UNIQUE else f"{session}/{row}"


def last_part(folder: str | None) -> str | None:
    """The last component of a path of any operating system."""
    return (folder or "").replace("\\", "/").rstrip("/").rpartition("/")[2] or None
