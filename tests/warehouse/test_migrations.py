"""A warehouse of yesterday becomes one of today: forward only, planned first, recorded."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import ibis
import pyarrow as pa
import pytest

from payback.errors import WarehouseError
from payback.warehouse.contract import COUNT, INSTANT, MONEY, TEXT, Append, Column, Cursor, Replace, Table
from payback.warehouse.duckdb import DuckWarehouse, connected
from payback.warehouse.migrations import REBUILD, Declared, Step, is_current, migrate, plan
from payback.warehouse.shared import open_warehouse, planned
from tests.warehouse.conformance import unheard

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import duckdb

ID = Column("id", TEXT, "key", required=True)
WHEN = Column("seen", INSTANT, "when", required=True)
SIZE = Column("size", COUNT, "how big")
FACTS = Table("facts_of_old", "Facts.", (ID, WHEN, SIZE), ("id",), "seen")
SUMS = Table("sums", "Sums.", (ID, SIZE), ("id",), derived=True)
MONEYED = replace(FACTS, columns=(ID, Column("cost", MONEY, "cost"), WHEN, SIZE))
ROW = {
    "id": ["a"],
    "seen": pa.array([datetime(2026, 1, 1, tzinfo=UTC)], INSTANT),
    "size": pa.array([3], COUNT),
}


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with connected(None) as opened:
        yield opened


def declared(*tables: Table, steps: tuple[Step, ...] = (), version: str = "1.0.0") -> Declared:
    return Declared({table.name: table for table in tables}, steps, version)


def sentences(connection: duckdb.DuckDBPyConnection, wanted: Declared) -> list[str]:
    return [change.sentence for change in plan(connection, wanted)]


def recorded(connection: duckdb.DuckDBPyConnection) -> list[tuple[object, ...]]:
    return connection.execute("SELECT version, payback, change FROM _schema ORDER BY number").fetchall()


def test_an_empty_file_gets_every_declared_table_and_a_record_of_it(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    wanted = declared(FACTS, SUMS)
    assert migrate(connection, wanted) == ("create table facts_of_old", "create table sums")
    assert recorded(connection) == [
        (0, "1.0.0", "create table facts_of_old"),
        (0, "1.0.0", "create table sums"),
    ]
    assert is_current(connection, wanted)
    assert sentences(connection, wanted) == []
    assert migrate(connection, wanted) == ()


def test_a_plan_changes_nothing(connection: duckdb.DuckDBPyConnection) -> None:
    migrate(connection, declared(FACTS))
    before = recorded(connection)
    assert sentences(connection, declared(MONEYED, SUMS)) == [
        "add column cost to facts_of_old",
        "create table sums",
    ]
    assert recorded(connection) == before


def test_a_new_column_is_read_where_it_is_declared_and_old_rows_hold_null(tmp_path: Path) -> None:
    file = tmp_path / "warehouse.duckdb"
    with closing(DuckWarehouse(file, (FACTS,))) as old:
        old.apply([Append(FACTS.name, pa.table(ROW))])
    with closing(DuckWarehouse(file, (MONEYED,))) as new:
        assert new.migrated == ("add column cost to facts_of_old",)
        found = new.read(new.table(FACTS.name))
        assert found.schema.names == ["id", "cost", "seen", "size"]
        assert found.to_pylist() == [{**pa.table(ROW).to_pylist()[0], "cost": None}]
        new.apply([Append(FACTS.name, pa.table({**ROW, "id": ["b"]}))])
        more = ibis.memtable(found.slice(0, 1), schema=new.table(FACTS.name).schema())
        both = new.read(more.union(new.table(FACTS.name)).select("id", "seen"))
        assert sorted(row["id"] for row in both.to_pylist()) == ["a", "a", "b"]


def test_a_column_no_longer_declared_is_kept_and_no_longer_required(tmp_path: Path) -> None:
    file = tmp_path / "warehouse.duckdb"
    with closing(DuckWarehouse(file, (FACTS,))) as old:
        old.apply([Append(FACTS.name, pa.table(ROW))])
    shorter = replace(FACTS, columns=(ID, SIZE), time=None)
    with closing(DuckWarehouse(file, (shorter,))) as new:
        new.apply([Append(FACTS.name, pa.table({"id": ["b"], "size": [1]}))])
        assert new.read(new.table(FACTS.name)).num_rows == 2
    with connected(file) as raw:
        assert raw.execute("SELECT id FROM facts.facts_of_old WHERE seen IS NOT NULL").fetchall() == [("a",)]


def test_a_column_may_stop_being_required(connection: duckdb.DuckDBPyConnection) -> None:
    migrate(connection, declared(FACTS))
    relaxed = replace(FACTS, columns=(ID, replace(WHEN, required=False), SIZE))
    assert migrate(connection, declared(relaxed)) == ("column seen of facts_of_old may be NULL",)


@pytest.mark.parametrize(
    ("column", "why"),
    [
        (Column("cost", MONEY, "cost", required=True), "'cost' .* is new and required"),
        (
            replace(SIZE, type=MONEY),
            r"'size' .* is stored as BIGINT and declared as \"size\" DECIMAL\(38,9\)",
        ),
        (
            replace(SIZE, required=True),
            "'size' .* is stored as BIGINT and declared as \"size\" BIGINT NOT NULL",
        ),
    ],
)
def test_what_declarations_cannot_say_needs_a_numbered_step(
    connection: duckdb.DuckDBPyConnection, column: Column, why: str
) -> None:
    migrate(connection, declared(FACTS))
    columns = (*(one for one in FACTS.columns if one.name != column.name), column)
    with pytest.raises(WarehouseError, match=f"{why}.*numbered migration step"):
        plan(connection, declared(replace(FACTS, columns=columns)))


def test_numbered_steps_run_once_in_order_and_before_what_is_derived(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    migrate(connection, declared(FACTS))
    connection.execute("INSERT INTO facts.facts_of_old VALUES ('a', now(), 3)")
    widened = replace(FACTS, columns=(ID, WHEN, replace(SIZE, type=MONEY)))
    steps = (
        Step(
            2,
            "double the sizes",
            lambda c: c.execute("UPDATE facts.facts_of_old SET size = size * 2") and None,
        ),
        Step(
            1,
            "sizes as decimals",
            lambda c: c.execute("ALTER TABLE facts.facts_of_old ALTER size TYPE DECIMAL(38,9)") and None,
        ),
    )
    wanted = declared(widened, SUMS, steps=steps, version="1.1.0")
    done = ("step 1: sizes as decimals", "step 2: double the sizes", "create table sums")
    assert sentences(connection, wanted) == list(done[:2])
    assert migrate(connection, wanted) == done
    assert migrate(connection, wanted) == ()
    assert [str(size) for (size,) in connection.execute("SELECT size FROM facts_of_old").fetchall()] == [
        "6.000000000"
    ]
    assert [version for version, _, _ in recorded(connection)][1:] == [1, 2, 2]


def test_a_new_file_needs_no_steps(connection: duckdb.DuckDBPyConnection) -> None:
    def never(_: duckdb.DuckDBPyConnection) -> None:
        raise AssertionError("a new file has nothing to step over")

    wanted = declared(FACTS, steps=(Step(1, "never", never),))
    assert migrate(connection, wanted) == ("create table facts_of_old",)
    assert is_current(connection, wanted)


def test_a_derived_table_is_emptied_and_asks_to_be_built_anew(tmp_path: Path) -> None:
    file = tmp_path / "warehouse.duckdb"
    with closing(DuckWarehouse(file, (FACTS, SUMS))) as old:
        old.apply([Append("sums", pa.table({"id": ["a"], "size": [1]}))])
    other = replace(SUMS, columns=(ID, replace(SIZE, type=MONEY, required=True)))
    with closing(DuckWarehouse(file, (FACTS, other))) as new:
        assert new.migrated == ("empty the derived table sums, which is built anew",)
        assert new.read(new.table("sums")).num_rows == 0
        assert list(new.cursors(REBUILD)) == ["sums"]
        new.apply(
            [Replace("sums", pa.table({"id": [], "size": []}, other.schema)), Cursor(REBUILD, "sums", None)]
        )
        assert new.cursors(REBUILD) == {}


@pytest.mark.parametrize(
    "written",
    [declared(FACTS, steps=(Step(3, "of the future", lambda _: None),)), declared(MONEYED, version="1.10.0")],
    ids=["a later step", "other tables of a later release"],
)
def test_a_file_written_by_a_newer_payback_is_refused(
    connection: duckdb.DuckDBPyConnection, written: Declared
) -> None:
    migrate(connection, written)
    with pytest.raises(
        WarehouseError, match=r"written by payback .*this is payback 1\.9\.0 .*upgrade payback"
    ):
        plan(connection, declared(FACTS, version="1.9.0"))


def test_a_newer_payback_with_the_same_tables_is_no_obstacle(connection: duckdb.DuckDBPyConnection) -> None:
    migrate(connection, declared(FACTS, version="2.0.0"))
    assert migrate(connection, declared(FACTS, version="1.0.0")) == ()


def test_a_migration_that_fails_leaves_the_file_as_it_was(tmp_path: Path) -> None:
    file = tmp_path / "warehouse.duckdb"
    DuckWarehouse(file, (FACTS,)).close()
    broken = replace(MONEYED, columns=(*MONEYED.columns[:-1], replace(SIZE, type=MONEY)))
    with pytest.raises(WarehouseError, match="numbered migration step"):
        DuckWarehouse(file, (SUMS, broken))
    with closing(DuckWarehouse(file, (FACTS,))) as again:
        assert again.migrated == ()


def test_a_dry_run_says_what_opening_would_change(tmp_path: Path) -> None:
    file = tmp_path / "warehouse.duckdb"
    assert planned(file, (FACTS,), unheard) == ("create table facts_of_old",)
    assert not file.exists()
    with closing(open_warehouse(file, (FACTS,), unheard)):
        assert planned(file, (FACTS,), unheard) == ()
    assert planned(file, (MONEYED,), unheard) == ("add column cost to facts_of_old",)
    assert planned(file, (FACTS,), unheard) == ()
