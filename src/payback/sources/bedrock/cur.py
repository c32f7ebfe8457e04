"""One line of a CUR 2.0 export as a charge: which lines are of AI, and what each of them says. Pure."""

from __future__ import annotations

import re
from datetime import timedelta
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

from payback.ledger.batches import digest
from payback.ledger.entries import Charge
from payback.sources.amounts import instant
from payback.sources.bedrock import cur_money, lines, principals
from payback.sources.cloud import gpu
from payback.sources.cloud.naming import known_as
from payback.sources.focus import cells

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from payback.sources.source import Context

NOTHING = frozenset({"NULL", "null"})
KEY = "line_item_line_item_type"
ARN = "line_item_resource_id"
TOLD = ("line_item_product_code", "line_item_line_item_description", ARN)
# Columns that charges hold themselves, and those that have a name in FOCUS. All others are kept under x_ and their own.
HELD = frozenset(
    {
        "bill_payer_account_id", "bill_invoice_id", "line_item_usage_account_id", "line_item_usage_start_date",
        "line_item_usage_end_date", "line_item_usage_amount", "line_item_currency_code", "pricing_unit",
        "product_sku", "resource_tags", "identity_line_item_id", "identity_time_interval",
    }
)  # fmt: skip
FOCUS = {
    "line_item_line_item_description": "ChargeDescription",
    "line_item_operation": "x_Operation",
    "line_item_product_code": "x_ServiceCode",
    "line_item_usage_type": "x_UsageType",
    "line_item_iam_principal": "x_IamPrincipal",
    "line_item_line_item_type": "x_LineItemType",
    "line_item_availability_zone": "AvailabilityZone",
    ARN: "ResourceId",
    "product_region_code": "RegionId",
    "bill_billing_period_start_date": "BillingPeriodStart",
    "bill_billing_period_end_date": "BillingPeriodEnd",
    "bill_invoicing_entity": "InvoiceIssuerName",
    "bill_billing_entity": "x_BillingEntity",
    "line_item_legal_entity": "PublisherName",
    "cost_category": "x_CostCategories",
    "discount": "x_Discounts",
    "pricing_public_on_demand_rate": "ListUnitPrice",
}
_CHANGES = re.compile(
    r"^identity_|_(?:cost|rate|amount|fee|quantity|period|date)$|^bill_invoice_id$|^discount$"
)


def is_line(row: Mapping[str, Any]) -> bool:
    """Whether a row is of a Cost and Usage Report."""
    return KEY in row or TOLD[0] in row


def is_ai(row: Mapping[str, Any]) -> bool:
    """Whether a line is of Bedrock (by product, description or resource: partners' models are sold by the Marketplace,
    under the model's name), or of a machine with accelerators.
    """
    if any("bedrock" in str(row.get(name) or "").casefold() for name in TOLD):
        return True
    told = str(row.get("product") or "")
    return "bedrock" in told.casefold() or gpu.is_aws_instance(_instance(row, {}))


def charge_of(row: Mapping[str, Any], part: str, context: Context) -> Charge:
    """The charge of a line. ValueError says what of it does not read."""
    texts = _texts(row)
    shape = _shape(tuple(row))
    kind = texts.get(KEY, "Usage")
    start = instant(_needed(texts, "line_item_usage_start_date"))
    end = instant(texts["line_item_usage_end_date"]) if "line_item_usage_end_date" in texts else None
    product = cells.pairs(texts["product"]) if "product" in texts else {}
    cash = cur_money.billed(kind, texts, has_net=cur_money.NET in row)
    told = lines.line(texts.get("line_item_usage_type"))
    name = lines.edition(product.get("product_name")) or told.model
    amount = cells.number(texts.get("line_item_usage_amount"))
    charge = Charge(
        charge_id=digest("cur", context.source, part, *_identity(texts, shape)),
        vendor="aws",
        charge_period_start=start,
        charge_period_end=end if end and end > start else start + timedelta(hours=1),
        source=context.source,
        precedence="cloud_export",
        currency=texts.get("line_item_currency_code", "USD"),
        charge_category=cur_money.category(kind),
        charge_class="Correction" if kind == "Refund" else None,
        account=texts.get("bill_payer_account_id") or context.told.get("account"),
        sub_account=texts.get("line_item_usage_account_id"),
        service=product.get("product_name") or texts.get(TOLD[0]),
        sku=texts.get("product_sku") or product.get("sku"),
        model=known_as(texts.get(ARN), context.told) or known_as(name, context.told) or name,
        billed_cost=cash,
        effective_cost=cur_money.effective(kind, texts, cash),
        list_cost=cur_money.listed(kind, texts, cash),
        quantity=None if amount is None else float(amount),
        unit=texts.get("pricing_unit"),
        invoice_id=texts.get("bill_invoice_id"),
        actor=principals.actor(texts.get("line_item_iam_principal")),
        tags=principals.plain(cells.pairs(texts["resource_tags"])) if "resource_tags" in texts else {},
        details=_details(texts, shape, told.kind),
    )
    machine = _instance(texts, product)
    return gpu.in_gpu_hours(charge, machine, product.get("gpu")) if gpu.is_aws_instance(machine) else charge


def _needed(texts: Mapping[str, str], name: str) -> str:
    if name not in texts:
        raise ValueError(f"{name} is empty")
    return texts[name]


def _instance(row: Mapping[str, Any], product: Mapping[str, str]) -> str:
    told = product.get("instance_type") or product.get("instanceType") or row.get("product_instance_type")
    return str(told) if told else lines.instance(str(row.get("line_item_usage_type") or ""))


def _texts(row: Mapping[str, Any]) -> dict[str, str]:
    """The cells that say something; those of a CSV are texts already."""
    told = ((name, cell if type(cell) is str else cells.text(cell)) for name, cell in row.items())
    return {name: cell for name, cell in told if cell and cell not in NOTHING}


class Shape(NamedTuple):
    """What the columns of an export are for: those by which a line is known again, and the names kept in details."""

    identity: tuple[str, ...]
    details: tuple[tuple[str, str], ...]


@cache
def _shape(names: tuple[str, ...]) -> Shape:
    dates = ("line_item_usage_start_date", "line_item_usage_end_date")
    known = sorted(name for name in names if name in dates or not _CHANGES.search(name))
    kept = tuple((name, FOCUS.get(name, f"x_{name}")) for name in names if name not in HELD)
    return Shape(tuple(known), kept)


def _identity(texts: Mapping[str, str], shape: Shape) -> Iterator[str]:
    """By what a line is known again: all it says but amounts and ids that change with each refresh."""
    return (f"{name}={texts[name]}" for name in shape.identity if name in texts)


def _details(texts: Mapping[str, str], shape: Shape, kind: str | None) -> dict[str, str]:
    found = {column: texts[name] for name, column in shape.details if name in texts}
    return found | ({"x_TokenType": kind} if kind else {})
