"""Who stands behind an account on a day, and in which team. Every answer is effective-dated; nothing is guessed."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

Account = tuple[str, str | None, str | None]
ALWAYS = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Span:
    """An interval of validity, half open; `until` None is still true."""

    since: datetime = ALWAYS
    until: datetime | None = None

    def holds(self, instant: datetime) -> bool:
        return self.since <= instant and (self.until is None or instant < self.until)


@dataclass(frozen=True, slots=True)
class Person:
    """One person, bot or service account. `accounts` are logins and addresses, compared without case."""

    person_id: str
    name: str
    kind: str = "person"
    email: str | None = None
    cost_center: str | None = None
    accounts: tuple[str, ...] = ()
    span: Span = field(default_factory=Span)


@dataclass(frozen=True, slots=True)
class Team:
    """One team, which may be part of another."""

    team_id: str
    name: str
    parent: str | None = None
    cost_center: str | None = None
    span: Span = field(default_factory=Span)


@dataclass(frozen=True, slots=True)
class Membership:
    """One person in one team over one interval."""

    person_id: str
    team_id: str
    span: Span = field(default_factory=Span)


class Directory:
    """The organisation as it was on each day.

    Where a person is in several teams at once, the membership that began last counts, so that no dollar is shown twice.
    """

    def __init__(
        self,
        people: Iterable[Person] = (),
        teams: Iterable[Team] = (),
        memberships: Iterable[Membership] = (),
        accounts: Mapping[Account, str] = MappingProxyType({}),
    ) -> None:
        self.team_accounts = accounts
        self.people: Mapping[str, Person] = {person.person_id: person for person in people}
        self.teams: Mapping[str, Team] = {team.team_id: team for team in teams}
        self.memberships = tuple(sorted(memberships, key=lambda m: (m.person_id, m.span.since, m.team_id)))
        self._accounts = {
            account.casefold(): person.person_id
            for person in self.people.values()
            for account in (person.person_id, person.email, *person.accounts)
            if account
        }
        self._by_person: dict[str, list[Membership]] = defaultdict(list)
        for membership in self.memberships:
            self._by_person[membership.person_id].append(membership)

    def person_of(self, account: str | None) -> str | None:
        """The person behind a login or address; None when nobody confirmed one."""
        return self._accounts.get(account.casefold()) if account else None

    def team_of(self, person_id: str | None, instant: datetime) -> str | None:
        """The team of a person at an instant; None when there was none."""
        held = self._by_person.get(person_id or "", [])
        index = bisect_right(held, instant, key=lambda m: m.span.since)
        for membership in reversed(held[:index]):
            if membership.span.holds(instant):
                return membership.team_id
        return None

    def team_of_account(self, vendor: str, account: str | None, sub_account: str | None) -> str | None:
        """The team that a part of a vendor's account belongs to; None where nobody said."""
        return self.team_accounts.get((vendor, account, sub_account)) or self.team_accounts.get(
            (vendor, None, sub_account)
        )

    def cost_center_of(self, person_id: str | None, team_id: str | None) -> str | None:
        """The person's own cost centre, else that of the team or the nearest team above it."""
        person = self.people.get(person_id or "")
        if person and person.cost_center:
            return person.cost_center
        seen: set[str] = set()
        while team_id and team_id not in seen and (team := self.teams.get(team_id)):
            if team.cost_center:
                return team.cost_center
            seen.add(team_id)
            team_id = team.parent
        return None

    def __bool__(self) -> bool:
        return bool(self.people or self.teams)
