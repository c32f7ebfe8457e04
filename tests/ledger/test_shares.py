"""Columns of money made from whole billionths, exactly."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from payback.ledger.shares import amounts, money


@settings(deadline=None)
@given(st.lists(st.none() | st.integers(-(10**20), 10**20) | st.integers(-5, 5), max_size=20))
def test_a_column_holds_the_amounts_it_is_made_of(nanos):
    assert amounts(nanos).to_pylist() == [money(one) for one in nanos]
