"""Rows of FOCUS as a file: CSV as the specification writes values, or Parquet with types. Columns in its order, ours last."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime
from decimal import ROUND_HALF_EVEN, Context, Decimal
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq

from payback.ledger.focus_columns import INSTANT, NUMBER, WRITTEN

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

FORMULA = ("=", "+", "-", "@", "\t", "\r")
NAMES = tuple(column.name for column in WRITTEN)
TYPES = {NUMBER: pa.decimal128(38, 18), INSTANT: pa.timestamp("us", tz="UTC")}
_EXACT = Context(prec=60, rounding=ROUND_HALF_EVEN)


def as_csv(rows: Iterable[Mapping[str, Any]]) -> bytes:
    """The rows as CSV with a header. A text that a spreadsheet would run gets an apostrophe, which reading takes off."""
    held = io.StringIO()
    writer = csv.writer(held, lineterminator="\n")
    writer.writerow(NAMES)
    writer.writerows([_text(row.get(name)) for name in NAMES] for row in rows)
    return held.getvalue().encode("utf-8")


def _text(cell: Any) -> str:
    match cell:
        case None:
            return ""
        case Decimal():
            return _plain(cell)
        case datetime():
            return f"{cell.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
        case str():
            return f"'{cell}" if cell.startswith(FORMULA) else cell
    return str(cell)


def _plain(number: Decimal) -> str:
    """A decimal without an exponent and with a point: readers that guess types take a column of whole numbers for counts."""
    whole, _, places = f"{number:f}".partition(".")
    return f"{whole}.{places.rstrip('0') or '0'}"


def as_parquet(rows: Iterable[Mapping[str, Any]]) -> bytes:
    """The rows as Parquet: decimals of 18 places, instants, texts."""
    held = list(rows)
    columns = [
        pa.array([_exact(row.get(column.name)) for row in held], TYPES.get(column.kind, pa.string()))
        for column in WRITTEN
    ]
    sink = io.BytesIO()
    pq.write_table(pa.table(dict(zip(NAMES, columns, strict=True))), sink, compression="zstd")
    return sink.getvalue()


def _exact(cell: Any) -> Any:
    if isinstance(cell, int):
        return Decimal(cell)
    return cell.quantize(Decimal("1e-18"), context=_EXACT) if isinstance(cell, Decimal) else cell
