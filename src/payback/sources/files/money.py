"""Files of money besides bills: seats of contracts, lines of expense reports, exchange rates and what an hour costs."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from payback.ledger.batches import digest
from payback.sources.files.charges import charge
from payback.sources.files.fields import DAY, INSTANT, MONEY, REAL, TEXT, Field, FileRows, Kind, Line
from payback.sources.files.mapping import fold
from payback.sources.files.organisation import FROM, UNTIL
from payback.sources.files.work import TEAM, WHO
from payback.sources.focus.vendors import vendor_id

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

INTERVALS = {
    "month": "month", "monthly": "month", "months": "month", "m": "month",
    "year": "year", "yearly": "year", "annual": "year", "annually": "year", "years": "year", "y": "year",
}  # fmt: skip
FEWEST_CURRENCIES = 3


def put_seat(found: FileRows, values: Mapping[str, Any], _line: Line) -> None:
    """Add the seat of a row; since when it is held is settled against what is known."""
    row = dict(values)
    told = (row["interval"] or "month").casefold()
    if told not in INTERVALS:
        raise ValueError(f"interval {told!r} is neither month nor year")
    row["interval"] = INTERVALS[told]
    row["vendor"] = vendor_id(row["vendor"] or row["tool"])
    if row["price"] is not None:
        row["currency"] = (row["currency"] or "USD").upper()
    found.add("seats", row)


def put_expense(found: FileRows, values: Mapping[str, Any], line: Line) -> None:
    """Add the line of an expense report as a charge entered by a person."""
    tags = [(name, values[name]) for name in ("team", "workflow", "cost_center") if values[name]]
    nothing = dict.fromkeys(_OF_CHARGES)
    told = {
        **nothing,
        **{name: values[name] for name in _OF_CHARGES if name in values},
        "vendor": vendor_id(values["vendor"]),
        "charge_category": "Purchase",
        "precedence": "entered",
        "tags": tags or None,
    }
    row = charge(told, line.identity, line.source, line.zone)
    found.charges.append(
        {**row, "details": [("x_Receipt", values["receipt"])] if values["receipt"] else None}
    )


def put_rate(found: FileRows, values: Mapping[str, Any], line: Line) -> None:
    """Add what one unit of a currency was worth in another on a day."""
    if values["rate"] <= 0:
        raise ValueError("rate is not above zero")
    pair = {"currency": values["currency"].upper(), "into": values["into"].upper()}
    found.add("exchange_rates", {"day": values["day"], **pair, "rate": values["rate"], "source": line.source})


def put_wide_rates(found: FileRows, values: Mapping[str, Any], line: Line) -> None:
    """Add a day's row of rates, one column a currency: units of it for one of the base (the ECB's is EUR)."""
    base = (values["currency"] or "EUR").upper()
    for into, rate in values.items():
        if into not in {"day", "currency"} and rate is not None:
            put_rate(found, {"day": values["day"], "currency": base, "into": into, "rate": rate}, line)


def put_portal_rate(found: FileRows, values: Mapping[str, Any], line: Line) -> None:
    """Add a rate of the ECB's data portal."""
    put_rate(found, {**values, "currency": values["base"], "into": values["quote"]}, line)


def put_rate_card(found: FileRows, values: Mapping[str, Any], line: Line) -> None:
    """Add what an hour costs: of a kind of work, a team, or anybody."""
    subject = digest("rate_card", values["kind"], values["team"])
    row = {**values, "currency": (values["currency"] or "USD").upper(), "rate_card_id": subject}
    found.add("rate_cards", {**row, "source": line.source})


SEATS = Kind(
    "seats",
    "Licences of people for tools",
    (
        Field("tool", TEXT, ("product", "application", "app", "productname", "service"), required=True),
        Field("vendor", TEXT, ("provider", "supplier", "publisher")),
        Field("person", TEXT, (*WHO, "assignee", "assignedto", "holder")),
        Field("plan", TEXT, ("tier", "edition", "licensetype", "sku", "licence", "license")),
        Field("price", MONEY, ("priceperseat", "unitprice", "cost", "amount", "seatprice")),
        Field("currency", TEXT, ("curr", "billingcurrency")),
        Field("interval", TEXT, ("billinginterval", "billingcycle", "billingperiod", "term", "per")),
        Field("renews_on", DAY, ("renewal", "renewaldate", "nextrenewal", "renewson")),
        Field("last_active_at", INSTANT, ("lastactive", "lastactivity", "lastused", "lastlogin", "lastactivityat")),
        replace(FROM, known_as=(*FROM.known_as, "assigned", "assignedat", "createdat", "contractstart")),
        replace(UNTIL, known_as=(*UNTIL.known_as, "removed", "canceledat", "contractend")),
    ),
    put_seat,
)  # fmt: skip

EXPENSES = Kind(
    "expenses",
    "Lines of expense reports",
    (
        Field("charge_id", TEXT, ("id", "lineid", "expenseid", "entryid")),
        Field("charge_period_start", INSTANT, ("date", "expensedate", "transactiondate", "day", "posted"), required=True),
        Field("vendor", TEXT, ("merchant", "merchantname", "supplier", "payee"), required=True),
        Field("billed_cost", MONEY, ("amount", "total", "cost", "claimed", "approvedamount", "reimbursed"), required=True),
        Field("currency", TEXT, ("curr", "currencycode")),
        Field("actor", TEXT, WHO),
        Field("sku", TEXT, ("description", "memo", "purpose", "comment")),
        Field("service", TEXT, ("category", "expensetype", "type", "glaccount")),
        Field("tool", TEXT, ("product", "application")),
        TEAM,
        Field("workflow", TEXT, ("workflowid",)),
        Field("cost_center", TEXT, ("costcentre", "costcentercode")),
        Field("invoice_id", TEXT, ("reportid", "report", "reportname")),
        Field("receipt", TEXT, ("receipturl", "receiptid", "attachment")),
    ),
    put_expense,
)  # fmt: skip

CARDS = Kind(
    "rates",
    "What an hour costs",
    (
        Field("kind", TEXT, ("type", "category", "activity", "role")),
        TEAM,
        Field("rate", MONEY, ("hourlyrate", "rateperhour", "costperhour", "amount", "price"), required=True),
        Field("currency", TEXT, ("curr", "ratecurrency")),
        FROM,
        UNTIL,
    ),
    put_rate_card,
)  # fmt: skip

PAIRS = Kind(
    "rates",
    "Exchange rates",
    (
        Field("day", DAY, ("date", "timeperiod", "asof"), required=True),
        Field("currency", TEXT, ("base", "basecurrency", "from", "fromcurrency", "source"), required=True),
        Field("into", TEXT, ("quote", "quotecurrency", "to", "tocurrency", "target"), required=True),
        Field("rate", REAL, ("value", "exchangerate", "price", "close"), required=True),
    ),
    put_rate,
)  # fmt: skip

# The ECB's data portal: OBS_VALUE units of CURRENCY for one CURRENCY_DENOM.
PORTAL = Kind(
    "rates",
    "Exchange rates of the ECB's data portal",
    (
        Field("day", DAY, ("timeperiod",), required=True),
        Field("base", TEXT, ("currencydenom",), required=True),
        Field("quote", TEXT, ("currency",), required=True),
        Field("rate", REAL, ("obsvalue",), required=True),
    ),
    put_portal_rate,
)


def rates_by(names: Sequence[str]) -> Kind | None:
    """The layout of a file of rates, by its columns: the ECB's two, pairs of currencies, or cards of hours."""
    folded = {fold(name) for name in names}
    codes = [name for name in names if len(name) == 3 and name.isalpha() and name.isupper()]
    if len(codes) >= FEWEST_CURRENCIES:
        fields = (
            Field("day", DAY, ("date",), required=True),
            Field("currency", TEXT, ("base",)),
            *(Field(code, REAL) for code in codes),
        )
        return replace(PAIRS, fields=fields, put=put_wide_rates)
    if "currencydenom" in folded:
        return PORTAL
    quoted = {fold(known) for known in ("into", *PAIRS.fields[2].known_as)}
    return PAIRS if folded & quoted and folded & {"day", "date", "asof"} else None


RATES = replace(CARDS, by_columns=rates_by)
_OF_CHARGES = (
    "charge_id", "vendor", "account", "sub_account", "service", "sku", "tool", "model", "charge_category", "charge_class",
    "charge_period_start", "charge_period_end", "billed_cost", "effective_cost", "list_cost", "currency", "quantity",
    "unit", "invoice_id", "actor", "precedence", "tags",
)  # fmt: skip
