"""What a file holds before anyone says what it means: column names and rows of texts or values. CSV, TSV, JSON, JSON
lines and Parquet. Bounded: a row or file larger than the limits is refused, not read.
"""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import orjson
import pyarrow as pa
import pyarrow.parquet as pq

from payback.errors import UnreadableFileError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

LARGEST_FILE = 2 * 1024**3
LARGEST_CELL = 1024**2
ROWS = 20_000_000


@dataclass(frozen=True, slots=True)
class Sheet:
    """Column names in order, and rows with their line in the file (the header is line 1)."""

    names: tuple[str, ...]
    rows: Iterable[tuple[int, Mapping[str, Any]]]


def read(path: Path) -> Sheet:
    """The rows of a file by its ending. UnreadableFileError says what is wrong with the whole file."""
    reader = READERS.get(path.suffix.lower())
    if reader is None:
        raise UnreadableFileError(f"{path.name}: payback reads {', '.join(sorted(READERS))} files")
    try:
        if path.stat().st_size > LARGEST_FILE:
            raise UnreadableFileError(f"{path.name} is larger than 2 GiB; split it")
        return reader(path)
    except (OSError, csv.Error, orjson.JSONDecodeError, pa.ArrowInvalid) as error:
        raise UnreadableFileError(f"{path.name} cannot be read: {error}") from error


def _decoded(path: Path) -> str:
    data = path.read_bytes()
    for encoding in ("utf-8-sig", "utf-16" if data[:2] in {b"\xff\xfe", b"\xfe\xff"} else "cp1252"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    return data.decode("latin-1")


def _delimited(path: Path) -> Sheet:
    text = _decoded(path)
    csv.field_size_limit(LARGEST_CELL)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text))
    header = next(reader, None)
    if not header or not any(name.strip() for name in header):
        raise UnreadableFileError(f"{path.name} has no header line with column names")
    names = tuple(name.strip() for name in header)
    if twice := {name for name in names if name and names.count(name) > 1}:
        raise UnreadableFileError(f"{path.name} has two columns called {', '.join(sorted(twice))}")
    return Sheet(
        names, [(reader.line_num, dict(zip(names, row, strict=False))) for row in reader if any(row)]
    )


def _delimiter(text: str) -> str:
    first = text.partition("\n")[0]
    return max(",;\t|", key=lambda mark: (first.count(mark), mark == ","))


def _json(path: Path) -> Sheet:
    told = orjson.loads(path.read_bytes())
    if isinstance(told, dict):
        told = next((value for value in told.values() if isinstance(value, list)), [told])
    return _objects(path, enumerate(told, 1))


def _json_lines(path: Path) -> Sheet:
    lines = enumerate(path.read_bytes().splitlines(), 1)
    return _objects(path, ((number, orjson.loads(line)) for number, line in lines if line.strip()))


def _objects(path: Path, told: Iterable[tuple[int, Any]]) -> Sheet:
    rows = [(number, row) for number, row in told if isinstance(row, dict)]
    if not rows:
        raise UnreadableFileError(f"{path.name} holds no list of objects")
    names = tuple(dict.fromkeys(name for _, row in rows for name in row))
    return Sheet(names, rows)


def _parquet(path: Path) -> Sheet:
    table = pq.read_table(path)
    return Sheet(tuple(table.column_names), list(enumerate(table.to_pylist(), 1)))


READERS: Mapping[str, Callable[[Path], Sheet]] = {
    ".csv": _delimited,
    ".tsv": _delimited,
    ".txt": _delimited,
    ".json": _json,
    ".jsonl": _json_lines,
    ".ndjson": _json_lines,
    ".parquet": _parquet,
}
