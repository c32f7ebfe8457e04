"""Rows of a mapped file as canonical rows. A row that cannot be read is refused alone, with its line.

Ids are made of what the row says, so the same file taken in twice, or under another name, gives the same rows; equal
lines of one file are told apart by their order.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from payback.ledger.batches import digest
from payback.ledger.entries import Rejected
from payback.sources.files.fields import FileRows, Line

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from zoneinfo import ZoneInfo

    from payback.sources.files.fields import Kind
    from payback.sources.files.layout import Sheet
    from payback.sources.files.mapping import Columns

__all__ = ["FileRows", "convert"]


def convert(sheet: Sheet, kind: Kind, columns: Columns, zone: ZoneInfo, name: str) -> FileRows:
    """All rows of a sheet by its mapping. `name` is the file's name, shown with refused rows."""
    found = FileRows()
    source = f"file:{kind.name}"
    seen: Counter[str] = Counter()
    for number, row in sheet.rows:
        try:
            values = dict(_values(row, kind, columns, zone))
            identity = digest(
                *(f"{key}={value}" for key, value in sorted(values.items()) if value is not None)
            )
            seen[identity] += 1
            kind.put(found, values, Line(digest(identity, seen[identity]), source, zone))
        except ValueError as error:
            found.rejected.append(Rejected(source, str(error), name, number))
    return found


def _values(
    row: Mapping[str, Any], kind: Kind, columns: Columns, zone: ZoneInfo
) -> Iterator[tuple[str, Any]]:
    for one in kind.fields:
        cell = (
            row.get(columns.columns[one.name])
            if one.name in columns.columns
            else columns.constants.get(one.name)
        )
        try:
            value = one.cell(cell, zone)
        except ValueError as error:
            raise ValueError(f"{one.name}: {error}") from error
        if value is None and one.required:
            raise ValueError(f"{one.name} is empty")
        yield one.name, value
