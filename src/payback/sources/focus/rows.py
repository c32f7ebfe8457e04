"""The rows of one FOCUS file as charges that belong together: equal rows told apart, rounding carried, and no charge
added beside the parts it was split into.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from payback.ledger.batches import digest
from payback.ledger.entries import Charge, Rejected
from payback.ledger.focus_columns import AMOUNTS, canonical
from payback.sources.focus import cells, own
from payback.sources.focus.row import EXACT, MONEY, read_row, told

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from payback.sources.focus.given import Given

ALLOCATED = "AllocatedMethodId"
SPLIT = frozenset(
    {ALLOCATED, "AllocatedMethodDetails", "AllocatedResourceId", "AllocatedResourceName", "AllocatedTags"}
)


@dataclass(frozen=True, slots=True)
class Sum:
    """What a file's rows add up to in one currency, exactly, and what the charges made of them add up to."""

    currency: str
    column: str
    exact: Decimal
    kept: Decimal


@dataclass(slots=True)
class Family:
    """Rows that say the same but for amounts and the resource a charge was split over."""

    origins: list[int] = field(default_factory=list)
    parts: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))


def read_rows(rows: Iterable[tuple[int, Mapping[str, Any]]], given: Given) -> list[Charge | Rejected]:
    """The charges of one file's rows (line, column name to cell), in their order, refused rows among them.

    Equal rows are told apart by their order. A charge that stands beside the parts it was split into (FOCUS 1.3) is
    refused: its money is in the parts. What rounding to nine places leaves over is carried into the last row of each
    currency.
    """
    held = own.joined(rows)
    found = [read_row(row, given, line) for line, row in held]
    for index, why in _twice(held, found):
        found[index] = Rejected(given.source, why, given.what, held[index][0])
    apart = _told_apart(found)
    _carry([one for one, (_, row) in zip(apart, held, strict=True) if cells.text(row.get(own.ID)) is None])
    return apart


def _told_apart(found: list[Charge | Rejected]) -> list[Charge | Rejected]:
    seen: Counter[str] = Counter()
    apart: list[Charge | Rejected] = []
    for one in found:
        if isinstance(one, Charge):
            seen[one.charge_id] += 1
            if (number := seen[one.charge_id]) > 1:
                apart.append(replace(one, charge_id=digest(one.charge_id, number)))
                continue
        apart.append(one)
    return apart


def sums(charges: Iterable[Charge | Rejected]) -> list[Sum]:
    """The exact sum of the file and that of its charges, by currency and column."""
    exact: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    kept: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for charge in charges:
        if isinstance(charge, Rejected):
            continue
        for column in MONEY:
            amount = _exact(charge, column)
            if amount is not None:
                exact[charge.currency, column] = EXACT.add(exact[charge.currency, column], amount)
                kept[charge.currency, column] = EXACT.add(
                    kept[charge.currency, column], _held(charge, column)
                )
    return [Sum(*key, amount, kept[key]) for key, amount in sorted(exact.items())]


def _held(charge: Charge, column: str) -> Decimal:
    found: Decimal | None = getattr(charge, MONEY[column])
    return Decimal(0) if found is None else found


def _exact(charge: Charge, column: str) -> Decimal | None:
    """The amount as the bill has it, all its places."""
    told_as: Decimal | None = getattr(charge, MONEY[column])
    return cells.number(charge.details[column]) if column in charge.details else told_as


def _carry(found: list[Charge | Rejected]) -> None:
    """Put what rounding left over into the last charges."""
    last: dict[tuple[str, str], Charge] = {}
    for one in found:
        if isinstance(one, Charge):
            for column, name in MONEY.items():
                if getattr(one, name) is not None:
                    last[one.currency, column] = one
    for total in sums(found):
        residue = EXACT.subtract(total.exact, total.kept).quantize(Decimal("1e-9"), context=EXACT)
        if residue:
            charge = last[total.currency, total.column]
            before = _held(charge, total.column)
            charge.details = {total.column: f"{before:f}", **charge.details}
            setattr(charge, MONEY[total.column], EXACT.add(before, residue))


def _twice(
    held: list[tuple[int, Mapping[str, Any]]], found: list[Charge | Rejected]
) -> list[tuple[int, str]]:
    """Rows whose money other rows of the file hold: the origin of a split, and splits by a second method."""
    families: dict[tuple[tuple[str, str], ...], Family] = defaultdict(Family)
    columns = set().union(*(row for _, row in held))
    if not any(canonical(name) == ALLOCATED for name in columns if name):
        return []
    split = [told(row) for _, row in held]
    for index, texts in enumerate(split):
        if isinstance(found[index], Charge):
            key = tuple(
                sorted(
                    (name, text) for name, text in texts.items() if name not in AMOUNTS and name not in SPLIT
                )
            )
            family = families[key]
            if ALLOCATED in texts:
                family.parts[texts[ALLOCATED]].append(index)
            else:
                family.origins.append(index)
    return [refused for family in families.values() for refused in _refused(family, found)]


def _refused(family: Family, found: list[Charge | Rejected]) -> list[tuple[int, str]]:
    if not family.parts:
        return []
    first, *others = sorted(family.parts)
    whole = _amounts(family.parts[first], found)
    refused = [
        (index, f"a second split of one charge, by {method}: its money is in the first, by {first}")
        for method in others
        if _amounts(family.parts[method], found) == whole
        for index in family.parts[method]
    ]
    origin = next((index for index in family.origins if _amounts([index], found) == whole), None)
    if origin is not None:
        parts = len(family.parts[first])
        refused.append(
            (origin, f"the origin of {parts} allocated charges in this file: its money is in them")
        )
    return refused


def _amounts(indices: list[int], found: list[Charge | Rejected]) -> dict[str, Decimal]:
    """The exact cash and cost of some rows."""
    told_as = sums(found[index] for index in indices)
    return {total.column: total.exact for total in told_as if total.column != "ListCost"}
