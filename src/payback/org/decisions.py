"""What somebody decided about whose an account is, as rows of `identities`. Pure: the rows as they are in, those to write out.

A decision holds from an instant on. What was true before stays true, so the money of past days stays where it was; without
an instant the decision holds for all days.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from payback.org.accounts import MERGED
from payback.org.who import ALWAYS, CONFIRMED, PROPOSED, REFUSED

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from payback.org.matching import Seen

    Row = dict[str, Any]

SOURCE = "decision"


def confirmed(
    rows: Iterable[Mapping[str, Any]], seen: Seen, person_id: str, reason: str, since: datetime | None = None
) -> list[Row]:
    """The rows that say: this account is that person's, from an instant on."""
    return _decided(rows, seen, {"person_id": person_id, "state": CONFIRMED, "reason": reason}, since)


def refused(
    rows: Iterable[Mapping[str, Any]],
    seen: Seen,
    person_id: str | None,
    reason: str,
    since: datetime | None = None,
) -> list[Row]:
    """The rows that say: this account is not that person's (None: nobody's that its address says), from an instant on."""
    return _decided(rows, seen, {"person_id": person_id, "state": REFUSED, "reason": reason}, since)


def merge(person_id: str, into: str, reason: str) -> Row:
    """The row that says: this person is that person."""
    told = {"person_id": into, "state": CONFIRMED, "reason": reason}
    return _begun(MERGED, person_id, "person") | told


def _decided(rows: Iterable[Mapping[str, Any]], seen: Seen, told: Row, since: datetime | None) -> list[Row]:
    last = max(
        (dict(row) for row in rows if row["valid_until"] is None),
        key=lambda row: row["valid_from"],
        default=None,
    )
    if last is None:
        last = _begun(seen.system, seen.account, seen.kind) | {"name": seen.name, "email": seen.email}
    if since is None or since <= last["valid_from"]:
        return [last | told]
    return [last | {"valid_until": since}, last | told | {"valid_from": since}]


def _begun(system: str, identity: str, kind: str) -> Row:
    return {
        "system": system,
        "identity": identity,
        "kind": kind,
        "state": PROPOSED,
        "valid_from": ALWAYS,
        "valid_until": None,
        "source": SOURCE,
    }
