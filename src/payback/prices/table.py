"""The price of many requests at once: Arrow in, Arrow out, exact. Same amounts as `scalar`, row by row.

Rows are told apart by (vendor, model, tier) and instant only; each such card is compiled once. Amounts are integer
arithmetic over whole columns, tokens × rate in units of 10^-places dollars, rounded once, half to even, at nine places.
A row whose integers could overflow, or whose rates have too many places, is priced in Decimal instead.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from payback.prices.card import LEAST_PROMPT, Units
from payback.prices.grid import Grid, Sheet, grid_of
from payback.prices.keys import keys_of
from payback.prices.shelf import Books, open_books
from payback.prices.tier import Tier

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    Ints = NDArray[np.int64]
    Flags = NDArray[np.bool_]

__all__ = ("SCHEMA", "Books", "open_books", "price", "priced")

USD = pa.decimal128(18, 9)
WORD = pa.dictionary(pa.int32(), pa.string())
SCHEMA = pa.schema([("list_usd", USD), ("price_book", WORD), ("priced", pa.bool_())])
NAMES = ("vendor", "model", "service_tier", "speed", "region")
READ = (*NAMES, *Units._fields, "occurred_at", "bucket_seconds", "quality", "context_window")
BATCH, PART = 1 << 20, 1 << 16
SAFE = 1e18


def price(rows: pa.Table, books: Books) -> pa.Table:
    """`list_usd` decimal(18,9), `price_book` and `priced` for each row of `usage`, in the order of the rows.

    An unpriced row has a NULL amount, `priced` is false, and `price_book` says why ("unpriced: …"). A row that used
    nothing at all costs 0 whatever its model. Reads the columns in `READ`, as the ledger declares them. `price_book` is
    text by dictionary, since few books price many rows.
    """
    return pa.Table.from_batches([_priced(batch, books) for batch in _batches(rows)], schema=SCHEMA)


def priced(rows: pa.Table, books: Books) -> pa.Table:
    """The same rows of `usage` with `list_usd` and `price_book` (as plain text) filled in."""
    found = price(rows, books)
    for name, column in (
        ("list_usd", found["list_usd"]),
        ("price_book", found["price_book"].cast(pa.string())),
    ):
        at = rows.schema.get_field_index(name)
        rows = rows.append_column(name, column) if at < 0 else rows.set_column(at, name, column)
    return rows


class _Used(NamedTuple):
    """Counts per unit, as columns: the units used at all by any row, and the most of each."""

    columns: tuple[Ints, ...]
    most: tuple[int, ...]

    def part(self, rows: slice) -> tuple[Ints, ...]:
        return tuple(column[rows] for column in self.columns)


def _batches(rows: pa.Table) -> Iterator[pa.RecordBatch]:
    """Batches of a useful size: many small ones are joined, large ones are cut."""
    needed = rows.select(list(READ))
    if max(needed.column(0).num_chunks, 1) * PART > needed.num_rows:
        needed = needed.combine_chunks()
    return iter(needed.to_batches(max_chunksize=BATCH))


def _priced(batch: pa.RecordBatch, books: Books) -> pa.RecordBatch:
    keys = keys_of([batch.column(name) for name in NAMES])
    schedules = [books.schedule(vendor, model, Tier(*tier)) for vendor, model, *tier in keys.distinct]
    micros = _integers(batch.column("occurred_at").cast(pa.timestamp("us", tz="UTC")).view(pa.int64()))
    span = (int(micros.min()), int(micros.max())) if len(micros) else (0, 0)
    grid = grid_of(schedules, *span)
    used = _used(batch)
    sized, broken = _sized(batch), _broken(batch, used)
    told = None if sized is None else _told(batch, sized)
    nanos = np.empty(batch.num_rows, np.int64)
    words = np.empty(batch.num_rows, np.int32)
    known = np.empty(batch.num_rows, np.bool_)
    for start in range(0, batch.num_rows, PART):
        part = slice(start, start + PART)
        counts = used.part(part)
        prompt = np.add.reduce(counts[:4]) if len(grid.thresholds) else counts[0]
        if told is not None:
            prompt = np.where(told[part] < 0, prompt, told[part])
        row = grid.row_of(keys.place[part], micros[part], prompt, None if sized is None else sized[part])
        _settle(grid.sheet, row, used, counts, (nanos[part], words[part], known[part]))
    if broken is not None:
        known &= ~broken
        words[broken] = grid.sheet.broken
    return pa.RecordBatch.from_arrays(
        [_decimals(nanos, known), _texts(words, grid), pa.array(known)], schema=SCHEMA
    )


def _settle(
    sheet: Sheet, row: NDArray[np.intp], used: _Used, counts: tuple[Ints, ...], out: tuple[Ints, Ints, Flags]
) -> None:
    """Writes nanodollars, word and whether priced of one part into `out`."""
    nanos, words, known = out
    total = np.zeros(len(row), np.int64)
    bound = 0.0
    for unit, most in enumerate(used.most):
        if most and sheet.highest[unit]:
            total += counts[unit] * sheet.rates[unit].take(row)
            bound += most * sheet.highest[unit]
    nanos[:] = _rounded(total, sheet.places - 9)
    words[:] = row
    known[:] = sheet.is_priced.take(row)
    for unit, most in enumerate(used.most):
        if most and sheet.unknown[unit].any():
            _without_rate(sheet, unit, row, counts[unit], (words, known))
    if bound >= SAFE or sheet.is_inexact.any():
        _exactly(sheet, row, counts, out)
    if not counts[-1].all():
        unused = np.add.reduce(counts) == 0
        nanos[unused], words[unused], known[unused] = 0, sheet.nothing, True


def _without_rate(
    sheet: Sheet, unit: int, row: NDArray[np.intp], count: Ints, out: tuple[Ints, Flags]
) -> None:
    """Rows that used a unit without a rate are unpriced, and their word says which unit."""
    words, known = out
    lacking = sheet.unknown[unit].take(row) & (count != 0) & known
    if lacking.any():
        words[lacking] = sheet.lacking[unit][row[lacking]]
        known[lacking] = False


def _exactly(
    sheet: Sheet, row: NDArray[np.intp], counts: tuple[Ints, ...], out: tuple[Ints, Ints, Flags]
) -> None:
    """Rows whose integers might overflow, or whose rates have too many places, by Decimal."""
    nanos, words, known = out
    estimate = np.zeros(len(row))
    for unit, count in enumerate(counts):
        estimate += count * np.abs(sheet.rates[unit]).astype(np.float64).take(row)
    for at in np.flatnonzero(known & ((estimate >= SAFE) | sheet.is_inexact.take(row))):
        exact = sheet.nanos(int(row[at]), Units(*(int(count[at]) for count in counts)))
        if exact is None:
            known[at], words[at] = False, sheet.too_large
        nanos[at] = exact or 0


def _used(batch: pa.RecordBatch) -> _Used:
    columns = tuple(_integers(batch.column(name)) for name in Units._fields)
    return _Used(columns, tuple(int(column.max()) if len(column) else 0 for column in columns))


def _integers(column: pa.Array) -> Ints:
    whole = column.cast(pa.int64())
    filled: Ints = (whole.fill_null(0) if whole.null_count else whole).to_numpy(zero_copy_only=False)
    return filled


def _broken(batch: pa.RecordBatch, used: _Used) -> Flags | None:
    """Rows with a missing or negative count, or without an instant: they are never priced. None when there are none."""
    broken = np.zeros(batch.num_rows, np.bool_)
    for name, column in zip(Units._fields, used.columns, strict=True):
        if batch.column(name).null_count:
            broken |= batch.column(name).is_null().to_numpy(zero_copy_only=False)
        if len(column) and column.min() < 0:
            broken |= column < 0
    if batch.column("occurred_at").null_count:
        broken |= batch.column("occurred_at").is_null().to_numpy(zero_copy_only=False)
    return broken if broken.any() else None


def _sized(batch: pa.RecordBatch) -> Flags | None:
    """Whether a row is one request, so that its prompt length is known; None when all are."""
    buckets = _integers(batch.column("bucket_seconds"))
    quality = batch.column("quality")
    totals = pc.equal(
        quality.dictionary_decode() if pa.types.is_dictionary(quality.type) else quality, "session_total"
    )
    if not buckets.any() and not pc.any(totals).as_py():
        return None
    whole: Flags = totals.fill_null(fill_value=False).to_numpy(zero_copy_only=False)
    sized: Flags = (buckets == 0) & ~whole
    return sized


def _told(batch: pa.RecordBatch, sized: Flags) -> Ints | None:
    """The least prompt length of the vendor's band, for rows that are not one request but have a band; -1 for others.

    Such rows count as sized from here on. None when there are none.
    """
    column = batch.column("context_window")
    if column.null_count == len(column):
        return None
    named = column.dictionary_decode() if pa.types.is_dictionary(column.type) else column
    band = pc.index_in(named, value_set=pa.array(list(LEAST_PROMPT))).fill_null(len(LEAST_PROMPT))
    least = np.array([*LEAST_PROMPT.values(), -1], np.int64)[band.to_numpy(zero_copy_only=False)]
    found: Ints = np.where(sized, -1, least)
    sized |= found >= 0
    return found


def _rounded(total: Ints, places: int) -> Ints:
    """Divided by 10^places, half to even."""
    if places == 0:
        return total
    unit = 10**places
    whole = total // unit
    rest = total - whole * unit
    rounded: Ints = whole + ((rest > unit // 2) | ((rest == unit // 2) & ((whole & 1) == 1)))
    return rounded


def _decimals(nanos: Ints, known: Flags) -> pa.Array:
    """Nanodollars as decimal(18,9), NULL where the amount is not known."""
    wide = np.empty((len(nanos), 2), np.int64)
    wide[:, 0] = nanos
    wide[:, 1] = nanos >> 63
    valid = None if known.all() else pa.array(known).buffers()[1]
    return pa.Array.from_buffers(USD, len(nanos), [valid, pa.py_buffer(wide)])


def _texts(words: NDArray[np.int32], grid: Grid) -> pa.Array:
    return pa.DictionaryArray.from_arrays(pa.array(words), pa.array(grid.sheet.words, pa.string()))
