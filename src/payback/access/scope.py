"""Who is asking, as far as facts are concerned: which rows they may see, and the reason that is written beside an answer.

Knows no table and no column: `access.rules` says which column of each table decides.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


class Sight(StrEnum):
    """How much of the facts a scope opens."""

    EVERYTHING = "everything"
    TEAMS = "teams"
    PERSON = "person"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class Scope:
    """Which rows may be seen, and why. Made by the four constructors, so that every scope carries its reason.

    `may_see_people` is the right to figures of individuals: without it, a cut that singles people out shows their rows
    as one folded group, and a filter that singles one out is refused. A person's own scope always has it.
    """

    reason: str
    sight: Sight
    teams: frozenset[str] = field(default_factory=frozenset)
    people: frozenset[str] = field(default_factory=frozenset)
    may_see_people: bool = False

    @classmethod
    def everything(cls, reason: str, *, may_see_people: bool = False) -> Scope:
        """Every row. The reason says who granted it: 'single user on loopback', 'role finance'."""
        return cls(reason, Sight.EVERYTHING, may_see_people=may_see_people)

    @classmethod
    def of_teams(cls, reason: str, teams: Iterable[str], *, may_see_people: bool = False) -> Scope:
        """Rows placed on one of these teams; the caller names the teams below them too."""
        return cls(reason, Sight.TEAMS, teams=frozenset(teams), may_see_people=may_see_people)

    @classmethod
    def of_person(cls, reason: str, person: str, identities: Iterable[str] = ()) -> Scope:
        """A person's own rows, by person id and by the identities confirmed as theirs."""
        return cls(reason, Sight.PERSON, people=frozenset((person, *identities)), may_see_people=True)

    @classmethod
    def nothing(cls, reason: str) -> Scope:
        """No row at all: what an unknown reader sees."""
        return cls(reason, Sight.NOTHING)
