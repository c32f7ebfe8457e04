"""The words in which DuckDB is told what a declared table looks like. Text only; runs nothing.

Rows live in schema `facts`; schema `main` holds one view per table with the declared columns in the declared order,
so that columns added later never change the order that a reader sees.
"""

from __future__ import annotations

import hashlib
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

from pyarrow import types

from payback.errors import WarehouseError

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pyarrow as pa

    from payback.warehouse.contract import Column, Table, Window

FACTS = "facts"
OWN = {
    "_cursors": "source VARCHAR NOT NULL, stream VARCHAR NOT NULL, value VARCHAR NOT NULL, updated_at TIMESTAMPTZ NOT NULL",
    "_schema": "number INTEGER NOT NULL, version INTEGER NOT NULL, fingerprint VARCHAR NOT NULL, payback VARCHAR NOT NULL, change VARCHAR NOT NULL, applied_at TIMESTAMPTZ NOT NULL",
    "_applied": "id VARCHAR NOT NULL, applied_at TIMESTAMPTZ NOT NULL",
}
INTERNAL = (
    f"CREATE SCHEMA IF NOT EXISTS {FACTS}",
    *(f"CREATE TABLE IF NOT EXISTS {name} ({columns})" for name, columns in OWN.items()),
)
_PLAIN = {
    "string": "VARCHAR",
    "int64": "BIGINT",
    "int32": "INTEGER",
    "bool": "BOOLEAN",
    "double": "DOUBLE",
    "date32[day]": "DATE",
    "timestamp[us, tz=UTC]": "TIMESTAMP WITH TIME ZONE",
}


def quoted(name: str) -> str:
    """An identifier that DuckDB takes as it is written."""
    return '"' + name.replace('"', '""') + '"'


def stored(name: str) -> str:
    """Where the rows of a table are kept."""
    return f"{FACTS}.{quoted(name)}"


def type_of(kind: pa.DataType) -> str:
    """DuckDB's name of an Arrow type. WarehouseError for a type that no declared table may use."""
    if types.is_decimal(kind):
        return f"DECIMAL({kind.precision},{kind.scale})"
    if types.is_map(kind):
        return f"MAP({type_of(kind.key_type)}, {type_of(kind.item_type)})"
    found = _PLAIN.get(str(kind))
    if found is None:
        raise WarehouseError(
            f"no declared table may hold a column of type {kind}; known: {', '.join(sorted(_PLAIN))}"
        )
    return found


def column_of(column: Column) -> str:
    """One column of a CREATE TABLE."""
    return column_text(column.name, type_of(column.type), required=column.required)


def column_text(name: str, kind: str, *, required: bool) -> str:
    """One column of a CREATE TABLE, by DuckDB's name of its type."""
    return f"{quoted(name)} {kind}{' NOT NULL' if required else ''}"


def conditions(table: Table, window: Window) -> list[str]:
    """The window of a table's time column as conditions that are all to hold; none for all of time.

    WarehouseError for a table without a time column and for an instant without a zone.
    """
    given = [
        (sign, bound) for sign, bound in ((">=", window.since), ("<", window.until)) if bound is not None
    ]
    if given and table.time is None:
        raise WarehouseError(f"table {table.name} has no time column, so there is no window of it")
    return [f"{quoted(table.time or '')} {sign} {_literal(bound)}" for sign, bound in given]


def _literal(bound: datetime | date) -> str:
    if not isinstance(bound, datetime):
        return f"DATE '{bound.isoformat()}'"
    if bound.tzinfo is None:
        raise WarehouseError(f"{bound.isoformat()} has no time zone, so it is not an instant")
    return f"TIMESTAMPTZ '{bound.astimezone(UTC).isoformat()}'"


def fingerprint(tables: Iterable[Table]) -> str:
    """A digest of what tables hold: names, types, what is required, keys. Sentences do not count."""
    shape = sorted(
        (
            table.name,
            [(c.name, str(c.type), c.required) for c in table.columns],
            table.key,
            table.time or "",
            table.derived,
        )
        for table in tables
    )
    return hashlib.sha256(repr(shape).encode()).hexdigest()


def creation(table: Table) -> str:
    """CREATE TABLE of a declared table; no constraint but NOT NULL: keys are kept by upserts."""
    return f"CREATE TABLE {stored(table.name)} ({', '.join(map(column_of, table.columns))})"


def view(table: Table) -> str:
    """CREATE VIEW by which a declared table is read."""
    columns = ", ".join(map(quoted, table.names))
    return f"CREATE OR REPLACE VIEW {quoted(table.name)} AS SELECT {columns} FROM {stored(table.name)}"  # noqa: S608
