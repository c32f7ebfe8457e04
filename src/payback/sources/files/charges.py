"""Files of charges: lines of money of whatever bill."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from payback.ledger.batches import digest
from payback.period import add_months, day_of, midnight
from payback.sources.files.fields import INSTANT, MONEY, REAL, TAGS, TEXT, Field, FileRows, Kind, Line

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from zoneinfo import ZoneInfo

CATEGORIES = {name.casefold(): name for name in ("Usage", "Purchase", "Tax", "Credit", "Adjustment")}


def put(found: FileRows, values: Mapping[str, Any], line: Line) -> None:
    """Add the charge of a row."""
    found.charges.append(charge(values, line.identity, line.source, line.zone))


def charge(values: Mapping[str, Any], identity: str, source: str, zone: ZoneInfo) -> dict[str, Any]:
    """One row of `charges`. Without an end the charge covers its day, or its month where it begins one."""
    if not values["vendor"]:
        raise ValueError("vendor is empty; say who is paid with --set vendor=NAME")
    start = values["charge_period_start"]
    end = values["charge_period_end"] or natural_end(start, zone)
    if end <= start:
        raise ValueError(f"the charge ends ({end:%Y-%m-%d}) before it begins ({start:%Y-%m-%d})")
    billed = values["billed_cost"]
    effective = values["effective_cost"]
    return {
        **values,
        "charge_id": digest("charge", values["vendor"], values["charge_id"] or identity),
        "vendor": values["vendor"].casefold(),
        "charge_category": category(values["charge_category"] or "Usage"),
        "charge_period_end": end,
        "effective_cost": billed if effective is None else effective,
        "currency": (values["currency"] or "USD").upper(),
        "precedence": values["precedence"] or "invoice",
        "source": source,
    }


def category(told: str) -> str:
    """The FOCUS category that a word means: a seat or subscription is a purchase, an unknown word is use."""
    name = told.casefold()
    return CATEGORIES.get(name, "Purchase" if name in {"seat", "seats", "subscription"} else "Usage")


def natural_end(start: datetime, zone: ZoneInfo) -> datetime:
    """The end of what begins there: of its month where it begins one, else of its day."""
    day = day_of(start, zone)
    if day.day == 1:
        return midnight(add_months(day, 1), zone)
    return midnight(day + timedelta(days=1), zone)


CHARGES = Kind(
    "charges",
    "Lines of money as billed or contracted",
    (
        Field("charge_id", TEXT, ("lineitemid", "id", "xchargeid")),
        Field("vendor", TEXT, ("serviceprovidername", "providername", "provider", "supplier", "publishername", "merchant")),
        Field("account", TEXT, ("billingaccountid", "accountid", "organization", "organisation", "customer")),
        Field("sub_account", TEXT, ("subaccountid", "project", "projectid", "workspace", "workspaceid", "subscription")),
        Field("service", TEXT, ("servicename", "product", "productname")),
        Field("sku", TEXT, ("skuid", "chargedescription", "description", "item", "lineitem", "details")),
        Field("tool", TEXT, ("xtool",)),
        Field("model", TEXT, ("xmodel", "modelname")),
        Field("charge_category", TEXT, ("category", "chargetype", "type")),
        Field("charge_class", TEXT, ()),
        Field("charge_period_start", INSTANT, (
            "periodstart", "start", "startdate", "from", "date", "day", "usagedate", "invoicedate", "servicestart",
            "billingperiodstart", "month",
        ), required=True),
        Field("charge_period_end", INSTANT, ("periodend", "end", "enddate", "to", "until", "serviceend", "billingperiodend")),
        Field("billed_cost", MONEY, ("amount", "cost", "total", "billed", "amountusd", "costusd", "price", "net", "totalcost", "charge"), required=True),
        Field("effective_cost", MONEY, ("amortised", "amortized", "amortisedcost", "amortizedcost")),
        Field("list_cost", MONEY, ("list", "listprice", "publiccost")),
        Field("currency", TEXT, ("billingcurrency", "currencycode", "curr")),
        Field("quantity", REAL, ("consumedquantity", "qty", "units", "usagequantity")),
        Field("unit", TEXT, ("consumedunit", "uom", "pricingunit")),
        Field("invoice_id", TEXT, ("invoice", "invoicenumber", "invoiceno", "number")),
        Field("actor", TEXT, ("user", "useremail", "email", "member", "login", "username")),
        Field("precedence", TEXT, ()),
        Field("tags", TAGS, ("labels",)),
    ),
    put,
)  # fmt: skip
