"""What a token of each model in the invented logs costs, written out by hand with dates.

It does not know payback's own price books: the two agree only if both are right. Amounts are US dollars per million
tokens. `UNKNOWN` is a model that nobody publishes a price for.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

OPUS = "claude-opus-4-5-20251101"
SONNET = "claude-sonnet-4-5-20250929"
HAIKU = "claude-haiku-4-5-20251001"
GPT = "gpt-5"
GPT_CODEX = "gpt-5-codex"
GPT_CODEX_NEXT = "gpt-5.1-codex"
GEMINI = "gemini-2.5-pro"
FLASH = "gemini-2.5-flash"
MINI = "gpt-5-mini"
NANO_MODEL = "gpt-5-nano"
DRAFTS = "gpt-4.1-mini"
LUNA = "gpt-5.6-luna"
CURSOR_SONNET = "claude-sonnet-4-5"
UNKNOWN = "lumen-2-preview"

NANO = 1000  # a dollar per million tokens is 1,000 billionths of a dollar per token


@dataclass(frozen=True, slots=True)
class Price:
    """One model's prices from a day on, as the vendor publishes them for prompts up to 200,000 tokens."""

    model: str
    since: date
    input: Decimal
    output: Decimal
    cache_write_5m: Decimal
    cache_write_1h: Decimal
    cache_read: Decimal

    def nano(self, tokens: tuple[int, int, int, int, int]) -> int:
        """Billionths of a US dollar for uncached input, cache read, 5 min write, 1 h write and output tokens; exact."""
        return sum(self.parts(tokens))

    def parts(self, tokens: tuple[int, int, int, int, int]) -> tuple[int, int, int, int, int]:
        """The same for each of the five counts apart."""
        rates = (self.input, self.cache_read, self.cache_write_5m, self.cache_write_1h, self.output)
        first, second, third, fourth, fifth = (
            count * int(rate * NANO) for count, rate in zip(tokens, rates, strict=True)
        )
        return first, second, third, fourth, fifth


def _price(model: str, since: date, *rates: str) -> Price:
    return Price(model, since, *(Decimal(rate) for rate in rates))


PRICES = (
    _price(OPUS, date(2025, 11, 24), "5", "25", "6.25", "10", "0.5"),
    _price(SONNET, date(2025, 9, 29), "3", "15", "3.75", "6", "0.3"),
    _price(HAIKU, date(2025, 10, 15), "1", "5", "1.25", "2", "0.1"),
    _price(GPT, date(2025, 8, 7), "1.25", "10", "1.25", "1.25", "0.125"),
    _price(GPT_CODEX, date(2025, 9, 23), "1.25", "10", "1.25", "1.25", "0.125"),
    _price(GPT_CODEX_NEXT, date(2025, 11, 13), "1.25", "10", "1.25", "1.25", "0.125"),
    _price(GEMINI, date(2025, 6, 17), "1.25", "10", "1.25", "1.25", "0.125"),
    _price(MINI, date(2025, 8, 7), "0.25", "2", "0.25", "0.25", "0.025"),
    _price(NANO_MODEL, date(2025, 8, 7), "0.05", "0.4", "0.05", "0.05", "0.005"),
    _price(DRAFTS, date(2025, 4, 14), "0.4", "1.6", "0.4", "0.4", "0.1"),
    _price(LUNA, date(2026, 6, 1), "1", "6", "1.25", "1.25", "0.1"),
    _price(LUNA, date(2026, 7, 30), "0.2", "1.2", "0.25", "0.25", "0.02"),
    _price(CURSOR_SONNET, date(2025, 9, 29), "3", "15", "3.75", "6", "0.3"),
)


def price_of(model: str, day: date) -> Price | None:
    """The price in force on a day (the first known one before that), None for a model without a public price."""
    known = [price for price in PRICES if price.model == model]
    in_force = [price for price in known if price.since <= day]
    return in_force[-1] if in_force else next(iter(known), None)


def dollars(nano: int) -> Decimal:
    """An exact amount from billionths of a dollar."""
    return Decimal(nano).scaleb(-9)
