"""How insight says a figure in a sentence: money, hours, shares, counts. Pages format their tables on their own."""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Decimal
from typing import TYPE_CHECKING

from payback.metrics.vocabulary import Unit

if TYPE_CHECKING:
    from collections.abc import Sequence
    from fractions import Fraction

SIGNS = {"USD": "$", "EUR": "€", "GBP": "£", "JPY": "¥"}
_DAY = 48  # hours from which a length is said in days
_LARGE = 100


def money(amount: Decimal, currency: str = "USD") -> str:
    """$1,234 from a hundred up, $12.34 below."""
    size = abs(amount)
    places = Decimal(1) if size >= _LARGE else Decimal("0.01")
    sign = "−" if amount < 0 else ""
    return f"{sign}{SIGNS.get(currency, f'{currency} ')}{size.quantize(places, ROUND_HALF_EVEN):,}"


def hours(length: float | Decimal | Fraction) -> str:
    """12 min, 5.2 h, 3.1 days; a minus where it is negative."""
    size, sign = abs(float(length)), "−" if length < 0 else ""
    if size >= _DAY:
        return f"{sign}{size / 24:.1f} days"
    return f"{sign}{size:.1f} h" if size >= 1 else f"{sign}{size * 60:.0f} min"


def percent(share: float | Decimal | Fraction) -> str:
    """12 %, and one place below ten."""
    size, sign = abs(float(share)) * 100, "−" if share < 0 else ""
    return f"{sign}{size:.0f} %" if size >= 10 or size == 0 else f"{sign}{size:.1f} %"


def plural(count: int, one: str, many: str = "") -> str:
    """1 seat, 2 seats."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def listed(names: Sequence[str]) -> str:
    """a, b and c."""
    return f"{', '.join(names[:-1])} and {names[-1]}" if len(names) > 1 else "".join(names)


def figure(value: Decimal | None, unit: Unit, currency: str = "USD") -> str:
    """A value of a metric by its unit; `unknown` where it is not known."""
    if value is None:
        return "unknown"
    match unit:
        case Unit.MONEY:
            return money(value, currency)
        case Unit.HOURS | Unit.SECONDS:
            return hours(value if unit is Unit.HOURS else value / 3600)
        case Unit.SHARE:
            return percent(value)
    return f"{value:,.0f}" if unit in {Unit.COUNT, Unit.TOKENS} else f"{value:,.2f}"
