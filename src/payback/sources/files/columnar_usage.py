"""Requests as whole columns: what `usage.usage` makes of one row, of many."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from payback.ledger.batches import RENAMED
from payback.ledger.checks import DISJOINT, EARLIEST, LARGEST, LATEST
from payback.ledger.tables_usage import USAGE
from payback.sources.files.usage import COUNTS, GATEWAY, LARGEST_USD, PRECEDENCES, TEXTS
from payback.sources.files.vectors import digests, identities, numbered

if TYPE_CHECKING:
    from collections.abc import Mapping
    from zoneinfo import ZoneInfo

    from numpy.typing import NDArray

    from payback.sources.files.vectors import Vector

    Flags = NDArray[np.bool_]
    Ints = NDArray[np.int64]


def usage_batch(vectors: Mapping[str, Vector], source: str, _zone: ZoneInfo) -> tuple[pa.Table, Flags]:
    """Rows of `usage`, and which of them are sound: priced and counted as they are. The others are to be read alone."""
    values = {name: one.values for name, one in vectors.items()}
    rows = len(values["occurred_at"])
    counts = {name: _ints(values[name]) for name in COUNTS}
    cached = sum((counts[name] for name in DISJOINT[1:4]), np.zeros(rows, np.int64))
    total = _ints(values["total_input_tokens"])
    given = vectors["total_input_tokens"].known & ~vectors["input_tokens"].known
    counts["input_tokens"] = np.where(given, total - cached, counts["input_tokens"])
    told_error = vectors["error"].known
    counts["errors"] = np.where((counts["errors"] == 0) & told_error, 1, counts["errors"])
    asked = np.where(
        vectors["requests"].known, _ints(values["requests"]), (counts["errors"] == 0).astype(np.int64)
    )
    attempt = _ints(values["attempt"])
    columns: dict[str, pa.Array] = {RENAMED.get(name, name): values[name] for name in TEXTS}
    columns |= {name: pa.array(count) for name, count in counts.items()}
    columns |= {
        "usage_id": pa.array(_ids(values, source), pa.string()),
        "occurred_at": values["occurred_at"],
        "tool": pc.fill_null(values["tool"], "api"),
        "source": same(source, rows),
        "duration_seconds": values["duration_seconds"],
        "reported_usd": values["reported_usd"],
        "requests": pa.array(asked),
        "retries": pa.array(np.zeros(rows, np.int64)),
        "attempt": pa.array(np.where(attempt == 0, 1, attempt)),
        "precedence": pc.fill_null(values["precedence"], GATEWAY),
        "quality": same("exact", rows),
        "is_subagent": same(False, rows),
        "is_final": same(True, rows),
    }
    told = np.asarray(pc.is_in(columns["precedence"], pa.array(PRECEDENCES)))
    sound = told & _sound(vectors, columns, counts) & ~(given & (cached > total)) & once(columns["usage_id"])
    return _table(columns, rows, sound), sound


def _table(columns: Mapping[str, pa.Array], rows: int, sound: Flags) -> pa.Table:
    """The columns as `usage` declares them. Amounts of rows that are not sound are left out: they may not fit."""
    reported = pc.if_else(
        pa.array(sound), columns["reported_usd"], pa.scalar(None, columns["reported_usd"].type)
    )
    told = {**columns, "reported_usd": reported}
    return pa.Table.from_arrays(
        [
            told[column.name].cast(column.type) if column.name in told else pa.nulls(rows, column.type)
            for column in USAGE.columns
        ],
        schema=USAGE.schema,
    )


def _ids(values: Mapping[str, pa.Array], source: str) -> list[str]:
    given = values["usage_id"]
    if given.null_count == 0:
        return digests(given.to_pylist(), "usage", source)
    told = numbered(identities(values))
    if given.null_count < len(given):
        told = [one if known is None else known for one, known in zip(told, given.to_pylist(), strict=True)]
    return digests(told, "usage", source)


def _sound(
    vectors: Mapping[str, Vector], columns: Mapping[str, pa.Array], counts: Mapping[str, Ints]
) -> Flags:
    """Rows that the ledger would take as they are (`ledger.checks`), whose amount fits the table."""
    asked = np.asarray(columns["requests"])
    sound: Flags = (asked >= 0) & (asked <= LARGEST)
    for count in counts.values():
        sound &= (count >= 0) & (count <= LARGEST)
    sound &= counts["reasoning_tokens"] <= counts["output_tokens"]
    total = sum((counts[name] for name in DISJOINT), np.zeros(len(sound), np.int64))
    reported = vectors["reported_tokens"]
    sound &= ~reported.known | (_ints(reported.values) == total)
    at = columns["occurred_at"]
    inside = pc.and_(
        pc.greater_equal(at, pa.scalar(EARLIEST, at.type)), pc.less(at, pa.scalar(LATEST, at.type))
    )
    sound &= np.asarray(inside)
    small = pc.less(
        pc.abs(columns["reported_usd"]), pa.scalar(LARGEST_USD).cast(columns["reported_usd"].type)
    )
    sound &= np.asarray(pc.fill_null(small, True))
    return sound


def once(ids: pa.Array) -> Flags:
    """Rows whose id no other row has."""
    texts = ids.to_pylist()
    if len(set(texts)) == len(texts):
        return np.ones(len(texts), np.bool_)
    times = Counter(texts)
    return np.array([times[one] == 1 for one in texts], np.bool_)


def _ints(values: pa.Array) -> Ints:
    return np.asarray(pc.fill_null(values, 0))


def same(value: object, rows: int) -> pa.Array:
    """A column that says the same in each row."""
    return pa.array([value]).take(pa.array(np.zeros(rows, np.int32)))
