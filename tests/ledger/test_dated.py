"""Lists with dates: what began, went on, changed and ended, and that the same list again says nothing new."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from payback.ledger.dated import Dated, renewed
from payback.org.who import ALWAYS

CENTRES = Dated(("who",), ("centre",))
JAN, MAR, JUN, NOV = (datetime(2026, month, 1, tzinfo=UTC) for month in (1, 3, 6, 11))


def row(who, centre=None, since=None, until=None, name=None):
    return {"who": who, "centre": centre, "name": name, "valid_from": since, "valid_until": until}


def test_the_first_list_holds_for_all_time_and_the_same_list_again_changes_nothing():
    first = renewed([], [row("ana", "A"), row("ben")], CENTRES, NOV)
    assert first == [row("ana", "A", ALWAYS), row("ben", None, ALWAYS)]
    assert renewed(first, [row("ana", "A"), row("ben")], CENTRES, NOV + timedelta(days=9)) == first


def test_who_is_new_began_now_and_who_is_gone_ended_now():
    before = [row("ana", "A", ALWAYS)]
    assert renewed(before, [row("ben", "B")], CENTRES, NOV) == [
        row("ben", "B", NOV),
        row("ana", "A", ALWAYS, NOV),
    ]


def test_a_changed_value_opens_a_row_and_a_changed_name_does_not():
    before = [row("ana", "A", ALWAYS, name="Ana")]
    assert renewed(before, [row("ana", "B", name="Ana D.")], CENTRES, NOV) == [
        row("ana", "A", ALWAYS, NOV, "Ana"),
        row("ana", "B", NOV, None, "Ana D."),
    ]
    assert renewed(before, [row("ana", "A", name="Ana D.")], CENTRES, NOV) == [
        row("ana", "A", ALWAYS, None, "Ana D.")
    ]


def test_a_date_in_the_list_says_since_when_the_change_holds():
    before = [row("ana", "A", JAN)]
    assert renewed(before, [row("ana", "B", MAR)], CENTRES, NOV) == [
        row("ana", "A", JAN, MAR),
        row("ana", "B", MAR),
    ]
    assert renewed(before, [row("ana", "A", MAR)], CENTRES, NOV) == before


def test_a_history_told_in_full_is_kept_in_full_and_each_part_ends_where_the_next_begins():
    told = [row("ana", "A", JAN), row("ana", "B", MAR), row("ana", "A", JUN)]
    first = renewed([], told, CENTRES, NOV)
    assert first == [row("ana", "A", JAN, MAR), row("ana", "B", MAR, JUN), row("ana", "A", JUN)]
    assert renewed(first, told, CENTRES, NOV) == first


def test_who_comes_back_begins_anew_and_the_gap_stays():
    gone = [row("ana", "A", ALWAYS, MAR)]
    assert renewed(gone, [row("ana", "A")], CENTRES, NOV) == [*gone, row("ana", "A", NOV)]


def test_an_end_in_the_list_ends_the_row():
    before = [row("ana", "A", JAN)]
    assert renewed(before, [row("ana", "A", until=JUN)], CENTRES, NOV) == [row("ana", "A", JAN, JUN)]


lists = st.lists(
    st.builds(
        row, st.sampled_from("abc"), st.sampled_from(["X", "Y", None]), st.sampled_from([None, JAN, MAR, JUN])
    ),
    max_size=5,
)


@given(st.lists(lists, min_size=1, max_size=4))
def test_no_two_rows_of_a_subject_hold_at_once_and_the_last_list_again_changes_nothing(told):
    held, now = [], NOV
    for one in told:
        now += timedelta(days=1)
        held = renewed(held, one, CENTRES, now)
    assert sorted(renewed(held, told[-1], CENTRES, now + timedelta(days=1)), key=repr) == sorted(
        held, key=repr
    )
    for who in "abc":
        spans = sorted(
            (r["valid_from"], r["valid_until"]) for r in held if r["who"] == who and r["valid_until"]
        )
        spans += [(r["valid_from"], None) for r in held if r["who"] == who and r["valid_until"] is None]
        for (_, end), (start, _) in pairwise(spans):
            assert end is not None
            assert end <= start
