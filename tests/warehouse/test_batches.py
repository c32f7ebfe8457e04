"""Which batches may enter a table, and that none loses a digit on the way."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from decimal import Decimal

import pyarrow as pa
import pytest

from payback.errors import WarehouseError
from payback.warehouse.batches import fitted
from tests.warehouse.conformance import START, USE, use

NEEDED = {"id": pa.array(["a"]), "at_time": pa.array([START], pa.timestamp("us", "UTC"))}


def batch(**columns: pa.Array) -> pa.Table:
    return pa.table({**NEEDED, **columns})


def test_missing_columns_that_may_be_null_are_null() -> None:
    assert fitted(USE, batch()).to_pylist() == use({"id": "a"}).to_pylist()


def test_columns_come_in_any_order() -> None:
    shuffled = use({"id": "a", "tokens": 3}).select(list(reversed(USE.names)))
    assert fitted(USE, shuffled).equals(use({"id": "a", "tokens": 3}))


def test_a_missing_required_column_is_named() -> None:
    with pytest.raises(WarehouseError, match=r"table use lacks its required column 'at_time'"):
        fitted(USE, pa.table({"id": ["a"]}))


def test_an_empty_batch_needs_no_column() -> None:
    assert fitted(USE, pa.table({})).num_rows == 0


def test_null_in_a_required_column_is_named_and_counted() -> None:
    with pytest.raises(WarehouseError, match=r"column 'id' of table use is required, but 1 of 2 rows"):
        fitted(
            USE, pa.table({"id": ["a", None], "at_time": pa.array([START] * 2, pa.timestamp("us", "UTC"))})
        )


def test_a_column_that_is_not_declared_is_named() -> None:
    with pytest.raises(WarehouseError, match=r"table use has no column 'prompt'"):
        fitted(USE, batch(prompt=pa.array(["secret"])))


def test_a_column_given_twice_is_refused() -> None:
    twice = pa.Table.from_arrays([*NEEDED.values(), pa.array(["b"])], names=[*NEEDED, "id"])
    with pytest.raises(WarehouseError, match="twice"):
        fitted(USE, twice)


@pytest.mark.parametrize(
    ("column", "values"),
    [
        ("usd", pa.array([0.1])),
        ("usd", pa.array(["0.1"])),
        ("tokens", pa.array([1.0])),
        ("tokens", pa.array(["1"])),
        ("tokens", pa.array([Decimal("1.5")])),
        ("tool", pa.array([1])),
        ("at_time", pa.array([datetime(2026, 1, 1)])),  # noqa: DTZ001 - that it has no zone is the point
        ("at_time", pa.array([START.date()])),
        ("day", pa.array([START], pa.timestamp("us", "UTC"))),
        ("is_paid", pa.array([1])),
        ("tags", pa.array(["{}"])),
        ("seconds", pa.array([Decimal("0.1")])),
    ],
)
def test_a_type_that_does_not_fit_is_refused_by_table_and_column(column: str, values: pa.Array) -> None:
    with pytest.raises(
        WarehouseError,
        match=f"column '{column}' of table use is .*; the batch holds {re.escape(str(values.type))}",
    ):
        fitted(USE, batch(**{column: values}))


@pytest.mark.parametrize(
    ("column", "values"),
    [
        ("usd", pa.array([Decimal("0.1234567891")])),
        ("usd", pa.array([Decimal(10) ** 30])),
        ("tokens", pa.array([2**63], pa.uint64())),
        ("at_time", pa.array([1], pa.timestamp("ns", "UTC"))),
        ("seconds", pa.array([2**53 + 1])),
    ],
)
def test_a_value_that_could_not_be_kept_exactly_is_refused(column: str, values: pa.Array) -> None:
    with pytest.raises(WarehouseError, match="kept exactly"):
        fitted(USE, batch(**{column: values}))


@pytest.mark.parametrize(
    ("column", "values", "kept"),
    [
        ("usd", pa.array([Decimal("1.5")]), Decimal("1.5")),
        ("usd", pa.array([7]), Decimal(7)),
        ("tokens", pa.array([7], pa.int8()), 7),
        ("tool", pa.array(["x"]).dictionary_encode(), "x"),
        ("tool", pa.array(["x"], pa.large_string()), "x"),
        ("tool", pa.array([None]), None),
        ("seconds", pa.array([2], pa.int32()), 2.0),
        ("at_time", pa.array([START], pa.timestamp("s", "UTC")), START),
        ("at_time", pa.array([START], pa.timestamp("us", "+00:00")), START),
        ("at_time", pa.array([START.astimezone(UTC)], pa.timestamp("ms", "Europe/Berlin")), START),
    ],
)
def test_a_type_that_holds_the_same_value_is_taken(column: str, values: pa.Array, kept: object) -> None:
    found = fitted(USE, batch(**{column: values}))
    assert found.schema.equals(USE.schema)
    assert found.column(column).to_pylist() == [kept]
