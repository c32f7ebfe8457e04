"""Every engine that must keep the contract of a warehouse, and what each declares that it cannot do.

An engine joins by one `Engine` value; `test_conformance.py` and `test_properties.py` then run on it whole. A gap is the
name of a test and the reason; a gap that no longer fails is an error (strict xfail).
"""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

import pyarrow as pa

from payback.warehouse.contract import (
    COUNT,
    DAY,
    FLAG,
    INSTANT,
    MONEY,
    REAL,
    TAGS,
    TEXT,
    Column,
    Table,
    Warehouse,
)
from payback.warehouse.duckdb import DuckWarehouse
from payback.warehouse.shared import open_warehouse

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from contextlib import AbstractContextManager
    from pathlib import Path

USE = Table(
    "use",
    "One request.",
    (
        Column("id", TEXT, "its key", required=True),
        Column("at_time", INSTANT, "when", required=True),
        Column("tool", TEXT, "which tool"),
        Column("tokens", COUNT, "how many"),
        Column("usd", MONEY, "what it cost"),
        Column("day", DAY, "which day"),
        Column("is_paid", FLAG, "paid"),
        Column("seconds", REAL, "how long"),
        Column("tags", TAGS, "tags"),
    ),
    key=("id",),
    time="at_time",
)
ROLLED = Table(
    "rolled",
    "A roll-up whose key may hold NULL.",
    (
        Column("tool", TEXT, "which tool"),
        Column("model", TEXT, "which model"),
        Column("tokens", COUNT, "sum", required=True),
    ),
    key=("tool", "model"),
    derived=True,
)
TABLES = (USE, ROLLED)
START = datetime(2026, 3, 29, tzinfo=UTC)


def use(*rows: Mapping[str, object]) -> pa.Table:
    """Rows of `use`; what is left out is NULL, `at_time` is START."""
    full = [{"at_time": START, **row} for row in rows]
    return pa.Table.from_pylist(
        [{name: row.get(name) for name in USE.names} for row in full], schema=USE.schema
    )


def rolled(*rows: Mapping[str, object]) -> pa.Table:
    return pa.Table.from_pylist(list(rows), schema=ROLLED.schema)


def hour(number: int) -> datetime:
    return START + timedelta(hours=number)


def rows_of(warehouse: Warehouse, name: str = "use") -> list[dict[str, object]]:
    """All rows of a table, in the order of its key."""
    table = warehouse.table(name)
    keys = {declared.name: declared.key for declared in TABLES}[name]
    found: list[dict[str, object]] = warehouse.read(table.order_by(list(keys))).to_pylist()
    return found


def money(text: str) -> Decimal:
    return Decimal(text).quantize(Decimal("0.000000001"))


@dataclass(frozen=True)
class Engine:
    """One way to a warehouse."""

    name: str
    opened: Callable[[Path, tuple[Table, ...]], AbstractContextManager[Warehouse]]
    gaps: Mapping[str, str] = field(default_factory=dict)


def unheard(said: str) -> None:
    raise AssertionError(f"nobody should have to wait here: {said}")


@contextmanager
def _in_memory(folder: Path, tables: tuple[Table, ...]) -> Iterator[Warehouse]:
    warehouse = DuckWarehouse.in_memory(tables)
    yield warehouse
    warehouse.close()


@contextmanager
def _file(folder: Path, tables: tuple[Table, ...]) -> Iterator[Warehouse]:
    warehouse = open_warehouse(folder / "warehouse.duckdb", tables, unheard)
    assert warehouse.holds_the_file
    yield warehouse
    warehouse.close()


@contextmanager
def _remote(folder: Path, tables: tuple[Table, ...]) -> Iterator[Warehouse]:
    with ExitStack() as stack:
        stack.enter_context(_file(folder, tables))
        warehouse = open_warehouse(folder / "warehouse.duckdb", tables, unheard)
        assert not warehouse.holds_the_file
        yield warehouse
        warehouse.close()


ENGINES = (Engine("memory", _in_memory), Engine("file", _file), Engine("remote", _remote))
