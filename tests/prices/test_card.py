"""Rates of one model at one instant: exact, linear, and unknown rather than nothing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payback.prices.card import Card, Rates, Units, nano
from payback.prices.scalar import Unpriced, card, found
from payback.prices.tier import Tier
from tests.prices.invented import INSTANT, WHILE_LONG_PROMPTS_COST_MORE

MILLION = 1_000_000
COUNTS = st.tuples(*[st.integers(0, 10**9)] * 5, st.just(0), st.integers(0, 50), st.integers(0, 3)).map(
    lambda each: Units(*each)
)
HAZARDS = {
    "claude-opus-4-5-20251101": (5, 25, "6.25", 10, "0.5"),
    "claude-sonnet-4-5-20250929": (3, 15, "3.75", 6, "0.3"),
    "claude-haiku-4-5-20251001": (1, 5, "1.25", 2, "0.1"),
}


def rates(model):
    """Input, output, five-minute write, one-hour write, read: USD per million."""
    known = card(None, model, INSTANT).bands[0]
    order = (0, 4, 2, 3, 1)
    return tuple(known[at].scaleb(6) for at in order)


@pytest.mark.parametrize("model", HAZARDS)
def test_claude_costs_what_its_vendor_publishes(model):
    assert rates(model) == tuple(Decimal(each) for each in HAZARDS[model])


@pytest.mark.parametrize("model", ["gpt-5", "gpt-5-codex", "gpt-5.1-codex"])
def test_gpt_costs_what_its_vendor_publishes(model):
    known = card("openai", model, INSTANT)
    units = Units(input_tokens=MILLION, cache_read_tokens=MILLION, output_tokens=MILLION)
    assert known.price(units) == Decimal("1.25") + Decimal("0.125") + 10


def test_a_long_prompt_tier_that_the_vendor_ended_holds_no_longer():
    units = Units(1_000, 260_000, 50_000, 0, 2_000, requests=1)
    assert card("anthropic", "claude-sonnet-4-5-20250929", INSTANT).price(units) == Decimal("0.2985")


def test_a_prompt_over_the_threshold_pays_the_premium_on_the_whole_request():
    known = card("anthropic", "claude-sonnet-4-5-20250929", WHILE_LONG_PROMPTS_COST_MORE)
    assert known.price(Units(1_000, 260_000, 50_000, 0, 2_000, requests=1)) == Decimal("0.582")
    assert known.price(Units(1_000, 260_000, 50_000, 0, 2_000, requests=1), sized=False) == Decimal("0.2985")


def test_a_bucket_of_long_prompts_pays_the_premium():
    known = card("anthropic", "claude-sonnet-4-5-20250929", WHILE_LONG_PROMPTS_COST_MORE)
    units = Units(input_tokens=1_000, output_tokens=2_000)
    assert known.price(units, sized=False, context_window="200k-1M") == Decimal("0.051")
    assert known.price(units, sized=False, context_window="0-200k") == Decimal("0.033")


def test_the_threshold_itself_is_still_in_the_base_band():
    known = card("anthropic", "claude-sonnet-4-5-20250929", WHILE_LONG_PROMPTS_COST_MORE)
    at, over = known.price(Units(input_tokens=200_000)), known.price(Units(input_tokens=200_001))
    assert (at, over) == (Decimal("0.6"), Decimal("1.200006"))


def test_web_searches_are_paid_on_top():
    known = card("anthropic", "claude-sonnet-4-5", INSTANT)
    without = known.price(Units(input_tokens=10, output_tokens=100))
    assert known.price(Units(input_tokens=10, output_tokens=100, web_searches=5)) - without == Decimal("0.05")


@given(COUNTS, COUNTS)
def test_an_amount_is_linear_in_its_units(one, other):
    known = card("anthropic", "claude-opus-4-5", INSTANT)
    both = Units(*(a + b for a, b in zip(one, other, strict=True)))
    assert known.amount(one, 0) + known.amount(other, 0) == known.amount(both, 0)


@given(st.integers(0, 10**12))
def test_a_bill_is_rounded_once_half_to_even(tokens):
    known = Card("book", (Rates(input_tokens=Decimal("0.0000000005")),))
    assert nano(known.price(Units(input_tokens=tokens))) == (Decimal(tokens) / 2).scaleb(-9).quantize(
        Decimal("1e-9")
    )


@pytest.mark.parametrize("model", [None, "", "a-model-nobody-lists", "<synthetic>"])
def test_an_unknown_model_is_unpriced_with_its_reason(model):
    assert card(None, model, INSTANT) is None
    assert found(None, model, INSTANT).why in {"no model is named", "no price book knows the model"}


def test_a_model_on_own_machines_has_no_list_price():
    assert card("local", "deepseek-r1", INSTANT) is None
    assert card("deepseek", "deepseek-reasoner", INSTANT) is not None


@pytest.mark.parametrize(
    "tier",
    [Tier("priority"), Tier(speed="fast"), Tier("batch", "fast"), Tier(region="mars"), Tier("auto")],
)
def test_a_tier_that_no_book_prices_is_unpriced_rather_than_wrong(tier):
    answer = found("anthropic", "claude-opus-4-5", INSTANT, tier)
    assert isinstance(answer, Unpriced)
    assert any(word in answer.why for word in (*tier.services, tier.place or "-"))


@pytest.mark.parametrize(
    "tier",
    [
        Tier("standard"),
        Tier("default"),
        Tier("STANDARD", "normal"),
        Tier("", "", ""),
        Tier(region="not_available"),
    ],
)
def test_words_for_the_ordinary_tier_change_nothing(tier):
    assert card("anthropic", "claude-opus-4-5", INSTANT, tier) == card(
        "anthropic", "claude-opus-4-5", INSTANT
    )


def test_fast_and_us_only_inference_multiply():
    known = card("anthropic", "claude-opus-4-8", INSTANT, Tier(speed="fast", region="us"))
    assert known.price(Units(input_tokens=MILLION)) == 11
    assert known.price(Units(web_searches=100)) == 1


@given(st.integers(-(10**11), 10**11))
def test_a_price_holds_from_its_instant_on(away):
    since = datetime(2026, 3, 13, tzinfo=UTC)
    known = card("anthropic", "claude-opus-4-6", since + timedelta(microseconds=away))
    assert known.price(Units(input_tokens=MILLION)) == (5 if away >= 0 else 10)
    assert ("since 2026-03-13" in known.label()) is (away >= 0)


def test_a_price_by_the_hour_follows_the_clock_of_the_day():
    night, day = (
        card("deepseek", "deepseek-chat", datetime(2025, 8, 1, hour, 45, tzinfo=UTC)).price(
            Units(input_tokens=MILLION)
        )
        for hour in (23, 12)
    )
    assert night < day
