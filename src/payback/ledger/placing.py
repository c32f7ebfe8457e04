"""All requests placed anew when the organisation is told anew: what holds when is said by dates, not by when it was typed."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import ibis

from payback.ledger.batches import digest
from payback.ledger.owing import LEDGER, owed
from payback.ledger.placement import placed
from payback.org.who import CONFIRMED
from payback.warehouse.contract import Cursor, Replace

if TYPE_CHECKING:
    from datetime import datetime

    from payback.ledger.intake import Books
    from payback.ledger.rules import Rules
    from payback.org.directory import Directory
    from payback.warehouse.contract import Change

PLACED_BY = "placed_by"
STRETCH = timedelta(days=31)


def fingerprint(directory: Directory, rules: Rules) -> str:
    """Another text for another organisation, as far as it places anything. What a vendor lists without saying who it is
    places nothing.
    """
    people = sorted(directory.people.values(), key=lambda person: person.person_id)
    teams = sorted(directory.teams.values(), key=lambda team: team.team_id)
    told = directory.catalogue
    known = {
        (one.system, one.identity, one.span, one.person_id)
        for one in directory.accounts.identities
        if one.state == CONFIRMED
    }
    rest = (known, directory.team_accounts.items(), told.tools, told.workflows, told.owners)
    return digest(
        *people, *teams, *directory.memberships, *(sorted(part, key=repr) for part in rest), *rules.all
    )


def place_anew(books: Books) -> bool:
    """Place all requests by the organisation as it is told now; False when they are placed by it already.

    One stretch of days after the other; the note of whose placing holds is written last, so a crash costs a repetition.
    """
    told = fingerprint(books.directory, books.rules)
    if books.warehouse.cursors(LEDGER).get(PLACED_BY) == told:
        return False
    usage = books.warehouse.table("usage")
    charges = books.warehouse.table("charges")
    ends = books.warehouse.read(
        usage.aggregate(first=usage["occurred_at"].min(), last=usage["occurred_at"].max())
    )
    billed = books.warehouse.read(
        charges.aggregate(first=charges["charge_period_start"].min(), last=charges["charge_period_end"].max())
    )
    first, last = ends["first"][0].as_py(), ends["last"][0].as_py()
    while first is not None and first <= last:
        books.warehouse.apply([_stretch(books, first)])
        first += STRETCH
    instants = [
        end for rows in (ends, billed) for name in ("first", "last") if (end := rows[name][0].as_py())
    ]
    changes: list[Change] = [Cursor(LEDGER, PLACED_BY, told)]
    books.warehouse.apply([*changes, owed(instants)] if instants else changes)
    return True


def _stretch(books: Books, since: datetime) -> Replace:
    usage = books.warehouse.table("usage")
    until = since + STRETCH
    rows = books.warehouse.read(
        usage.filter(usage["occurred_at"] >= ibis.literal(since), usage["occurred_at"] < ibis.literal(until))
    )
    return Replace("usage", placed(rows, books.placement), since=since, until=until)
