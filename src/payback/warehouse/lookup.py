"""Rows of a table by many values of one column, on any engine."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa

if TYPE_CHECKING:
    from collections.abc import Sequence

    from payback.warehouse.contract import Warehouse


def rows_with(warehouse: Warehouse, table: str, column: str, values: Sequence[str]) -> pa.Table:
    """The rows whose text column holds one of the values, however many values there are."""
    import ibis

    wanted = ibis.memtable(pa.table({"wanted": pa.array(values, pa.string())})).distinct()
    rows = warehouse.table(table)
    return warehouse.read(rows.semi_join(wanted, rows[column] == wanted["wanted"]))
