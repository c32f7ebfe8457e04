"""Rows of Google's billing export added up by UTC day, project, SKU and labels: rows have no id and corrections are new
rows, so only whole days can be replaced. Credits stay apart, as charges of their own.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any, NamedTuple

from payback.ledger.batches import digest
from payback.ledger.entries import Category, Charge
from payback.sources.amounts import instant, money
from payback.sources.cloud import gpu
from payback.sources.cloud.naming import known_as
from payback.sources.focus import cells
from payback.sources.vertex import skus

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from payback.sources.source import Context

CATEGORIES: Mapping[str, Category] = {
    "regular": "Usage",
    "tax": "Tax",
    "adjustment": "Adjustment",
    "rounding_error": "Adjustment",
}
NOTHING = Decimal(0).quantize(Decimal("1e-9"))


class Cut(NamedTuple):
    """What rows must share to be one charge."""

    day: str
    account: str | None
    project: str | None
    service: str
    sku: str
    description: str
    cost_type: str
    currency: str
    month: str
    unit: str | None
    tags: tuple[tuple[str, str], ...]
    details: tuple[tuple[str, str], ...]


@dataclass(slots=True)
class Total:
    """What the rows of one cut add up to. `listed` is unknown as soon as one row does not say it."""

    cost: Decimal = NOTHING
    listed: Decimal | None = NOTHING
    quantity: Decimal = NOTHING
    credits: dict[tuple[str, str], Decimal] = field(default_factory=dict)


def add(totals: dict[Cut, Total], row: Mapping[str, Any]) -> None:
    """Add one row. ValueError says what of it does not read, and nothing of it is added."""
    cut, cost = _cut(row), money(row.get("cost"))
    if cost is None:
        raise ValueError("cost is empty")
    listed, usage = money(row.get("cost_at_list")), _part(row, "usage")
    amount = money(usage.get("amount_in_pricing_units")) or NOTHING
    credited = [
        ((str(one.get("type") or "CREDIT"), str(one.get("name") or "")), money(one.get("amount")) or NOTHING)
        for one in _list(row, "credits")
    ]
    total = totals.setdefault(cut, Total())
    total.cost += cost
    total.listed = None if listed is None or total.listed is None else total.listed + listed
    total.quantity += amount
    for key, credit in credited:
        total.credits[key] = total.credits.get(key, NOTHING) + credit


def _part(row: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """A record of a row; CSV files hold it as JSON text."""
    told = row.get(name)
    found = cells.loaded(told) if isinstance(told, str) and told else told
    return found if isinstance(found, dict) else {}


def _list(row: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    told = row.get(name)
    found = cells.loaded(told) if isinstance(told, str) and told else told
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def _cut(row: Mapping[str, Any]) -> Cut:
    service, sku, project = _part(row, "service"), _part(row, "sku"), _part(row, "project")
    cost_type = str(row.get("cost_type") or "regular")
    if cost_type not in CATEGORIES:
        raise ValueError(f"cost_type {cost_type[:40]!r} is none of {', '.join(CATEGORIES)}")
    return Cut(
        day=f"{day_of(row):%Y-%m-%d}",
        account=row.get("billing_account_id") or None,
        project=project.get("id") or None,
        service=str(service.get("description") or service.get("id") or ""),
        sku=str(sku.get("id") or ""),
        description=str(sku.get("description") or ""),
        cost_type=cost_type,
        currency=str(row.get("currency") or "USD"),
        month=str(_part(row, "invoice").get("month") or ""),
        unit=_part(row, "usage").get("pricing_unit") or None,
        tags=tuple(sorted(_tags(row, project).items())),
        details=tuple(sorted(_kept(row).items())),
    )


def day_of(row: Mapping[str, Any]) -> datetime:
    """The UTC day that the use of a row began on. ValueError where it does not say."""
    told = row.get("usage_start_time")
    if isinstance(told, datetime):
        found = told if told.tzinfo else told.replace(tzinfo=UTC)
    else:
        found = instant(str(told).removesuffix(" UTC") if told else told)
    return found.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)


def _tags(row: Mapping[str, Any], project: Mapping[str, Any]) -> dict[str, str]:
    """Labels of the project, tags, and labels of the request or resource; the nearest wins."""
    lists = (_list(project, "labels"), _list(row, "tags"), _list(row, "labels"))
    return {str(one["key"]): str(one.get("value") or "") for told in lists for one in told if one.get("key")}


def _kept(row: Mapping[str, Any]) -> dict[str, str]:
    resource, location = _part(row, "resource"), _part(row, "location")
    told = {
        "ResourceId": resource.get("global_name"),
        "ResourceName": resource.get("name"),
        "RegionId": location.get("region") or location.get("location"),
        "PublisherName": row.get("seller_name"),
        "x_TransactionType": row.get("transaction_type"),
        "x_AdjustmentType": _part(row, "adjustment_info").get("type"),
    }
    return {name: str(value) for name, value in told.items() if value}


def charges(totals: Mapping[Cut, Total], context: Context) -> Iterator[Charge]:
    """One charge a cut, and one for each kind of credit on it: together they are the net cost."""
    for cut, total in sorted(totals.items(), key=lambda held: repr(held[0])):
        category = CATEGORIES[cut.cost_type]
        yield _charge(cut, context, ("", category, total.cost), total)
        for (kind, name), amount in sorted(total.credits.items()):
            if amount:
                yield _charge(cut, context, (f"{kind} {name}".strip(), "Credit", amount), None)


def _charge(cut: Cut, context: Context, line: tuple[str, Category, Decimal], total: Total | None) -> Charge:
    credit, category, amount = line
    start = datetime.fromisoformat(cut.day).replace(tzinfo=UTC)
    kind = skus.kind(cut.description)
    name = skus.model(cut.description)
    said = {
        "x_Credit": credit,
        "x_InvoiceMonth": cut.month,
        "x_TokenType": kind,
        "ChargeDescription": cut.description,
    }
    charge = Charge(
        charge_id=digest("google", context.source, *cut, credit),
        vendor="google",
        charge_period_start=start,
        charge_period_end=start + timedelta(days=1),
        source=context.source,
        precedence="cloud_export",
        currency=cut.currency,
        charge_category=category,
        charge_class="Correction" if cut.cost_type == "adjustment" and not credit else None,
        account=cut.account or context.told.get("account"),
        sub_account=cut.project,
        service=cut.service or None,
        sku=cut.sku or None,
        model=known_as(cut.description, context.told) or known_as(name, context.told) or name,
        billed_cost=amount,
        effective_cost=amount,
        list_cost=NOTHING if total is None or category != "Usage" else total.listed,
        quantity=None if total is None or not total.quantity else float(total.quantity),
        unit=cut.unit if total is not None else None,
        tags=dict(cut.tags),
        details=dict(cut.details) | {key: value for key, value in said.items() if value},
    )
    if skus.is_gpu(cut.service, cut.description) and charge.unit in {"hour", "h"}:
        charge.unit = gpu.UNIT
    return charge
