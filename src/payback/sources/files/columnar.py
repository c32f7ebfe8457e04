"""Large CSV files of charges and requests as whole columns: the same rows as line by line, many times faster.

Only a plain table is read this way: UTF-8, its header in the first line, as many cells in each line. Rows that need more
than columns can do (cells that do not read, ids told twice, sums that do not add up) are read line by line after all.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv as arrow_csv

from payback.sources.files import layout
from payback.sources.files.charges import CHARGES
from payback.sources.files.columnar_charges import charge_batch
from payback.sources.files.columnar_usage import usage_batch
from payback.sources.files.fields import FileRows
from payback.sources.files.rows import convert
from payback.sources.files.usage import USAGE
from payback.sources.files.vectors import Vector, nothing, vector

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path
    from zoneinfo import ZoneInfo

    from numpy.typing import NDArray

    from payback.sources.files.fields import Field, Kind
    from payback.sources.files.mapping import Columns

    Flags = NDArray[np.bool_]
    Built = tuple[pa.Table, Flags]

LEAST = 4 * 1024**2
BEGINNING = 1024**2
ENDINGS = frozenset({".csv", ".tsv", ".txt"})
BATCHES: Mapping[str, Callable[[Mapping[str, Vector], str, ZoneInfo], Built]] = {
    USAGE.name: usage_batch,
    CHARGES.name: charge_batch,
}


@dataclass(frozen=True, slots=True)
class Columnar:
    """A file as columns of texts. `delimiter` parts its cells."""

    path: Path
    names: tuple[str, ...]
    table: pa.Table
    delimiter: str

    def convert(self, kind: Kind, columns: Columns, zone: ZoneInfo, name: str) -> FileRows:
        """All rows by a mapping: those that columns could make in a batch, the others line by line."""
        vectors = {field.name: self._vector(field, columns, zone) for field in kind.fields}
        filled = self._filled()
        bad = np.zeros(len(self.table), np.bool_)
        for field in kind.fields:
            bad |= vectors[field.name].bad
            if field.required:
                bad |= ~vectors[field.name].known
        source = f"file:{kind.name}"
        kept = np.flatnonzero(filled & ~bad)
        rows = vectors if len(kept) == len(self.table) else {n: one.take(kept) for n, one in vectors.items()}
        batch, sound = BATCHES[kind.name](rows, source, zone)
        alone = np.zeros(len(self.table), np.bool_)
        alone[kept[~sound]] = True
        alone |= bad & filled
        found = FileRows()
        if alone.any():
            found = convert(layout.Sheet(self.names, self._lines(alone)), kind, columns, zone, name)
        found.batches[kind.name] = batch.filter(pa.array(sound))
        return found

    def _vector(self, field: Field, columns: Columns, zone: ZoneInfo) -> Vector:
        if field.name in columns.columns:
            return vector(field, self.table[columns.columns[field.name]].combine_chunks(), zone)
        constant = columns.constants.get(field.name)
        if constant is None:
            return nothing(field, len(self.table))
        return vector(field, pa.array([constant], pa.string()).take(_zeros(len(self.table))), zone)

    def _filled(self) -> Flags:
        """The rows that say anything at all."""
        found = np.zeros(len(self.table), np.bool_)
        for name in self.table.column_names:
            if found.all():
                break
            blank = pc.equal(pc.utf8_trim_whitespace(self.table[name]), "")
            found |= ~np.asarray(blank.combine_chunks())
        return found

    def _lines(self, wanted: Flags) -> Iterator[tuple[int, dict[str, Any]]]:
        """The rows at those places, with their lines."""
        with self.path.open(encoding="utf-8-sig", newline="") as held:
            reader = csv.reader(held, delimiter=self.delimiter)
            next(reader)
            place = 0
            for row in reader:
                if not row:
                    continue
                if wanted[place]:
                    yield reader.line_num, dict(zip(self.names, row, strict=False))
                place += 1


def _zeros(count: int) -> pa.Array:
    return pa.array(np.zeros(count, np.int32))


def opened(path: Path, kind: str, least: int = LEAST) -> Columnar | None:
    """The file as columns; None where it is small, of another kind, or no plain table, and must be read line by line."""
    if kind not in BATCHES or path.suffix.casefold() not in ENDINGS or not path.is_file():
        return None
    if not least <= path.stat().st_size <= layout.LARGEST_FILE:
        return None
    with path.open("rb") as held:
        beginning = held.read(BEGINNING)
    told = layout.beginning(beginning, whole=len(beginning) < BEGINNING)
    table = _read(path, *told) if told else None
    if told is None or table is None or tuple(table.column_names) != told[0]:
        return None
    names = [name.strip() for name in told[0]]
    return Columnar(path, tuple(names), table.rename_columns(names), told[1])


def _read(path: Path, names: tuple[str, ...], delimiter: str) -> pa.Table | None:
    """All cells as texts; None where lines have more or fewer cells than the header, or are no UTF-8."""
    broken: list[Any] = []

    def refuse(row: Any) -> str:
        broken.append(row)
        return "skip"

    parse = arrow_csv.ParseOptions(delimiter=delimiter, newlines_in_values=True, invalid_row_handler=refuse)
    texts = arrow_csv.ConvertOptions(
        column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False
    )
    try:
        table = arrow_csv.read_csv(path, parse_options=parse, convert_options=texts)
    except pa.ArrowInvalid:
        return None
    return None if broken else table
