"""Delivery rows of files beside those of connections: what a connection tells stands, whichever came first.

A file fills in what no connection tells. Where a host or tracker tells of a change or ticket itself, it brings all of its
reviews and moves, so a file's reviews and moves of the same are left out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyarrow as pa

from payback.ledger.tables import BY_NAME
from payback.ledger.tellers import GIT, is_of_a_file

if TYPE_CHECKING:
    from collections.abc import Sequence

    from payback.warehouse.contract import Warehouse

    Row = dict[str, Any]

PARENTS = {"reviews": ("pull_requests", "pull_request_id"), "ticket_moves": ("tickets", "ticket_id")}


def yielding(name: str, rows: Sequence[Row], warehouse: Warehouse) -> list[Row]:
    """The rows that may be written: those of files only where no connection tells the same."""
    filed = [row for row in rows if is_of_a_file(row["source"])]
    if not filed:
        return list(rows)
    own = BY_NAME[name].key[0]
    places = [(name, own), *([PARENTS[name]] if name in PARENTS else [])]
    told = {place: _told_by_connections(*place, filed, warehouse) for place in places}
    columns = BY_NAME[name].key
    return [
        row
        for row in rows
        if not is_of_a_file(row["source"])
        or (
            tuple(row[column] for column in columns) not in told[places[0]]
            and all((row[column],) not in told[table, column] for table, column in places[1:])
        )
    ]


def _told_by_connections(
    table: str, column: str, rows: Sequence[Row], warehouse: Warehouse
) -> set[tuple[Any, ...]]:
    """Keys of a table's rows that connections told, where `column` is one that these rows name."""
    wanted = pa.array(sorted({row[column] for row in rows if row[column]}), pa.string())
    stored = warehouse.lookup(table, column, wanted).to_pylist()
    told = [row for row in stored if row["source"] != GIT and not is_of_a_file(row["source"])]
    return {tuple(row[name] for name in BY_NAME[table].key) for row in told}
