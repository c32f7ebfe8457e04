"""An answer as CSV, XLSX or Parquet: exactly what is on screen. Cells that a spreadsheet would run are quoted."""

from __future__ import annotations

import csv
import io
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq

from payback.errors import UnknownNameError, UnreadableFileError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from payback.metrics.question import Answer

FORMULA = ("=", "+", "-", "@", "\t", "\r")


def sheet(answer: Answer) -> tuple[list[str], list[list[Any]]]:
    """Column names and rows of an answer, keys first; a key that is unattributed is None."""
    query = answer.query
    names = [*(["period"] if query.grain else []), *query.by, *query.metrics]
    return names, [[row[name] for name in names] for row in answer.lines]


def rendered(kind: str, answer: Answer) -> bytes:
    """The answer as a file of that kind."""
    if kind not in KINDS:
        raise UnknownNameError("kind of file", kind, KINDS)
    return KINDS[kind](*sheet(answer))


def write(kind: str, answer: Answer, file: Path) -> None:
    """The answer written to a file. UnreadableFileError where the file cannot be written."""
    data = rendered(kind, answer)
    try:
        file.expanduser().write_bytes(data)
    except OSError as error:
        raise UnreadableFileError(f"{file} cannot be written: {error.strerror}") from error


def quoted(value: Any) -> Any:
    """A cell no spreadsheet runs: a text that begins like a formula gets an apostrophe; numbers stay numbers."""
    if isinstance(value, str) and value.startswith(FORMULA):
        return "'" + value
    return value


def _csv(names: list[str], rows: list[list[Any]]) -> bytes:
    held = io.StringIO()
    writer = csv.writer(held, lineterminator="\n")
    writer.writerow(names)
    writer.writerows([[_text(quoted(cell)) for cell in row] for row in rows])
    return held.getvalue().encode("utf-8")


def _text(cell: Any) -> Any:
    if cell is None:
        return ""
    if isinstance(cell, Decimal):
        return format(cell, "f")
    return cell.isoformat() if isinstance(cell, date | datetime) else cell


def _xlsx(names: list[str], rows: list[list[Any]]) -> bytes:
    import xlsxwriter

    held = io.BytesIO()
    book = xlsxwriter.Workbook(
        held, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    )
    page = book.add_worksheet("payback")
    bold, dated = book.add_format({"bold": True}), book.add_format({"num_format": "yyyy-mm-dd"})
    page.freeze_panes(1, 0)
    for column, name in enumerate(names):
        page.write_string(0, column, name, bold)
        page.set_column(column, column, max(12, len(name) + 2))
    for line, row in enumerate(rows, 1):
        for column, cell in enumerate(row):
            match cell:
                case None:
                    page.write_blank(line, column, None)
                case date():
                    page.write_datetime(line, column, datetime(cell.year, cell.month, cell.day), dated)  # noqa: DTZ001
                case int() | float() | Decimal():
                    page.write_number(line, column, cell)
                case _:
                    page.write_string(line, column, quoted(str(cell)))
    book.close()
    return held.getvalue()


def _parquet(names: list[str], rows: list[list[Any]]) -> bytes:
    columns = [
        pa.array([_exact(row[index]) for row in rows], _type(rows, index)) for index in range(len(names))
    ]
    held = io.BytesIO()
    pq.write_table(pa.table(dict(zip(names, columns, strict=True))), held)
    return held.getvalue()


def _type(rows: list[list[Any]], index: int) -> pa.DataType | None:
    return pa.decimal128(38, 12) if any(isinstance(row[index], Decimal) for row in rows) else None


def _exact(cell: Any) -> Any:
    return cell.quantize(Decimal("1e-12")) if isinstance(cell, Decimal) else cell


KINDS: Mapping[str, Callable[[list[str], list[list[Any]]], bytes]] = {
    "csv": _csv,
    "xlsx": _xlsx,
    "parquet": _parquet,
}
