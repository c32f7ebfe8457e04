"""What each change does to the rows of a DuckDB file, inside a transaction that somebody else opens and ends.

Keys alone decide which rows an upsert replaces, wherever in time they were, unless the caller vouches for a window.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from payback.errors import UnknownNameError
from payback.warehouse.batches import fitted
from payback.warehouse.contract import Append, Change, Cursor, Delete, Replace, Upsert, Window
from payback.warehouse.ddl import conditions, quoted, stored
from payback.warehouse.questions import declared

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    import duckdb

    from payback.warehouse.contract import Table

BATCH = "_batch"


def checked(tables: Mapping[str, Table], changes: Sequence[Change]) -> tuple[Change, ...]:
    """The changes with every batch in its table's columns and types, before anything is written.

    UnknownNameError for a table that is not declared, WarehouseError for a batch or a condition that does not fit.
    """
    return tuple(_checked(tables, change) for change in changes)


def _checked(tables: Mapping[str, Table], change: Change) -> Change:
    if isinstance(change, Cursor):
        return change
    table = declared(tables, change.table)
    match change:
        case Append(rows=rows):
            return Append(table.name, fitted(table, rows))
        case Upsert(rows=rows, within=window):
            conditions(table, window)
            return Upsert(table.name, fitted(table, rows), window)
        case Replace(rows=rows, equals=equals, since=since, until=until):
            _refuse_unknown_columns(table, equals)
            conditions(table, Window(since, until))
            return Replace(table.name, fitted(table, rows), equals, since, until)
        case Delete(column=column):
            _refuse_unknown_columns(table, (column,))
            return change


def _refuse_unknown_columns(table: Table, names: Iterable[str]) -> None:
    for name in names:
        if name not in table.names:
            raise UnknownNameError(f"column of {table.name}", name, table.names)


def write(connection: duckdb.DuckDBPyConnection, tables: Mapping[str, Table], change: Change) -> None:
    """Do one checked change on a connection that is in a transaction."""
    match change:
        case Cursor():
            _remember(connection, change)
        case Append(table=name, rows=rows):
            _insert(connection, tables[name], rows)
        case Upsert(table=name):
            _upsert(connection, tables[name], change)
        case Replace(table=name, rows=rows):
            _delete_window(connection, tables[name], change)
            _insert(connection, tables[name], rows)
        case Delete(table=name, column=column, values=wanted):
            term, values = _one_of(column, list(wanted))
            connection.execute(f"DELETE FROM {stored(name)} WHERE {term}", values)  # noqa: S608 - declared names


def _remember(connection: duckdb.DuckDBPyConnection, cursor: Cursor) -> None:
    where = [cursor.source, cursor.stream]
    connection.execute("DELETE FROM _cursors WHERE source = ? AND stream = ?", where)
    if cursor.value is not None:
        connection.execute("INSERT INTO _cursors VALUES (?, ?, ?, now())", [*where, cursor.value])


def _upsert(connection: duckdb.DuckDBPyConnection, table: Table, change: Upsert) -> None:
    if not change.rows.num_rows:
        return
    rows = _last_of_each_key(connection, table, change.rows)
    required = {column.name for column in table.columns if column.required}
    same = (
        f"t.{quoted(name)} {'=' if name in required else 'IS NOT DISTINCT FROM'} b.{quoted(name)}"
        for name in table.key
    )
    terms = " AND ".join((*(f"t.{term}" for term in conditions(table, change.within)), *same))
    with _batch(connection, rows.select(list(table.key))):
        connection.execute(f"DELETE FROM {stored(table.name)} AS t USING {BATCH} AS b WHERE {terms}")  # noqa: S608 - declared names
    _insert(connection, table, rows)


def _delete_window(connection: duckdb.DuckDBPyConnection, table: Table, change: Replace) -> None:
    terms = conditions(table, Window(change.since, change.until))
    values: list[Any] = []
    for name, wanted in change.equals.items():
        term, given = _one_of(name, wanted)
        terms.append(term)
        values.extend(given)
    where = f" WHERE {' AND '.join(terms)}" if terms else ""
    connection.execute(f"DELETE FROM {stored(table.name)}{where}", values)  # noqa: S608 - declared names


def _one_of(name: str, wanted: Any) -> tuple[str, list[Any]]:
    """The condition that a column holds a value or one of several, NULL included, and its parameters."""
    several = isinstance(wanted, Sequence) and not isinstance(wanted, str | bytes)
    values = list(wanted) if several else [wanted]
    known = [value for value in values if value is not None]
    terms = [f"{quoted(name)} IN (SELECT unnest(?))"] if known else []
    if len(known) != len(values):
        terms.append(f"{quoted(name)} IS NULL")
    return (f"({' OR '.join(terms)})" if terms else "FALSE"), ([known] if known else [])


def _insert(connection: duckdb.DuckDBPyConnection, table: Table, rows: pa.Table) -> None:
    if rows.num_rows:
        with _batch(connection, rows):
            connection.execute(f"INSERT INTO {stored(table.name)} BY NAME SELECT * FROM {BATCH}")  # noqa: S608 - declared names


def _last_of_each_key(connection: duckdb.DuckDBPyConnection, table: Table, rows: pa.Table) -> pa.Table:
    """The rows without those that a later row of the same batch replaces."""
    keys = ", ".join(map(quoted, table.key))
    numbered = rows.select(list(table.key)).append_column("_row", pa.array(range(rows.num_rows), pa.int64()))
    with _batch(connection, numbered):
        text = f"SELECT max(_row) AS _row FROM {BATCH} GROUP BY {keys} ORDER BY 1"  # noqa: S608 - declared names
        last = connection.sql(text).to_arrow_table()
    return rows if last.num_rows == rows.num_rows else rows.take(last.column(0))


@contextmanager
def _batch(connection: duckdb.DuckDBPyConnection, rows: pa.Table) -> Iterator[None]:
    connection.register(BATCH, rows)
    try:
        yield
    finally:
        connection.unregister(BATCH)
