"""What a person may enter by hand: a charge, a contract, a seat, hours. Each is a kind of file of one row, so a form, a verb
and a file read the same words the same way.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from payback.ledger.batches import digest
from payback.period import day_of, midnight, months_on
from payback.sources.files.charges import CHARGES, charge
from payback.sources.files.fields import INSTANT, MONEY, REAL, TEXT, Field, FileRows, Kind, Line
from payback.sources.files.money import INTERVALS, SEATS
from payback.sources.files.work import EFFORT, row_of
from payback.sources.focus.vendors import vendor_id

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime
    from zoneinfo import ZoneInfo

SOURCE = "entered"
TAGGED = ("team", "workflow", "environment", "task_type", "cost_center", "owner")


class FieldError(ValueError):
    """What is wrong with one field of an entry, and which field it is."""

    def __init__(self, field: str, why: str) -> None:
        super().__init__(why)
        self.field = field


PLACE = tuple(Field(name, TEXT) for name in TAGGED)
ONCE = "once"


def put_charge(found: FileRows, values: Mapping[str, Any], line: Line) -> None:
    """Add a charge as it was entered: it counts until a bill says the same."""
    told = {name: value for name, value in values.items() if name not in TAGGED}
    told |= {"vendor": values["vendor"] and vendor_id(values["vendor"]), "precedence": SOURCE}
    tags = dict(values["tags"] or ()) | {name: values[name] for name in TAGGED if values[name]}
    row = charge({**told, "tags": sorted(tags.items()) or None}, line.identity, SOURCE, line.zone)
    found.charges.append(row)


def put_contract(found: FileRows, values: Mapping[str, Any], line: Line) -> None:
    """Add the charges of a contract: one for the whole term, or one for each billing interval of it."""
    start, end = values["charge_period_start"], values["charge_period_end"]
    if end <= start:
        raise FieldError("charge_period_end", "the contract ends before it begins")
    amount = values["billed_cost"]
    if amount is None:
        if values["price"] is None or values["seats"] is None:
            raise FieldError("billed_cost", "say amount=, or price= and seats=")
        amount = values["price"] * int(values["seats"])
    interval = (values["interval"] or ONCE).casefold()
    if interval not in {ONCE, *INTERVALS}:
        raise FieldError("interval", f"interval {interval!r} is none of once, month, year")
    stretches = [(start, end)] if interval == ONCE else _intervals(start, end, INTERVALS[interval], line.zone)
    known = {
        name: values[name] for name in ("vendor", "account", "sku", "tool", "currency", "invoice_id", *TAGGED)
    }
    for since, until in stretches:
        one = dict.fromkeys(field.name for field in CHARGE.fields) | known
        one |= {"charge_period_start": since, "charge_period_end": until, "billed_cost": amount}
        one |= {
            "charge_category": "Purchase",
            "quantity": values["seats"],
            "unit": values["seats"] and "Seats",
        }
        put_charge(found, one, Line(digest(line.identity, since), line.source, line.zone))


def _intervals(
    start: datetime, end: datetime, interval: str, zone: ZoneInfo
) -> Iterator[tuple[datetime, datetime]]:
    first, number = day_of(start, zone), 0
    since = start
    while since < end:
        number += 1
        until = midnight(months_on(first, number * (12 if interval == "year" else 1)), zone)
        yield since, min(until, end)
        since = until


def put_seat(found: FileRows, values: Mapping[str, Any], line: Line) -> None:
    """Add a seat, held from its day on."""
    if values["valid_from"] is None:
        raise FieldError("valid_from", "say from=, the day since when the seat is paid for")
    SEATS.put(found, values, line)
    row = found.tables["seats"][-1]
    row["seat_id"] = digest("seat", SOURCE, row["tool"], row["person"], row["valid_from"])
    row["source"] = SOURCE


def put_hours(found: FileRows, values: Mapping[str, Any], line: Line) -> None:
    """Add hours of work, as said and not measured."""
    row = row_of("effort", {**values, "measured": False}, line, "effort_id")
    found.add("effort", {**row, "source": SOURCE})


CHARGE = Kind("charge", "A charge", (*CHARGES.fields, *PLACE), put_charge)
CONTRACT = Kind(
    "contract",
    "A contract: a term, an amount, who it is for",
    (
        Field("vendor", TEXT, ("provider", "supplier"), required=True),
        Field("tool", TEXT, ("product",)),
        Field("account", TEXT, ()),
        Field("sku", TEXT, ("description", "plan")),
        Field("charge_period_start", INSTANT, ("from", "start", "since"), required=True),
        Field("charge_period_end", INSTANT, ("until", "to", "end"), required=True),
        Field("billed_cost", MONEY, ("amount", "cost", "total")),
        Field("price", MONEY, ("unitprice",)),
        Field("seats", REAL, ("quantity", "licences", "licenses")),
        Field("interval", TEXT, ("billed", "per")),
        Field("currency", TEXT, ()),
        Field("invoice_id", TEXT, ("number", "contract")),
        *PLACE,
    ),
    put_contract,
)
SEAT = Kind("seat", "A seat", SEATS.fields, put_seat)
HOURS = Kind("hours", "Hours of work", EFFORT.fields, put_hours)
FORMS: Mapping[str, Kind] = {kind.name: kind for kind in (CHARGE, CONTRACT, SEAT, HOURS)}
