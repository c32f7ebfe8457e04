"""Entries as Arrow batches of the canonical tables, and rows of a table back as entries. Pure."""

from __future__ import annotations

from dataclasses import fields
from hashlib import blake2b
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from payback.ledger.entries import Rejected, Step, Usage
from payback.ledger.tables_usage import REJECTED, STEPS, USAGE

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from payback.warehouse.contract import Table

_USAGE_FIELDS = tuple(field.name for field in fields(Usage))
RENAMED = {name: f"{name}_tag" for name in ("team", "cost_center", "workflow", "environment", "task_type")}


def table_of(
    declared: Table, rows: Iterable[dict[str, Any]], source: str | None, now: datetime | None
) -> pa.Table:
    """Rows (column → value; missing is NULL) as an Arrow table of the declared schema, with their provenance."""
    held = list(rows)
    told = {"source": source, "synced_at": now}
    columns = [
        pa.array([row.get(column.name, told.get(column.name)) for row in held], type=column.type)
        for column in declared.columns
    ]
    return pa.Table.from_arrays(columns, schema=declared.schema)


def row_of(entry: Any) -> dict[str, Any]:
    """An entry by its columns. Tags and details become pairs, and nothing at all where there are none."""
    row = {field.name: getattr(entry, field.name) for field in fields(entry)}
    for name in ("tags", "details"):
        if name in row:
            row[name] = sorted(row[name].items()) or None
    return row


def usage_table(usages: Sequence[Usage], now: datetime) -> pa.Table:
    """Requests as rows of `usage`: unpriced and unattributed as yet; what the request itself was tagged with is in `*_tag`."""
    columns: dict[str, list[Any]] = {
        RENAMED.get(name, name): [getattr(usage, name) for usage in usages] for name in _USAGE_FIELDS
    }
    columns["synced_at"] = [now] * len(usages)
    empty = [None] * len(usages)
    return pa.Table.from_arrays(
        [pa.array(columns.get(column.name, empty), type=column.type) for column in USAGE.columns],
        schema=USAGE.schema,
    )


def usages_of(rows: pa.Table) -> list[Usage]:
    """Rows of `usage` back as entries."""
    back = {column: name for name, column in RENAMED.items()}
    kept = [
        name for name in rows.column_names if back.get(name, name) in _USAGE_FIELDS and name not in RENAMED
    ]
    return [
        Usage(**{back.get(name, name): row[name] for name in kept}) for row in rows.select(kept).to_pylist()
    ]


def step_table(steps: Sequence[Step], now: datetime) -> pa.Table:
    """Agent steps as rows of `steps`."""
    names = [field.name for field in fields(Step)]
    return table_of(STEPS, ({name: getattr(step, name) for name in names} for step in steps), None, now)


def rejected_table(rejected: Iterable[Rejected], now: datetime) -> pa.Table:
    """Refused rows as rows of `rejected`, each once."""
    rows = {
        digest(one.source, one.file, one.line, one.why): {
            "file": one.file,
            "line": one.line,
            "why": one.why,
            "source": one.source,
        }
        for one in rejected
    }
    return table_of(REJECTED, ({"rejected_id": key, **row} for key, row in rows.items()), None, now)


def digest(*parts: object) -> str:
    """A deterministic id of its parts: 32 hex digits; None and "" differ."""
    text = "\x1f".join("\x00" if part is None else str(part) for part in parts)
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()
