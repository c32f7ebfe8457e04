"""What a line of a Cost and Usage Report costs on payback's three bases, and which kind of charge it is.

Cash of a line that a commitment covers is with the commitment's own purchase lines, so it bills nothing and costs its part
of the commitment. Negotiated discounts are in the `net_` columns only: where the export has them, they are the money.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from payback.sources.amounts import money

if TYPE_CHECKING:
    from collections.abc import Mapping

    from payback.ledger.entries import Category

NOTHING = Decimal(0).quantize(Decimal("1e-9"))
NET = "line_item_net_unblended_cost"
CATEGORIES: Mapping[str, Category] = {
    "Usage": "Usage",
    "DiscountedUsage": "Usage",
    "SavingsPlanCoveredUsage": "Usage",
    "SavingsPlanNegation": "Adjustment",
    "Fee": "Purchase",
    "RIFee": "Purchase",
    "SavingsPlanRecurringFee": "Purchase",
    "SavingsPlanUpfrontFee": "Purchase",
    "Tax": "Tax",
    "Credit": "Credit",
    "Refund": "Credit",
    "BundledDiscount": "Adjustment",
    "Discount": "Adjustment",
    "EdpDiscount": "Adjustment",
    "PrivateRateDiscount": "Adjustment",
    "RiVolumeDiscount": "Adjustment",
}
DISCOUNTS = frozenset(
    {"BundledDiscount", "Discount", "EdpDiscount", "PrivateRateDiscount", "RiVolumeDiscount"}
)
COVERED = {
    "DiscountedUsage": ("reservation_net_effective_cost", "reservation_effective_cost"),
    "SavingsPlanCoveredUsage": (
        "savings_plan_net_savings_plan_effective_cost",
        "savings_plan_savings_plan_effective_cost",
    ),
}
UNUSED = {
    "RIFee": (
        "reservation_net_unused_amortized_upfront_fee_for_billing_period",
        "reservation_net_unused_recurring_fee",
        "reservation_unused_amortized_upfront_fee_for_billing_period",
        "reservation_unused_recurring_fee",
    ),
}


def category(line_type: str) -> Category:
    """The FOCUS category of a line item type. ValueError for one that payback does not know."""
    found = CATEGORIES.get(line_type)
    if found is None:
        raise ValueError(f"line_item_line_item_type {line_type[:40]!r} is none that payback knows")
    return found


def billed(line_type: str, texts: Mapping[str, str], *, has_net: bool) -> Decimal | None:
    """Cash asked for. `has_net` says that the export has net columns, which then hold the discounts of every line."""
    if line_type in COVERED or line_type == "SavingsPlanNegation":
        return NOTHING
    if has_net and line_type in DISCOUNTS:
        return money(texts.get(NET)) or NOTHING
    return money(texts.get(NET) or texts.get("line_item_unblended_cost"))


def effective(line_type: str, texts: Mapping[str, str], cash: Decimal | None) -> Decimal | None:
    """Cost spread over what it covers: a commitment's purchase costs only what of it nobody used."""
    if line_type in COVERED:
        return next((money(texts[name]) for name in COVERED[line_type] if name in texts), None)
    if line_type in UNUSED:
        net = [money(texts[name]) for name in UNUSED[line_type][:2] if name in texts]
        gross = [money(texts[name]) for name in UNUSED[line_type][2:] if name in texts]
        told = [amount for amount in net or gross if amount is not None]
        return sum(told, NOTHING) if told else None
    if line_type == "SavingsPlanUpfrontFee":
        return NOTHING
    if line_type == "SavingsPlanRecurringFee":
        return _unused_plan(texts)
    if line_type == "Fee" and texts.get("reservation_reservation_a_r_n"):
        return NOTHING
    return cash


def _unused_plan(texts: Mapping[str, str]) -> Decimal | None:
    total = money(texts.get("savings_plan_total_commitment_to_date"))
    used = money(texts.get("savings_plan_used_commitment"))
    return None if total is None or used is None else total - used


def listed(line_type: str, texts: Mapping[str, str], cash: Decimal | None) -> Decimal | None:
    """What the same use costs at the public price; nothing for lines that are no use."""
    told = money(texts.get("pricing_public_on_demand_cost"))
    if CATEGORIES[line_type] == "Usage":
        return told if told is not None else (cash if line_type == "Usage" and NET not in texts else None)
    return NOTHING
