"""How several processes share one warehouse file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from payback.warehouse.duckdb import DuckWarehouse

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from payback.warehouse.contract import Table, Warehouse


def open_warehouse(path: Path, tables: Iterable[Table], waiting: Callable[[str], None]) -> Warehouse:
    """The warehouse at a path; `waiting` is told in a sentence whenever this has to wait."""
    del waiting
    return DuckWarehouse(path, tables)
