"""Lists that forget: what is listed goes on, what comes back begins anew once, and what did not change is not written."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from payback.ledger.batches import row_of, table_of
from payback.ledger.entries import Identity, Seat
from payback.ledger.slices import Stretch, take_slice
from payback.ledger.tables import BY_NAME
from payback.warehouse.contract import Upsert
from tests.ledger.entries import books

START = datetime(2026, 11, 1, tzinfo=UTC)
SOURCE = "vendor:list"


def listed(held, number, *entries):
    """One snapshot, `number` hours after the first."""
    now = START + timedelta(hours=number)
    take_slice(entries, Stretch(SOURCE, ("seats", "identities"), now, now), held, now, [])


def seat(person="ana"):
    return Seat(seat_id=f"seat-{person}", tool="cursor", source=SOURCE, person=person)


def identity(name="Ana"):
    return Identity(system="acme", identity="user_1", source=SOURCE, name=name)


def spans(held, table):
    """Hours from first snapshot to last of each row; None where it is open."""
    rows = held.warehouse.read(held.warehouse.table(table)).to_pylist()
    found = [
        (
            max(0, round((row["valid_from"] - START).total_seconds() / 3600)),
            row["valid_until"] and round((row["valid_until"] - START).total_seconds() / 3600),
        )
        for row in rows
    ]
    return sorted(found, key=lambda span: (span[0], span[1] is None, span[1]))


def test_a_seat_that_comes_back_begins_anew_once():
    held = books()
    for number, entries in enumerate(([seat()], [], [seat()], [seat()], [seat()], [], [seat()])):
        listed(held, number, *entries)
    assert spans(held, "seats") == [(0, 1), (2, 5), (6, None)]


def test_an_account_that_comes_back_begins_anew_once():
    held = books()
    for number, entries in enumerate(([identity()], [], [identity()], [identity()])):
        listed(held, number, *entries)
    assert spans(held, "identities") == [(0, 1), (2, None)]


def archived(hours):
    return Identity(
        system="acme", identity="user_1", source=SOURCE, valid_until=START + timedelta(hours=hours)
    )


def test_an_account_that_is_listed_as_ended_is_closed_once_and_opens_anew_when_it_is_listed_as_held():
    held = books()
    for number in range(3):
        listed(held, number, identity())
    listed(held, 3, archived(2))
    assert spans(held, "identities") == [(0, 2)]
    edition = held.warehouse.edition
    listed(held, 4, archived(2))
    listed(held, 5, archived(5))
    assert held.warehouse.edition == edition
    listed(held, 6, identity())
    listed(held, 7, archived(7))
    assert spans(held, "identities") == [(0, 2), (6, 7)]


def test_an_account_that_had_ended_before_the_first_listing_is_known_for_its_time():
    held = books()
    listed(held, 0, archived(-5))
    listed(held, 1, archived(-9))
    assert spans(held, "identities") == [(0, -9)]


def test_an_end_that_is_announced_and_taken_back_leaves_the_account_open():
    held = books()
    listed(held, 0, identity())
    listed(held, 1, archived(9))
    listed(held, 2, archived(9))
    assert spans(held, "identities") == [(0, 9)]
    listed(held, 3, identity())
    assert spans(held, "identities") == [(0, None)]
    listed(held, 4, archived(9))
    listed(held, 5)
    assert spans(held, "identities") == [(0, 5)]


def test_a_list_that_did_not_change_is_not_written():
    held = books()
    listed(held, 0, seat(), identity())
    before = held.warehouse.edition
    listed(held, 1, seat(), identity())
    assert held.warehouse.edition == before
    listed(held, 2, seat(), identity("Ana Maria"))
    assert held.warehouse.edition != before


def test_an_account_that_two_syncs_at_once_began_is_one_account_again():
    held = books()
    listed(held, 0, identity())
    row = {**row_of(identity()), "valid_from": START, "state": "proposed"}
    twice = table_of(BY_NAME["identities"], [row], SOURCE, START)
    held.warehouse.apply([Upsert("identities", twice)])
    listed(held, 1, identity())
    assert {until for _, until in spans(held, "identities")} == {0, None}
    listed(held, 2)
    assert [until for _, until in spans(held, "identities")] == [0, 2]
