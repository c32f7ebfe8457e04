"""Columns of texts as columns of values, many at once, with the same results as cell by cell.

Plain spellings (1234, 12.5, 2026-10-05T10:00:00Z) are converted as whole columns; any other spelling is read by the cell's
own function, once for each text that differs. Where a text cannot be read the row is marked, and read alone later.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import blake2b
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from payback.sources.files import cells
from payback.sources.files.fields import COUNT, INSTANT, MONEY, REAL, TEXT
from payback.warehouse import contract

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from zoneinfo import ZoneInfo

    from numpy.typing import NDArray

    from payback.sources.files.fields import Cell, Field

    Flags = NDArray[np.bool_]

_EMPTY = pa.array(sorted(cells.EMPTY))
_LONGEST_EMPTY = max(map(len, cells.EMPTY))
_DIGITS = r"^\d{1,15}$"
_AMOUNT = r"^\d{1,18}(\.\d{1,9})?$"
_ISO = r"^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}:\d{2}(\.\d{1,6})?(Z|\+00:00)$"
KINDS: Mapping[Cell, pa.DataType] = {
    TEXT: contract.TEXT,
    COUNT: contract.COUNT,
    REAL: contract.REAL,
    MONEY: contract.MONEY,
    INSTANT: contract.INSTANT,
}
PLAIN = {COUNT: _DIGITS, MONEY: _AMOUNT, REAL: _AMOUNT, INSTANT: _ISO}


@dataclass(frozen=True, slots=True)
class Vector:
    """A column of values; `bad` marks the rows whose text could not be read."""

    values: pa.Array
    bad: Flags

    @property
    def known(self) -> Flags:
        return np.asarray(pc.is_valid(self.values))

    def take(self, rows: NDArray[np.intp]) -> Vector:
        """The vector at those rows."""
        return Vector(self.values.take(pa.array(rows)), self.bad[rows])


def nothing(field: Field, rows: int) -> Vector:
    """A column that the file does not have."""
    return Vector(pa.nulls(rows, KINDS.get(field.cell, contract.TAGS)), np.zeros(rows, np.bool_))


def vector(field: Field, column: pa.Array, zone: ZoneInfo) -> Vector:
    """The values of a column of texts by a field's cell."""
    kind = KINDS.get(field.cell, contract.TAGS)
    text = _text(column)
    if field.cell is TEXT:
        return Vector(text, np.zeros(len(text), np.bool_))
    pattern = PLAIN.get(field.cell)
    if pattern is None:
        return _by_texts(field.cell, text, zone, kind)
    plain = pc.match_substring_regex(text, pattern)
    try:
        values = pc.if_else(plain, text, pa.scalar(None, pa.string())).cast(kind)
    except pa.ArrowInvalid:
        return _by_texts(field.cell, text, zone, kind)
    rest = pc.if_else(pc.fill_null(plain, True), pa.scalar(None, pa.string()), text)
    if rest.null_count == len(rest):
        return Vector(values, np.zeros(len(text), np.bool_))
    others = _by_texts(field.cell, rest, zone, kind)
    return Vector(pc.coalesce(values, others.values), others.bad)


def _text(column: pa.Array) -> pa.Array:
    """The trimmed texts; nothing where a text says that there is nothing, which only short ones do."""
    trimmed = pc.utf8_trim_whitespace(column)
    short = pc.less_equal(pc.binary_length(trimmed), _LONGEST_EMPTY)
    if not pc.any(short).as_py():
        return trimmed
    return pc.if_else(pc.is_in(pc.utf8_lower(trimmed), _EMPTY), pa.scalar(None, pa.string()), trimmed)


def _by_texts(cell: Cell, column: pa.Array, zone: ZoneInfo, kind: pa.DataType) -> Vector:
    """Each text that differs read once."""
    encoded = column.dictionary_encode()
    values: list[Any] = []
    wrong: list[bool] = []
    for text in encoded.dictionary.to_pylist():
        try:
            values.append(cell(text, zone))
            wrong.append(False)
        except ValueError:
            values.append(None)
            wrong.append(True)
    found = pa.array(values, kind).take(encoded.indices)
    bad = pc.fill_null(pa.array(wrong, pa.bool_()).take(encoded.indices), False)
    return Vector(found, np.asarray(bad))


def spoken(values: pa.Array) -> pa.Array:
    """The texts that Python gives of the values, as ids are made of."""
    kind = values.type
    if pa.types.is_string(kind):
        return values
    if pa.types.is_integer(kind):
        return values.cast(pa.string())
    if pa.types.is_timestamp(kind):
        return _spoken_instants(values)
    encoded = values.dictionary_encode() if not pa.types.is_map(kind) else None
    told = (values if encoded is None else encoded.dictionary).to_pylist()
    texts = pa.array([None if one is None else str(one) for one in told], pa.string())
    return texts if encoded is None else texts.take(encoded.indices)


def _spoken_instants(values: pa.Array) -> pa.Array:
    texts = values.cast(pa.timestamp("us")).cast(pa.string())
    whole = pc.ends_with(texts, ".000000")
    short = pc.if_else(whole, pc.utf8_slice_codeunits(texts, 0, 19), texts)
    return pc.binary_join_element_wise(short, "+00:00", "")


def identities(named: Mapping[str, pa.Array]) -> list[str]:
    """The digest of what each row says: its values by name, those it has."""
    parts = [
        pc.binary_join_element_wise(f"{name}=", spoken(values), "") for name, values in sorted(named.items())
    ]
    return digests(pc.binary_join_element_wise(*parts, "\x1f", null_handling="skip").to_pylist())


def digests(texts: Iterable[str], *before: str) -> list[str]:
    """The digest of each text, with the same words before it: as `batches.digest` makes them."""
    start = "".join(f"{word}\x1f" for word in before)
    return [
        blake2b(f"{start}{text}".encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()
        for text in texts
    ]


def numbered(found: list[str]) -> list[str]:
    """Identities with the order of equal ones told apart."""
    if len(set(found)) == len(found):
        return digests(f"{one}\x1f1" for one in found)
    seen: dict[str, int] = {}
    told = []
    for one in found:
        seen[one] = seen.get(one, 0) + 1
        told.append(f"{one}\x1f{seen[one]}")
    return digests(told)
