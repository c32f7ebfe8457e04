"""All that is told of an organisation as one value, and how what two places tell comes together: the first one wins."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from itertools import chain
from typing import TYPE_CHECKING, TypeVar

from payback.org.directory import Directory
from payback.org.what import Catalogue

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Mapping

    from payback.org.who import Account, Membership, Person, Team

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Organisation:
    """People, teams and memberships, which parts of vendors' accounts belong to whom, and the catalogue of the rest."""

    people: tuple[Person, ...] = ()
    teams: tuple[Team, ...] = ()
    memberships: tuple[Membership, ...] = ()
    accounts: Mapping[Account, str] = field(default_factory=dict)
    catalogue: Catalogue = field(default_factory=Catalogue)

    def directory(self) -> Directory:
        """The organisation to ask."""
        return Directory(self.people, self.teams, self.memberships, self.accounts, self.catalogue)


def merged(first: Organisation, second: Organisation) -> Organisation:
    """Both as one. Where both tell of a thing the first is believed; a person keeps the accounts that either gives, and
    has the memberships of the first, if it gives any.
    """
    settled = {one.person_id for one in first.memberships}
    return Organisation(
        people=_people(first.people, second.people),
        teams=_by(lambda one: one.team_id, first.teams, second.teams),
        memberships=(
            *first.memberships,
            *(one for one in second.memberships if one.person_id not in settled),
        ),
        accounts={**second.accounts, **first.accounts},
        catalogue=_catalogue(first.catalogue, second.catalogue),
    )


def _people(first: Iterable[Person], second: Iterable[Person]) -> tuple[Person, ...]:
    found = {one.person_id: one for one in first}
    for other in second:
        one = found.get(other.person_id)
        if one is None:
            found[other.person_id] = other
            continue
        accounts = dict.fromkeys(chain(one.accounts, (other.email,) if other.email else (), other.accounts))
        found[one.person_id] = replace(
            one,
            email=one.email or other.email,
            cost_center=one.cost_center or other.cost_center,
            accounts=tuple(accounts),
        )
    return tuple(found.values())


def _by(key: Callable[[T], Hashable], first: Iterable[T], second: Iterable[T]) -> tuple[T, ...]:
    """One of each key, those of the first where both have it."""
    return tuple({key(one): one for one in (*second, *first)}.values())


def _catalogue(first: Catalogue, second: Catalogue) -> Catalogue:
    return Catalogue(
        identities=(*first.identities, *second.identities),
        tools=_by(lambda one: one.tool_id, first.tools, second.tools),
        workflows=_by(lambda one: one.workflow_id, first.workflows, second.workflows),
        owners=_by(
            lambda one: (one.kind, one.subject.casefold(), one.span.since), first.owners, second.owners
        ),
        rates=(*first.rates, *second.rates),
    )
