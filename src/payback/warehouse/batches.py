"""Whether an Arrow batch may enter a declared table, and the batch in the table's own columns and types.

Only changes of type that keep every value as it is are made (wider integers, plain text for dictionaries, more places
for a decimal). A float never becomes money, a time without a zone never becomes an instant. Knows no engine.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa
from pyarrow import types

from payback.errors import WarehouseError

if TYPE_CHECKING:
    from collections.abc import Callable

    from payback.warehouse.contract import Column, Table


def fitted(table: Table, rows: pa.Table) -> pa.Table:
    """The rows in the table's column order and types; columns that may be NULL and are missing are filled with NULL.

    WarehouseError, naming table and column, for a column that is not declared, a required one that is missing or holds
    NULL, and a type that could not be kept exactly.
    """
    _refuse_unknown(table, rows)
    arrays = [_column(table, column, rows) for column in table.columns]
    return pa.table(arrays, schema=table.schema)


def _refuse_unknown(table: Table, rows: pa.Table) -> None:
    given = rows.column_names
    unknown = [name for name in given if name not in table.names]
    if unknown:
        raise WarehouseError(
            f"table {table.name} has no column {', '.join(map(repr, unknown))}; leave it out of the batch"
        )
    if len(set(given)) != len(given):
        raise WarehouseError(f"a batch for table {table.name} holds a column twice: {', '.join(given)}")


def _column(table: Table, column: Column, rows: pa.Table) -> pa.ChunkedArray:
    if column.name not in rows.column_names:
        if column.required and rows.num_rows:
            raise WarehouseError(f"a batch for table {table.name} lacks its required column {column.name!r}")
        return pa.chunked_array([pa.nulls(rows.num_rows, column.type)])
    values = rows.column(column.name)
    if column.required and values.null_count:
        raise WarehouseError(
            f"column {column.name!r} of table {table.name} is required, but {values.null_count} of {rows.num_rows} rows hold NULL"
        )
    if values.type.equals(column.type):
        return values
    return _kept_exactly(table, column, values)


def _kept_exactly(table: Table, column: Column, values: pa.ChunkedArray) -> pa.ChunkedArray:
    refusal = f"column {column.name!r} of table {table.name} is {column.type}; the batch holds {values.type}"
    if not _may_become(values.type, column.type):
        raise WarehouseError(f"{refusal}, which payback does not convert")
    try:
        return values.cast(column.type, safe=True)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        raise WarehouseError(f"{refusal}, and not every value could be kept exactly: {error}") from error


def _may_become(given: pa.DataType, wanted: pa.DataType) -> bool:
    if types.is_null(given):
        return True
    if types.is_dictionary(given):
        return _may_become(given.value_type, wanted)
    if types.is_map(wanted) or types.is_map(given):
        return bool(types.is_map(wanted) and types.is_map(given))
    if types.is_timestamp(wanted):
        return bool(types.is_timestamp(given)) and bool(given.tz) == bool(wanted.tz)
    return any(accepts(wanted) and gives(given) for accepts, gives in _FAMILIES)


def _is_text(kind: pa.DataType) -> bool:
    return bool(types.is_string(kind) or types.is_large_string(kind) or types.is_string_view(kind))


def _is_exact(kind: pa.DataType) -> bool:
    return bool(types.is_integer(kind) or types.is_decimal(kind))


def _is_number(kind: pa.DataType) -> bool:
    return bool(types.is_integer(kind) or types.is_floating(kind))


_FAMILIES: tuple[tuple[Callable[[pa.DataType], bool], Callable[[pa.DataType], bool]], ...] = (
    (_is_text, _is_text),
    (types.is_integer, types.is_integer),
    (types.is_decimal, _is_exact),
    (types.is_floating, _is_number),
    (types.is_boolean, types.is_boolean),
    (types.is_date, types.is_date),
)
