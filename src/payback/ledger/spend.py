"""`spend` rebuilt for the days that changed: use at list price, counted once, and the charges that cover those days."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import ibis

from payback.ledger.allocation import allocated
from payback.ledger.attribute import Ground, Share, attributed
from payback.ledger.covering import days as days_of
from payback.ledger.listed import use_of
from payback.ledger.reconcile import reconcile
from payback.ledger.shares import SHARED, reported, share_rows
from payback.ledger.tables_money import SPEND
from payback.period import Period, add_months, midnight, month_start
from payback.warehouse.contract import Change, Delete, Replace, Upsert

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime
    from zoneinfo import ZoneInfo

    import pyarrow as pa

    from payback.warehouse.contract import Warehouse

__all__ = ["SHARED", "Ground", "computed", "rebuilt"]
DAY = timedelta(days=1)
Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Computed:
    """Rows of `spend`: those of use within the days asked for, and those of every charge that touches them."""

    use: pa.Table
    charged: pa.Table
    charges: tuple[str, ...]


def rebuilt(warehouse: Warehouse, days: Period, ground: Ground, now: datetime) -> list[Change]:
    """The changes that bring `spend` up to date for those days, and for every charge that touches them."""
    found = computed(warehouse, days, ground, now)
    changes: list[Change] = [
        Replace(SPEND.name, found.use, equals={"charge_id": None}, since=days.since, until=days.until)
    ]
    gone = _gone(warehouse)
    if found.charges or gone:
        changes.append(Delete(SPEND.name, "charge_id", [*found.charges, *gone]))
    if len(found.charged):
        changes.append(Upsert(SPEND.name, found.charged))
    return changes


def _gone(warehouse: Warehouse) -> list[str]:
    """The charges that `spend` has parts of and that are no more: restated away, taken back, replaced by others."""
    spent = warehouse.table(SPEND.name)
    known = spent.filter(spent["charge_id"].notnull()).select("charge_id").distinct()
    lost = known.anti_join(warehouse.table("charges"), "charge_id")
    found: list[str] = warehouse.read(lost.order_by("charge_id"))["charge_id"].to_pylist()
    return found


def computed(warehouse: Warehouse, days: Period, ground: Ground, now: datetime) -> Computed:
    """What `spend` is for those days by the organisation and rules of `ground`; nothing is written."""
    charges = _charges(warehouse, days, ground.zone)
    metered = [charge for charge in charges if charge["charge_category"] == "Usage"]
    use = use_of(warehouse, _covering(days, metered, ground.zone), _by_the_hour(metered), ground)
    shares = attributed(reconcile(charges, ground.zone), use.candidates(metered), ground)
    inside = use.spend_rows(days, _invoiced(shares), now)
    charged = share_rows(shares, use, now)
    placed, paid = (reported(allocated(part, ground), ground) for part in (inside, charged))
    return Computed(placed, paid, tuple(charge["charge_id"] for charge in charges))


def _invoiced(shares: Iterable[Share]) -> set[int]:
    """The rows of use that a bill paid for."""
    return {share.row for share in shares if share.row >= 0}


def _by_the_hour(charges: Iterable[Row]) -> set[str]:
    """The vendors whose bills speak of parts of days."""
    return {
        charge["vendor"]
        for charge in charges
        if charge["charge_period_end"] - charge["charge_period_start"] < DAY
    }


def _charges(warehouse: Warehouse, days: Period, zone: ZoneInfo) -> list[Row]:
    """All charges of the months in which a charge begins that touches the days: one month is reconciled as a whole."""
    since, until = days.instants(zone)
    charges = warehouse.table("charges")
    begins = charges["charge_period_start"]
    touching = charges.filter(
        begins < ibis.literal(until + DAY), charges["charge_period_end"] > ibis.literal(since - DAY)
    )
    told = warehouse.read(touching.aggregate(first=begins.min())).to_pylist()[0]["first"]
    first = month_start(min(told or since, since).astimezone(zone).date())
    after = add_months(days.until - timedelta(days=1), 1)
    rows = charges.filter(
        begins >= ibis.literal(midnight(first, zone) - DAY),
        begins < ibis.literal(midnight(after, zone) + DAY),
    )
    found: list[Row] = warehouse.read(rows.order_by("charge_id")).to_pylist()
    return found


def _covering(days: Period, charges: Iterable[Row], zone: ZoneInfo) -> Period:
    """The days, widened to hold every metered charge that touches them, and a day on either side for UTC's sake."""
    covered = [day for charge in charges for day in (days_of(charge, zone)[0], days_of(charge, zone)[-1])]
    first, last = min([days.since, *covered]), max([days.until - DAY, *covered])
    return Period(first - DAY, last + 2 * DAY)
