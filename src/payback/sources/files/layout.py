"""What a file holds before anyone says what it means: column names and rows of texts or values. CSV, TSV, JSON, JSON
lines, Parquet and spreadsheets. Bounded: a row or file larger than the limits is refused, not read.
"""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections import Counter
from dataclasses import dataclass
from itertools import chain, islice
from typing import TYPE_CHECKING, Any

import orjson
import pyarrow as pa
import pyarrow.parquet as pq

from payback.errors import UnreadableFileError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from pathlib import Path

LARGEST_FILE = 2 * 1024**3
LARGEST_CELL = 1024**2
LARGEST_BOOK = 64 * 1024**2
LOOKED_AT = 50
WHOLE_NUMBERS = 2**53
_NUMBER = re.compile(r"^[-+(]?[$€£]?\s*[\d.,]+\s*[%)]?$|^\d{4}-\d{2}-\d{2}")


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
    return table(path.name, ((reader.line_num, row) for row in reader))


def _delimiter(text: str) -> str:
    """The sign that parts most lines of the beginning alike."""
    lines = [line for line in text[:LARGEST_CELL].splitlines()[:LOOKED_AT] if line.strip()]

    def alike(mark: str) -> int:
        counts = Counter(line.count(mark) for line in lines)
        return max((times * lines_alike for times, lines_alike in counts.items()), default=0)

    return max(",;\t|", key=lambda mark: (alike(mark), mark == ","))


def beginning(data: bytes, *, whole: bool) -> tuple[tuple[str, ...], str] | None:
    """Column names and delimiter of a plain table by its beginning: UTF-8 with the header in the first line; else None."""
    try:
        text = (data if whole else data[: data.rfind(b"\n") + 1]).decode("utf-8-sig")
    except UnicodeDecodeError:
        return None
    delimiter = _delimiter(text)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    lines = [(reader.line_num, row) for row in islice(reader, LOOKED_AT)]
    if not lines or lines[0][0] != 1 or not all(lines[0][1]) or _header(lines):
        return None
    names = [name.strip() for name in lines[0][1]]
    return (tuple(lines[0][1]), delimiter) if len(set(names)) == len(names) and all(names) else None


def _spreadsheet(path: Path) -> Sheet:
    """The first sheet that holds anything. A whole number is one, however the spreadsheet keeps it."""
    from python_calamine import CalamineError, CalamineWorkbook

    if path.stat().st_size > LARGEST_BOOK or _unpacked(path) > LARGEST_FILE:
        raise UnreadableFileError(f"{path.name} is too large for a spreadsheet; save the sheet as CSV")
    try:
        with CalamineWorkbook.from_path(str(path)) as book:
            sheets = (book.get_sheet_by_index(place) for place in range(len(book.sheet_names)))
            rows = next((rows for sheet in sheets if (rows := sheet.to_python(skip_empty_area=False))), [])
    except CalamineError as error:
        raise UnreadableFileError(f"{path.name} cannot be read: {error}") from error
    return table(path.name, ((number, [_cell(cell) for cell in row]) for number, row in enumerate(rows, 1)))


def _unpacked(path: Path) -> int:
    """What the parts of a zipped spreadsheet come to; 0 for one that is not zipped."""
    if not zipfile.is_zipfile(path):
        return 0
    with zipfile.ZipFile(path) as held:
        return sum(part.file_size for part in held.infolist())


def _cell(cell: Any) -> Any:
    return int(cell) if isinstance(cell, float) and cell.is_integer() and abs(cell) < WHOLE_NUMBERS else cell


def table(name: str, lines: Iterable[tuple[int, Sequence[Any]]]) -> Sheet:
    """The rows below the header, which is the first line that looks like one: titles above it and empty lines go."""
    rest = iter(lines)
    beginning = [line for line in islice(rest, LOOKED_AT) if _filled(line[1])]
    if not beginning:
        raise UnreadableFileError(f"{name} has no header line with column names")
    at = _header(beginning)
    names = tuple(str(cell).strip() if cell is not None else "" for cell in beginning[at][1])
    if twice := {one for one in names if one and names.count(one) > 1}:
        raise UnreadableFileError(f"{name} has two columns called {', '.join(sorted(twice))}")
    below = (line for line in chain(beginning[at + 1 :], rest) if _filled(line[1]))
    return Sheet(names, [(number, dict(zip(names, row, strict=False))) for number, row in below])


def _filled(row: Sequence[Any]) -> int:
    return sum(1 for cell in row if cell is not None and str(cell).strip())


def _header(lines: Sequence[tuple[int, Sequence[Any]]]) -> int:
    """Which line names the columns: the first that fills most of the table's width with distinct words; else the first."""
    widths = Counter(_filled(row) for _, row in lines)
    width = max(widths, key=lambda one: (one * widths[one], one))
    for place, (_, row) in enumerate(lines):
        words = [str(cell).strip() for cell in row if cell is not None and str(cell).strip()]
        if (
            len(words) * 5 >= width * 3
            and len(set(words)) == len(words)
            and all(isinstance(cell, str) for cell in row if cell is not None)
            and not any(_NUMBER.match(word) for word in words)
        ):
            return place
    return 0


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
    ".xlsx": _spreadsheet,
    ".xls": _spreadsheet,
    ".ods": _spreadsheet,
}
