"""A whole warehouse as a folder of Parquet files with their shape, and back. Works on a connection; opens nothing.

What comes back may be hostile: names and types are checked against what a payback writes before they become SQL.
"""

from __future__ import annotations

import json
import re
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from payback.errors import UnreadableFileError
from payback.warehouse import ddl

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import duckdb

SHAPE = "shape.json"
_NAME = re.compile(r"_?[a-z][a-z0-9_]{0,62}")
_TYPE = re.compile(
    r"VARCHAR|BIGINT|INTEGER|BOOLEAN|DOUBLE|DATE|TIMESTAMP WITH TIME ZONE|DECIMAL\(\d{1,2},\d{1,2}\)|MAP\(VARCHAR, VARCHAR\)"
)


# Whoever opens the file next finds it not as declared, so it looks at every table and makes the views again.
_RESTORED = (
    "INSERT INTO _schema SELECT number + 1, version, 'restored', payback, 'restored from a backup', now() "
    "FROM _schema ORDER BY number DESC LIMIT 1"
)


@dataclass(frozen=True, slots=True)
class StoredColumn:
    """One column as DuckDB keeps it."""

    name: str
    type: str
    required: bool


Shape = dict[str, tuple[StoredColumn, ...]]


def shape_of(connection: duckdb.DuckDBPyConnection) -> Shape:
    """The columns of every stored table of facts, in their stored order."""
    found = connection.execute(
        "SELECT table_name, column_name, data_type, NOT is_nullable FROM duckdb_columns() "
        "WHERE schema_name = ? ORDER BY table_name, column_index",
        [ddl.FACTS],
    ).fetchall()
    shape: Shape = {}
    for table, column, kind, required in found:
        shape[str(table)] = (*shape.get(str(table), ()), StoredColumn(str(column), str(kind), bool(required)))
    return shape


def export(connection: duckdb.DuckDBPyConnection, folder: Path) -> dict[str, int]:
    """Write every table and the shape of all; rows by table. The connection is in a transaction: one moment."""
    shape = shape_of(connection)
    told = {table: [asdict(column) for column in columns] for table, columns in shape.items()}
    (folder / SHAPE).write_text(json.dumps(told), encoding="utf-8")
    return {
        name: _copied(connection, where, folder / f"{name}.parquet") for name, where in _kept(shape).items()
    }


def bring_back(connection: duckdb.DuckDBPyConnection, folder: Path) -> None:
    """Fill an empty database from a folder that `export` wrote. UnreadableFileError when it did not write it."""
    shape = _read_shape(folder / SHAPE)
    for statement in ddl.INTERNAL:
        connection.execute(statement)
    for table, columns in shape.items():
        inner = ", ".join(
            ddl.column_text(column.name, column.type, required=column.required) for column in columns
        )
        connection.execute(f"CREATE TABLE {ddl.stored(table)} ({inner})")
    for name, where in _kept(shape).items():
        file = folder / f"{name}.parquet"
        if not file.is_file():
            raise UnreadableFileError(f"the backup lacks the rows of table {name}")
        connection.execute(f"INSERT INTO {where} BY NAME SELECT * FROM read_parquet({_literal(file)})")  # noqa: S608 - checked names
    connection.execute(_RESTORED)


def _kept(shape: Shape) -> dict[str, str]:
    """Everything that makes up a warehouse: the name of its file, and where its rows are."""
    return {**{table: ddl.stored(table) for table in shape}, **{name: name for name in ddl.OWN}}


def _copied(connection: duckdb.DuckDBPyConnection, where: str, file: Path) -> int:
    text = f"COPY (SELECT * FROM {where}) TO {_literal(file)} (FORMAT parquet, COMPRESSION zstd)"  # noqa: S608 - known names
    found = connection.execute(text).fetchone()
    return int(found[0]) if found else 0


def _literal(file: Path) -> str:
    return "'" + str(file).replace("'", "''") + "'"


def _read_shape(file: Path) -> Shape:
    try:
        told = json.loads(file.read_text(encoding="utf-8"))
        shape = {str(table): tuple(_checked(columns)) for table, columns in told.items()}
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise UnreadableFileError(f"the backup does not say what its tables look like: {error!r}") from error
    for table in shape:
        if not _NAME.fullmatch(table):
            raise UnreadableFileError(f"the backup names a table {table!r}, which payback never writes")
    return shape


def _checked(columns: list[dict[str, object]]) -> Iterator[StoredColumn]:
    for told in columns:
        name, kind = str(told["name"]), str(told["type"])
        if not _NAME.fullmatch(name) or not _TYPE.fullmatch(kind):
            raise UnreadableFileError(
                f"the backup holds a column {name!r} of type {kind!r}, which payback never writes"
            )
        yield StoredColumn(name, kind, bool(told["required"]))
