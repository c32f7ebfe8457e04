"""Reconciliation: each vendor's bill of a month beside the use that is known, and by whose word."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from payback.period import Grain
from payback.web import words
from payback.web.blocks import Column, Empty, Link, Table
from payback.web.emptiness import nothing_in_range, nothing_yet
from payback.web.page import Page
from payback.web.palette import hues
from payback.web.series import cut_of, over_time
from payback.web.standing import explained, month_said, months_said, set_aside_said, whole_months, word_said

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from payback.period import Period
    from payback.web.asking import Ask
    from payback.web.blocks import Chart

    Row = Mapping[str, Any]

COLUMNS = (
    Column("name", "Vendor"),
    Column("when", "Month"),
    Column(
        "billed",
        "Billed",
        "money",
        help="Cash asked for in the month: use, seats, commitments, credits, taxes",
    ),
    Column("said_by", "By whose word"),
    Column("metered", "Metered", "money", help="Known use at list price, whoever pays for it"),
    Column(
        "difference", "Difference", "money", help="Billed for use, less the list price of the use it covers"
    ),
    Column("unexplained", "Unexplained", "money", help="Billed for use, and no known use explains it"),
    Column("gap", "Share", "share", help="Unexplained share of what was billed for use"),
    Column("not_invoiced", "Not invoiced", "money", help="Known use at list price that no bill covers yet"),
    Column("covered_by_seats", "Covered by seats", "money", help="Use at list price that a flat fee covers"),
    Column("aside", "Set aside", help="What lower sources said of the same money; never added"),
    Column("unpriced_tokens", "Unpriced tokens", "tokens"),
)
ONLY_WHERE_KNOWN = ("covered_by_seats", "aside", "unpriced_tokens")
BILLED = ("fixed", "explained", "unexplained")
CENT = Decimal("0.005")
NOTE = (
    "For each vendor, account and month one source speaks: invoice, billing API, cloud export, usage API, gateway, telemetry, "
    "local log, what was entered by hand. What the others say is set aside. A negative difference is a discount."
)


def view(ask: Ask, _path: Mapping[str, str]) -> dict[str, Any]:
    """The sentence, the course of the months, and one row per vendor, month and currency."""
    if ask.span is None:
        return {"empty": nothing_yet(ask)}
    months = whole_months(ask.filters.period)
    rows = ask.desk.bookkeeping.reconciliation(months, ask.scope)
    if not rows:
        return {"empty": nothing_in_range(ask, "bill and no known use")}
    ours = ask.desk.settings.currency
    currencies = sorted({row["currency"] for row in rows}, key=lambda code: (code != ours, code))
    said = months_said(months)
    return {
        "empty": None,
        "sentences": [explained(rows, currency, said) for currency in currencies],
        "apart": len(currencies) > 1,
        "chart": _chart(ask, months),
        "table": _table(ask, rows, said),
        "bill": _no_bill(rows),
    }


def _table(ask: Ask, rows: Sequence[Row], said: str) -> Table:
    """One row per vendor, month and currency, without the columns that no row fills."""
    shown = tuple(_row(ask, row, rows) for row in rows)
    columns = tuple(
        column
        for column in COLUMNS
        if column.key not in ONLY_WHERE_KNOWN or any(row[column.key] for row in shown)
    )
    return Table(f"Vendors by month, {said}", columns, shown, note=NOTE)


def _row(ask: Ask, row: Row, rows: Sequence[Row]) -> dict[str, Any]:
    vendors = sorted({str(one["vendor"]) for one in rows})
    return {
        **row,
        "name": words.title(row["vendor"]),
        "hue": hues(vendors)[str(row["vendor"])],
        "bar_hue": "quiet",
        "when": month_said(row["month"]),
        "said_by": word_said(row["source"]),
        "billed_unknown": "no bill",
        "difference": _cents(row["difference"]),
        "difference_exact": row["difference"],
        "aside": set_aside_said(row["set_aside"], row["currency"]),
        "metered_at_least": bool(row["unpriced_tokens"]) and row["metered"] is not None,
        "metered_unknown": "unpriced" if row["unpriced_tokens"] else "–",
        "href": ask.filters.kept(month_href(row)),
    }


def _cents(amount: Decimal | None) -> Decimal | None:
    """An amount, or nothing where it is less than half a cent: a bill knows no smaller."""
    return Decimal(0) if amount is not None and abs(amount) < CENT else amount


def month_href(row: Row) -> str:
    """The page of a vendor's month."""
    return f"/reconciliation/{quote(str(row['vendor']), safe='')}/{row['month']:%Y-%m}"


def _chart(ask: Ask, months: Period) -> Chart | None:
    """The billed money of the months by how it stands; None where nothing was billed in the page's currency."""
    filters = replace(ask.filters, basis="billed", grain=Grain.MONTH, period=months, where={})
    billed = replace(ask, filters=filters)
    query = billed.query("spend_billed", by=("reconciled",), grain=Grain.MONTH)
    course = ask.desk.answer(replace(query, where={"reconciled": BILLED}), ask.scope)
    if not course.totals["spend_billed"].n:
        return None
    return over_time(
        billed,
        cut_of(course, "spend_billed", "reconciled"),
        course,
        "Billed per month, and what it stands on",
    )


def _no_bill(rows: Sequence[Row]) -> Empty | None:
    """The way to a first bill, where no row has one."""
    if any(row["billed"] is not None for row in rows):
        return None
    return Empty(
        "No bill has been taken in",
        "A vendor's billing API, a FOCUS file or any invoice as CSV is held against the use that is known: "
        "payback import FILE --as charges.",
        (Link("See the sources", "/sources"),),
    )


PAGE = Page(
    "reconciliation",
    "/reconciliation",
    "Reconciliation",
    "Spend",
    "Does what we pay match what was used?",
    view,
    controls=("days",),
    dimensions=(),
)
