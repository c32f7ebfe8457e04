"""Seats with a price as charges: one for each billing interval that has begun, asked for on its first day and spread over it.

They stand lowest ("entered"): a bill for the same tool and time takes their place. A seat of which nobody knows since when
it is held gives no charge.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from payback.ledger.batches import digest, row_of, table_of
from payback.ledger.entries import Charge
from payback.ledger.owing import owed
from payback.ledger.tables_money import CHARGES
from payback.org.who import ALWAYS
from payback.period import day_of, midnight, months_on
from payback.warehouse.contract import Delete, Upsert

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import datetime
    from zoneinfo import ZoneInfo

    from payback.warehouse.contract import Change, Warehouse

SOURCE = "seats"
MONTHS = {"month": 1, "year": 12}


def charges(seat: Mapping[str, Any], zone: ZoneInfo, now: datetime) -> Iterator[Charge]:
    """The charges of one row of `seats`: none without a price, an interval and a date since when."""
    if seat["price"] is None or seat["interval"] not in MONTHS or seat["valid_from"] <= ALWAYS:
        return
    end = min(seat["valid_until"] or now, now)
    start, number = seat["valid_from"], 0
    first = day_of(start, zone)
    while start < end:
        number += 1
        after = midnight(months_on(first, number * MONTHS[seat["interval"]]), zone)
        yield Charge(
            charge_id=digest("seat", seat["seat_id"], start),
            vendor=seat["vendor"] or seat["tool"],
            charge_period_start=start,
            charge_period_end=after,
            source=SOURCE,
            precedence="entered",
            currency=seat["currency"] or "USD",
            charge_category="Purchase",
            sku=seat["plan"],
            tool=seat["tool"],
            billed_cost=seat["price"],
            effective_cost=seat["price"],
            quantity=1.0,
            unit="Seats",
            actor=seat["person"],
        )
        start = after


def charges_of_all(seats: Iterable[Mapping[str, Any]], zone: ZoneInfo, now: datetime) -> Iterator[Charge]:
    """The charges of all seats. A person whose seat of a tool several sources tell of, such as two organizations of one
    enterprise, is charged once at a time: by the seat held longest.
    """
    taken: dict[tuple[str, str], list[tuple[datetime, datetime, str]]] = defaultdict(list)
    for seat in sorted(seats, key=lambda one: (one["valid_from"], one["seat_id"])):
        known = taken[seat["tool"], seat["person"]] if seat["person"] else []
        for one in charges(seat, zone, now):
            start, after = one.charge_period_start, one.charge_period_end
            if any(since <= start < until and seat["source"] != source for since, until, source in known):
                continue
            known.append((start, after, seat["source"]))
            yield one


def bring_up_to_date(warehouse: Warehouse, zone: ZoneInfo, now: datetime) -> bool:
    """Charges of all seats as they are now; False when they were so already."""
    seats = warehouse.read(warehouse.table("seats").filter(lambda seat: seat["price"].notnull())).to_pylist()
    wanted = {one.charge_id: one for one in charges_of_all(seats, zone, now)}
    table = warehouse.table(CHARGES.name)
    stored = warehouse.read(table.filter(table["source"] == SOURCE)).to_pylist()
    if _told(stored) == _told([row_of(one) for one in wanted.values()]):
        return False
    rows = table_of(CHARGES, (row_of(one) for one in wanted.values()), None, now)
    ends = [end for row in (*stored, *rows.to_pylist()) for end in _ends(row)]
    gone = sorted({row["charge_id"] for row in stored} - wanted.keys())
    changes: list[Change] = [Delete(CHARGES.name, "charge_id", gone)] if gone else []
    warehouse.apply([*changes, Upsert(CHARGES.name, rows), owed(ends)])
    return True


def _ends(row: Mapping[str, Any]) -> tuple[datetime, datetime]:
    return row["charge_period_start"], row["charge_period_end"] - timedelta(microseconds=1)


def _told(rows: list[dict[str, Any]]) -> dict[str, tuple[Any, ...]]:
    names = [name for name in CHARGES.names if name not in {"synced_at", "tags", "details"}]
    return {row["charge_id"]: tuple(row[name] for name in names) for row in rows}
