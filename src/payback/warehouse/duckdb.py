"""The warehouse on one DuckDB file (or in memory): the only writer of the file, and readers beside it in this process.

One connection owns the file; every call works on a cursor of its own, so several threads read at once, each on a
consistent snapshot. Writes take turns. Knows nothing of other processes: see `shared`.
"""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import duckdb
import pyarrow as pa

import payback
from payback.errors import WarehouseError
from payback.warehouse import exports, migrations
from payback.warehouse.contract import EVER
from payback.warehouse.ddl import fingerprint
from payback.warehouse.questions import Question, Questions, answered, declared, holding
from payback.warehouse.writes import checked, write

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    import ibis.expr.types as ir

    from payback.warehouse.contract import Change, Table, Window

_OFFLINE = {
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "allow_community_extensions": "false",
    "python_enable_replacements": "false",
}
_LOG = {
    "checkpoint_threshold": "256MiB"
}  # a rebuilt month is one transaction; its log need not be folded in at once
_SPILL = {False: {"memory_limit": "60%"}, True: {"memory_limit": "60%", "temp_directory": ""}}


class BusyFileError(WarehouseError):
    """A program other than payback has the file open."""


class DuckWarehouse:
    """Facts in one DuckDB file. Opening creates what is missing. WarehouseError when the file cannot be had."""

    def __init__(
        self, path: Path | None, tables: Iterable[Table], settings: Mapping[str, str] | None = None
    ) -> None:
        self.path = path
        self.tables = {table.name: table for table in tables}
        self._edition = 0
        self._questions = Questions(self.tables)
        self._writing = threading.Lock()
        self._connection: duckdb.DuckDBPyConnection | None = connected(path, settings)
        try:
            self.migrated = self._bring_up()
        except BaseException:
            self.close()
            raise

    @classmethod
    def in_memory(cls, tables: Iterable[Table]) -> DuckWarehouse:
        """A warehouse that is gone when it is closed, for tests and one-off questions."""
        return cls(None, tables)

    @property
    def edition(self) -> int | None:
        """Grows with each write."""
        return self._edition

    def apply(self, changes: Sequence[Change], *, once: str | None = None) -> None:
        """Make all changes visible together, or none. With `once`, an id that was applied before changes nothing."""
        ready = checked(self.tables, changes)
        with self._writing, self._cursor() as cursor, _transaction(cursor):
            if once is not None and not _first_time(cursor, once):
                return
            for change in ready:
                write(cursor, self.tables, change)
        self._edition += 1

    def table(self, name: str) -> ir.Table:
        """A declared table as an Ibis expression that belongs to no connection."""
        return self._questions.table(name)

    def read(self, expression: ir.Expr, params: Mapping[ir.Scalar, Any] | None = None) -> pa.Table:
        """The rows of an expression as Arrow, in its column order and types."""
        return self.answer(self._questions.asked(expression, params))

    def lookup(self, table: str, column: str, values: pa.Array, window: Window = EVER) -> pa.Table:
        """The rows whose column holds one of the values, however many there are, and whose time lies in the window."""
        return self.answer(holding(declared(self.tables, table), column, values, window))

    def sql(self, expression: ir.Expr) -> str:
        """DuckDB's text of an expression."""
        return self._questions.asked(expression).sql

    def batches(self, expression: ir.Expr, rows: int = 100_000) -> Iterator[pa.RecordBatch]:
        """The rows of an expression in batches of at most `rows`, all of one snapshot."""
        return self.stream(self._questions.asked(expression), rows)

    def cursors(self, source: str) -> dict[str, str]:
        """How far each stream of a source has been read."""
        with self._cursor() as cursor:
            found = cursor.execute(
                "SELECT stream, value FROM _cursors WHERE source = ? ORDER BY 1", [source]
            ).fetchall()
        return {str(stream): str(value) for stream, value in found}

    def answer(self, asked: Question) -> pa.Table:
        """The whole answer to a question."""
        with self._asking(asked) as relation:
            return answered(relation.to_arrow_table(), asked.schema)

    def stream(self, asked: Question, rows: int) -> Iterator[pa.RecordBatch]:
        """The answer to a question in batches of at most `rows`."""
        with self.reading(asked, rows) as (_, batches):
            for batch in batches:
                yield from answered(pa.Table.from_batches([batch]), asked.schema).to_batches(rows)

    @contextmanager
    def reading(self, asked: Question, rows: int) -> Iterator[tuple[pa.Schema, Iterator[pa.RecordBatch]]]:
        """The engine's own schema and rows of a question, in batches of about `rows`, while the context lasts."""
        with self._asking(asked) as relation:
            reader = relation.to_arrow_reader(rows)
            yield reader.schema, self._each(reader)

    def _each(self, reader: pa.RecordBatchReader) -> Iterator[pa.RecordBatch]:
        with self._translating():
            yield from reader

    def export(self, folder: Path) -> dict[str, int]:
        """Every table as one Parquet file in a folder beside the warehouse, all of one moment: rows by table.

        `shape.json` says what the tables look like; cursors and the record of migrations go along as tables.
        """
        with self._cursor() as cursor, _transaction(cursor):
            return exports.export(cursor, folder)

    def close(self) -> None:
        """Give the file back; later calls raise WarehouseError."""
        with self._writing:
            connection, self._connection = self._connection, None
            if connection is not None:
                connection.close()

    def _bring_up(self) -> tuple[str, ...]:
        wanted = migrations.Declared(self.tables, migrations.STEPS, payback.__version__)
        with self._cursor() as cursor:
            if migrations.is_current(cursor, wanted):
                return ()
            with _transaction(cursor):
                return migrations.migrate(cursor, wanted)

    @contextmanager
    def _cursor(self) -> Iterator[duckdb.DuckDBPyConnection]:
        connection = self._connection
        if connection is None:
            raise WarehouseError("the warehouse is closed; open it again")
        with self._translating(), connection.cursor() as cursor:
            yield cursor

    @contextmanager
    def _translating(self) -> Iterator[None]:
        try:
            yield
        except (duckdb.Error, OSError, pa.ArrowException) as error:  # while rows stream, Arrow says OSError
            raise WarehouseError(f"the warehouse {self._name} refused: {_first_line(error)}") from error

    @contextmanager
    def _asking(self, asked: Question) -> Iterator[duckdb.DuckDBPyRelation]:
        with self._cursor() as cursor:
            for name, rows in asked.tables.items():
                cursor.register(name, rows)
            yield cursor.sql(asked.sql)

    @property
    def fingerprint(self) -> str:
        """What the declared tables look like, as a digest: equal in two processes that declare the same."""
        return fingerprint(self.tables.values())

    @property
    def _name(self) -> str:
        return str(self.path or "in memory")


def connected(path: Path | None, settings: Mapping[str, str] | None = None) -> duckdb.DuckDBPyConnection:
    """A bare connection in UTC that can reach neither the network nor files outside the warehouse's folder.

    BusyFileError when another program has the file open, WarehouseError when it cannot be had at all.
    """
    if path is not None:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        connection = duckdb.connect(
            str(path or ":memory:"), config={**_OFFLINE, **_LOG, **_SPILL[path is None], **(settings or {})}
        )
        for setting in _confined(path):
            connection.execute(setting)
    except duckdb.IOException as error:
        if "lock" not in str(error):
            raise WarehouseError(f"the warehouse {path} cannot be opened: {error}") from error
        raise BusyFileError(str(error).partition("See also")[0].strip()) from error
    except duckdb.Error as error:
        raise WarehouseError(f"the warehouse {path} cannot be opened: {error}") from error
    return connection


def _first_line(error: BaseException) -> str:
    """What the engine says, without the SQL text that it repeats."""
    return str(error).partition("\n")[0]


def _confined(path: Path | None) -> tuple[str, ...]:
    folder = "" if path is None else "'" + str(path.parent.absolute()).replace("'", "''") + "'"
    return (
        "SET GLOBAL TimeZone = 'UTC'",
        f"SET allowed_directories = [{folder}]",
        "SET enable_external_access = false",
        "SET lock_configuration = true",
    )


@contextmanager
def _transaction(cursor: duckdb.DuckDBPyConnection) -> Iterator[None]:
    cursor.begin()
    try:
        yield
    except BaseException:
        cursor.rollback()
        raise
    cursor.commit()


def _first_time(cursor: duckdb.DuckDBPyConnection, once: str) -> bool:
    if cursor.execute("SELECT 1 FROM _applied WHERE id = ?", [once]).fetchone():
        return False
    cursor.execute("DELETE FROM _applied WHERE applied_at < now() - INTERVAL 7 DAY")
    cursor.execute("INSERT INTO _applied VALUES (?, now())", [once])
    return True
