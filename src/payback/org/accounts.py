"""Whose an account is: the accounts a person is told with, then what somebody confirmed, then the address it is listed
under, then the user a key belongs to. Where two people could be meant, it is nobody's: nothing is guessed.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING

from payback.org.who import CONFIRMED, PROPOSED, REFUSED

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from payback.org.who import Identity, Person

MERGED = "payback"
"""The system of identities that say: this person is that person."""
UNDER_ADDRESS = "listed under their address"
OWNED_BY_USER = "key of their account"
MACHINES = frozenset({"service_account", "bot"})
CHAIN = 8


def aliases(identities: Iterable[Identity]) -> dict[str, str]:
    """Person ids that were merged into another, with the one that stands."""
    told = {
        one.identity: one.person_id
        for one in identities
        if one.system == MERGED and one.state == CONFIRMED and one.person_id
    }
    return {person: _end(person, told) for person in told}


def _end(person: str, told: Mapping[str, str]) -> str:
    for _ in range(len(told)):
        if person not in told:
            break
        person = told[person]
    return person


class Accounts:
    """All accounts known, by the person behind them."""

    def __init__(self, people: Iterable[Person], identities: Iterable[Identity]) -> None:
        held = tuple(identities)
        self.aliases = aliases(held)
        self._kinds = {person.person_id: person.kind for person in people}
        self._own: dict[str, str] = {}
        for person in people:
            for account in (person.person_id, person.email, *person.accounts):
                if account:
                    self._own.setdefault(account.casefold(), self.standing(person.person_id))
        self._listed: dict[str, list[Identity]] = defaultdict(list)
        for one in sorted(held, key=lambda one: one.span.since):
            if one.system != MERGED:
                self._listed[one.identity.casefold()].append(one)
        self.identities = tuple(self._settled(one) for rows in self._listed.values() for one in rows)

    def standing(self, person_id: str) -> str:
        """The person that stands for an id, merges followed."""
        return self.aliases.get(person_id, person_id)

    def person_of(self, account: str, system: str | None, instant: datetime | None) -> str | None:
        """The person behind an account at an instant (None: as it is said last); None where nobody or several could be."""
        key = account.casefold()
        if own := self._own.get(key):
            return own
        if key not in self._listed:
            return None
        found = {self._person(one, 0) for one in self._rows(key, system, instant)} - {None}
        return found.pop() if len(found) == 1 else None

    def _rows(self, key: str, system: str | None, instant: datetime | None) -> list[Identity]:
        rows = [one for one in self._listed.get(key, ()) if system in {None, one.system}]
        if instant is not None:
            return [one for one in rows if one.span.holds(instant)]
        return list({one.system: one for one in rows}.values())

    def _person(self, one: Identity, depth: int) -> str | None:
        if one.state == CONFIRMED and one.person_id:
            return self.standing(one.person_id)
        owner = self._by_address(one)
        if owner is None and one.kind == "key" and one.belongs_to and depth < CHAIN:
            owner = self._holder(one, depth)
        return None if one.state == REFUSED and one.person_id in {None, owner} else owner

    def told(self, account: str) -> str | None:
        """The person an account is told with, which no decision changes; None where it is told with nobody."""
        return self._own.get(account.casefold())

    def _holder(self, one: Identity, depth: int) -> str | None:
        """The person behind the identity that a key belongs to, in the same system."""
        key = (one.belongs_to or "").casefold()
        if own := self._own.get(key):
            return own
        return next(
            (
                person
                for row in reversed(self._rows(key, one.system, None))
                if (person := self._person(row, depth + 1))
            ),
            None,
        )

    def _by_address(self, one: Identity) -> str | None:
        for address in (one.email, one.identity if "@" in one.identity else None):
            person = self._own.get(address.casefold()) if address else None
            if person is None or (one.state == REFUSED and one.person_id in {None, person}):
                continue
            if one.kind not in MACHINES or self._kinds.get(person, "person") != "person":
                return person
        return None

    def _settled(self, one: Identity) -> Identity:
        """The identity with what follows from addresses and keys written out."""
        if one.state == CONFIRMED and one.person_id:
            return replace(one, person_id=self.standing(one.person_id))
        if (person := self._by_address(one)) is not None:
            return replace(one, person_id=person, state=CONFIRMED, reason=UNDER_ADDRESS)
        if (person := self._person(one, 0)) is not None:
            return replace(one, person_id=person, state=CONFIRMED, reason=OWNED_BY_USER)
        return one if one.state == REFUSED else replace(one, state=PROPOSED)
