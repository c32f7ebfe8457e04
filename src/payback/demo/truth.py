"""What is true of the invented company, added up while it is invented. Parts of a billionth of a dollar, no rounding.

Money of a bill that names no person is split over the requests it paid for, in proportion to their list price; what nothing
explains stays where the line itself says. Use ends before today; what is spread over days, seats above all, is known up to
and including today.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta
from fractions import Fraction
from typing import TYPE_CHECKING, Any, NamedTuple

from payback.demo.prices import dollars
from payback.demo.records import attempts_before
from payback.demo.span import month_in
from payback.demo.use import Place, list_nano, place_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import date, datetime

    from payback.demo.people import Person
    from payback.demo.records import Request, Session
    from payback.demo.use import Use

KINDS = ("input", "cache_read", "cache_write_5m", "cache_write_1h", "output")
BASES = ("billed", "amortised")


class Cell(NamedTuple):
    """Where an amount belongs."""

    basis: str
    month: str
    place: Place

    def row(self, amount: str) -> dict[str, Any]:
        return {"basis": self.basis, "month": self.month, **self.place._asdict(), "amount": amount}


@dataclass(slots=True)
class Truth:
    """Running sums. `users` are (month, tool, person)."""

    today: date
    spend: dict[Cell, Fraction] = field(default_factory=dict)
    tokens: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    requests: Counter[tuple[str, str]] = field(default_factory=Counter)
    errors: Counter[tuple[str, str]] = field(default_factory=Counter)
    retries: Counter[tuple[str, str]] = field(default_factory=Counter)
    unpriced: Counter[tuple[str, str]] = field(default_factory=Counter)
    waste: dict[tuple[str, str | None], Fraction] = field(default_factory=dict)
    users: set[tuple[str, str, str]] = field(default_factory=set)
    seats: set[tuple[str, str, str]] = field(default_factory=set)
    first_unknown: Request | None = None

    def add(self, basis: str, month: str, place: Place, nano: Fraction | int) -> None:
        """An amount in billionths."""
        cell = Cell(basis, month, place)
        self.spend[cell] = self.spend.get(cell, Fraction(0)) + nano

    def add_session(self, session: Session) -> None:
        """Each of its requests once, its failures, and who used what."""
        for request in session.requests():
            self.add_request(session, request)
            self._attempts(session.tool, attempts_before(request.occurred_at, request.failed_attempts))
        for turn in session.turns:
            if turn.gave_up_at is not None:
                self.errors[month_in(turn.gave_up_at), session.tool] += 1
                self._attempts(session.tool, attempts_before(turn.gave_up_at, turn.gave_up_after))

    def _attempts(self, tool: str, instants: list[datetime]) -> None:
        for instant in instants:
            self.retries[month_in(instant), tool] += 1

    def add_request(self, session: Session, request: Request) -> None:
        month, tool, person = month_in(request.occurred_at), session.tool, session.person
        self.requests[month, tool] += 1
        self.users.add((month, tool, person.id))
        self.count_tokens(month, tool, request.tokens)
        self.tokens[month, tool, "reasoning"] += request.reasoning
        nano = list_nano(request)
        if nano is None:
            self.unpriced[month, request.model] += sum(request.tokens)
            if self.first_unknown is None or request.occurred_at < self.first_unknown.occurred_at:
                self.first_unknown = request
            return
        place = place_of(session, request)
        self.add("list", month, place, nano)
        if request.repeats:
            self.wasted("retries", place.team, nano)

    def add_use(self, use: Use) -> None:
        """A request that no conversation tells of."""
        month = month_in(use.occurred_at)
        self.requests[month, use.place.tool] += use.requests
        self.count_tokens(month, use.place.tool, use.tokens)
        self.add("list", month, use.place, use.nano or 0)

    def count_tokens(self, month: str, tool: str, tokens: tuple[int, ...]) -> None:
        for kind, count in zip(KINDS, tokens, strict=True):
            self.tokens[month, tool, kind] += count

    def wasted(self, kind: str, owner: str | None, nano: Fraction | int) -> None:
        self.waste[kind, owner] = self.waste.get((kind, owner), Fraction(0)) + nano

    def bought(self, month: str, nano: Fraction | int, shares: Mapping[Place, int]) -> None:
        """Money of use, billed and amortised alike, over what it paid for by list price."""
        total = sum(shares.values())
        for place, weight in shares.items():
            part = Fraction(nano) * (Fraction(weight, total) if total else Fraction(1, len(shares)))
            for basis in BASES:
                self.add(basis, month, place, part)

    def placed(self, month: str, nano: int, place: Place) -> None:
        """Money that stays where its line says."""
        for basis in BASES:
            self.add(basis, month, place, nano)

    def fee(self, person: Person, place: Place, period: tuple[date, date], amounts: tuple[int, int]) -> None:
        """A flat fee: `amounts` are billed on the first day, and spread over the days before the end, by the team of that
        day; no team once the person is gone.
        """
        first, until = period
        billed, effective = amounts
        if billed:
            self.add("billed", f"{first:%Y-%m}", place._replace(team=person.team_on(first)), billed)
        part = Fraction(effective, (until - first).days)
        for day in days(first, min(until, self.today + timedelta(days=1))):
            self.add("amortised", f"{day:%Y-%m}", place._replace(team=person.team_on(day)), part)


def days(first: date, until: date) -> Iterator[date]:
    """The days from one up to, not including, another."""
    while first < until:
        yield first
        first += timedelta(days=1)


def plain(nano: Fraction | int) -> str:
    """An amount at nine places as text."""
    return f"{dollars(round(nano)):f}"
