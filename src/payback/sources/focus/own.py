"""FOCUS files that payback wrote itself, read back: parts of one charge joined, and what columns cannot say put back."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from decimal import Context, Decimal
from typing import TYPE_CHECKING, Any

import orjson

from payback.ledger.focus_columns import AMOUNTS, canonical
from payback.sources.focus import cells

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from payback.ledger.entries import Charge

ID, DETAILS, DIFFERENT = "x_ChargeId", "x_Details", "x_Charge"
MONEY = ("billed_cost", "effective_cost", "list_cost")
INSTANTS = ("charge_period_start", "charge_period_end")
REST = (
    "charge_category",
    "account",
    "sub_account",
    "service",
    "sku",
    "charge_class",
    "invoice_id",
    "unit",
    "tool",
    "model",
    "actor",
    "api_key",
)
_EXACT = Context(prec=80)


def joined(rows: Iterable[tuple[int, Mapping[str, Any]]]) -> list[tuple[int, Mapping[str, Any]]]:
    """The rows, with the parts of each charge (rows of one x_ChargeId) as one row whose amounts are their sums."""
    held: list[tuple[int, Mapping[str, Any]]] = []
    places: dict[str, int] = {}
    for line, row in rows:
        charge_id = cells.text(row.get(ID))
        if charge_id is None:
            held.append((line, row))
        elif charge_id in places:
            first, whole = held[places[charge_id]]
            held[places[charge_id]] = (first, _added(whole, row))
        else:
            places[charge_id] = len(held)
            held.append((line, row))
    return held


def _added(whole: Mapping[str, Any], part: Mapping[str, Any]) -> dict[str, Any]:
    """The sum of two parts. A cell that is no number stays as it is, for the reader to refuse."""
    found = dict(whole)
    for name, cell in part.items():
        if canonical(name) in AMOUNTS:
            try:
                terms = [cells.number(cells.text(one)) for one in (whole.get(name), cell)]
            except ValueError:
                found[name] = cell
                continue
            known = [term for term in terms if term is not None]
            found[name] = _EXACT.add(sum(known[1:], Decimal(0)), known[0]) if known else None
    return found


def restored(charge: Charge, texts: Mapping[str, str]) -> Charge:
    """The charge as it was when it was written: its details as the bill had them, and the fields that columns bend."""
    details = cells.pairs(texts.get(DETAILS, "{}"))
    told = _loaded(texts.get(DIFFERENT, "{}"))
    fields: dict[str, Any] = {name: told[name] for name in REST if name in told}
    fields |= {name: cells.number(told[name]) for name in MONEY if name in told}
    fields |= {name: datetime.fromisoformat(told[name]) for name in INSTANTS if name in told}
    if "quantity" in told:
        fields["quantity"] = told["quantity"]
    if "tags" in told:
        fields["tags"] = {str(key): str(value) for key, value in told["tags"].items()}
    return replace(charge, details=details, **fields)


def _loaded(text: str) -> dict[str, Any]:
    try:
        found = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise ValueError(f"{DIFFERENT} is not JSON") from error
    if not isinstance(found, dict) or not isinstance(found.get("tags", {}), dict):
        raise ValueError(f"{DIFFERENT} is not a JSON object")  # noqa: TRY004  bad data is told as one kind of error
    return found
