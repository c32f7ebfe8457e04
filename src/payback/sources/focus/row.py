"""One row of a FOCUS file as a charge. Pure: a row in, a charge or a refusal out."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import ROUND_HALF_EVEN, Context, Decimal
from typing import TYPE_CHECKING, Any, TypeVar, cast, get_args

from payback.ledger.batches import digest
from payback.ledger.entries import Category, Charge, Precedence, Rejected
from payback.ledger.focus_columns import AMOUNTS, canonical
from payback.money import PLACES
from payback.sources.focus import cells, own
from payback.sources.focus.vendors import vendor_id

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from payback.sources.focus.given import Given

T = TypeVar("T")
EXACT = Context(prec=60, rounding=ROUND_HALF_EVEN)
CATEGORIES = {name.casefold(): name for name in get_args(Category)}
PRECEDENCES = frozenset(get_args(Precedence))
PAID = ("ServiceProviderName", "ProviderName", "HostProviderName", "PublisherName", "InvoiceIssuerName")
MONEY = {"BilledCost": "billed_cost", "EffectiveCost": "effective_cost", "ListCost": "list_cost"}
ACTORS = ("PrincipalId", "x_PrincipalId")
KEYS = ("CredentialId", "x_CredentialId")
# Columns that payback's own export adds, read back where a file has them.
OWN = {"x_Tool": "tool", "x_Model": "model"}
SEATS = "seats"
ORIGIN = {"x_Source": "source", "x_Precedence": "precedence", "x_ChargeId": "charge_id"}
TEXTS = {
    "BillingAccountId": "account",
    "SubAccountId": "sub_account",
    "ServiceName": "service",
    "SkuId": "sku",
    "ChargeClass": "charge_class",
    "InvoiceId": "invoice_id",
    "ConsumedUnit": "unit",
}
SAME = (
    TEXTS
    | OWN
    | MONEY
    | {
        "BillingCurrency": "currency",
        "ChargeCategory": "charge_category",
        "ChargePeriodStart": "charge_period_start",
        "ChargePeriodEnd": "charge_period_end",
        "ConsumedQuantity": "quantity",
        "Tags": "tags",
        "x_Vendor": "vendor",
    }
)


def told(row: Mapping[str, Any]) -> dict[str, str]:
    """The cells of a row that say something, as texts by FOCUS name."""
    found = ((canonical(name), cells.text(cell)) for name, cell in row.items() if name)
    return {name: text for name, text in found if text is not None}


def read_row(row: Mapping[str, Any], given: Given, line: int | None = None) -> Charge | Rejected:
    """The charge of one row (column name to cell), rounded to nine places; Rejected with the reason and line.

    Rows of one file belong together (equal rows, rounding, origins of split charges): `read_rows` reads them whole.
    """
    try:
        return _charge(told(row), given)
    except ValueError as error:
        return Rejected(given.source, str(error), given.what, line)


def _charge(texts: Mapping[str, str], given: Given) -> Charge:
    start, end = _period(texts)
    name = _first(texts, PAID)
    if name is None and given.vendor is None:
        raise ValueError("no column tells who is paid; say it with --set vendor=NAME")
    vendor = vendor_id(name or given.vendor or "")
    named = {field: texts.get(column) for column, field in (TEXTS | OWN).items()}
    fields: dict[str, Any] = {**named, **{field: _money(texts, column) for column, field in MONEY.items()}}
    fields["account"] = named["account"] or given.account
    fields["tool"] = named["tool"] or given.tool
    quantity = _number(texts, "ConsumedQuantity")
    charge = Charge(
        charge_id=texts.get("x_ChargeId") or identity(texts, vendor, given),
        vendor=texts.get("x_Vendor") or vendor,
        charge_period_start=start,
        charge_period_end=end,
        source=_source(texts.get("x_Source"), given),
        precedence=_precedence(texts, given),
        currency=texts.get("BillingCurrency") or given.currency,
        charge_category=_category(texts),
        quantity=None if quantity is None else float(quantity),
        actor=_first(texts, ACTORS),
        api_key=_first(texts, KEYS),
        tags=_tags(texts),
        **fields,
    )
    if own.ID in texts:
        return own.restored(charge, texts)
    charge.details = _details(texts, charge)
    return charge


def _source(told: str | None, given: Given) -> str:
    """Who told of the charge. What followed from another home's seats does not follow from those of this one."""
    return f"{given.source}:{told}" if told == SEATS else told or given.source


def _first(texts: Mapping[str, str], columns: tuple[str, ...]) -> str | None:
    return next((texts[column] for column in columns if column in texts), None)


def identity(texts: Mapping[str, str], vendor: str, given: Given) -> str:
    """By which a charge is known again: all its FOCUS columns but amounts and the invoice, which come later or change."""
    named = (
        f"{name}={text}"
        for name, text in sorted(texts.items())
        if name not in AMOUNTS and name != "InvoiceId" and not name.startswith("x_")
    )
    return digest("focus", vendor, given.part, *named)


def _period(texts: Mapping[str, str]) -> tuple[datetime, datetime]:
    """The charge period, else the billing period; a charge of one instant covers the day that begins there."""
    read = cells.reader(texts)
    ends = []
    for side in ("Start", "End"):
        column = f"ChargePeriod{side}" if f"ChargePeriod{side}" in texts else f"BillingPeriod{side}"
        if column not in texts:
            raise ValueError(f"ChargePeriod{side} is empty")
        ends.append(_of(column, read, texts[column]))
    start, end = ends
    if end < start:
        raise ValueError(f"the charge ends ({end:%Y-%m-%d}) before it begins ({start:%Y-%m-%d})")
    return start, end if end > start else start + timedelta(days=1)


def _of(column: str, read: Callable[[str], T], text: str) -> T:
    try:
        return read(text)
    except ValueError as error:
        raise ValueError(f"{column}: {error}") from error


def _number(texts: Mapping[str, str], column: str) -> Decimal | None:
    return _of(column, cells.number, texts[column]) if column in texts else None


def _money(texts: Mapping[str, str], column: str) -> Decimal | None:
    found = _number(texts, column)
    return None if found is None else found.quantize(PLACES, context=EXACT)


def _category(texts: Mapping[str, str]) -> Category:
    name = texts.get("ChargeCategory", "Usage")
    if name.casefold() not in CATEGORIES:
        raise ValueError(f"ChargeCategory {name[:40]!r} is none of {', '.join(CATEGORIES.values())}")
    return cast("Category", CATEGORIES[name.casefold()])


def _precedence(texts: Mapping[str, str], given: Given) -> Precedence:
    found = texts.get("x_Precedence")
    return cast("Precedence", found) if found in PRECEDENCES else given.precedence


def _tags(texts: Mapping[str, str]) -> dict[str, str]:
    return _of("Tags", cells.pairs, texts["Tags"]) if "Tags" in texts else {}


def _details(texts: Mapping[str, str], charge: Charge) -> dict[str, str]:
    """What the charge's own columns do not give back. Only the spelling of a number or an instant is let go."""
    return {name: text for name, text in texts.items() if not _is_held(name, text, charge)}


def _is_held(name: str, text: str, charge: Charge) -> bool:
    """Whether the charge's own columns say what a cell says."""
    if (
        name in ORIGIN
        or (name in ACTORS and charge.actor == text)
        or (name in KEYS and charge.api_key == text)
    ):
        return True
    field = SAME.get(name)
    if field is None:
        return False
    held = getattr(charge, field)
    match held:
        case datetime():
            return cells.is_plain(text) and cells.instant(text) == held
        case Decimal() | float():
            return cells.number(text) == Decimal(str(held))
        case dict():
            return bool(cells.loaded(text) == held)
    return bool(held == text)
