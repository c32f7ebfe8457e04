"""Which days of use, seats and habits are older than their facts, and those days made anew.

What is owed is found by comparing: activity by day with what was last taken in, seats with the days that stand for them.
So whoever writes facts (a vendor, a file, a correction) need not say so.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import ibis

from payback.ledger.batches import table_of
from payback.ledger.owing import LEDGER
from payback.ledger.seat_days import IDLE_DAYS, Book, Uses, licences, seat_days, speaking
from payback.ledger.tables_adoption import SEAT_DAYS
from payback.ledger.use_days import use_days
from payback.ledger.weeks import user_weeks
from payback.period import Period
from payback.warehouse.contract import Cursor, Replace

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime
    from decimal import Decimal

    import ibis.expr.types as ir

    from payback.ledger.seat_days import Held, Licence
    from payback.ledger.use_days import Ground
    from payback.warehouse.contract import Change, Warehouse

TAKEN = "activity_taken"
PEOPLE = "adoption_by"
DAY = timedelta(days=1)
PIECE = timedelta(days=62)


@dataclass(frozen=True, slots=True)
class Moment:
    """When adoption is derived: the instant, the organisation's day, and the text that stands for the organisation."""

    now: datetime
    today: date
    organisation: str


def brought_up_to_date(
    warehouse: Warehouse, asked: Period | None, ground: Ground, moment: Moment
) -> Iterator[list[Change]]:
    """The changes, in portions, that bring days of use, habits and seats up to date. `asked` are days on which requests
    changed. The last portion notes what was taken in; nothing comes where nothing changed.
    """
    taken = _taken(warehouse)
    is_moved = warehouse.cursors(LEDGER).get(PEOPLE) != moment.organisation
    owed = _owed_use(warehouse, asked, taken, is_moved=is_moved)
    if owed:
        for days in pieces(owed):
            yield [use_days(warehouse, days, ground, moment.now)]
        yield [user_weeks(warehouse, owed, moment.now)]
    yield from _seats(warehouse, date.min if is_moved else owed.since if owed else None, ground, moment)
    if owed or is_moved:
        note = json.dumps(taken, sort_keys=True)
        yield [Cursor(LEDGER, TAKEN, note), Cursor(LEDGER, PEOPLE, moment.organisation)]


def pieces(days: Period) -> Iterator[Period]:
    """The days in stretches that one transaction holds easily."""
    first = days.since
    while first < days.until:
        after = min(first + PIECE, days.until)
        yield Period(first, after)
        first = after


def _taken(warehouse: Warehouse) -> dict[str, list[Any]]:
    """Activity as it is stored: rows and last change of each day."""
    activity = warehouse.table("activity")
    found = activity.group_by("day").aggregate(n=activity.count(), last=activity["synced_at"].max())
    return {
        row["day"].isoformat(): [row["n"], row["last"].isoformat()]
        for row in warehouse.read(found).to_pylist()
    }


def _owed_use(
    warehouse: Warehouse, asked: Period | None, taken: Mapping[str, list[Any]], *, is_moved: bool
) -> Period | None:
    """The span of days whose use is older than its facts."""
    before = json.loads(warehouse.cursors(LEDGER).get(TAKEN) or "{}")
    days = [date.fromisoformat(day) for day in {*before, *taken} if before.get(day) != taken.get(day)]
    if is_moved or _is_empty(warehouse, "use_days") or _is_empty(warehouse, "user_weeks"):
        days += [date.fromisoformat(day) for day in taken]
        days += _ends(warehouse, "use_days")
    days += [asked.since, asked.until - DAY] if asked else []
    return Period(min(days), max(days) + DAY) if days else None


def _is_empty(warehouse: Warehouse, table: str) -> bool:
    return not len(warehouse.read(warehouse.table(table).limit(1)))


def _ends(warehouse: Warehouse, table: str) -> list[date]:
    rows = warehouse.table(table)
    told = warehouse.read(rows.aggregate(first=rows["day"].min(), last=rows["day"].max())).to_pylist()[0]
    return [day for day in told.values() if day is not None]


def _seats(warehouse: Warehouse, used: date | None, ground: Ground, moment: Moment) -> Iterator[list[Change]]:
    """The days of seats from the first that is owed on. `used` is the first day whose use changed."""
    seats = warehouse.read(warehouse.table("seats")).to_pylist()
    if not seats and _is_empty(warehouse, "seat_days"):
        return
    stored = _stored(warehouse)
    held = licences(
        seats, _told(warehouse), ground, {key: row["first"] for key, row in stored.items()}, moment.today
    )
    since = min([*_seat_days_owed(held, stored, moment.today), *([used] if used else [])], default=None)
    if since is None:
        return
    first = min((one.first for one in held), default=since)
    days = Period(min(max(since, first), moment.today), moment.today + DAY)
    if since < days.since:  # days on which no seat stands any more
        yield [Replace(SEAT_DAYS.name, SEAT_DAYS.schema.empty_table(), since=since, until=days.since)]
    for part in pieces(days):
        book = Book(held, _uses(warehouse, part), _charged(warehouse, part), ground, moment.today)
        rows = table_of(SEAT_DAYS, seat_days(book, part), None, moment.now)
        yield [Replace(SEAT_DAYS.name, rows, since=part.since, until=part.until)]


def _stored(warehouse: Warehouse) -> dict[Held, dict[str, Any]]:
    """The days that stand for each holder's seat of a tool: first, last, how many, and what the last one says."""
    rows = warehouse.table("seat_days")
    rows = rows.mutate(account=_account(rows))
    found = rows.group_by("tool", "account").aggregate(
        first=rows["day"].min(),
        last=rows["day"].max(),
        n=rows["day"].nunique(),
        used=rows["last_used"].max(),
        price=rows["price"].argmax(rows["day"]),
        unpriced=rows["amortised"].isnull().any(),
        latest=rows["is_latest"].any(),
        ends_on=rows["ends_on"].argmax(rows["day"]),
    )
    return {(row["tool"], row["account"]): row for row in warehouse.read(found).to_pylist()}


def _account(rows: ir.Table) -> ir.Value:
    """As licences call their accounts, in the engine."""
    address = ibis.ifelse(rows["holder"].contains("@"), rows["holder"].lower(), rows["holder"])
    return ibis.coalesce(address, ibis.literal("seat ") + rows["seat_id"])


def _seat_days_owed(
    held: Sequence[Licence], stored: Mapping[Held, dict[str, Any]], today: date
) -> Iterator[date]:
    """Days from which on stored days differ from the seats: one that came, went, was used, cancelled or priced anew; and
    today, where it has not been derived.
    """
    standing: dict[Held, list[Licence]] = {}
    for one in held:
        if one.first <= today and (one.last is None or one.first <= one.last):
            standing.setdefault(one.held, []).append(one)
    yield from (row["first"] for key, row in stored.items() if key not in standing)
    yield from (row["last"] for row in stored.values() if row["latest"] and row["last"] < today)
    for key, alike in standing.items():
        if key not in stored:
            yield min(one.first for one in alike)
        else:
            yield from _differs(alike, stored[key], today)


def _differs(alike: Sequence[Licence], row: Mapping[str, Any], today: date) -> Iterator[date]:
    spans = [(one.first, min(one.last or today, today)) for one in alike]
    first, last = min(begin for begin, _ in spans), max(end for _, end in spans)
    if first != row["first"]:
        yield min(first, row["first"])
    if last != row["last"]:
        yield min(last, row["last"])  # the day that was latest is no longer
    elif _count(spans) != row["n"]:
        yield first
    latest = speaking([one for one in alike if one.stands(last)])
    used = max((one.used for one in alike if one.used), default=None)
    if used and used <= today and (row["used"] is None or used > row["used"]):
        yield used
    if row["price"] is None and latest.row["price"] is not None and row["unpriced"]:
        yield first
    elif (row["price"], row["ends_on"]) != (latest.row["price"], latest.row["ends_on"]):
        yield last


def _count(spans: Sequence[tuple[date, date]]) -> int:
    """The days that spans cover together, both ends included."""
    days, covered = 0, date.min
    for begin, end in sorted(spans):
        days += max(0, (end - max(begin, covered + DAY)).days + 1)
        covered = max(covered, end)
    return days


def _told(warehouse: Warehouse) -> Uses:
    """The first day told of each holder and tool."""
    rows = warehouse.table("use_days")
    found = warehouse.read(rows.group_by("tool", "who").aggregate(first=rows["day"].min())).to_pylist()
    return Uses(first={(row["tool"], row["who"]): row["first"] for row in found})


def _uses(warehouse: Warehouse, days: Period) -> Uses:
    """Use in the days and the 30 before them, and the last use before that."""
    begin = days.since - timedelta(days=IDLE_DAYS)
    rows = warehouse.table("use_days")
    used = rows.filter(rows["active"])
    near = used.filter(used["day"] >= ibis.literal(begin), used["day"] < ibis.literal(days.until))
    by_day: dict[Held, list[date]] = {}
    for row in warehouse.read(near.select("tool", "who", "day").distinct()).to_pylist():
        by_day.setdefault((row["tool"], row["who"]), []).append(row["day"])
    far = used.filter(used["day"] < ibis.literal(begin))
    last = warehouse.read(far.group_by("tool", "who").aggregate(last=far["day"].max())).to_pylist()
    return Uses(
        days=by_day,
        before={(row["tool"], row["who"]): row["last"] for row in last},
        since=_told_since(warehouse),
    )


def _told_since(warehouse: Warehouse) -> dict[str, date]:
    """The first day of each tool that a vendor reported on: whoever used it then is known."""
    activity, usage = warehouse.table("activity"), warehouse.table("usage_hourly")
    usage = usage.filter(usage["precedence"] == "usage_api", usage["tool"].notnull())
    reports = (
        activity.group_by("tool").aggregate(since=activity["day"].min()),
        usage.group_by("tool").aggregate(since=usage["hour"].min().cast("date")),
    )
    found: dict[str, date] = {}
    for row in (row for report in reports for row in warehouse.read(report).to_pylist()):
        found[row["tool"]] = min(row["since"], found.get(row["tool"], row["since"]))
    return found


def _charged(warehouse: Warehouse, days: Period) -> dict[tuple[str, date], tuple[Decimal, str]]:
    """What the bill asks for seats, by tool and day: amortised money of purchases. Two currencies of one day tell nothing."""
    spend, charges = warehouse.table("spend"), warehouse.table("charges")
    bought = charges.filter(charges["charge_category"] == "Purchase", charges["tool"].notnull()).select(
        "charge_id", seats_of="tool"
    )
    rows = spend.filter(spend["day"] >= ibis.literal(days.since), spend["day"] < ibis.literal(days.until))
    rows = rows.filter(rows["amortised"].notnull()).inner_join(bought, "charge_id")
    found = rows.group_by("seats_of", "day", "currency").aggregate(amount=rows["amortised"].sum())
    told: dict[tuple[str, date], list[tuple[Decimal, str]]] = {}
    for row in warehouse.read(found).to_pylist():
        told.setdefault((row["seats_of"], row["day"]), []).append((row["amount"], row["currency"]))
    return {key: amounts[0] for key, amounts in told.items() if len(amounts) == 1}
