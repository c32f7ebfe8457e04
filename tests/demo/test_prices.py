from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from genai_prices import Usage, calc_price

from payback.demo.prices import PRICES, UNKNOWN, Price, dollars, price_of


@pytest.mark.parametrize("price", PRICES, ids=lambda price: price.model)
@pytest.mark.parametrize("day", [date(2025, 12, 1), date(2026, 11, 1)])
def test_prices_typed_by_hand_are_the_published_ones(price: Price, day: date):
    writes = price.model.startswith("claude")
    tokens = (7, 90_000, 400, 300, 11_000) if writes else (7, 90_000, 0, 0, 11_000)
    usage = Usage(
        input_tokens=sum(tokens[:4]),
        cache_read_tokens=tokens[1],
        cache_write_tokens=tokens[2] + tokens[3],
        cache_write_1h_tokens=tokens[3],
        output_tokens=tokens[4],
    )
    at = datetime(day.year, day.month, day.day, tzinfo=UTC)
    published = calc_price(usage, price.model, genai_request_timestamp=at).total_price
    held = price_of(price.model, day)
    assert held is not None
    assert dollars(held.nano(tokens)) == published


def test_a_model_that_nobody_lists_has_no_price():
    assert price_of(UNKNOWN, date(2026, 3, 1)) is None


def test_a_price_holds_from_its_day_and_the_first_one_before_that():
    assert price_of(PRICES[0].model, date(2020, 1, 1)) is PRICES[0]
    assert price_of(PRICES[0].model, date(2026, 1, 1)) is PRICES[0]


def test_a_token_costs_whole_billionths_of_a_dollar():
    for price in PRICES:
        for rate in (price.input, price.output, price.cache_read, price.cache_write_5m, price.cache_write_1h):
            assert rate * 1000 == int(rate * 1000)
    assert dollars(1) == Decimal("0.000000001")
