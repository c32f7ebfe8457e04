"""Money: exact, in one currency, split without a remainder."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payback.money import WHOLE, Money, shares, split, usd

amounts = st.decimals(min_value=-(10**12), max_value=10**12, places=9, allow_nan=False, allow_infinity=False)
weights = st.lists(st.integers(0, 10**18), min_size=1, max_size=30)


@given(amounts, weights)
def test_the_parts_of_an_amount_add_up_to_it_exactly(amount, given_weights):
    parts = split(amount, shares(given_weights))
    assert sum(parts, Decimal(0)) == amount
    assert all(part == part.quantize(Decimal("1e-9")) for part in parts)


@given(weights)
def test_shares_are_whole_parts_that_add_up_to_the_whole(given_weights):
    parts = shares(given_weights)
    assert sum(parts) == WHOLE
    assert all(part >= 0 for part in parts)


def test_a_third_of_a_dollar_leaves_its_remainder_with_the_last_share():
    assert split(Decimal(1), shares([1, 1, 1])) == (
        Decimal("0.333333333"),
        Decimal("0.333333333"),
        Decimal("0.333333334"),
    )


def test_weights_of_nothing_share_alike():
    assert shares([0, 0]) == (WHOLE // 2, WHOLE // 2)


def test_money_is_never_made_of_a_float():
    with pytest.raises(TypeError, match="float"):
        Money("USD", 0.1)  # type: ignore[arg-type]


def test_two_currencies_do_not_add_up():
    with pytest.raises(ValueError, match="convert"):
        usd(1) + Money("EUR", Decimal(1))
