"""People, their accounts, teams and memberships as values, each with the interval in which it is true."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime

Account = tuple[str, str | None, str | None]
ALWAYS = datetime(1970, 1, 1, tzinfo=UTC)

CONFIRMED, PROPOSED, REFUSED = "confirmed", "proposed", "refused"
PEOPLE_KINDS = ("person", "bot", "service")


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
class Identity:
    """One account somewhere, as a vendor lists it or as somebody decided whose it is. Keys belong to an identity there."""

    system: str
    identity: str
    kind: str = "user"
    name: str | None = None
    email: str | None = None
    belongs_to: str | None = None
    person_id: str | None = None
    state: str = PROPOSED
    reason: str | None = None
    source: str | None = None
    span: Span = field(default_factory=Span)


@dataclass(frozen=True, slots=True)
class Team:
    """One team, which may be part of another."""

    team_id: str
    name: str
    parent: str | None = None
    cost_center: str | None = None
    span: Span = field(default_factory=Span)
    constraint: str | None = None
    primary_metric: str | None = None
    guardrail_metrics: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Membership:
    """One person in one team over one interval."""

    person_id: str
    team_id: str
    span: Span = field(default_factory=Span)
