"""List prices in whole numbers: the schedule of one class of requests, made for sums instead of single requests.

A price is linear within a model, a UTC day and a band of prompt lengths, so whole sums are multiplied once. Rates are
integers of 10^-24 US dollars. Knows no book; asks whatever answers like `payback.prices.shelf.Books.schedule`.
"""

from __future__ import annotations

from bisect import bisect_right
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Protocol

from payback.sources.agents.rows import BANDS, DAY_MS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from payback.sources.agents.copies import Class

PLACES = 24
# The counts of a cell after its key, from input to web searches, in the order of a card's rates.
Slot = tuple[tuple[int, ...], list[list[int | None]]]
"""Thresholds of prompt length, and for each band the rates of input, cache read, cache writes 5 min and 1 h, output,
reasoning on top of output, web searches, requests."""


class Schedule(Protocol):
    """Cards by instant: `starts` in microseconds since 1970, `times` in microseconds of the UTC day."""

    @property
    def starts(self) -> Sequence[int]: ...
    @property
    def times(self) -> Sequence[int]: ...
    @property
    def slots(self) -> Sequence[Sequence[Any]]: ...


class PriceFor(Protocol):
    """Where prices come from. `identity` changes whenever any price may have changed; asking for it is cheap."""

    @property
    def identity(self) -> str: ...
    def schedule(self, kind: Class) -> Schedule: ...
    def prepare(self) -> None:
        """Load what `schedule` will need; called while others read."""


class Tariff:
    """The prices of one class over all time. `is_regular`: sums by UTC day and by `BANDS` can be priced."""

    __slots__ = ("_known", "_slots", "_starts", "_times", "is_regular")

    def __init__(self, starts: list[int], times: list[int], slots: list[list[Slot | None]]) -> None:
        self._starts, self._times, self._slots = starts, times, slots
        self._known: dict[tuple[int, int], list[int | None] | None] = {}
        thresholds = {edge for row in slots for slot in row if slot for edge in slot[0]}
        self.is_regular = (
            len(times) == 1
            and all(start % (DAY_MS * 1000) == 0 for start in starts[1:])
            and thresholds <= set(BANDS)
        )

    @classmethod
    def of(cls, schedule: Schedule) -> Tariff:
        """The same prices in whole numbers."""
        slots = [[_slot(card) for card in row] for row in schedule.slots]
        return cls(list(schedule.starts), list(schedule.times), slots)

    def kept(self) -> list[Any]:
        """As plain values for `restored`."""
        slots = [
            [slot and [slot[0], [[_text(rate) for rate in band] for band in slot[1]]] for slot in row]
            for row in self._slots
        ]
        return [self._starts, self._times, slots]

    @classmethod
    def restored(cls, kept: list[Any]) -> Tariff:
        """What `kept` wrote."""
        starts, times, slots = kept
        whole: list[list[Slot | None]] = [
            [
                slot and (tuple(slot[0]), [[_number(rate) for rate in band] for band in slot[1]])
                for slot in row
            ]
            for row in slots
        ]
        return cls(starts, times, whole)

    def rates(self, time: int, prompt: int) -> list[int | None] | None:
        """Rates of a request with that many prompt tokens at an instant (ms since 1970); None is unpriced."""
        micros = time * 1000
        row = self._slots[max(0, bisect_right(self._starts, micros) - 1)]
        slot = row[bisect_right(self._times, micros % (DAY_MS * 1000)) - 1]
        return slot and slot[1][sum(prompt > edge for edge in slot[0])]

    def rates_of_day(self, day: int, band: int) -> list[int | None] | None:
        """Rates of all requests of a UTC day in a band of `BANDS`, where the tariff is regular."""
        known = (day, band)
        if known not in self._known:
            self._known[known] = self.rates(day * DAY_MS, BANDS[band - 1] + 1 if band else 0)
        return self._known[known]


def amount(counts: Sequence[int], rates: Sequence[int | None]) -> int | None:
    """10^-24 US dollars for counts in the order of rates; None when something was used that has no rate."""
    total = 0
    for count, rate in zip(counts, rates, strict=True):
        if count:
            if rate is None:
                return None
            total += count * rate
    return total


def dollars(amount: int) -> Decimal:
    """An exact amount in US dollars, without trailing zeros."""
    digits = Decimal((amount < 0, tuple(map(int, str(abs(amount)))), -PLACES))
    whole = digits.to_integral_value()
    return whole if whole == digits else Decimal(f"{digits:f}".rstrip("0"))


def _slot(card: Any) -> Slot | None:
    bands = getattr(card, "bands", None)
    return (
        None
        if bands is None
        else (tuple(card.thresholds), [[_scaled(rate) for rate in band] for band in bands])
    )


def _scaled(rate: Decimal | None) -> int | None:
    return None if rate is None else int(rate.scaleb(PLACES))


def _text(rate: int | None) -> str | None:
    return None if rate is None else str(rate)


def _number(rate: str | None) -> int | None:
    return None if rate is None else int(rate)
