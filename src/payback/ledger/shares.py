"""Shares and rows of use as rows of `spend`, column by column."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from payback.ledger.tables_money import SPEND
from payback.ledger.use import API_TOOLS
from payback.warehouse.contract import MONEY

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from payback.ledger.attribute import Ground, Share
    from payback.ledger.listed import Use

SAFE = 2**62
TAGGED = (
    "team",
    "workflow",
    "environment",
    "task_type",
    "cost_center",
)  # where the use does not say, the line may
SHARED = (
    "day", "account", "project", "api_key", "tool", "model", "team", "person", "cost_center", "workflow", "task_type",
    "environment", "owner", "agent", "run_id", "session_id", "repo", "branch", "pull_request", "ticket", "deployment",
    "output_id", "ai_class",
)  # fmt: skip


def share_rows(shares: Sequence[Share], use: Use, now: datetime) -> pa.Table:
    """Shares of charges as rows of `spend`: the place of the use they paid for, or their own; money of the charge."""
    own = [share.own or {} for share in shares if share.row < 0]
    homes = iter(range(len(use.rows), len(use.rows) + len(own)))
    at = pa.array([share.row if share.row >= 0 else next(homes) for share in shares], pa.int64())
    columns: dict[str, pa.Array] = {name: _placed(name, use, own).take(at) for name in SHARED}
    for name in ("vendor", "source", "currency", "charge_id"):
        columns[name] = pa.array([share.charge[name] for share in shares], pa.string())
    for name, told in (("billed", "billed"), ("amortised", "amortised"), ("list", "listed")):
        columns[name] = amounts([getattr(share, told) for share in shares])
    columns["spend_id"] = pa.array([share.spend_id for share in shares], pa.string())
    columns["reconciled"] = pa.array([share.reconciled for share in shares], pa.string())
    columns["basis"] = pa.array(_bases(shares, use), pa.string())
    columns["tool"] = _tools(columns["tool"], shares)
    for name in TAGGED:
        tags = pa.array([dict(share.charge.get("tags") or ()).get(name) for share in shares], pa.string())
        columns[name] = pc.coalesce(columns[name], tags)
    for name in ("unpriced_tokens", "tokens", "requests"):
        columns[name] = pa.array([0] * len(shares), pa.int64())
    return fitted_spend(pa.table(columns), now)


def amounts(nanos: Sequence[int | None]) -> pa.Array:
    """Whole billionths as a column of money."""
    if any(one is not None and not -SAFE < one < SAFE for one in nanos):
        return pa.array([money(one) for one in nanos], MONEY)
    known = pa.array(nanos, pa.int64())
    wide = np.empty((len(nanos), 2), np.int64)
    wide[:, 0] = known.fill_null(0).to_numpy(zero_copy_only=False)
    wide[:, 1] = wide[:, 0] >> 63
    valid = (
        pa.array(known.is_valid().to_numpy(zero_copy_only=False)).buffers()[1] if known.null_count else None
    )
    return pa.Array.from_buffers(MONEY, len(nanos), [valid, pa.py_buffer(wide)])


def money(amount: int | None) -> Decimal | None:
    """Whole billionths as an amount."""
    return None if amount is None else Decimal(amount).scaleb(-9)


def _placed(name: str, use: Use, own: Sequence[Mapping[str, Any]]) -> pa.Array:
    """A column of all places: those of use, then the charges' own."""
    kind = SPEND.schema.field(name).type
    known = (
        use.rows[name] if name in use.rows.column_names else pa.chunked_array([pa.nulls(len(use.rows), kind)])
    )
    return pa.concat_arrays([*known.cast(kind).chunks, pa.array([place.get(name) for place in own], kind)])


def tool_of(charge: Mapping[str, Any]) -> str:
    """The tool that a charge names, else the vendor's API as such."""
    return str(charge["tool"] or API_TOOLS.get(charge["vendor"]) or f"{charge['vendor']}_api")


def _tools(found: pa.Array, shares: Iterable[Share]) -> pa.Array:
    """The tool of the use, else the one the charge names, else the vendor's API as such."""
    return pa.array(
        [tool or tool_of(share.charge) for tool, share in zip(found.to_pylist(), shares, strict=True)],
        pa.string(),
    )


def _bases(shares: Iterable[Share], use: Use) -> list[str]:
    placed = use.rows["placed_by"].to_pylist()
    how = use.rows["how"].to_pylist()
    return [
        f"share of use by list price; {placed[share.row]}; {how[share.row] or NO_CHANGE}"
        if share.row >= 0
        else share.basis
        for share in shares
    ]


NO_CHANGE = "no change linked"


def fitted_spend(rows: pa.Table, now: datetime) -> pa.Table:
    """Rows in the columns of `spend`: currency USD and the rule that placed them where a row of use has none yet."""
    names = set(rows.column_names)
    count = len(rows)
    columns = []
    for column in SPEND.columns:
        if column.name in names:
            columns.append(rows[column.name].cast(column.type))
        elif column.name == "currency":
            columns.append(pa.array(["USD"] * count, column.type))
        elif column.name == "basis":
            placed, how = rows["placed_by"].to_pylist(), rows["how"].to_pylist()
            told = [f"{rule}; {link or NO_CHANGE}" for rule, link in zip(placed, how, strict=True)]
            columns.append(pa.array(told, column.type))
        elif column.name == "synced_at":
            columns.append(pa.array([now] * count, column.type))
        else:
            columns.append(pa.nulls(count, column.type))
    return pa.Table.from_arrays(columns, schema=SPEND.schema)


def reported(rows: pa.Table, ground: Ground) -> pa.Table:
    """Rows of `spend` with their amounts in the organisation's currency too."""
    currencies, days = rows["currency"].to_pylist(), rows["day"].to_pylist()
    for name in ("billed", "amortised", "list"):
        if set(currencies) <= {ground.currency}:
            amounts = rows[name]
        else:
            told = zip(rows[name].to_pylist(), currencies, days, strict=True)
            found = [
                ground.rates.converted(one, currency, ground.currency, day) for one, currency, day in told
            ]
            amounts = pa.array(found, MONEY)
        rows = rows.set_column(rows.schema.get_field_index(f"reporting_{name}"), f"reporting_{name}", amounts)
    return rows
