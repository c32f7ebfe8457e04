"""The charges that count, as FOCUS 1.2 files for others: attributed, invoiced and open rows together or apart."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from functools import reduce
from typing import TYPE_CHECKING, Any

import ibis

from payback.access.facts import open as opened
from payback.access.scope import Sight
from payback.errors import PaybackError, UnknownNameError, UnreadableFileError
from payback.ledger.focus import Bill, rows
from payback.ledger.focus_sheet import as_csv, as_parquet

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    import ibis.expr.types as ir

    from payback.access.facts import Ground
    from payback.access.scope import Scope
    from payback.app.window import Window

FORMS = {".csv": as_csv, ".parquet": as_parquet}
PLACE = (
    "tool", "model", "team", "person", "cost_center", "workflow", "task_type", "environment", "owner", "ai_class", "basis",
)  # fmt: skip
# By which a share of a charge is known to have paid for requests.
REQUESTS = (
    "day", "vendor", "account", "project", "tool", "model", "team", "person", "cost_center", "workflow", "task_type",
    "environment", "owner", "agent", "session_id", "repo", "branch", "pull_request", "ai_class",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Written:
    """One file that was written, its charges and rows."""

    file: Path
    charges: int
    rows: int


def export(ground: Ground, scope: Scope, file: Path, window: Window | None, *, apart: bool) -> list[Written]:
    """Write the counted charges that begin in the window. Apart: FILE.invoiced.csv and FILE.open.csv."""
    if file.suffix not in FORMS:
        raise UnknownNameError("kind of FOCUS file", file.suffix, FORMS)
    if scope.sight is not Sight.EVERYTHING:
        raise PaybackError(
            "a FOCUS file holds every team's charges; it is written for who may see everything"
        )
    bills = _bills(ground, scope, window)
    if not apart:
        return [_write(file, bills, _shares(ground, scope), scope)]
    shares = _shares(ground, scope)
    parts = (("invoiced", True), ("open", False))
    return [
        _write(
            file.with_suffix(f".{name}{file.suffix}"),
            [bill for bill in bills if bill.is_invoiced is invoiced],
            shares,
            scope,
        )
        for name, invoiced in parts
    ]


def _bills(ground: Ground, scope: Scope, window: Window | None) -> list[Bill]:
    """The counted charges: those that have rows of spend."""
    charges = opened(ground, "charges", scope)
    counted = opened(ground, "spend", scope).select("charge_id").distinct()
    held = charges.semi_join(counted, "charge_id")
    if window:
        held = held.filter(
            held["charge_period_start"] >= ibis.literal(window.since),
            held["charge_period_start"] < ibis.literal(window.until),
        )
    found = ground.warehouse.read(held.order_by(["charge_period_start", "charge_id"])).to_pylist()
    return [Bill.of(charge, ground.zone) for charge in found]


def _shares(ground: Ground, scope: Scope) -> Mapping[str, Sequence[dict[str, Any]]]:
    """Where each charge was placed, with the tokens and requests it paid for; two charges never show the same tokens."""
    spend = opened(ground, "spend", scope)
    key = _key(spend)
    listed = spend.mutate(paid_key=key).filter(spend["charge_id"].isnull())
    used = listed.group_by("paid_key").aggregate(
        used_tokens=listed["tokens"].sum(), used_requests=listed["requests"].sum()
    )
    charged = spend.mutate(paid_key=key).filter(spend["charge_id"].notnull())
    window = ibis.window(group_by=charged["paid_key"], order_by=[charged["charge_id"], charged["spend_id"]])
    numbered = charged.mutate(place=ibis.row_number().over(window))
    joined = numbered.left_join(used, "paid_key")
    first = joined["place"] == 0
    grouped = joined.group_by(["charge_id", *PLACE]).aggregate(
        billed=joined["billed"].sum(),
        amortised=joined["amortised"].sum(),
        tokens=joined["used_tokens"].sum(where=first),
        requests=joined["used_requests"].sum(where=first),
    )
    found: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in ground.warehouse.read(grouped.order_by(["charge_id", *PLACE])).to_pylist():
        found[row.pop("charge_id")].append(row)
    return found


def _key(spend: ir.Table) -> ir.StringColumn:
    parts = [spend[name].cast("string").fill_null("\x00") for name in REQUESTS]
    return reduce(lambda left, right: left + ibis.literal("\x1f") + right, parts).hexdigest("md5")


def _write(
    file: Path, bills: Iterable[Bill], shares: Mapping[str, Sequence[dict[str, Any]]], scope: Scope
) -> Written:
    held = list(bills)
    written = [
        row
        for bill in held
        for row in rows(bill, shares[bill.charge["charge_id"]], names_people=scope.may_see_people)
    ]
    try:
        file.expanduser().write_bytes(FORMS[file.suffix](written))
    except OSError as error:
        raise UnreadableFileError(f"{file} cannot be written: {error.strerror}") from error
    return Written(file, len(held), len(written))
