"""FOCUS files taken in: no mapping is needed, sums are told exactly, and the days they touch are owed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, get_args

from payback.errors import SettingsError
from payback.ledger.batches import row_of
from payback.ledger.entries import Charge, Precedence, Rejected
from payback.ledger.focus_columns import canonical
from payback.sources.files import layout
from payback.sources.files.rows import FileRows
from payback.sources.focus import Given, read_rows, sums

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

KIND = "focus"
SOURCE = "file:focus"
NEEDED = frozenset({"BilledCost", "BillingCurrency", "ChargePeriodStart", "ChargePeriodEnd"})
SAID = ("vendor", "account", "tool", "currency", "precedence")


def is_focus(names: Sequence[str]) -> bool:
    """Whether columns are those of FOCUS, of any version."""
    return {canonical(name) for name in names} >= NEEDED


def read(file: Path, constants: Sequence[str]) -> tuple[FileRows, list[dict[str, Any]]]:
    """The charges of a FOCUS file and what was refused, and its sums: exact, and as the charges hold them."""
    found = read_rows(layout.read(file).rows, _given(file, constants))
    rows = FileRows(
        charges=[row_of(one) for one in found if isinstance(one, Charge)],
        rejected=[one for one in found if isinstance(one, Rejected)],
    )
    told = [
        {
            "currency": total.currency,
            "column": total.column,
            "exact": f"{total.exact:f}",
            "kept": f"{total.kept:f}",
        }
        for total in sums(found)
    ]
    return rows, told


def _given(file: Path, constants: Sequence[str]) -> Given:
    said: dict[str, Any] = {}
    for told in constants:
        name, sign, value = told.partition("=")
        if not sign or not value or name not in SAID:
            raise SettingsError(f"--set {told!r} is not NAME=VALUE with one of {', '.join(SAID)}")
        said[name] = value
    if said.get("precedence", "invoice") not in get_args(Precedence):
        raise SettingsError(f"precedence {said['precedence']!r} is none of {', '.join(get_args(Precedence))}")
    return Given(source=SOURCE, what=file.name, **said)
