"""What a bill does not say and FOCUS 1.2 asks for, filled by rule. A row in, the same row with nothing missing out. Pure.

Unit prices are cost divided by quantity, to eighteen places: the one division of money here, and of a price that no sum
is made of. Tax, credits and adjustments have no price.
"""

from __future__ import annotations

import re
from decimal import ROUND_HALF_EVEN, Context, Decimal
from typing import TYPE_CHECKING, Any

import orjson

from payback.period import add_months, day_of, midnight, month_start

if TYPE_CHECKING:
    from collections.abc import Mapping
    from zoneinfo import ZoneInfo

    Row = dict[str, Any]

TITLES = {
    "anthropic": "Anthropic",
    "aws": "Amazon Web Services",
    "azure": "Microsoft",
    "cursor": "Cursor",
    "github": "GitHub",
    "google": "Google Cloud",
    "openai": "OpenAI",
    "openrouter": "OpenRouter",
}
FREQUENCY = {"Usage": "Usage-Based", "Purchase": "Recurring"}
FREQUENCIES = {name.casefold(): name for name in ("One-Time", "Recurring", "Usage-Based")}
SUBCATEGORY = {"AI and Machine Learning": "Generative AI"}
_SCALED = re.compile(r"^1?([KM])(?: +(.*))?$", re.IGNORECASE)
_SCALES = {"K": "1000", "M": "1000000"}
PRICED = ("Usage", "Purchase")
PRICE_PLACES = Decimal("1e-18")
_EXACT = Context(prec=60, rounding=ROUND_HALF_EVEN)


def filled(row: Row, zone: ZoneInfo) -> Row:
    """The row with every column FOCUS asks for. Columns it already has are kept as they are."""
    _fill(row, _when(row, zone))
    for rule in (_whose, _what, _costs, _quantities, _prices, _pricing_currency):
        _fill(row, rule(row))
    row["ChargeFrequency"] = FREQUENCIES.get(str(row["ChargeFrequency"]).casefold(), row["ChargeFrequency"])
    return _without_the_impossible(row)


def _fill(row: Row, told: Row) -> None:
    for name, value in told.items():
        if row.get(name) is None:
            row[name] = value


def unit(name: str | None) -> str | None:
    """A unit as FOCUS spells it: nouns and times begin with a capital, and a scale is a number (`1K tokens`: 1000 Tokens)."""
    if not name:
        return None
    scaled = _SCALED.match(name)
    if scaled:
        return f"{_SCALES[scaled[1].upper()]} {unit((scaled[2] or '').strip()) or 'Units'}"
    return "-".join(word[:1].upper() + word[1:] for word in name.split("-"))


def _whose(row: Row) -> Row:
    provider = row.get("ProviderName") or TITLES.get(row["x_Vendor"], str(row["x_Vendor"]).title())
    account = row["BillingAccountId"] or row["x_Vendor"]
    sub_account = row.get("SubAccountId")
    return {
        "ProviderName": provider,
        "PublisherName": provider,
        "InvoiceIssuerName": provider,
        "BillingAccountId": account,
        "BillingAccountName": account,
        "BillingAccountType": "Billing Account",
        "SubAccountName": sub_account,
        "SubAccountType": sub_account and "Project",
    }


def _when(row: Row, zone: ZoneInfo) -> Row:
    """The billing period is the organisation's month in which the charge begins; its frequency follows its category."""
    month = month_start(day_of(row["ChargePeriodStart"], zone))
    return {
        "BillingPeriodStart": midnight(month, zone),
        "BillingPeriodEnd": midnight(add_months(month, 1), zone),
        "ChargeFrequency": FREQUENCY.get(row["ChargeCategory"], "One-Time"),
    }


def _what(row: Row) -> Row:
    service = row.get("ServiceName") or row.get("x_Tool") or row["ProviderName"]
    category = row.get("ServiceCategory") or "AI and Machine Learning"
    sku = row.get("SkuId") or row.get("x_Model") or service
    return {
        "ServiceName": service,
        "ServiceCategory": category,
        "ServiceSubcategory": SUBCATEGORY.get(category, f"Other ({category})"),
        "SkuId": sku,
        "SkuPriceId": sku,
        "SkuMeter": unit(row.get("ConsumedUnit")) or "Units",
        "ChargeDescription": service if sku == service else f"{service}: {sku}",
    }


def _costs(row: Row) -> Row:
    """Cost as contracted is what use cost, and for a purchase what was paid; without a public price that is list, too."""
    cash = row["BilledCost"] if row["BilledCost"] is not None else Decimal(0)
    effective = row["EffectiveCost"] if row["EffectiveCost"] is not None else cash
    contracted = row.get("ContractedCost")
    if contracted is None:
        contracted = (cash or effective) if row["ChargeCategory"] == "Purchase" else effective
    return {
        "BilledCost": cash,
        "EffectiveCost": effective,
        "ContractedCost": contracted,
        "ListCost": contracted,
    }


def _quantities(row: Row) -> Row:
    """What is priced is what was consumed, else one unit."""
    if row["ChargeCategory"] not in PRICED:
        return {}
    consumed = row.get("ConsumedQuantity")
    quantity = row.get("PricingQuantity")
    if quantity is None:
        quantity = abs(consumed) if consumed else Decimal(1)
        quantity = -quantity if row["ContractedCost"] < 0 else quantity
    measure = row.get("PricingUnit") or row.get("ConsumedUnit") or "Units"
    found = {"PricingQuantity": quantity, "PricingUnit": measure, "PricingCategory": "Standard"}
    if row["ChargeCategory"] == "Usage" and row.get("CommitmentDiscountStatus") != "Unused":
        found |= {"ConsumedQuantity": quantity, "ConsumedUnit": measure}
    return found


def _prices(row: Row) -> Row:
    quantity = row.get("PricingQuantity")
    if row["ChargeCategory"] not in PRICED or not quantity:
        return {}
    return {
        "ContractedUnitPrice": _price(row["ContractedCost"], quantity),
        "ListUnitPrice": _price(row["ListCost"], quantity),
        "SkuPriceDetails": orjson.dumps({"x_Model": row["x_Model"]}).decode() if row.get("x_Model") else None,
    }


def _price(cost: Decimal, quantity: Decimal) -> Decimal:
    return _EXACT.divide(cost, quantity).quantize(PRICE_PLACES, context=_EXACT)


def _pricing_currency(row: Row) -> Row:
    """Prices are in the billing currency unless the bill names another."""
    if row.get("PricingCurrency") not in {None, row["BillingCurrency"]}:
        return {}
    return {
        "PricingCurrency": row["BillingCurrency"],
        "PricingCurrencyContractedUnitPrice": row.get("ContractedUnitPrice"),
        "PricingCurrencyEffectiveCost": row["EffectiveCost"],
        "PricingCurrencyListUnitPrice": row.get("ListUnitPrice"),
    }


def _without_the_impossible(row: Row) -> Row:
    """FOCUS keeps some columns empty: no consumption but of use, no price of tax, no name without its id."""
    if row["ChargeCategory"] != "Usage" or row.get("CommitmentDiscountStatus") == "Unused":
        row |= {"ConsumedQuantity": None, "ConsumedUnit": None}
    if row["ChargeCategory"] == "Tax":
        row |= dict.fromkeys(("SkuId", "SkuPriceId", "SkuMeter", "SkuPriceDetails", "PricingCategory"))
        row |= dict.fromkeys(("PricingQuantity", "PricingUnit", "ContractedUnitPrice", "ListUnitPrice"))
        row |= dict.fromkeys(("PricingCurrencyContractedUnitPrice", "PricingCurrencyListUnitPrice"))
    for named, by in _ONLY_WITH.items():
        if row.get(by) is None:
            row[named] = None
    return row


_ONLY_WITH: Mapping[str, str] = {
    "ConsumedUnit": "ConsumedQuantity",
    "PricingUnit": "PricingQuantity",
    "RegionName": "RegionId",
    "ResourceType": "ResourceId",
    "SubAccountName": "SubAccountId",
    "SubAccountType": "SubAccountId",
}
