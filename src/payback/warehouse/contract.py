"""The contract of every engine: what a table declaration is, what a write is, and how facts are read.

A write is a value (`Change`), not a conversation: all changes handed to `apply` become visible together or not at all,
cursors included. So a remote process, a crash, and an engine without transactions meet the same words.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

import pyarrow as pa

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import date, datetime

    import ibis.expr.types as ir

INSTANT = pa.timestamp("us", tz="UTC")
DAY = pa.date32()
MONEY = pa.decimal128(38, 9)
REQUEST_USD = pa.decimal128(18, 9)
TEXT = pa.string()
COUNT = pa.int64()
FLAG = pa.bool_()
REAL = pa.float64()
TAGS = pa.map_(pa.string(), pa.string())


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its name, Arrow type, and the sentence that says what it holds (unit and basis included)."""

    name: str
    type: pa.DataType
    sentence: str
    required: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """One declared table. `key` identifies a row; `time` is the column by which windows are replaced."""

    name: str
    sentence: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    time: str | None = None
    derived: bool = False

    @property
    def schema(self) -> pa.Schema:
        """The Arrow schema, in column order."""
        return pa.schema([pa.field(c.name, c.type, nullable=not c.required) for c in self.columns])

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns)


@dataclass(frozen=True, slots=True)
class Window:
    """A stretch of a table's time column, half open; an end that is None is open."""

    since: datetime | date | None = None
    until: datetime | date | None = None


EVER = Window()


@dataclass(frozen=True, slots=True)
class Append:
    """Add rows. The caller vouches that their keys are new."""

    table: str
    rows: pa.Table


@dataclass(frozen=True, slots=True)
class Upsert:
    """Add rows, replacing those with the same key. Of several rows with one key in `rows` the last stands.

    With `within` the caller vouches that stored rows with these keys lie in that window of the table's time column, and
    only those are looked at: the cost then follows the window, not the table.
    """

    table: str
    rows: pa.Table
    within: Window = EVER


@dataclass(frozen=True, slots=True)
class Replace:
    """Delete the rows that match, then add. `equals` holds column = value (or one of several values; None matches
    NULL); `since`/`until` bound the table's time column (an instant, or a day), half open. Nothing given: the whole
    table.
    """

    table: str
    rows: pa.Table
    equals: Mapping[str, Any | Sequence[Any]] = field(default_factory=dict)
    since: datetime | date | None = None
    until: datetime | date | None = None


@dataclass(frozen=True, slots=True)
class Delete:
    """Delete the rows whose column holds one of the values."""

    table: str
    column: str
    values: Sequence[Any]


@dataclass(frozen=True, slots=True)
class Cursor:
    """How far a stream has been read: free text (JSON) by (source, stream). `value` None forgets it."""

    source: str
    stream: str
    value: str | None


Change = Append | Upsert | Replace | Delete | Cursor


@runtime_checkable
class Warehouse(Protocol):
    """What every engine gives. One instance may be used from several threads."""

    @property
    def edition(self) -> int | None:
        """Another number whenever rows may have changed; None where that cannot be known. Answers of one edition agree."""

    def apply(self, changes: Sequence[Change]) -> None:
        """Make all changes visible together, or none (WarehouseError)."""

    def table(self, name: str) -> ir.Table:
        """A declared table as an Ibis expression. UnknownNameError for any other name."""

    def read(self, expression: ir.Expr, params: Mapping[ir.Scalar, Any] | None = None) -> pa.Table:
        """The rows of an expression as Arrow, in its column order."""

    def lookup(self, table: str, column: str, values: pa.Array, window: Window = EVER) -> pa.Table:
        """The rows whose column holds one of the values, however many there are, and whose time lies in the window."""

    def sql(self, expression: ir.Expr) -> str:
        """The engine's own text of an expression, for `explain`."""

    def batches(self, expression: ir.Expr, rows: int = 100_000) -> Iterator[pa.RecordBatch]:
        """The rows of an expression in batches, for results larger than memory."""

    def cursors(self, source: str) -> dict[str, str]:
        """How far each stream of a source has been read."""

    def close(self) -> None:
        """Give the engine back; later calls raise WarehouseError."""
