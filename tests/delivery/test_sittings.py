"""Sittings of reviewers, by hand and whatever the order."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from payback.delivery.sittings import APART, sittings

NINE = datetime(2026, 3, 2, 9, tzinfo=UTC)
SAID = st.lists(
    st.tuples(st.sampled_from("ab"), st.sampled_from("xy"), st.integers(0, 400)).map(
        lambda told: (told[0], told[1], NINE + timedelta(minutes=told[2]))
    ),
    max_size=12,
)


def at(minutes, who="ann", change="shop#1"):
    return who, change, NINE + timedelta(minutes=minutes)


def test_what_follows_within_an_hour_of_the_last_word_is_the_same_sitting():
    said = [at(0), at(40), at(100), at(161), at(5, who="bob"), at(6, change="shop#2")]
    assert list(sittings(said)) == [at(0), at(161), at(6, change="shop#2"), at(5, who="bob")]


@given(SAID, st.randoms())
def test_each_word_belongs_to_one_sitting_and_none_begins_within_an_hour_of_another_word(said, chance):
    begun = list(sittings(said))
    mixed = list(said)
    chance.shuffle(mixed)
    assert list(sittings(mixed)) == begun
    assert set(begun) <= set(said)
    assert {one[:2] for one in begun} == {one[:2] for one in said}
    for who, change, moment in begun:
        earlier = [one[2] for one in said if one[:2] == (who, change) and one[2] < moment]
        assert not earlier or moment - max(earlier) > APART
