"""Use of assistants that write no log on the machine: requests made with Cursor, and days with GitHub Copilot.

Cursor includes the first requests of a month in the seat; those after it are charged at list price and a fifth on top.
Copilot includes credits with each seat too; a credit is a cent, and before June 2026 a premium request was four.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

from payback.demo.people import CURSOR
from payback.demo.prices import CURSOR_SONNET, GPT, price_of
from payback.demo.seats import CENT, COPILOT
from payback.demo.span import day_in, moment_on
from payback.period import add_months

if TYPE_CHECKING:
    from collections.abc import Iterator
    from random import Random

    from payback.demo.people import Person
    from payback.demo.seats import Holding
    from payback.demo.span import Span
    from payback.demo.use import Tokens

INCLUDED_REQUESTS = 12
FEE_PARTS, WHOLE = 6, 5
CREDITS_SINCE = date(2026, 6, 1)
CREDIT, PREMIUM = CENT, 4 * CENT
MONTH_OF_CREDITS, MONTH_OF_PREMIUM = 300, 75
REMEMBERED = timedelta(days=350)


@dataclass(frozen=True, slots=True)
class Event:
    """One request made with Cursor. `is_included`: the seat covers it."""

    occurred_at: datetime
    person: Person
    conversation: str
    model: str
    tokens: Tokens
    is_included: bool

    @property
    def nano(self) -> int:
        """List price in billionths of a dollar."""
        price = price_of(self.model, day_in(self.occurred_at))
        return 0 if price is None else price.nano(self.tokens)

    @property
    def charged(self) -> int:
        """List price and Cursor's fee on it."""
        return self.nano * FEE_PARTS // WHOLE


@dataclass(frozen=True, slots=True)
class Day:
    """One person's day with Copilot."""

    day: date
    person: Person
    offered: int
    accepted: int
    chats: int
    agent_lines: int
    credits: int


def cursor_events(span: Span, held: list[Holding]) -> Iterator[Event]:
    """Requests of those on the Storefront team who hold a seat; nobody of Identity uses theirs."""
    first = span.today - REMEMBERED
    for holding in held:
        if holding.tool != CURSOR or holding.person.memberships[0].team == "identity":
            continue
        for month in span.month_starts:
            if max(holding.since, first) <= month:
                yield from _month(span, holding.person, month)


def _month(span: Span, person: Person, month: date) -> Iterator[Event]:
    chance = span.chance("cursor", person.id, month)
    if chance.random() < 0.25:
        return
    moments = sorted(
        moment_on(month + timedelta(days=chance.randrange(26)), chance) for _ in range(chance.randint(4, 24))
    )
    for number, moment in enumerate(dict.fromkeys(moments)):
        if moment >= span.until or person.team_on(day_in(moment)) is None:
            return
        model = chance.choice((CURSOR_SONNET, CURSOR_SONNET, GPT))
        conversation = f"c-{chance.getrandbits(64):016x}"
        tokens = _tokens(chance, model)
        yield Event(moment, person, conversation, model, tokens, number < INCLUDED_REQUESTS)


def _tokens(chance: Random, model: str) -> Tokens:
    """Counts whose price is a whole number of fifths of a billionth, so that the fee is exact."""
    written = 5 * chance.randint(0, 1500) if model == CURSOR_SONNET else 0
    return (
        5 * chance.randint(200, 4000),
        5 * chance.randint(1000, 12_000),
        written,
        0,
        5 * chance.randint(40, 500),
    )


def copilot_days(span: Span, held: list[Holding]) -> Iterator[Day]:
    """Days with Copilot: two in five of those who hold a seat use it, some of them seldom."""
    for holding in held:
        if holding.tool != COPILOT:
            continue
        chance = span.chance("copilot", holding.person.id)
        if chance.random() < 0.6:
            continue
        often = chance.choice((0.1, 0.2, 0.35))
        day = holding.since
        while day < span.today and holding.holds(day):
            if day.weekday() < 5 and chance.random() < often:
                offered = chance.randint(5, 120)
                yield Day(
                    day, holding.person, offered, offered * chance.randint(15, 45) // 100, chance.randint(0, 25),
                    chance.choice((0, 0, 40, 180)), chance.randint(5, 60),
                )  # fmt: skip
            day += timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Metered:
    """A person's month on Copilot's meter: what was used, and the part of it that the seat does not include."""

    month: date
    person: Person
    used: int
    unit: int

    @property
    def included(self) -> int:
        return min(self.used, MONTH_OF_CREDITS if self.unit == CREDIT else MONTH_OF_PREMIUM)

    @property
    def is_credits(self) -> bool:
        return self.unit == CREDIT

    @property
    def gross(self) -> int:
        """At list price, in billionths of a dollar."""
        return self.used * self.unit

    @property
    def net(self) -> int:
        """What is asked for."""
        return (self.used - self.included) * self.unit


def copilot_meter(span: Span, days: list[Day]) -> list[Metered]:
    """Closed months of each person. The meter of the running month is told once it has ended."""
    used: dict[tuple[date, str], int] = {}
    people = {one.person.id: one.person for one in days}
    for one in days:
        month = one.day.replace(day=1)
        used[month, one.person.id] = used.get((month, one.person.id), 0) + one.credits
    found = []
    for (month, who), spent in sorted(used.items()):
        if add_months(month, 1) <= span.today:
            later = month >= CREDITS_SINCE
            count = spent if later else spent // 4 + 1
            found.append(Metered(month, people[who], count, CREDIT if later else PREMIUM))
    return found


def milliseconds(instant: datetime) -> int:
    """Since 1970, as Cursor writes it."""
    return round((instant - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds() * 1000)
