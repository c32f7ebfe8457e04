"""What derived rows owe is never forgotten, whoever derives at the same time."""

from __future__ import annotations

from datetime import timedelta

from payback.ledger.owing import claimed, owed, settled, stale
from payback.warehouse.contract import Cursor
from tests.ledger.entries import START, books

DAY = timedelta(days=1)


def owing(*days):
    held = books().warehouse
    held.apply([owed([START + DAY * day]) for day in days])
    return held


def span(held):
    found = stale(held)
    return found and ((found.since - START) // DAY, (found.until - START) // DAY)


def test_notes_of_several_writers_are_one_span_and_nobody_overwrites_anothers():
    held = owing(3, 1, 2)
    assert span(held) == (1, 3)
    assert len(stale(held).notes) == 3


def test_a_note_written_by_an_earlier_version_counts():
    held = owing(3)
    text = f'["{START.isoformat()}", "{START.isoformat()}"]'
    held.apply([Cursor("ledger", "stale", text)])
    assert span(held) == (0, 3)
    assert settled(held, claimed(held))
    assert stale(held) is None


def test_what_came_in_while_one_derived_stays_owed_even_for_the_same_span():
    held = owing(1)
    mine = claimed(held)
    held.apply([owed([START + DAY])])
    assert settled(held, mine)
    assert span(held) == (1, 1)


def test_a_crash_while_deriving_leaves_the_span_owed():
    held = owing(1, 4)
    claimed(held)
    assert span(held) == (1, 4)


def test_who_was_overtaken_owes_its_span_again_and_who_overtook_does_not():
    held = owing(1)
    first = claimed(held)
    held.apply([owed([START + DAY * 9])])
    second = claimed(held)
    assert settled(held, second)
    assert not settled(held, first)
    assert span(held) == (1, 1)
    assert settled(held, claimed(held))
    assert stale(held) is None
