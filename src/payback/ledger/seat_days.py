"""`seat_days`: what each seat was worth on each day, whose it was, and whether anybody used it.

A price is spread over the days of its month or year, exactly. Where a seat tells no price, the tool's own seat charges of
that day are shared alike by its seats. What no report could tell is unknown, not idle.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import lru_cache
from itertools import chain
from typing import TYPE_CHECKING, Any, TypeVar

from payback.ledger.use_days import who
from payback.money import shares, split
from payback.org.directory import ALWAYS
from payback.period import add_months, day_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from decimal import Decimal

    from payback.ledger.use_days import Ground
    from payback.period import Period

ACTIVE_DAYS = 28
IDLE_DAYS = 30
DAY = timedelta(days=1)
Row = dict[str, Any]
Held = tuple[str, str]
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Uses:
    """Days of use as far as they are known.

    `days` holds by (tool, who) the days of use of the period and the 30 before it, `before` the last one before those,
    `first` the first day told of by (tool, who), used or not. `since` is the day from which on somebody tells of everybody's
    use of a tool: a vendor's reports do, the logs of one machine do not.
    """

    days: Mapping[Held, Sequence[date]] = field(default_factory=dict)
    before: Mapping[Held, date] = field(default_factory=dict)
    first: Mapping[Held, date] = field(default_factory=dict)
    since: Mapping[str, date] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Licence:
    """A seat with the days on which it stands: from `first` to `last`, both included; `last` None while it is held.

    `account` is the identity it is assigned to, or the seat itself; `names` are the words under which its use is known.
    `begun` is the day it was assigned, where that is known. `used` is the last use as its vendor tells it, and `is_told`
    whether the vendor tells that of this tool at all.
    """

    row: Row
    account: str
    names: tuple[str, ...]
    first: date
    last: date | None
    begun: date | None
    used: date | None
    is_told: bool

    @property
    def held(self) -> Held:
        return self.row["tool"], self.account

    def told(self, known: Mapping[Held, T]) -> list[T]:
        """What is known by tool and each of its names."""
        keys = [(self.row["tool"], name) for name in self.names]
        return [known[key] for key in keys if key in known]

    def stands(self, day: date) -> bool:
        """Whether it was held at the end of a day."""
        return self.first <= day and (self.last is None or day <= self.last)


def licences(
    seats: Iterable[Row], uses: Uses, ground: Ground, seen: Mapping[Held, date], today: date
) -> list[Licence]:
    """Seats as licences. One whose beginning nobody told began when it, or its holder's use, was first seen."""
    rows = sorted(seats, key=lambda row: (row["seat_id"], row["valid_from"]))
    telling = {row["tool"] for row in rows if row["last_active_at"] is not None}
    found = []
    for row in rows:
        told, until, used = (row[name] for name in ("valid_from", "valid_until", "last_active_at"))
        account = who(None, row["person"]) or f"seat {row['seat_id']}"
        names = tuple(dict.fromkeys((ground.person(row["person"], today) or account, account)))
        firsts = [
            known[row["tool"], name]
            for known in (uses.first, seen)
            for name in names
            if (row["tool"], name) in known
        ]
        begun = day_of(told, ground.zone) if told > ALWAYS else None
        first = begun or min([today, *firsts])
        last = day_of(until, ground.zone) - DAY if until else None
        used_on = day_of(used, ground.zone) if used else None
        found.append(Licence(row, account, names, first, last, begun, used_on, row["tool"] in telling))
    return found


@dataclass(frozen=True, slots=True)
class Book:
    """What the days of seats are worked out from. `charged` holds by (tool, day) what the bill asked for seats."""

    held: Sequence[Licence]
    uses: Uses
    charged: Mapping[tuple[str, date], tuple[Decimal, str]]
    ground: Ground
    today: date


def seat_days(book: Book, days: Period) -> Iterator[Row]:
    """Rows of the days of a period up to today; an account that two sources tell of is one seat."""
    used = {id(licence): _days(licence, book.uses) for licence in book.held}
    day = days.since
    while day < days.until and day <= book.today:
        standing: dict[Held, list[Licence]] = defaultdict(list)
        for licence in book.held:
            if licence.stands(day):
                standing[licence.held].append(licence)
        rows = [_row(one, day, used[id(one)], book) for one in map(speaking, standing.values())]
        _charge(rows, day, book)
        _duplicates(rows, day, book)
        yield from rows
        day += DAY


def speaking(alike: Sequence[Licence]) -> Licence:
    """The one of several listings of a seat that is believed: the last that tells a price, else the first."""
    return next((one for one in reversed(alike) if one.row["price"] is not None), alike[0])


def _days(licence: Licence, uses: Uses) -> list[date]:
    """The days of use, by reports and by the vendor's own word, in their order."""
    known = (*licence.told(uses.before), *chain.from_iterable(licence.told(uses.days)))
    return sorted({*known, *([licence.used] if licence.used else [])})


def _row(licence: Licence, day: date, used: Sequence[date], book: Book) -> Row:
    seat, ground = licence.row, book.ground
    before = bisect_right(used, day)
    last_used = used[before - 1] if before else None
    person = ground.person(seat["person"], day)
    team = ground.team(person, day)
    price = daily(seat["price"], seat["interval"], day)
    return {
        "day": day,
        "holder": seat["person"],
        "person": person,
        "team": team,
        "cost_center": ground.directory.cost_center_of(person, team),
        **{name: seat[name] for name in KEPT},
        "last_used": last_used,
        "active_28": _is_active(licence, day, last_used, book.uses),
        "idle_30": _is_idle(licence, day, last_used, book.uses),
        "amortised": price,
        "priced_by": None if price is None else "seat",
        "currency": seat["currency"] or ground.currency,
        "is_latest": day == book.today,
    }


KEPT = ("seat_id", "tool", "vendor", "plan", "price", "interval", "renews_on", "ends_on", "source")


@lru_cache(maxsize=4096)
def daily(price: Decimal | None, interval: str | None, day: date) -> Decimal | None:
    """A day's share of a price a month or a year: the days of the month or year add up to it exactly."""
    if price is None or interval not in {"month", "year"}:
        return None
    first = day.replace(day=1) if interval == "month" else day.replace(month=1, day=1)
    after = add_months(first, 1 if interval == "month" else 12)
    return split(price, shares([1] * (after - first).days))[(day - first).days]


def _charge(rows: Sequence[Row], day: date, book: Book) -> None:
    """Seats without a price share alike what the bill asked for seats of their tool that day."""
    unpriced: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        if row["amortised"] is None:
            unpriced[row["tool"]].append(row)
    for tool, alike in unpriced.items():
        if (tool, day) in book.charged:
            amount, currency = book.charged[tool, day]
            for row, part in zip(alike, split(amount, shares([1] * len(alike))), strict=True):
                row |= {"amortised": part, "currency": currency, "priced_by": "charges"}


def _is_within(last_used: date | None, day: date, length: int) -> bool:
    return last_used is not None and last_used > day - timedelta(days=length)


def _is_known(licence: Licence, day: date, uses: Uses, length: int) -> bool:
    """Whether somebody would have told of use in those days: reports reach back that far, or the vendor tells the last use
    and that was before.
    """
    since = uses.since.get(licence.row["tool"])
    covered = since is not None and since <= day - timedelta(days=length - 1)
    return covered or (licence.is_told and (licence.used is None or licence.used <= day))


def _is_active(licence: Licence, day: date, last_used: date | None, uses: Uses) -> bool | None:
    if _is_within(last_used, day, ACTIVE_DAYS):
        return True
    return False if _is_known(licence, day, uses, ACTIVE_DAYS) else None


def _is_idle(licence: Licence, day: date, last_used: date | None, uses: Uses) -> bool | None:
    is_new = licence.begun is not None and day - licence.begun < timedelta(days=IDLE_DAYS - 1)
    if is_new or licence.row["price"] == 0 or _is_within(last_used, day, IDLE_DAYS):
        return False
    return True if _is_known(licence, day, uses, IDLE_DAYS) else None


def _duplicates(rows: Sequence[Row], day: date, book: Book) -> None:
    """Mark a person's further seats for a purpose: the tool used on most of the last 28 days serves it, of two alike the
    cheaper one.
    """
    tools = book.ground.directory.tools
    groups: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for row in rows:
        purpose = tools[row["tool"]].purpose if row["tool"] in tools else None
        if row["holder"] and purpose:
            groups[row["person"] or row["holder"], purpose].append(row)
    for alike in groups.values():
        if len(alike) > 1:
            first = min(alike, key=lambda row: _rank(row, day, book))
            for row in alike:
                if row is not first:
                    row["duplicate_of"] = first["tool"]


def _rank(row: Row, day: date, book: Book) -> tuple[Any, ...]:
    since = day - timedelta(days=ACTIVE_DAYS - 1)
    names = {row["person"], who(None, row["holder"])}
    days = {one for name in names for one in book.uses.days.get((row["tool"], name or ""), ())}
    used = sum(since <= one <= day for one in days)
    return -used, row["amortised"] is None, row["amortised"], row["tool"]
