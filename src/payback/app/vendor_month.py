"""One vendor in one calendar month: what each source said, whose word counts, and what the money went for."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import ibis

from payback.access.facts import open as opened
from payback.app.reconciling import reconciliation, told, within
from payback.errors import UnknownNameError
from payback.ledger.covering import first_day
from payback.ledger.reconcile import PRECEDENCE, rank
from payback.period import Period, add_months, month_start

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    from payback.access.scope import Scope
    from payback.app.application import App

    Row = dict[str, Any]


def vendor_month(app: App, vendor: str, month: date, scope: Scope) -> Row:
    """`rows` of the reconciliation (one per currency), `charges` by source and whether they count, `use` by tool, model and
    how it stands against the bill. UnknownNameError where the vendor has nothing in that month.
    """
    period = Period(month_start(month), add_months(month, 1))
    everything = reconciliation(app, period, scope)
    rows = [row for row in everything if row["vendor"] == vendor]
    if not rows:
        known = {str(row["vendor"]) for row in everything}
        raise UnknownNameError(f"vendor with money in {month:%Y-%m}", vendor, known)
    return {
        "vendor": vendor,
        "month": period.since,
        "rows": rows,
        "charges": _charges(app, vendor, period, scope),
        "use": _use(app, vendor, period, scope),
    }


def _charges(app: App, vendor: str, period: Period, scope: Scope) -> list[Row]:
    """Lines of bills that begin in the month, by who says so, the highest word first."""
    zone = app.settings.zone
    known = told(app, period, scope)
    found: dict[tuple[Any, ...], Row] = defaultdict(lambda: {"lines": 0, "billed": None})
    for counts, charges in ((True, known.counted), (False, known.set_aside)):
        for charge in charges:
            if charge["vendor"] == vendor and period.since <= first_day(charge, zone) < period.until:
                key = (rank(charge), charge["source"], charge["charge_category"], charge["currency"], counts)
                _add(found[key], charge)
    return [
        {
            "word": PRECEDENCE[place],
            "source": source,
            "category": category,
            "currency": currency,
            "counts": counts,
        }
        | row
        for (place, source, category, currency, counts), row in sorted(
            found.items(), key=lambda one: str(one[0])
        )
    ]


def _add(row: Row, charge: Row) -> None:
    row["lines"] += 1
    if charge["billed_cost"] is not None:
        row["billed"] = (row["billed"] or Decimal(0)) + charge["billed_cost"]


def _use(app: App, vendor: str, period: Period, scope: Scope) -> list[Row]:
    """Money by tool, model and standing, dearest first."""
    rows = within(opened(app.ground, "spend", scope), period)
    rows = rows.filter(rows["vendor"] == ibis.literal(vendor))
    sums = {name: rows[name].sum() for name in ("billed", "list", "unpriced_tokens", "requests")}
    found: list[Row] = app.warehouse.read(
        rows.group_by("reconciled", "tool", "model", "currency").aggregate(**sums)
    ).to_pylist()
    return sorted(found, key=_dearest)


def _dearest(row: Row) -> tuple[Any, ...]:
    amounts: Iterable[Decimal] = (row[name] for name in ("billed", "list") if row[name] is not None)
    names = (row["reconciled"], row["tool"], row["model"], row["currency"])
    return (-max(amounts, default=Decimal(0)), *(name or "" for name in names))
