"""What a kind of file is: its canonical columns, how each cell becomes a value, and what a row of values becomes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from payback.sources.files import cells

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from zoneinfo import ZoneInfo

    import pyarrow as pa

    from payback.ledger.entries import Rejected, Usage

    Cell = Callable[[object, ZoneInfo], object]
    Values = Mapping[str, Any]


@dataclass(slots=True)
class FileRows:
    """What a file gave: charges as rows of `charges`, requests as entries, other rows by table, and what was refused.

    `batches` holds rows of `usage` and `charges` that came as whole columns, each id once.
    """

    charges: list[dict[str, Any]] = field(default_factory=list)
    usages: list[Usage] = field(default_factory=list)
    rejected: list[Rejected] = field(default_factory=list)
    tables: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    batches: dict[str, pa.Table] = field(default_factory=dict)

    @property
    def count(self) -> int:
        """How many rows were understood."""
        told = (*self.tables.values(), *self.batches.values())
        return len(self.charges) + len(self.usages) + sum(map(len, told))

    def add(self, table: str, row: dict[str, Any]) -> None:
        self.tables.setdefault(table, []).append(row)


@dataclass(frozen=True, slots=True)
class Line:
    """What a row is besides its values: an id made of what it says, the source it is from, the organisation's zone."""

    identity: str
    source: str
    zone: ZoneInfo


@dataclass(frozen=True, slots=True)
class Field:
    """One canonical column: how a cell is read, and the names it goes by in files (folded: letters and digits only)."""

    name: str
    cell: Cell
    known_as: tuple[str, ...] = ()
    required: bool = False


@dataclass(frozen=True, slots=True)
class Kind:
    """One `--as`. `put` adds what a row of values becomes to the file's rows; ValueError refuses the row.

    `by_columns` gives the kind for a layout of its own, told by the names of the file's columns.
    """

    name: str
    title: str
    fields: tuple[Field, ...]
    put: Callable[[FileRows, Values, Line], None]
    by_columns: Callable[[Sequence[str]], Kind | None] | None = None

    @property
    def required(self) -> tuple[str, ...]:
        return tuple(field.name for field in self.fields if field.required)

    def of(self, names: Sequence[str]) -> Kind:
        """The kind that reads a file with these columns."""
        return (self.by_columns and self.by_columns(names)) or self


def _plain(read: Callable[[object], object]) -> Cell:
    return lambda cell, _zone: read(cell)


TEXT, NUMBER, MONEY, COUNT, REAL, TAGS, FLAG = (
    _plain(read)
    for read in (cells.text, cells.number, cells.money, cells.count, cells.real, cells.tags, cells.flag)
)
INSTANT: Cell = cells.instant
DAY: Cell = cells.day
