"""The ledger beside the bills: for each vendor and month what was billed and by whose word, what the known use comes to, what
lower sources said of the same money, and what nobody can explain. And what has no team, ranked by money.
"""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import ibis

from payback.access.facts import open as opened
from payback.ledger.covering import first_day
from payback.ledger.reconcile import PRECEDENCE, rank, reconcile
from payback.period import month_start

if TYPE_CHECKING:
    from collections.abc import Iterable

    import ibis.expr.types as ir

    from payback.access.scope import Scope
    from payback.app.application import App
    from payback.ledger.reconcile import Reconciled
    from payback.period import Period

    Row = dict[str, Any]

ASKED = ("vendor", "account", "project", "api_key", "person", "tool", "source", "reconciled")
AMOUNTS = (
    "billed", "amortised", "explained", "unexplained", "fixed", "invoiced", "not_invoiced", "covered_by_seats",
)  # fmt: skip
RULE_BY = ("api_key", "project", "account", "person", "tool", "vendor")


def reconciliation(app: App, period: Period, scope: Scope) -> list[Row]:
    """One row per vendor, month and currency, latest first:

    billed, source (whose word counts), set_aside (amount by lower source), metered (list money of known use), invoiced and
    not_invoiced (its parts that a bill covers and does not), covered_by_seats, explained, unexplained and fixed (parts of
    billed), difference (billed for use less the known use it covers), gap (unexplained share of what was billed for use).
    """
    spent = _spent(app, period, scope)
    words = _words(app, period, scope)
    found = [_row(key, spent.get(key, {}), words.get(key, {})) for key in {*spent, *words}]
    some = (
        row for row in found if row["unpriced_tokens"] or any(row[name] for name in (*AMOUNTS, "set_aside"))
    )
    return sorted(some, key=lambda row: (-row["month"].toordinal(), row["vendor"], row["currency"]))


def _spent(app: App, period: Period, scope: Scope) -> dict[tuple[Any, ...], Row]:
    rows = within(opened(app.ground, "spend", scope), period)
    month = rows["day"].truncate("M")

    def of(column: str, *states: str) -> ir.DecimalScalar:
        return rows[column].sum(where=rows["reconciled"].isin(states))

    sums = rows.group_by(vendor=rows["vendor"], month=month, currency=rows["currency"]).aggregate(
        billed=rows["billed"].sum(),
        amortised=rows["amortised"].sum(),
        explained=of("billed", "explained"),
        unexplained=of("billed", "unexplained"),
        fixed=of("billed", "fixed"),
        invoiced=of("list", "invoiced"),
        not_invoiced=of("list", "not_invoiced"),
        covered_by_seats=of("list", "seat"),
        unpriced_tokens=rows["unpriced_tokens"].sum(),
    )
    return {
        (row["vendor"], row["month"], row["currency"]): row for row in app.warehouse.read(sums).to_pylist()
    }


def _words(app: App, period: Period, scope: Scope) -> dict[tuple[Any, ...], Row]:
    """By vendor, month and currency: whose word counts, and what the others said."""
    zone = app.settings.zone
    known = told(app, period, scope)
    found: dict[tuple[Any, ...], Row] = defaultdict(
        lambda: {"sources": set(), "set_aside": defaultdict(Decimal)}
    )
    for charge in known.counted:
        found[_key(charge, zone)]["sources"].add(PRECEDENCE[rank(charge)])
    for charge in known.set_aside:
        found[_key(charge, zone)]["set_aside"][PRECEDENCE[rank(charge)]] += charge["billed_cost"] or Decimal(
            0
        )
    return found


def told(app: App, period: Period, scope: Scope) -> Reconciled:
    """What was charged in a period: the lines that count, and those that a higher word sets aside."""
    since, until = period.instants(app.settings.zone)
    charges = opened(app.ground, "charges", scope)
    begins = charges["charge_period_start"]
    near = charges.filter(begins >= ibis.literal(since), begins < ibis.literal(until))
    return reconcile(app.warehouse.read(near).to_pylist(), app.settings.zone)


def _key(charge: Row, zone: Any) -> tuple[Any, ...]:
    return charge["vendor"], month_start(first_day(charge, zone)), charge["currency"]


def _row(key: tuple[Any, ...], spent: Row, words: Row) -> Row:
    amounts = {name: spent.get(name) for name in AMOUNTS}
    for_use = None
    if amounts["explained"] is not None or amounts["unexplained"] is not None:
        for_use = (amounts["explained"] or Decimal(0)) + (amounts["unexplained"] or Decimal(0))
    return {
        "vendor": key[0],
        "month": key[1],
        "currency": key[2],
        **amounts,
        "metered": _sum(amounts[name] for name in ("invoiced", "not_invoiced", "covered_by_seats")),
        "difference": None if for_use is None else for_use - (amounts["invoiced"] or Decimal(0)),
        "gap": float((amounts["unexplained"] or 0) / for_use) if for_use else None,
        "unpriced_tokens": spent.get("unpriced_tokens") or 0,
        "source": ", ".join(sorted(words.get("sources", ()), key=PRECEDENCE.index)) or None,
        "set_aside": dict(words.get("set_aside", {})),
    }


def _sum(amounts: Iterable[Decimal | None]) -> Decimal | None:
    known = [amount for amount in amounts if amount is not None]
    return sum(known, Decimal(0)) if known else None


def currencies(app: App, scope: Scope) -> list[str]:
    """The currencies that money was taken in with, by name."""
    rows = opened(app.ground, "spend", scope)
    told = app.warehouse.read(rows.select("currency").distinct().order_by("currency"))
    found: list[str] = told["currency"].to_pylist()
    return found


def unattributed(app: App, period: Period, scope: Scope) -> list[Row]:
    """Money and use without a team, dearest first: what it says of itself, its amounts, and the rule that would place it
    (`when`, for a form that asks only for the team). Persons are named only to who may see them.
    """
    rows = within(opened(app.ground, "spend", scope), period)
    rows = rows.filter(rows["team"].isnull())
    names = [name for name in ASKED if name != "person" or scope.may_see_people]
    sums = rows.group_by([*names, "currency"]).aggregate(
        billed=rows["billed"].sum(),
        amortised=rows["amortised"].sum(),
        list=rows["list"].sum(),
        requests=rows["requests"].sum(),
        first=rows["day"].min(),
        last=rows["day"].max(),
    )
    found: list[Row] = app.warehouse.read(sums).to_pylist()
    ranked = sorted(found, key=lambda row: (-_weight(row), *(str(row[name]) for name in names)))
    return [{**row, "when": _when(row)} for row in ranked]


def _weight(row: Row) -> Decimal:
    known = [row[name] for name in ("billed", "amortised", "list") if row[name] is not None]
    return max(known, default=Decimal(0))


def _when(row: Row) -> dict[str, str]:
    """The narrowest thing a rule could look at, with the vendor it is of."""
    name = next((name for name in RULE_BY if row.get(name)), None)
    if name is None:
        return {}
    vendor = {"vendor": row["vendor"]} if row["vendor"] and name not in {"vendor", "person"} else {}
    return {name: row[name], **vendor}


def within(rows: ir.Table, period: Period) -> ir.Table:
    """The rows of days in a period."""
    return rows.filter(rows["day"] >= ibis.literal(period.since), rows["day"] < ibis.literal(period.until))
