"""The price of one model at one instant: exact rates per unit, by prompt length. Knows nothing of books, names or dates.

Every rate is US dollars per single unit, as an exact Decimal. A rate of None is unknown: a request that used such a
unit is unpriced, never cheaper.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Context, Decimal
from typing import NamedTuple

EXACT = Context(prec=60, rounding=ROUND_HALF_EVEN)
NANO = Decimal("0.000000001")
MILLION = 6
WORDS = {
    "input_tokens": "input tokens",
    "cache_read_tokens": "cache reads",
    "cache_write_5m_tokens": "five-minute cache writes",
    "cache_write_1h_tokens": "one-hour cache writes",
    "output_tokens": "output tokens",
    "reasoning_tokens": "reasoning tokens",
    "web_searches": "web searches",
    "requests": "requests",
}


class Units(NamedTuple):
    """What one request used, in the ledger's five disjoint token counts; reasoning is a subset of output."""

    input_tokens: int = 0
    cache_read_tokens: int = 0
    cache_write_5m_tokens: int = 0
    cache_write_1h_tokens: int = 0
    output_tokens: int = 0
    reasoning_tokens: int = 0
    web_searches: int = 0
    requests: int = 0

    @property
    def prompt_tokens(self) -> int:
        """All input-side tokens, which decide on the band."""
        return sum(self[:4])


class Rates(NamedTuple):
    """US dollars per unit, field by field as in `Units`.

    `reasoning_tokens` is what a reasoning token costs on top of an output token (0 for nearly all, may be negative).
    """

    input_tokens: Decimal | None = None
    cache_read_tokens: Decimal | None = None
    cache_write_5m_tokens: Decimal | None = None
    cache_write_1h_tokens: Decimal | None = None
    output_tokens: Decimal | None = None
    reasoning_tokens: Decimal | None = Decimal(0)
    web_searches: Decimal | None = None
    requests: Decimal | None = Decimal(0)


TOKENS = Units._fields[:6]
LEAST_PROMPT = {"0-200k": 0, "200k-1M": 200_001}


@dataclass(frozen=True, slots=True)
class Unpriced:
    """No price, and why: an ordinary value that is counted and shown."""

    why: str


@dataclass(frozen=True, slots=True)
class Card:
    """Rates of one model for one stretch of time, one set per band of prompt length.

    Band 0 holds up to and including `thresholds[0]` prompt tokens, band 1 more than that, and so on; a band's rates
    hold for the whole request. `book` names the book, the entry in it and since when it holds.
    """

    book: str
    bands: tuple[Rates, ...]
    thresholds: tuple[int, ...] = ()
    notes: tuple[str, ...] = ()

    def band(self, prompt_tokens: int) -> int:
        """Which band a request with that many input-side tokens falls in."""
        return sum(prompt_tokens > threshold for threshold in self.thresholds)

    def label(self, band: int = 0, *, sized: bool = True) -> str:
        """What `price_book` says of an amount: book, entry, date, adjustments, band."""
        told = [self.book, *self.notes]
        if not sized and self.thresholds:
            told.append("base band, request size unknown")
        elif band:
            told.append(f"over {self.thresholds[band - 1]} prompt tokens")
        return "; ".join(told)

    def unknown(self, units: Units, band: int = 0) -> str | None:
        """The first unit in use that has no rate, in words; None when all have one."""
        for name, count, rate in zip(Units._fields, units, self.bands[band], strict=True):
            if count and rate is None:
                return WORDS[name]
        return None

    def amount(self, units: Units, band: int) -> Decimal | None:
        """US dollars, exact and unrounded, for units that all fall in one band; None when a used unit has no rate.

        Linear: the amount of a sum of units is the sum of their amounts.
        """
        total = Decimal(0)
        for count, rate in zip(units, self.bands[band], strict=True):
            if not count:
                continue
            if rate is None:
                return None
            total = EXACT.fma(Decimal(count), rate, total)
        return total

    def price(self, units: Units, *, sized: bool = True, context_window: str | None = None) -> Decimal | None:
        """US dollars, exact and unrounded, of one request; None when a used unit has no rate.

        `sized=False` says that the units are not one request (a vendor's bucket, a session total), so their size cannot
        choose a band: the vendor's own band of prompt lengths does, else the base band is taken.
        """
        size = prompt_size(units, sized=sized, context_window=context_window)
        return self.amount(units, 0 if size is None else self.band(size))


def prompt_size(units: Units, *, sized: bool = True, context_window: str | None = None) -> int | None:
    """The prompt length that chooses the band: a request's own, else the least that the vendor's band holds; None is
    not known.
    """
    return units.prompt_tokens if sized else LEAST_PROMPT.get(context_window or "")


def nano(amount: Decimal) -> Decimal:
    """The amount at nine places, half to even: what one row of `usage` keeps."""
    return amount.quantize(NANO, rounding=ROUND_HALF_EVEN, context=EXACT)
