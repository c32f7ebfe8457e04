"""Which charge speaks for a vendor, account and month when several sources tell of the same money. Rule 4 of the ledger.

Only the source that stands highest counts as money; the others are set aside, shown, and may split the higher total.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from payback.period import day_of, month_start

if TYPE_CHECKING:
    from collections.abc import Iterable
    from zoneinfo import ZoneInfo

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


@dataclass(frozen=True, slots=True)
class Reconciled:
    """The charges that count, and those set aside because a higher source tells of the same money."""

    counted: tuple[dict[str, Any], ...]
    set_aside: tuple[dict[str, Any], ...]


def rank(charge: dict[str, Any]) -> int:
    """How high its source stands; 0 is highest. A source that does not say counts as a bill."""
    told = charge.get("precedence")
    return PRECEDENCE.index(told) if told in PRECEDENCE else PRECEDENCE.index("billing_api")


def reconcile(charges: Iterable[dict[str, Any]], zone: ZoneInfo) -> Reconciled:
    """One authoritative source of money for each (vendor, account, month of the charge)."""
    held = list(charges)
    best: dict[tuple[Any, ...], int] = {}
    for charge in held:
        key = _place(charge, zone)
        best[key] = min(best.get(key, len(PRECEDENCE)), rank(charge))
    counted = tuple(charge for charge in held if rank(charge) == best[_place(charge, zone)])
    aside = tuple(charge for charge in held if rank(charge) != best[_place(charge, zone)])
    return Reconciled(counted, aside)


def _place(charge: dict[str, Any], zone: ZoneInfo) -> tuple[Any, ...]:
    return charge["vendor"], charge["account"], month_start(day_of(charge["charge_period_start"], zone))
