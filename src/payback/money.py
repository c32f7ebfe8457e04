"""Amounts of money, exact. Knows decimals, currencies and how to split without a remainder; knows nothing of prices.

Amounts carry nine places. Nothing here divides an amount: a share is an integer part per 10^12, multiplied, cut to
nine places, and the last share takes what is left, so parts add up to the whole exactly.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_DOWN, ROUND_HALF_EVEN, Context, Decimal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

PLACES = Decimal("0.000000001")
WHOLE = 10**12
_EXACT = Context(prec=60, rounding=ROUND_HALF_EVEN)


@dataclass(frozen=True, slots=True, order=True)
class Money:
    """An amount in one currency. Adding two currencies is refused."""

    currency: str
    amount: Decimal

    def __post_init__(self) -> None:
        if not isinstance(self.amount, Decimal):
            raise TypeError(f"money is Decimal, not {type(self.amount).__name__}")
        if not self.amount.is_finite():
            raise ValueError("money is finite")

    def __add__(self, other: Money) -> Money:
        if other.currency != self.currency:
            raise ValueError(f"{self.currency} and {other.currency} do not add up; convert one first")
        return Money(self.currency, _EXACT.add(self.amount, other.amount))


def usd(text: str | int | Decimal) -> Money:
    """US dollars from text or an exact number, never from a float."""
    return Money("USD", Decimal(text))


def cut(amount: Decimal) -> Decimal:
    """The amount at nine places, towards zero."""
    return amount.quantize(PLACES, rounding=ROUND_DOWN, context=_EXACT)


def shares(weights: Sequence[int]) -> tuple[int, ...]:
    """Integer parts per 10^12 in proportion to non-negative integer weights; they sum to 10^12.

    All weights zero share alike. The last part takes the remainder.
    """
    if not weights:
        return ()
    total = sum(weights) or len(weights)
    parts = [(weight if sum(weights) else 1) * WHOLE // total for weight in weights[:-1]]
    return (*parts, WHOLE - sum(parts))


def split(amount: Decimal, parts: Sequence[int]) -> tuple[Decimal, ...]:
    """Parts of an amount (nine places at most) by integer shares per 10^12; the last part takes the remainder.

    The parts add up to the amount exactly, whatever its sign.
    """
    if not parts:
        return ()
    given = [cut(_EXACT.multiply(amount, Decimal(part)).scaleb(-12, context=_EXACT)) for part in parts[:-1]]
    rest = amount
    for part in given:
        rest = _EXACT.subtract(rest, part)
    return (*given, rest)
