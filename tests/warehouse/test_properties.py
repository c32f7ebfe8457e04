"""What must hold for any rows: on the engine itself and through the socket alike."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Context, Decimal
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from payback.errors import WarehouseError
from payback.warehouse.contract import Append, Change, Cursor, Replace, Upsert, Warehouse
from tests.warehouse.conformance import ENGINES, TABLES, USE, Engine, hour, rows_of, use

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

SETTINGS = settings(deadline=None, max_examples=25, suppress_health_check=[HealthCheck.too_slow])
QUICK = [engine for engine in ENGINES if engine.name != "file"]

EXACT = Context(prec=60)

keys = st.sampled_from([f"k{n}" for n in range(12)])
amounts = st.decimals(min_value=-(10**28), max_value=10**28, places=9, allow_nan=False)
instants = st.datetimes(datetime(1900, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - hypothesis adds the zone
rows = st.fixed_dictionaries(
    {
        "id": keys,
        "at_time": instants,
        "tool": st.none()
        | st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=8),
        "tokens": st.none() | st.integers(-(2**63), 2**63 - 1),
        "usd": st.none() | amounts,
        "tags": st.none()
        | st.dictionaries(st.sampled_from("abc"), st.none() | st.text("xy", max_size=3)).map(
            lambda d: list(d.items())
        ),
    }
)
distinct = st.lists(rows, max_size=12, unique_by=lambda row: row["id"])


@pytest.fixture(scope="module")
def opened(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Warehouse]:
    engine: Engine = request.param
    with engine.opened(tmp_path_factory.mktemp(engine.name), TABLES) as warehouse:
        yield warehouse


engines = pytest.mark.parametrize("opened", QUICK, ids=lambda engine: engine.name, indirect=True)


def fresh(warehouse: Warehouse) -> Warehouse:
    """The same warehouse, emptied for the next example."""
    cursors = [Cursor("s", stream, None) for stream in warehouse.cursors("s")]
    warehouse.apply([Replace("use", use()), *cursors])
    return warehouse


def full(given_rows: Sequence[dict[str, object]]) -> list[dict[str, object]]:
    return sorted(use(*given_rows).to_pylist(), key=lambda row: row["id"])


@engines
@SETTINGS
@given(given_rows=distinct)
def test_decimals_and_instants_come_back_exactly(
    opened: Warehouse, given_rows: list[dict[str, object]]
) -> None:
    warehouse = fresh(opened)
    warehouse.apply([Append("use", use(*given_rows))])
    assert rows_of(warehouse) == full(given_rows)


@engines
@SETTINGS
@given(before=distinct, after=distinct)
def test_an_upsert_twice_is_an_upsert_once(
    opened: Warehouse, before: list[dict[str, object]], after: list[dict[str, object]]
) -> None:
    warehouse = fresh(opened)
    warehouse.apply([Append("use", use(*before))])
    warehouse.apply([Upsert("use", use(*after))])
    once = rows_of(warehouse)
    warehouse.apply([Upsert("use", use(*after))])
    assert rows_of(warehouse) == once
    assert once == full({**{row["id"]: row for row in before}, **{row["id"]: row for row in after}}.values())  # type: ignore[arg-type]


@engines
@SETTINGS
@given(
    before=distinct,
    after=distinct,
    bounds=st.tuples(instants, instants).map(sorted),
    tool=st.none() | st.just("x"),
)
def test_a_replaced_window_touches_nothing_outside(
    opened: Warehouse,
    before: list[dict[str, object]],
    after: list[dict[str, object]],
    bounds: list[datetime],
    tool: str | None,
) -> None:
    since, until = bounds
    new = [{**row, "id": f"new-{row['id']}"} for row in after]
    equals = {} if tool is None else {"tool": tool}

    def matches(row: dict[str, object]) -> bool:
        return since <= row["at_time"] < until and (tool is None or row["tool"] == tool)  # type: ignore[operator]

    warehouse = fresh(opened)
    warehouse.apply([Append("use", use(*before))])
    warehouse.apply([Replace("use", use(*new), equals, since, until)])
    assert rows_of(warehouse) == full([row for row in before if not matches(row)] + new)


@engines
@SETTINGS
@given(
    order=st.permutations(range(5)),
    sizes=st.lists(st.integers(0, 3), min_size=5, max_size=5),
    times=st.integers(1, 2),
)
def test_disjoint_windows_give_the_same_rows_in_any_order(
    opened: Warehouse, order: list[int], sizes: list[int], times: int
) -> None:
    windows = [
        use(*({"id": f"{n}-{k}", "at_time": hour(n), "tokens": k} for k in range(sizes[n]))) for n in range(5)
    ]
    warehouse = fresh(opened)
    for number in order * times:
        warehouse.apply(
            [
                Replace("use", windows[number], {}, hour(number), hour(number + 1)),
                Cursor("s", str(number), "done"),
            ]
        )
    expected = [row for window in windows for row in window.to_pylist()]
    assert rows_of(warehouse) == expected
    assert warehouse.cursors("s") == {str(number): "done" for number in range(5)}


def good(number: int) -> list[Change]:
    return [Upsert("use", use({"id": f"k{number}", "tokens": number})), Cursor("s", "x", str(number))]


BAD: tuple[Change, ...] = (
    Append("use", use({"id": "x"}).drop_columns(["id"])),
    Append("use", use({"id": "x"}).append_column("strange", use({"id": "y"}).column("id"))),
    Replace("use", use(), {"tokens": "no number"}),
    Replace("use", use(), {"day": "no day"}),
)


@engines
@SETTINGS
@given(number=st.integers(1, 9), place=st.integers(0, 2), bad=st.sampled_from(BAD))
def test_a_batch_with_one_failing_change_leaves_no_trace(
    opened: Warehouse, number: int, place: int, bad: Change
) -> None:
    warehouse = fresh(opened)
    warehouse.apply(good(0))
    before = rows_of(warehouse)
    changes = good(number)
    changes.insert(place, bad)
    with pytest.raises(WarehouseError):
        warehouse.apply(changes)
    assert (rows_of(warehouse), warehouse.cursors("s")) == (before, {"x": "0"})


@engines
@SETTINGS
@given(amounts_given=st.lists(amounts, min_size=1, max_size=8))
def test_money_adds_up_exactly(opened: Warehouse, amounts_given: list[Decimal]) -> None:
    warehouse = fresh(opened)
    warehouse.apply(
        [Append("use", use(*({"id": str(n), "usd": amount} for n, amount in enumerate(amounts_given))))]
    )
    table = warehouse.table("use")
    found = warehouse.read(table.agg(usd=table.usd.sum()))
    assert found.schema.field("usd").type == USE.schema.field("usd").type
    billionths = sum(int(amount.scaleb(9, EXACT)) for amount in amounts_given)
    assert found.to_pylist() == [{"usd": Decimal(billionths).scaleb(-9, EXACT)}]
