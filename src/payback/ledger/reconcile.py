"""Which charges count as money when several sources tell of the same. Rule 4 of the ledger.

For each vendor, account and stretch of time the source that stands highest speaks; the others are set aside, shown, and
split the higher total. Seats and commitments (Purchase) are reconciled apart from metered use, tool by tool. An account
or tool that a line does not name may be any.

A charge of a higher source covers the calendar month in which it begins, and the rest of its own period: so a bill dated
the last of the month speaks for the month, and one for the fifteenth to the fourteenth for both of its halves.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from payback.ledger.covering import DAY, days, first_day
from payback.period import add_months, month_start

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date
    from zoneinfo import ZoneInfo

    Row = dict[str, Any]

PRECEDENCE = (
    "invoice",
    "billing_api",
    "cloud_export",
    "usage_api",
    "gateway",
    "telemetry",
    "local_log",
    "entered",
)
PURCHASE = "Purchase"


@dataclass(frozen=True, slots=True)
class Reconciled:
    """The charges that count, and those set aside because a higher source tells of the same money."""

    counted: tuple[dict[str, Any], ...]
    set_aside: tuple[dict[str, Any], ...]


@dataclass(frozen=True, slots=True)
class _Said:
    """A source's word on a stretch: how high it stands, and for which account and tool (None is any)."""

    rank: int
    account: str | None
    tool: str | None
    since: date
    until: date

    def covers(self, charge: Row, day: date, tool: str | None) -> bool:
        return (
            self.since <= day < self.until
            and (self.account is None or charge["account"] in {None, self.account})
            and (self.tool is None or tool in {None, self.tool})
        )


def rank(charge: Row) -> int:
    """How high its source stands; 0 is highest. A source that does not say counts as a bill."""
    told = charge.get("precedence")
    return PRECEDENCE.index(told) if told in PRECEDENCE else PRECEDENCE.index("billing_api")


def reconcile(charges: Iterable[Row], zone: ZoneInfo) -> Reconciled:
    """One authoritative source of money for each vendor, account and stretch of time."""
    held = list(charges)
    said = _all_said(held, zone)
    counted: list[Row] = []
    aside: list[Row] = []
    for charge in held:
        words = said[family(charge)]
        (counted if _above(charge, words, zone) is None else aside).append(charge)
    return Reconciled(tuple(counted), tuple(aside))


def replaced(charges: Iterable[Row], by: Iterable[Row], zone: ZoneInfo) -> dict[str, str]:
    """Those of the charges in whose place a higher word among `by` stands: that word, by charge_id."""
    said = _all_said(by, zone)
    found = ((one["charge_id"], _above(one, said[family(one)], zone)) for one in charges)
    return {charge_id: PRECEDENCE[place] for charge_id, place in found if place is not None}


def family(charge: Row) -> tuple[str, bool]:
    """What is reconciled with what: a vendor's purchases with its purchases, all else with all else."""
    return charge["vendor"], charge["charge_category"] == PURCHASE


def _tool(charge: Row) -> str | None:
    tool: str | None = charge["tool"] if charge["charge_category"] == PURCHASE else None
    return tool


def _word(charge: Row, zone: ZoneInfo) -> _Said:
    covered = days(charge, zone)
    month = month_start(covered[0])
    until = max(add_months(month, 1), covered[-1] + DAY)
    return _Said(rank(charge), charge["account"], _tool(charge), month, until)


def _all_said(charges: Iterable[Row], zone: ZoneInfo) -> dict[tuple[str, bool], set[_Said]]:
    said: dict[tuple[str, bool], set[_Said]] = defaultdict(set)
    for charge in charges:
        said[family(charge)].add(_word(charge, zone))
    return said


def _above(charge: Row, words: set[_Said], zone: ZoneInfo) -> int | None:
    """How high the highest other source stands that speaks of the day on which the charge begins; None where none does."""
    own, day, tool = rank(charge), first_day(charge, zone), _tool(charge)
    above = (word.rank for word in words if word.rank < own and word.covers(charge, day, tool))
    return min(above, default=None)
