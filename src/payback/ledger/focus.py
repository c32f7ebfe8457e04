"""Counted charges as rows of FOCUS 1.2: one row per charge and place it was attributed to. Pure.

Parts of a charge add up to it in every amount, exactly. What the bill said stands in the columns of FOCUS; what it did
not say and FOCUS asks for is filled by rule (`focus_filled`). `x_Details` holds the bill's own words and `x_Charge` what
the columns cannot give back, so that reading the file gives the same charges.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import ROUND_DOWN, Context, Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

import orjson

from payback.ledger.focus_columns import AMOUNTS, FOCUS_1_2, INSTANT, NUMBER
from payback.ledger.focus_filled import filled, unit
from payback.money import shares as portions

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from zoneinfo import ZoneInfo

    Row = dict[str, Any]

PLACES = Decimal("1e-18")
NANO = Decimal(10) ** 9
NOTHING = Decimal(0)
LARGEST = Decimal(10) ** 19
_WIDE = Context(prec=80, rounding=ROUND_DOWN)
_READ = Context(prec=60)

# The columns that a field of a charge is read back from.
TEXTS = {
    "BillingAccountId": "account",
    "SubAccountId": "sub_account",
    "ServiceName": "service",
    "SkuId": "sku",
    "ChargeClass": "charge_class",
    "InvoiceId": "invoice_id",
    "ConsumedUnit": "unit",
    "x_Tool": "tool",
    "x_Model": "model",
    "x_PrincipalId": "actor",
    "x_CredentialId": "api_key",
}
MONEY = {"BilledCost": "billed_cost", "EffectiveCost": "effective_cost", "ListCost": "list_cost"}
TAGGED = ("team", "workflow", "owner", "environment", "cost_center")
PRICES = (
    "ContractedUnitPrice",
    "ListUnitPrice",
    "PricingCurrencyContractedUnitPrice",
    "PricingCurrencyEffectiveCost",
    "PricingCurrencyListUnitPrice",
)
PLACED = {
    "x_AiClass": "ai_class",
    "x_Basis": "basis",
    "x_CostCenter": "cost_center",
    "x_Environment": "environment",
    "x_Model": "model",
    "x_Owner": "owner",
    "x_Requests": "requests",
    "x_TaskType": "task_type",
    "x_Team": "team",
    "x_Tokens": "tokens",
    "x_Tool": "tool",
    "x_Workflow": "workflow",
}


@dataclass(frozen=True, slots=True)
class Bill:
    """One charge (a row of `charges`) with its tags and further columns as mappings, and the organisation's zone."""

    charge: Mapping[str, Any]
    tags: Mapping[str, str]
    details: Mapping[str, str]
    zone: ZoneInfo

    @classmethod
    def of(cls, charge: Mapping[str, Any], zone: ZoneInfo) -> Bill:
        return cls(charge, dict(charge["tags"] or ()), dict(charge["details"] or ()), zone)

    @property
    def is_invoiced(self) -> bool:
        return self.charge["invoice_id"] is not None


def rows(bill: Bill, shares: Sequence[Mapping[str, Any]], *, names_people: bool) -> list[Row]:
    """The rows of one charge, one per share: where it was placed, with `billed` and `amortised`. Without a share, one row.

    Without the right to see people, no row names one, and the bill's own words, which may, are left out.
    """
    placed = shares or [{"billed": bill.charge["billed_cost"], "amortised": bill.charge["effective_cost"]}]
    parts = portions([_weight(share) for share in placed])
    split = {name: _split(amount, parts) for name, amount in _summed(bill).items()}
    sides = [
        side
        for index, share in enumerate(placed)
        for side in _sides(
            _row(
                bill,
                share,
                {name: amounts[index] for name, amounts in split.items()},
                names_people=names_people,
            )
        )
    ]
    sides.sort(key=lambda row: bool(row["ChargeCategory"] != bill.charge["charge_category"]))
    written = [filled(row, bill.zone) for row in sides]
    if names_people:
        told = _differences(bill, written)
        for row in written:
            row["x_Details"] = _json(bill.details) if bill.details else None
            row["x_Charge"] = _json(told) if told else None
    return written


def _weight(share: Mapping[str, Any]) -> int:
    amount = share["amortised"] or share["billed"] or Decimal(0)
    return abs(int(amount * NANO))


def _summed(bill: Bill) -> Row:
    """The amounts that parts of a charge have parts of, besides cash and cost, which attribution split."""
    found: Row = {name: number(bill.details[name]) for name in AMOUNTS if name in bill.details}
    for name in ("BilledCost", "EffectiveCost"):
        found.pop(name, None)
    if bill.charge["list_cost"] is not None and found.get("ListCost") is None:
        found["ListCost"] = bill.charge["list_cost"]
    if bill.charge["quantity"] is not None and found.get("ConsumedQuantity") is None:
        found["ConsumedQuantity"] = Decimal(repr(bill.charge["quantity"]))
    return {
        name: amount.quantize(PLACES, context=_READ) for name, amount in found.items() if amount is not None
    }


def _split(amount: Decimal, parts: Sequence[int]) -> list[Decimal]:
    """Parts at eighteen places by integer shares per 10^12; the last takes the remainder."""
    given = [
        _WIDE.multiply(amount, Decimal(part)).scaleb(-12, context=_WIDE).quantize(PLACES, context=_WIDE)
        for part in parts[:-1]
    ]
    rest = amount
    for part in given:
        rest = _WIDE.subtract(rest, part)
    return [*given, rest]


def _row(bill: Bill, share: Mapping[str, Any], split: Mapping[str, Decimal], *, names_people: bool) -> Row:
    charge = bill.charge
    row: Row = dict(_told(bill))
    row |= {column: charge[field] for column, field in TEXTS.items()}
    row |= split
    row |= {column: share[field] for column, field in PLACED.items() if field in share}
    row |= {
        "BilledCost": share["billed"],
        "EffectiveCost": share["billed"] if share["amortised"] is None else share["amortised"],
        "BillingCurrency": charge["currency"],
        "ChargeCategory": charge["charge_category"],
        "ChargePeriodStart": charge["charge_period_start"],
        "ChargePeriodEnd": charge["charge_period_end"],
        "ConsumedUnit": unit(charge["unit"]),
        "PricingUnit": unit(row.get("PricingUnit")),
        "Tags": _json(_tags(bill, share)),
        "x_ChargeId": charge["charge_id"],
        "x_Precedence": charge["precedence"],
        "x_Source": charge["source"],
        "x_Vendor": charge["vendor"],
    }
    row["x_PrincipalId"] = (charge["actor"] or share.get("person")) if names_people else None
    return row


def _sides(row: Row) -> list[Row]:
    """A purchase asks for cash, and its cost lies with the use it covers: FOCUS wants them on rows of their own.

    List, contracted cost and quantity go with the use, so that no sum counts them twice.
    """
    if row["ChargeCategory"] != "Purchase" or not row["EffectiveCost"]:
        return [row]
    use = {"ChargeFrequency": "Recurring", **row, "ChargeCategory": "Usage", "BilledCost": NOTHING}
    if not row["BilledCost"]:
        return [use]
    nothing = dict.fromkeys(("EffectiveCost", "ListCost", "ContractedCost"), NOTHING)
    unsaid = dict.fromkeys(("x_Tokens", "x_Requests", *PRICES))
    return [{**row, **nothing, **unsaid}, use]


def _told(bill: Bill) -> Iterator[tuple[str, Any]]:
    """What the bill says in columns of FOCUS 1.2 that a charge has no field for, in FOCUS's types."""
    for column in FOCUS_1_2:
        text = bill.details.get(column.name)
        if text is None or column.name in AMOUNTS:
            continue
        value = number(text) if column.kind == NUMBER else _instant(text) if column.kind == INSTANT else text
        if value is not None:
            yield column.name, value
    for column_name, later in (
        ("ProviderName", "ServiceProviderName"),
        ("PublisherName", "HostProviderName"),
    ):
        if column_name not in bill.details and later in bill.details:
            yield column_name, bill.details[later]


def _tags(bill: Bill, share: Mapping[str, Any]) -> dict[str, str]:
    placed = {name: share[name] for name in TAGGED if share.get(name)}
    return {**bill.tags, **placed}


def number(text: str) -> Decimal | None:
    """The number of a detail; None where its text is none (an ambiguous spelling stays in x_Details)."""
    try:
        found = Decimal(text.replace("$", "").replace(",", "").strip())
    except InvalidOperation:
        return None
    return found if found.is_finite() and abs(found) < LARGEST else None


def _instant(text: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)


def _differences(bill: Bill, written: Sequence[Row]) -> Row:
    """The fields of the charge that the written rows do not give back, by field name."""
    charge = bill.charge
    found: Row = {
        field: charge[field]
        for column, field in TEXTS.items()
        if any(row.get(column) != charge[field] or not _reads_alike(charge[field]) for row in written)
    }
    for column, field in MONEY.items():
        total = _total(written, column)
        if charge[field] is None or total.quantize(Decimal("1e-9"), context=_READ) != charge[field]:
            found[field] = None if charge[field] is None else f"{charge[field]:f}"
    told = any(row.get("ConsumedQuantity") is not None for row in written)
    if (float(_total(written, "ConsumedQuantity")) if told else None) != charge["quantity"]:
        found["quantity"] = charge["quantity"]
    if written[0]["ChargeCategory"] != charge["charge_category"]:
        found["charge_category"] = charge["charge_category"]
    if any(orjson.loads(row["Tags"]) != bill.tags for row in written):
        found["tags"] = dict(bill.tags)
    for field in ("charge_period_start", "charge_period_end"):
        if charge[field].microsecond:
            found[field] = charge[field].isoformat()
    return found


def _reads_alike(text: str | None) -> bool:
    """Whether a reader of FOCUS gets the text as it is: it trims, takes NULL for nothing, and takes an apostrophe off."""
    return text is None or (
        bool(text) and text == text.strip() and text.casefold() != "null" and not text.startswith("'")
    )


def _total(written: Sequence[Row], column: str) -> Decimal:
    total = Decimal(0)
    for row in written:
        total = _WIDE.add(total, row.get(column) or NOTHING)
    return total


def _json(told: Mapping[str, Any]) -> str:
    return orjson.dumps(told, option=orjson.OPT_SORT_KEYS).decode()
