"""Schedules laid out as arrays, so that whole columns find their rates by index. Built per batch from few schedules.

A cell is (schedule, stretch of time, time of day) and holds a card; a card's band of prompt length leads to a rate
row. Only the stretches that a batch spans are laid out. Knows nothing of Arrow.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from payback.prices.card import WORDS, Card, Rates, Units, Unpriced, nano
from payback.prices.listed.rates import DAY

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from payback.prices.schedule import Schedule

    Ints = NDArray[np.int64]
    Flags = NDArray[np.bool_]

UNITS = Units._fields
LEAST_PLACES, MOST_PLACES = 9, 15
NEVER = 2**63 - 1
FEW = 8
LARGEST = 10**18
NOTHING, BROKEN, TOO_LARGE = (
    "nothing to price",
    "unpriced: a count or the instant is missing, or a count is negative",
    "unpriced: the amount is more than one row can hold",
)


@dataclass(frozen=True, slots=True)
class Sheet:
    """Rate rows. `rates[unit][row]` is an integer in units of 10^-places dollars; `words[row]` is its price_book.

    After the words of the rows come those of rows that lack a rate, at `lacking[unit][row]`, and three fixed ones.
    """

    rows: tuple[Rates, ...]
    words: tuple[str, ...]
    rates: Ints
    highest: tuple[float, ...]
    unknown: Flags
    lacking: Ints
    is_priced: Flags
    is_inexact: Flags
    places: int

    @property
    def nothing(self) -> int:
        return len(self.words) - 3

    @property
    def broken(self) -> int:
        return len(self.words) - 2

    @property
    def too_large(self) -> int:
        return len(self.words) - 1

    def nanos(self, row: int, units: Units) -> int | None:
        """Nanodollars by exact decimal arithmetic; None when they do not fit a row of `usage`."""
        amount = Card("", (self.rows[row],)).amount(units, 0)
        found = 0 if amount is None else int(nano(amount).scaleb(9))
        return found if abs(found) < LARGEST else None


@dataclass(frozen=True, slots=True)
class Grid:
    """Which rate row holds for a schedule, an instant and a prompt length."""

    starts: Ints
    times: Ints
    card_of: NDArray[np.intp]
    first_row: NDArray[np.intp]
    unsized_row: NDArray[np.intp]
    thresholds: Ints
    sheet: Sheet

    def row_of(
        self, schedule: NDArray[np.intp], micros: Ints, prompt: Ints, sized: Flags | None
    ) -> NDArray[np.intp]:
        """The rate row of each request; `sized` is None where every row is one request."""
        if self.card_of.shape[1:] == (1, 1):
            card = self.card_of[:, 0, 0].take(schedule)
        else:
            card = self.card_of[schedule, _stretch(self.starts, micros), _stretch(self.times, micros % DAY)]
        row: NDArray[np.intp] = self.first_row.take(card)
        for threshold in self.thresholds:
            row += prompt > threshold.take(card)
        return row if sized is None else np.where(sized, row, self.unsized_row.take(card))


def grid_of(schedules: Sequence[Schedule], first: int, last: int) -> Grid:
    """The grid of these schedules for instants from `first` to `last` (µs since 1970, UTC)."""
    starts = sorted({start for each in schedules for start in each.starts if first < start <= last})
    times = sorted({time for each in schedules for time in each.times if time})
    cards: dict[Card | Unpriced, int] = {}
    card_of = np.zeros((len(schedules), len(starts) + 1, len(times) + 1), np.intp)
    for index, schedule in enumerate(schedules):
        for across, start in enumerate((first, *starts)):
            slots = schedule.slots[bisect_right(schedule.starts, start) - 1]
            for down, time in enumerate((0, *times)):
                card = slots[bisect_right(schedule.times, time) - 1]
                card_of[index, across, down] = cards.setdefault(card, len(cards))
    return _laid_out(tuple(cards), card_of, starts, times)


def _laid_out(cards: Sequence[Card | Unpriced], card_of: Any, starts: list[int], times: list[int]) -> Grid:
    rows: list[tuple[Rates | None, str]] = []
    first_row, unsized_row = np.zeros(len(cards), np.intp), np.zeros(len(cards), np.intp)
    for index, card in enumerate(cards):
        first_row[index] = unsized_row[index] = len(rows)
        if isinstance(card, Unpriced):
            rows.append((None, f"unpriced: {card.why}"))
            continue
        rows.extend((rates, card.label(band)) for band, rates in enumerate(card.bands))
        if card.thresholds:
            unsized_row[index] = len(rows)
            rows.append((card.bands[0], card.label(sized=False)))
    most = max((len(card.thresholds) for card in cards if isinstance(card, Card)), default=0)
    thresholds = np.full((most, len(cards)), NEVER, np.int64)
    for index, card in enumerate(cards):
        for band, threshold in enumerate(card.thresholds if isinstance(card, Card) else ()):
            thresholds[band, index] = threshold
    ends = np.array(starts, np.int64), np.array(times, np.int64)
    return Grid(*ends, card_of, first_row, unsized_row, thresholds, _sheet(rows))


def _sheet(rows: Sequence[tuple[Rates | None, str]]) -> Sheet:
    given = tuple(rates or Rates() for rates, _ in rows)
    places = _places(given)
    rates = np.zeros((len(UNITS), len(rows)), np.int64)
    unknown = np.zeros((len(UNITS), len(rows)), np.bool_)
    inexact = np.zeros(len(rows), np.bool_)
    lacking = np.zeros((len(UNITS), len(rows)), np.int64)
    words = [word for _, word in rows]
    for row, (known, word) in enumerate(rows):
        for unit, rate in enumerate(known or ()):
            if rate is None:
                unknown[unit, row], lacking[unit, row] = True, len(words)
                words.append(f"unpriced: no rate for {WORDS[UNITS[unit]]} in {word}")
                continue
            scaled = rate.scaleb(places)
            inexact[row] |= scaled != scaled.to_integral_value()
            rates[unit, row] = int(scaled)
    return Sheet(
        given,
        (*words, NOTHING, BROKEN, TOO_LARGE),
        rates,
        tuple(float(np.abs(column).max()) for column in rates),
        unknown,
        lacking,
        np.array([known is not None for known, _ in rows], np.bool_),
        inexact,
        places,
    )


def _places(rows: Iterable[Rates]) -> int:
    """Decimal places that hold every rate as an integer, as far as 64 bits allow."""
    found = LEAST_PLACES
    for rate in (rate for rates in rows for rate in rates if rate):
        places = -int(rate.normalize().as_tuple().exponent)
        found = max(found, places if places <= MOST_PLACES else 0)
    return found


def _stretch(edges: Ints, values: Ints) -> NDArray[np.intp]:
    """How many edges each value has reached."""
    if len(edges) > FEW:
        return np.searchsorted(edges, values, side="right")
    reached = np.zeros(len(values), np.intp)
    for edge in edges:
        reached += values >= edge
    return reached
