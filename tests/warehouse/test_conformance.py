"""What every engine promises."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import TYPE_CHECKING

import ibis
import pyarrow as pa
import pytest

from payback.errors import UnknownNameError, WarehouseError
from payback.ledger.tables import TABLES as LEDGER
from payback.warehouse.contract import Append, Cursor, Delete, Replace, Upsert, Warehouse, Window
from tests.warehouse.conformance import START, USE, Engine, hour, money, rolled, rows_of, use

if TYPE_CHECKING:
    from pathlib import Path


def test_every_canonical_table_can_be_created_and_read(engine: Engine, tmp_path: Path) -> None:
    with engine.opened(tmp_path, LEDGER) as warehouse:
        for table in LEDGER:
            found = warehouse.read(warehouse.table(table.name))
            assert found.schema.names == list(table.names)
            assert found.schema.types == table.schema.types


def test_an_instance_keeps_the_contract(warehouse: Warehouse) -> None:
    assert isinstance(warehouse, Warehouse)


def test_what_is_appended_is_read_back_exactly(warehouse: Warehouse) -> None:
    row = {
        "id": "a",
        "at_time": datetime(1969, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC),
        "tool": "ünïcode ' \" ; 雪",
        "tokens": 2**63 - 1,
        "usd": Decimal("-99999999999999999999999999999.999999999"),
        "day": date(2024, 2, 29),
        "is_paid": False,
        "seconds": 0.1,
        "tags": [("k", "v"), ("empty", None)],
    }
    nothing = {**dict.fromkeys(USE.names), "id": "b", "at_time": START}
    warehouse.apply([Append("use", use(row, nothing))])
    assert rows_of(warehouse) == [row, nothing]


def test_an_upsert_replaces_the_rows_with_the_same_key_and_no_other(warehouse: Warehouse) -> None:
    warehouse.apply([Append("use", use({"id": "a", "tokens": 1}, {"id": "b", "tokens": 2}))])
    warehouse.apply([Upsert("use", use({"id": "b", "tokens": 3}, {"id": "c", "tokens": 4}))])
    assert [(row["id"], row["tokens"]) for row in rows_of(warehouse)] == [("a", 1), ("b", 3), ("c", 4)]


def test_an_upserted_row_is_found_though_its_time_moved(warehouse: Warehouse) -> None:
    warehouse.apply([Append("use", use({"id": "a", "at_time": hour(0)}))])
    warehouse.apply([Upsert("use", use({"id": "a", "at_time": hour(9_000)}))])
    assert [row["at_time"] for row in rows_of(warehouse)] == [hour(9_000)]


def test_an_upsert_looks_only_into_the_window_that_the_caller_vouches_for(warehouse: Warehouse) -> None:
    warehouse.apply(
        [Append("use", use(*({"id": str(n), "at_time": hour(n), "tokens": 0} for n in range(4))))]
    )
    new = use(*({"id": str(n), "at_time": hour(n), "tokens": 1} for n in range(4)))
    warehouse.apply([Upsert("use", new, Window(hour(1), hour(3)))])
    found = sorted((row["id"], row["tokens"]) for row in rows_of(warehouse))
    assert found == [("0", 0), ("0", 1), ("1", 1), ("2", 1), ("3", 0), ("3", 1)]


def test_of_rows_with_one_key_in_one_upsert_the_last_stands(warehouse: Warehouse) -> None:
    warehouse.apply([Upsert("use", use({"id": "a", "tokens": 1}, {"id": "b"}, {"id": "a", "tokens": 2}))])
    assert [(row["id"], row["tokens"]) for row in rows_of(warehouse)] == [("a", 2), ("b", None)]


def test_a_null_in_a_key_is_a_value_like_any_other(warehouse: Warehouse) -> None:
    for tokens in (1, 2):
        warehouse.apply([Upsert("rolled", rolled({"tool": "x", "model": None, "tokens": tokens}))])
        warehouse.apply([Upsert("rolled", rolled({"tool": "x", "model": "m", "tokens": tokens}))])
    found = {(row["tool"], row["model"], row["tokens"]) for row in rows_of(warehouse, "rolled")}
    assert found == {("x", None, 2), ("x", "m", 2)}
    assert warehouse.read(warehouse.table("rolled").count().name("n")).to_pylist() == [{"n": 2}]


def test_a_replaced_window_is_half_open(warehouse: Warehouse) -> None:
    warehouse.apply([Append("use", use(*({"id": str(n), "at_time": hour(n)} for n in range(4))))])
    warehouse.apply([Replace("use", use({"id": "new", "at_time": hour(1)}), {}, hour(1), hour(3))])
    assert [row["id"] for row in rows_of(warehouse)] == ["0", "3", "new"]


def test_a_replaced_window_means_the_instant_in_whatever_zone_it_is_said(warehouse: Warehouse) -> None:
    warehouse.apply([Append("use", use(*({"id": str(n), "at_time": hour(n)} for n in range(3))))])
    zone = timezone(timedelta(hours=5, minutes=30))
    warehouse.apply([Replace("use", use(), {}, hour(1).astimezone(zone), hour(2).astimezone(zone))])
    assert [row["id"] for row in rows_of(warehouse)] == ["0", "2"]


@pytest.mark.parametrize(
    ("wanted", "left"),
    [
        ("x", ["b", "c"]),
        (["x", "y"], ["c"]),
        (None, ["a", "b"]),
        (["y", None], ["a"]),
        ([], ["a", "b", "c"]),
    ],
)
def test_a_replacement_by_value_takes_one_value_several_or_null(
    warehouse: Warehouse, wanted: object, left: list[str]
) -> None:
    warehouse.apply([Append("use", use({"id": "a", "tool": "x"}, {"id": "b", "tool": "y"}, {"id": "c"}))])
    warehouse.apply([Replace("use", use(), {"tool": wanted})])
    assert [row["id"] for row in rows_of(warehouse)] == left


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("day", date(2026, 1, 1)),
        ("usd", Decimal("1.000000001")),
        ("is_paid", True),
        ("seconds", 0.1),
        ("tokens", 7),
        ("at_time", hour(5)),
    ],
)
def test_a_replacement_by_value_takes_every_kind_of_value(
    warehouse: Warehouse, column: str, value: object
) -> None:
    warehouse.apply([Append("use", use({"id": "a", column: value}, {"id": "b"}))])
    warehouse.apply([Replace("use", use(), {column: [value]})])
    assert [row["id"] for row in rows_of(warehouse)] == ["b"]


def test_a_replacement_without_conditions_replaces_the_table(warehouse: Warehouse) -> None:
    warehouse.apply([Append("use", use({"id": "a"}, {"id": "b"}))])
    warehouse.apply([Replace("use", use({"id": "c"}))])
    assert [row["id"] for row in rows_of(warehouse)] == ["c"]


def test_rows_are_deleted_by_the_values_of_a_column(warehouse: Warehouse) -> None:
    warehouse.apply([Append("use", use(*({"id": str(n)} for n in range(5))))])
    warehouse.apply([Delete("use", "id", ["1", "3", "9"])])
    assert [row["id"] for row in rows_of(warehouse)] == ["0", "2", "4"]


def test_deleting_by_no_value_deletes_nothing(warehouse: Warehouse) -> None:
    warehouse.apply([Append("use", use({"id": "a"}))])
    warehouse.apply([Delete("use", "id", [])])
    assert len(rows_of(warehouse)) == 1


def test_a_cursor_is_kept_by_source_and_stream_until_it_is_forgotten(warehouse: Warehouse) -> None:
    warehouse.apply([Cursor("s", "one", "1"), Cursor("s", "two", "{}"), Cursor("t", "one", "9")])
    warehouse.apply([Cursor("s", "one", "2"), Cursor("s", "two", None)])
    assert (warehouse.cursors("s"), warehouse.cursors("t"), warehouse.cursors("u")) == (
        {"one": "2"},
        {"one": "9"},
        {},
    )


def test_changes_of_one_apply_follow_each_other(warehouse: Warehouse) -> None:
    warehouse.apply(
        [Append("use", use({"id": "a"})), Delete("use", "id", ["a"]), Append("use", use({"id": "b"}))]
    )
    assert [row["id"] for row in rows_of(warehouse)] == ["b"]


def test_a_failing_change_leaves_nothing_of_its_batch(warehouse: Warehouse) -> None:
    warehouse.apply([Append("use", use({"id": "a", "tokens": 1})), Cursor("s", "x", "1")])
    short = use({"id": "a", "tokens": 2}).drop_columns(["at_time"])
    with pytest.raises(WarehouseError, match="at_time"):
        warehouse.apply(
            [Upsert("use", use({"id": "a", "tokens": 2})), Cursor("s", "x", "2"), Upsert("use", short)]
        )
    assert ([row["tokens"] for row in rows_of(warehouse)], warehouse.cursors("s")) == ([1], {"x": "1"})


def test_a_change_that_the_engine_refuses_leaves_nothing_of_its_batch(warehouse: Warehouse) -> None:
    warehouse.apply([Cursor("s", "x", "1")])
    with pytest.raises(WarehouseError):
        warehouse.apply(
            [
                Append("use", use({"id": "a"})),
                Cursor("s", "x", "2"),
                Replace("use", use(), {"tokens": "no number"}),
            ]
        )
    assert (rows_of(warehouse), warehouse.cursors("s")) == ([], {"x": "1"})


def test_an_unknown_table_or_column_is_refused_with_the_nearest_name(warehouse: Warehouse) -> None:
    with pytest.raises(UnknownNameError, match="did you mean use"):
        warehouse.table("usee")
    with pytest.raises(UnknownNameError, match="did you mean use"):
        warehouse.apply([Append("usee", use())])
    with pytest.raises(UnknownNameError, match="did you mean tokens"):
        warehouse.apply([Delete("use", "token", ["a"])])
    with pytest.raises(UnknownNameError, match="did you mean tokens"):
        warehouse.lookup("use", "token", pa.array([1]))


def test_a_window_of_a_table_without_time_is_refused(warehouse: Warehouse) -> None:
    with pytest.raises(WarehouseError, match="rolled has no time column"):
        warehouse.apply([Replace("rolled", rolled(), {}, hour(0), None)])
    with pytest.raises(WarehouseError, match="rolled has no time column"):
        warehouse.apply([Upsert("rolled", rolled(), Window(None, hour(0)))])
    with pytest.raises(WarehouseError, match="rolled has no time column"):
        warehouse.lookup("rolled", "tool", pa.array(["x"]), Window(None, hour(0)))


def test_a_bound_without_a_zone_is_refused(warehouse: Warehouse) -> None:
    with pytest.raises(WarehouseError, match="no time zone"):
        warehouse.apply([Replace("use", use(), {}, hour(0).replace(tzinfo=None), None)])


def test_an_answer_has_the_columns_and_types_of_its_question(warehouse: Warehouse) -> None:
    warehouse.apply(
        [
            Append(
                "use",
                use({"id": "a", "tool": "x", "tokens": 2, "usd": money("0.1")}, {"id": "b", "tool": "x"}),
            )
        ]
    )
    table = warehouse.table("use")
    asked = table.group_by("tool").agg(
        usd=table.usd.sum(), tokens=table.tokens.sum(), rows=table.count(), last=table.at_time.max()
    )
    found = warehouse.read(asked)
    wanted = asked.schema().to_pyarrow()
    assert (found.schema.names, found.schema.types) == (wanted.names, wanted.types)
    assert found.to_pylist() == [{"tool": "x", "usd": money("0.1"), "tokens": 2, "rows": 2, "last": START}]


def test_a_scalar_is_read_as_one_row(warehouse: Warehouse) -> None:
    assert warehouse.read(warehouse.table("use").count().name("n")).to_pylist() == [{"n": 0}]


def test_the_largest_of_no_rows_is_unknown_though_its_column_is_required(warehouse: Warehouse) -> None:
    table = warehouse.table("use")
    assert warehouse.read(table.agg(last=table.at_time.max())).to_pylist() == [{"last": None}]


def test_a_parameter_is_put_into_the_question(warehouse: Warehouse) -> None:
    warehouse.apply(
        [Append("use", use({"id": "a", "tool": "x"}, {"id": "b", "tool": "'; DROP TABLE use; --"}))]
    )
    tool = ibis.param("string")
    table = warehouse.table("use")
    found = warehouse.read(table.filter(table.tool == tool).select("id"), {tool: "'; DROP TABLE use; --"})
    assert found.to_pylist() == [{"id": "b"}]


def test_rows_in_memory_may_be_joined(warehouse: Warehouse) -> None:
    warehouse.apply([Append("use", use({"id": "a", "tool": "x"}, {"id": "b", "tool": "y"}))])
    names = ibis.memtable(pa.table({"tool": ["x"], "label": ["Tool X"]}))
    found = warehouse.read(warehouse.table("use").join(names, "tool").select("id", "label"))
    assert found.to_pylist() == [{"id": "a", "label": "Tool X"}]


def test_batches_hold_all_rows_and_no_more_each_than_asked(warehouse: Warehouse) -> None:
    warehouse.apply([Append("use", use(*({"id": f"{n:05}", "usd": money(str(n))} for n in range(5_000))))])
    table = warehouse.table("use")
    found = list(warehouse.batches(table.order_by("id"), 1_024))
    assert max(batch.num_rows for batch in found) <= 1_024
    whole = pa.Table.from_batches(found)
    assert whole.equals(warehouse.read(table.order_by("id")))
    assert whole.num_rows == 5_000


def test_rows_are_looked_up_by_many_values(warehouse: Warehouse) -> None:
    warehouse.apply([Append("use", use(*({"id": f"{n:05}"} for n in range(3_000)), {"id": "x"}))])
    wanted = pa.array([f"{n:05}" for n in range(0, 20_000, 2)])
    assert warehouse.lookup("use", "id", wanted).num_rows == 1_500
    assert warehouse.lookup("use", "id", pa.array([], pa.string())).num_rows == 0
    assert warehouse.lookup("use", "tokens", pa.array([None, 1])).num_rows == 0


def test_a_lookup_may_be_kept_to_a_window(warehouse: Warehouse) -> None:
    warehouse.apply(
        [Append("use", use(*({"id": str(n), "tool": "x", "at_time": hour(n)} for n in range(4))))]
    )
    found = warehouse.lookup("use", "tool", pa.array(["x"]), Window(hour(1), hour(3)))
    assert sorted(row["id"] for row in found.to_pylist()) == ["1", "2"]
    assert warehouse.lookup("use", "tool", pa.array(["x"]), Window(START.date(), None)).num_rows == 4


def test_the_engines_own_text_of_a_question_can_be_shown(warehouse: Warehouse) -> None:
    assert '"tool" = ' in warehouse.sql(warehouse.table("use").filter(ibis._.tool == "x"))


def test_a_question_that_fails_is_a_sentence_of_the_warehouse(warehouse: Warehouse) -> None:
    warehouse.apply([Append("use", use({"id": "not a number"}))])
    table = warehouse.table("use")
    with pytest.raises(WarehouseError, match="not a number"):
        warehouse.read(table.select(n=table.id.cast("int64")))
    with pytest.raises(WarehouseError, match="not a number"):
        list(warehouse.batches(table.select(n=table.id.cast("int64"))))


def test_a_closed_warehouse_says_so(warehouse: Warehouse) -> None:
    table = warehouse.table("use")
    warehouse.close()
    warehouse.close()
    for call in (lambda: warehouse.read(table), lambda: warehouse.apply([]), lambda: warehouse.cursors("s")):
        with pytest.raises(WarehouseError, match="closed"):
            call()


def test_several_threads_read_and_write_at_once(warehouse: Warehouse) -> None:
    table = warehouse.table("use")

    def write(who: int) -> None:
        for n in range(5):
            warehouse.apply(
                [
                    Upsert("use", use(*({"id": f"{who}-{n}-{k}", "tokens": 1} for k in range(20)))),
                    Cursor(str(who), "s", str(n)),
                ]
            )

    def read() -> None:
        for _ in range(10):
            found = warehouse.read(table.agg(n=table.count(), tokens=table.tokens.sum())).to_pylist()[0]
            assert found["n"] % 20 == 0
            assert found["tokens"] in {found["n"], None}

    with ThreadPoolExecutor(6) as pool:
        under_way = [pool.submit(write, who) for who in range(3)] + [pool.submit(read) for _ in range(3)]
    for one in under_way:
        one.result()
    assert warehouse.read(table.count().name("n")).to_pylist() == [{"n": 300}]
