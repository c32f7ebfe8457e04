"""A decision holds from its instant on; what was true before stays true."""

from __future__ import annotations

from datetime import UTC, datetime

from payback.org import decisions
from payback.org.matching import Seen
from payback.org.rows import organisation

MAY, JUNE, JULY = (datetime(2026, month, 1, tzinfo=UTC) for month in (5, 6, 7))
SEEN = Seen("deploy", system="aws")
PEOPLE = [
    {
        "person_id": person,
        "name": person,
        "kind": "person",
        "email": f"{person}@example.com",
        "cost_center": None,
    }
    | {"valid_from": MAY, "valid_until": None}
    for person in ("ana", "ben")
]


def stored(rows, *changes):
    """Rows as a table keeps them: those with the same key replaced."""
    kept = {(row["system"], row["identity"], row["valid_from"]): row for row in (*rows, *changes)}
    return list(kept.values())


def person_at(rows, instant, account="deploy"):
    full = [
        dict.fromkeys(("name", "email", "belongs_to", "reason", "kind", "person_id")) | row for row in rows
    ]
    return organisation({"people": PEOPLE, "identities": full}).directory().person_of(account, instant)


def test_a_confirmed_account_is_theirs_on_all_days():
    rows = decisions.confirmed([], SEEN, "ana", "confirmed by eve")
    assert [person_at(rows, at) for at in (MAY, JULY)] == ["ana", "ana"]


def test_an_account_that_changes_hands_keeps_its_past():
    rows = decisions.confirmed([], SEEN, "ana", "confirmed by eve")
    rows = stored(rows, *decisions.confirmed(rows, SEEN, "ben", "confirmed by eve", JUNE))
    assert [person_at(rows, at) for at in (MAY, JUNE)] == ["ana", "ben"]


def test_an_account_split_off_is_nobodys_from_then_on():
    listed = [
        {"system": "openai", "identity": "u1", "email": "ana@example.com", "state": "proposed"}
        | {"valid_from": MAY, "valid_until": None, "source": "openai:users"}
    ]
    seen = Seen("u1", system="openai")
    rows = stored(listed, *decisions.refused(listed, seen, "ana", "split off by eve", JUNE))
    assert [person_at(rows, at, "u1") for at in (MAY, JUNE)] == ["ana", None]
    assert {row["source"] for row in rows} == {"openai:users"}, "the vendor's list goes on keeping it"


def test_a_merge_can_be_taken_back():
    row = decisions.merge("ben", "ana", "merged by eve")
    assert person_at([row], JULY, "ben@example.com") == "ana"
    assert person_at([row | {"state": "refused"}], JULY, "ben@example.com") == "ben"
