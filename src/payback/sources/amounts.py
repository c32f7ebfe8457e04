"""Amounts and instants as vendors write them in JSON, exact: cents as text, dollars as numbers, Unix seconds, RFC 3339.

Raises ValueError with a sentence for whoever makes a `Rejected` of it.
"""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import ROUND_HALF_EVEN, Context, Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

from payback.money import PLACES

if TYPE_CHECKING:
    from collections.abc import Mapping

OVER = frozenset({"archived", "expired"})
_EXACT = Context(prec=60, rounding=ROUND_HALF_EVEN)


def money(told: Any) -> Decimal | None:
    """An amount at nine places from text or a JSON number (its shortest decimal form); None where there is none."""
    if told is None or told == "":
        return None
    if isinstance(told, bool) or not isinstance(told, str | int | float | Decimal):
        raise ValueError(f"{str(told)[:40]!r} is not an amount")  # noqa: TRY004  bad data is told as one kind of error
    try:
        found = Decimal(str(told))
    except InvalidOperation:
        raise ValueError(f"{told[:40] if isinstance(told, str) else told!r} is not an amount") from None
    if not found.is_finite() or abs(found) >= Decimal(10) ** 24:
        raise ValueError(f"{str(told)[:40]!r} is not an amount")
    return found.quantize(PLACES, context=_EXACT)


def cents(told: Any) -> Decimal | None:
    """Dollars from an amount in cents."""
    if told is None or told == "":
        return None
    whole = money(str(told))
    return None if whole is None else money(_EXACT.scaleb(Decimal(str(told)), -2))


def count(told: Any) -> int:
    """A whole, non-negative number; absent is 0."""
    if told is None:
        return 0
    if type(told) is int and told >= 0:
        return told
    if isinstance(told, bool) or not isinstance(told, int | float | str):
        raise ValueError(f"{str(told)[:40]!r} is not a count")  # noqa: TRY004  as above
    try:
        found = Decimal(str(told))
    except InvalidOperation:
        raise ValueError(f"{str(told)[:40]!r} is not a count") from None
    if not found.is_finite() or found != found.to_integral_value() or found < 0:
        raise ValueError(f"{str(told)[:40]!r} is not a count")
    return int(found)


def instant(told: Any) -> datetime:
    """An instant in UTC from RFC 3339 text, a day, or Unix seconds or milliseconds."""
    if isinstance(told, int | float) or (isinstance(told, str) and told.isdigit() and len(told) >= 9):
        number = float(told)
        return datetime.fromtimestamp(number / 1000 if number > 1e11 else number, UTC)
    try:
        found = datetime.fromisoformat(str(told))
    except ValueError:
        raise ValueError(f"{str(told)[:40]!r} is not an instant") from None
    return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)


def ended(told: Mapping[str, Any], now: datetime) -> datetime | None:
    """Since when a listed project, key or account no longer holds, by what it says of itself: archived or expired; by now
    where it does not say since when. None while it holds; one that is switched off may be switched on again.
    """
    if archived := told.get("archived_at"):
        return instant(archived)
    expires = instant(told["expires_at"]) if told.get("expires_at") else None
    if expires is not None and expires <= now:
        return expires
    return now if told.get("status") in OVER else None
