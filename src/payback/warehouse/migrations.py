"""How an older warehouse file comes to hold what is declared now: forward only, planned before it is done.

What follows from the declarations is done by itself: new tables, new columns that may be NULL, columns no longer
required, and derived tables, which are emptied and built anew. Anything else is a numbered step. Every change is
recorded in `_schema`. A file that a newer payback wrote is refused. Knows one connection; opens nothing.

A derived table that was emptied leaves a cursor (source `_rebuild`, stream = its name) until the ledger has filled it
again and forgets that cursor in the same write.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from payback.errors import WarehouseError
from payback.warehouse import ddl
from payback.warehouse.exports import StoredColumn, shape_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    import duckdb

    from payback.warehouse.contract import Column, Table
    from payback.warehouse.exports import Shape

REBUILD = "_rebuild"


@dataclass(frozen=True, slots=True)
class Step:
    """A numbered change that declarations alone cannot say, such as moving values from one column to another."""

    version: int
    sentence: str
    run: Callable[[duckdb.DuckDBPyConnection], None]


@dataclass(frozen=True, slots=True)
class Planned:
    """One change to come: its sentence, and either statements or a numbered step."""

    sentence: str
    statements: tuple[str, ...] = ()
    step: Step | None = None


@dataclass(frozen=True, slots=True)
class Declared:
    """What this payback wants a warehouse to be: its tables, its numbered steps, and its own version."""

    tables: Mapping[str, Table]
    steps: tuple[Step, ...] = ()
    payback: str = "0"

    @property
    def version(self) -> int:
        """The number of the newest step; 0 before the first."""
        return max((step.version for step in self.steps), default=0)


STEPS: tuple[Step, ...] = ()


def plan(connection: duckdb.DuckDBPyConnection, wanted: Declared) -> tuple[Planned, ...]:
    """What would be done to the file, in order; nothing when it is as declared. Changes nothing.

    WarehouseError when a newer payback wrote the file, or when a declared change needs a numbered step that is missing.
    """
    written = _written(connection)
    if written is None:
        return tuple(_create(table) for table in wanted.tables.values())
    _refuse_newer(written, wanted)
    steps = sorted(
        (step for step in wanted.steps if step.version > written.version), key=lambda step: step.version
    )
    if steps:
        return tuple(Planned(f"step {step.version}: {step.sentence}", step=step) for step in steps)
    return tuple(_derived(shape_of(connection), wanted.tables))


def migrate(connection: duckdb.DuckDBPyConnection, wanted: Declared) -> tuple[str, ...]:
    """Do what `plan` says, on a connection that is in a transaction: the sentences of what was done."""
    for statement in ddl.INTERNAL:
        connection.execute(statement)
    done: list[str] = []
    version = wanted.version if (written := _written(connection)) is None else written.version
    digest = ddl.fingerprint(wanted.tables.values())
    while planned := plan(connection, wanted):
        for change in planned:
            if change.step is not None:
                change.step.run(connection)
                version = change.step.version
            for statement in change.statements:
                connection.execute(statement)
            _record(connection, (version, digest, wanted.payback, change.sentence))
        done += [change.sentence for change in planned]
    if not is_current(connection, wanted):
        _record(connection, (version, digest, wanted.payback, "declared anew, nothing to change"))
    for table in wanted.tables.values():
        connection.execute(ddl.view(table))
    return tuple(done)


def is_current(connection: duckdb.DuckDBPyConnection, wanted: Declared) -> bool:
    """Whether the last recorded change already left the file as declared."""
    written = _written(connection)
    return written is not None and (written.version, written.fingerprint, written.payback) == (
        wanted.version,
        ddl.fingerprint(wanted.tables.values()),
        wanted.payback,
    )


@dataclass(frozen=True, slots=True)
class _Written:
    """The last record of `_schema`: who wrote the file, and as what."""

    version: int
    fingerprint: str
    payback: str


def _written(connection: duckdb.DuckDBPyConnection) -> _Written | None:
    there = connection.execute("SELECT 1 FROM duckdb_tables() WHERE table_name = '_schema'").fetchone()
    if there is None:
        return None
    last = connection.execute(
        "SELECT version, fingerprint, payback FROM _schema ORDER BY number DESC LIMIT 1"
    ).fetchone()
    return None if last is None else _Written(int(last[0]), str(last[1]), str(last[2]))


def _record(connection: duckdb.DuckDBPyConnection, facts: tuple[int, str, str, str]) -> None:
    connection.execute(
        "INSERT INTO _schema SELECT coalesce(max(number), 0) + 1, ?, ?, ?, ?, now() FROM _schema", list(facts)
    )


def _refuse_newer(written: _Written, wanted: Declared) -> None:
    other_tables = written.fingerprint != ddl.fingerprint(wanted.tables.values())
    newer_release = release(written.payback) > release(wanted.payback) and other_tables
    if written.version > wanted.version or newer_release:
        raise WarehouseError(
            f"the warehouse was written by payback {written.payback} (format {written.version}), and this is payback "
            f"{wanted.payback} (format {wanted.version}); upgrade payback, or restore a backup made by this version"
        )


def release(version: str) -> tuple[int, ...]:
    """A version as numbers that can be compared."""
    return tuple(int(part) for part in re.findall(r"\d+", version)[:3])


def _derived(stored: Shape, tables: Mapping[str, Table]) -> Iterator[Planned]:
    for table in tables.values():
        there = stored.get(table.name)
        if there is None:
            yield _create(table)
        elif table.derived:
            if not _same(there, table.columns):
                yield _rebuild(table)
        else:
            yield from _columns(table, there)


def _create(table: Table) -> Planned:
    return Planned(f"create table {table.name}", (ddl.creation(table),))


def _same(there: Sequence[StoredColumn], columns: Sequence[Column]) -> bool:
    wanted = {StoredColumn(column.name, ddl.type_of(column.type), column.required) for column in columns}
    return set(there) == wanted


def _rebuild(table: Table) -> Planned:
    name = table.name.replace("'", "''")
    return Planned(
        f"empty the derived table {table.name}, which is built anew",
        (
            f"DROP VIEW IF EXISTS {ddl.quoted(table.name)}",
            f"DROP TABLE {ddl.stored(table.name)}",
            ddl.creation(table),
            f"DELETE FROM _cursors WHERE source = '{REBUILD}' AND stream = '{name}'",  # noqa: S608 - declared names
            f"INSERT INTO _cursors VALUES ('{REBUILD}', '{name}', 'declared anew', now())",  # noqa: S608 - declared names
        ),
    )


def _columns(table: Table, there: Sequence[StoredColumn]) -> Iterator[Planned]:
    by_name = {column.name: column for column in there}
    for column in table.columns:
        found = by_name.get(column.name)
        if found is None:
            yield _added(table, column)
        elif found.type != ddl.type_of(column.type) or (column.required and not found.required):
            was = f"{found.type}{' NOT NULL' if found.required else ''}"
            raise WarehouseError(
                f"column {column.name!r} of table {table.name} is stored as {was} and declared as "
                f"{ddl.column_of(column)}; that change needs a numbered migration step"
            )
        elif found.required and not column.required:
            yield _relaxed(table, column.name)
    for left in there:
        if left.name not in table.names and left.required:
            yield _relaxed(table, left.name)


def _added(table: Table, column: Column) -> Planned:
    if column.required:
        raise WarehouseError(
            f"column {column.name!r} of table {table.name} is new and required, but older rows have no value for it; "
            "let it be NULL, or write a numbered migration step"
        )
    return Planned(
        f"add column {column.name} to {table.name}",
        (f"ALTER TABLE {ddl.stored(table.name)} ADD COLUMN {ddl.column_of(column)}",),
    )


def _relaxed(table: Table, name: str) -> Planned:
    return Planned(
        f"column {name} of {table.name} may be NULL",
        (f"ALTER TABLE {ddl.stored(table.name)} ALTER COLUMN {ddl.quoted(name)} DROP NOT NULL",),
    )
