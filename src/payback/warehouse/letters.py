"""Changes and questions as JSON headers with tables beside them, and back. Pure."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from payback.errors import WarehouseError
from payback.warehouse.contract import Append, Change, Cursor, Delete, Replace, Upsert, Window

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import pyarrow as pa


def letter(changes: Sequence[Change]) -> tuple[list[dict[str, Any]], list[pa.Table]]:
    """Changes as JSON, and the tables that those with rows bring, in the same order."""
    rows = [change.rows for change in changes if isinstance(change, Append | Upsert | Replace)]
    return [_written(change) for change in changes], rows


def changes_of(written: Sequence[Mapping[str, Any]], rows: Sequence[pa.Table]) -> tuple[Change, ...]:
    """The changes of a letter. WarehouseError for a letter that no payback of this version writes."""
    left = iter(rows)
    try:
        return tuple(_read(told, lambda: next(left)) for told in written)
    except (KeyError, TypeError, ValueError, StopIteration) as error:
        raise WarehouseError(f"a change came in a form that this payback does not know: {error!r}") from error


def _written(change: Change) -> dict[str, Any]:
    match change:
        case Append(table=table):
            return {"do": "append", "table": table}
        case Upsert(table=table, within=window):
            return {
                "do": "upsert",
                "table": table,
                "since": packed(window.since),
                "until": packed(window.until),
            }
        case Replace(table=table, equals=equals, since=since, until=until):
            conditions = {name: _packed_all(value) for name, value in equals.items()}
            return {
                "do": "replace",
                "table": table,
                "equals": conditions,
                "since": packed(since),
                "until": packed(until),
            }
        case Delete(table=table, column=column, values=values):
            return {
                "do": "delete",
                "table": table,
                "column": column,
                "values": [packed(value) for value in values],
            }
        case Cursor(source=source, stream=stream, value=value):
            return {"do": "cursor", "source": source, "stream": stream, "value": value}


def _read(told: Mapping[str, Any], rows: Callable[[], pa.Table]) -> Change:
    match told["do"]:
        case "append":
            return Append(told["table"], rows())
        case "upsert":
            return Upsert(told["table"], rows(), Window(unpacked(told["since"]), unpacked(told["until"])))
        case "replace":
            equals = {name: [unpacked(value) for value in values] for name, values in told["equals"].items()}
            return Replace(told["table"], rows(), equals, unpacked(told["since"]), unpacked(told["until"]))
        case "delete":
            return Delete(told["table"], told["column"], [unpacked(value) for value in told["values"]])
        case "cursor":
            return Cursor(told["source"], told["stream"], told["value"])
        case other:
            raise ValueError(other)


def _packed_all(wanted: Any) -> list[Any]:
    several = isinstance(wanted, list | tuple | set | frozenset)
    return [packed(value) for value in (wanted if several else [wanted])]


def packed(value: Any) -> Any:
    """A value of a condition as JSON that can be read back exactly."""
    match value:
        case None | bool() | int() | float() | str():
            return value
        case datetime():
            return {"instant": value.isoformat()}
        case date():
            return {"day": value.isoformat()}
        case Decimal():
            return {"decimal": str(value)}
        case other:
            raise WarehouseError(
                f"a condition on rows takes text, numbers, days and instants, not {type(other).__name__}"
            )


def unpacked(value: Any) -> Any:
    """The value that `packed` wrote down."""
    match value:
        case {"instant": str(text)}:
            return datetime.fromisoformat(text)
        case {"day": str(text)}:
            return date.fromisoformat(text)
        case {"decimal": str(text)}:
            return Decimal(text)
        case None | bool() | int() | float() | str():
            return value
        case other:
            raise ValueError(other)
