"""Which rows of a batch share vendor, model and tier: an index per row into the distinct combinations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

LOOKUP_AT_MOST = 1 << 22


class Keys(NamedTuple):
    """`place[row]` points into `distinct`, whose entries are the words of the columns asked for."""

    place: NDArray[np.intp]
    distinct: tuple[tuple[str | None, ...], ...]


def keys_of(columns: Sequence[pa.Array]) -> Keys:
    """The distinct combinations of text columns of equal length."""
    index = np.zeros(len(columns[0]), np.int64)
    distinct: list[tuple[str | None, ...]] = [()]
    for column in columns:
        codes, words = _codes(column)
        if len(words) == 1:
            distinct = [(*known, words[0]) for known in distinct]
            continue
        present, index = _compressed(index * len(words) + codes, len(distinct) * len(words))
        distinct = [(*distinct[code // len(words)], words[code % len(words)]) for code in present]
    return Keys(index.astype(np.intp, copy=False), tuple(distinct))


def _codes(column: pa.Array) -> tuple[NDArray[Any], list[str | None]]:
    """An index per row into the words; the last word is None where the column has NULLs."""
    if len(column) and column.null_count == len(column):
        return np.zeros(len(column), np.int32), [None]
    encoded = column if pa.types.is_dictionary(column.type) else pc.dictionary_encode(column)
    words: list[str | None] = encoded.dictionary.to_pylist()
    indices = encoded.indices
    if indices.null_count:
        indices = indices.cast(pa.int64()).fill_null(len(words))
        words = [*words, None]
    return indices.to_numpy(zero_copy_only=False), words


def _compressed(codes: NDArray[np.int64], size: int) -> tuple[list[int], NDArray[np.int64]]:
    """The codes in use, in order, and for each row the place of its code among them."""
    if size > LOOKUP_AT_MOST:
        present, places = np.unique(codes, return_inverse=True)
        return present.tolist(), places.astype(np.int64, copy=False)
    flags = np.zeros(size, np.bool_)
    flags[codes] = True
    present = np.flatnonzero(flags)
    lookup = np.zeros(size, np.int64)
    lookup[present] = np.arange(len(present))
    return present.tolist(), lookup.take(codes)
