"""The price of one request, without a columnar engine. For Arrow tables see `table`; both give the same amounts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from payback.prices.card import Card, Units, Unpriced
from payback.prices.shelf import Books, public
from payback.prices.tier import Tier

if TYPE_CHECKING:
    from datetime import datetime

__all__ = ("Card", "Tier", "Units", "Unpriced", "card", "found")

STANDARD = Tier()


def found(
    vendor: str | None,
    model: str | None,
    instant: datetime,
    tier: Tier = STANDARD,
    books: Books | None = None,
) -> Card | Unpriced:
    """The card in force for a model of a vendor at an instant (with a zone), or why there is none.

    Without `books`, the public ones.
    """
    return (books or public()).schedule(vendor, model, tier).at(instant)


def card(
    vendor: str | None,
    model: str | None,
    instant: datetime,
    tier: Tier = STANDARD,
    books: Books | None = None,
) -> Card | None:
    """The card in force for a model of a vendor at an instant (with a zone); None when no book prices it."""
    answer = found(vendor, model, instant, tier, books)
    return answer if isinstance(answer, Card) else None
