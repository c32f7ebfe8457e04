"""Whole nano-units split by weight, exactly: what `money.split` does for one amount, for many parts at once.

A share is an integer part per 10^12; each part is cut towards zero, and the last takes what is left.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from payback.money import WHOLE

if TYPE_CHECKING:
    from collections.abc import Sequence

NANO = Decimal(10) ** 9


def nano(amount: Decimal | None) -> int | None:
    """An amount at nine places as whole billionths."""
    return None if amount is None else int(amount.scaleb(9))


def portions(amount: int | None, weights: Sequence[int]) -> list[int | None]:
    """Parts of an amount in proportion to non-negative weights (all zero: alike); they add up to it exactly."""
    if amount is None or not weights:
        return [None] * len(weights)
    total = sum(weights)
    held = weights if total else [1] * len(weights)
    total = total or len(weights)
    sign, size = (-1, -amount) if amount < 0 else (1, amount)
    parts: list[int | None] = [sign * (size * (weight * WHOLE // total) // WHOLE) for weight in held[:-1]]
    rest = amount - sum(part for part in parts if part is not None)
    return [*parts, rest]


def portion(amount: int | None, part: int) -> int | None:
    """The part per 10^12 of an amount, cut towards zero."""
    if amount is None:
        return None
    return -(-amount * part // WHOLE) if amount < 0 else amount * part // WHOLE
