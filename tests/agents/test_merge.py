"""One response, one row: whatever the order and the portions in which copies arrive."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from payback.ledger.entries import Usage
from payback.ledger.identity import merge
from payback.sources.agents.copies import ANSWERED
from payback.sources.agents.merge import resolved

RESPONSES = ("msg_1", "msg_2")
# A request is made by the main chain or by a side chain, in every copy of it.
REQUESTS = {"req_1": False, "req_2": True, "req_3": False}


@st.composite
def copies(draw: st.DrawFn) -> Usage:
    response, request = draw(st.sampled_from(RESPONSES)), draw(st.sampled_from(sorted(REQUESTS)))
    return Usage(
        usage_id=f"{response} {request}",
        response_id=response,
        occurred_at=datetime(2026, 10, 5, tzinfo=UTC) + timedelta(seconds=draw(st.integers(0, 3))),
        vendor="anthropic",
        tool="claude_code",
        source="agents",
        is_subagent=REQUESTS[request],
        session_id=draw(st.sampled_from(("s1", "s2"))),
        branch=draw(st.sampled_from((None, "main"))),
        output_tokens=draw(st.integers(0, 3)),
        input_tokens=draw(st.integers(0, 2)),
        is_final=draw(st.booleans()),
        speed=draw(st.sampled_from((None, "fast"))),
    )


@given(st.lists(copies(), max_size=8), st.randoms())
def test_any_order_gives_the_same_rows(found: list[Usage], random: st.random.Random) -> None:
    shuffled = found.copy()
    random.shuffle(shuffled)
    assert merge(shuffled) == merge(found)


@given(st.lists(copies(), max_size=8), st.integers(0, 8), st.integers(0, 8))
def test_merging_in_portions_gives_the_same_rows(found: list[Usage], first: int, second: int) -> None:
    one, other = sorted((first, second))
    portions = (found[:one], found[one:other], found[other:])
    pairwise: list[Usage] = []
    for portion in portions:
        pairwise = merge([*pairwise, *merge(portion)])
    assert pairwise == merge(found)


@given(st.lists(copies(), max_size=8))
def test_merging_again_changes_nothing(found: list[Usage]) -> None:
    assert merge(merge(found)) == merge(found)


@given(st.lists(copies(), min_size=1, max_size=8))
def test_a_row_has_the_largest_output_of_its_copies(found: list[Usage]) -> None:
    for row in merge(found):
        assert row.output_tokens == max(each.output_tokens for each in found if each.usage_id == row.usage_id)


def test_numbers_and_place_may_come_from_different_copies() -> None:
    used = (0, False, 0, 0, 0, 0, 0, 0, *ANSWERED, ("claude_code", "anthropic", "m", "", "", ""))
    partial = ((1, False, "", -5, *used[2:]), (False, "main", "app", "main"))
    final = ((9, True, "", -7, *used[2:]), (False, "other", "app", "main"))
    assert resolved([(1, 1, partial), (1, 1, final)]) == [(final[0], partial[1])]


def test_responses_with_different_ids_are_never_merged() -> None:
    kind = ("claude_code", "anthropic", "m", "", "", "")
    copy = ((5, True, "", 0, 1, 0, 0, 0, 0, 0, *ANSWERED, kind), (False, "s", "p", "b"))
    assert resolved([(1, 0, copy), (2, 0, copy)]) == [copy, copy]
