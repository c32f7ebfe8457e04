"""Copies of responses packed as whole numbers: what one log gave, small enough to pass between processes and to keep.

Fourteen signed 64-bit numbers a copy; texts stand once per log in its tables of classes and places. No prompt, answer
or path is among them.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from payback.sources.agents.copies import Class, Copy, Place

WIDTH = 14
DAY_MS = 86_400_000
# Prompt lengths at which some model's price changes; cells are kept apart there. See `tariff.Tariff.is_regular`.
BANDS = (199_999, 200_000, 256_000, 272_000)
FEW = (1 << 21) - 1

Digested = tuple[int, int, "Copy"]
"""A copy with the digest of its response's id and a second one that tells requests under that id apart."""


class Rows(NamedTuple):
    """What one log gave, up to `offset`. `rejected`: line number and reason. `cells`: sums of the copies, which see."""

    offset: int
    digest: str
    state: dict[str, Any]
    rejected: list[tuple[int | None, str]]
    classes: list[Class]
    places: list[Place]
    numbers: bytes | memoryview
    cells: list[tuple[int, ...]]

    def groups(self) -> array[int]:
        """The digest of the response's id of every row."""
        return _whole(self.numbers)[::WIDTH]

    def copies(self, wanted: Iterable[int]) -> Iterator[Digested]:
        """The rows at these positions, unpacked."""
        return unpacked(_whole(self.numbers), wanted, self.classes, self.places)


def packed(
    copies: Iterable[Digested], day_of: Callable[[int], int]
) -> tuple[list[Any], list[Any], bytes, list[Any]]:
    """Classes, places, numbers and cells of copies (see `Rows`). `day_of` cuts milliseconds since 1970 into days.

    A cell is (class, place, day, UTC day, band, requests, input, cache read, cache write 5 min, 1 h, output, reasoning,
    web searches, errors, retries).
    """
    classes: dict[Class, int] = {}
    places: dict[Place, int] = {}
    numbers: list[int] = []
    cells: dict[tuple[int, ...], list[tuple[int, ...]]] = {}
    for group, sub, (used, place) in copies:
        (
            out,
            final,
            _,
            minus,
            given,
            read,
            five,
            hour,
            reasoning,
            searches,
            requests,
            errors,
            retries,
            kind,
        ) = used
        of, at = classes.setdefault(kind, len(classes)), places.setdefault(place, len(places))
        counts = (given, read, five, hour, reasoning, searches)
        numbers += (group, sub, of, at, -minus, out, final, *counts, requests | errors << 21 | retries << 42)
        key = (of, at, day_of(-minus), -minus // DAY_MS, bisect_left(BANDS, given + read + five + hour))
        told = (requests, given, read, five, hour, out, reasoning, searches, errors, retries)
        if key in cells:
            cells[key].append(told)
        else:
            cells[key] = [told]
    listed = [(*key, *map(sum, zip(*every, strict=True))) for key, every in cells.items()]
    return list(classes), list(places), array("q", numbers).tobytes(), listed


def _whole(numbers: bytes | memoryview) -> array[int]:
    whole = array("q")
    whole.frombytes(numbers)
    return whole


def unpacked(
    numbers: array[int], wanted: Iterable[int], classes: list[Class], places: list[Place]
) -> Iterator[Digested]:
    """The rows at these positions as copies."""
    for row in wanted:
        at = row * WIDTH
        group, sub, of, where, time, out, final, *counts, outcome = numbers[at : at + WIDTH]
        kind = classes[of]
        outcomes = (outcome & FEW, outcome >> 21 & FEW, outcome >> 42)
        used = (out, bool(final), kind[4], -time, *counts, *outcomes, kind)
        yield group, sub, (used, places[where])  # type: ignore[misc]  # six counts
