"""Flat fees: who holds a seat of which tool since when, used or not, and the vendors' logins of those people.

Claude Code seats go with teams; Cursor was bought for a year for two teams; Copilot was handed out widely and is used by few.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from payback.demo.people import CLAUDE, CURSOR
from payback.demo.use import holds_claude_seat
from payback.period import add_months

if TYPE_CHECKING:
    from collections.abc import Iterator

    from payback.demo.people import Company, Person
    from payback.demo.span import Span

COPILOT = "copilot"
CENT = 10**7
CLAUDE_SEAT, CURSOR_SEAT_YEAR, COPILOT_SEAT = 30 * 100 * CENT, 384 * 100 * CENT, 19 * 100 * CENT
CURSOR_AFTER, CURSOR_TEAMS = 0.2, ("storefront", "identity")
COPILOT_AFTER, COPILOT_TEAMS = 0.1, ("mobile", "data", "identity", "quality")
YEAR = 12


@dataclass(frozen=True, slots=True)
class Holding:
    """One person's seat of one tool from a day on; `until` is the first day without it, None while it is held."""

    tool: str
    person: Person
    since: date
    until: date | None = None

    def holds(self, day: date) -> bool:
        return self.since <= day and (self.until is None or day < self.until)


def login(person: Person) -> str:
    """A person's login at GitHub."""
    return f"{person.id}-lh"


def claude_months(span: Span, company: Company) -> Iterator[tuple[Person, date]]:
    """Who is paid a Claude seat for in which month; the seat of who left is paid for two more months."""
    for month in span.month_starts:
        for person in company.people:
            last = person.memberships[-1].until
            gone = last is not None and last <= month < add_months(last, 2)
            known_by = last - timedelta(days=1) if gone and last else month
            if holds_claude_seat(span, company, person, known_by):
                yield person, month


def holdings(span: Span, company: Company) -> list[Holding]:
    """All seats ever held, by tool and person."""
    found = [*_claude(span, company), *_cursor(span, company), *_copilot(span, company)]
    return sorted(found, key=lambda one: (one.tool, one.person.id, one.since))


def _claude(span: Span, company: Company) -> Iterator[Holding]:
    months: dict[str, list[date]] = {}
    people = {person.id: person for person in company.people}
    for person, month in claude_months(span, company):
        months.setdefault(person.id, []).append(month)
    for who, held in months.items():
        ends = add_months(held[-1], 1)
        yield Holding(CLAUDE, people[who], held[0], ends if ends <= span.today else None)


def _cursor(span: Span, company: Company) -> Iterator[Holding]:
    """Bought for whoever was in the two teams that day, for whole years."""
    start = span.month_after(CURSOR_AFTER)
    for team in CURSOR_TEAMS:
        for person in company.members(team, start):
            yield Holding(CURSOR, person, start)


def _copilot(span: Span, company: Company) -> Iterator[Holding]:
    """Every member of four teams from their first month there; taken back when they leave the company."""
    start = span.month_after(COPILOT_AFTER)
    for person in company.people:
        if person.memberships[0].team in COPILOT_TEAMS:
            since = max(start, person.since)
            if person.until is None or since < person.until:
                yield Holding(COPILOT, person, since, person.until)
