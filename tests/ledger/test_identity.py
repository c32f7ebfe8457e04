"""Rule 2: one response, one row."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from payback.ledger.identity import merge
from tests.ledger.entries import START, copies, usage


def ordered(usages):
    return sorted(usages, key=lambda one: one.usage_id)


def test_a_response_written_four_times_counts_once_with_its_largest_output():
    found = merge(
        [
            usage(output_tokens=output, is_final=final)
            for output, final in ((1, False), (427, True), (3, False), (1, False))
        ]
    )
    assert [one.output_tokens for one in found] == [427]


def test_a_resumed_copy_belongs_to_the_session_that_asked_first():
    found = merge(
        [usage(session_id="later", occurred_at=START + timedelta(hours=1)), usage(session_id="first")]
    )
    assert [one.session_id for one in found] == ["first"]


def test_a_side_chain_that_replays_a_response_is_not_a_request_of_its_own():
    found = merge([usage("m1-q9", response_id="m1", is_subagent=True), usage("m1-q1", response_id="m1")])
    assert [one.usage_id for one in found] == ["m1-q1"]


def test_a_side_chain_with_a_response_of_its_own_counts():
    found = merge([usage("m1"), usage("m2", is_subagent=True)])
    assert len(found) == 2


def test_equal_token_counts_of_different_requests_both_count():
    assert len(merge([usage("r1"), usage("r2")])) == 2


@given(st.lists(copies, max_size=8), st.randoms(use_true_random=False))
def test_the_order_of_copies_changes_nothing(given, random):
    shuffled = list(given)
    random.shuffle(shuffled)
    assert ordered(merge(given)) == ordered(merge(shuffled))


@given(st.lists(copies, max_size=8), st.integers(0, 8))
def test_copies_merged_in_portions_give_the_same_rows(given, cut):
    portions = [*merge(given[:cut]), *merge(given[cut:])]
    assert ordered(merge(portions)) == ordered(merge(given))


@given(st.lists(copies, max_size=8))
def test_merging_twice_is_merging_once(given):
    assert ordered(merge(merge(given))) == ordered(merge(given))
