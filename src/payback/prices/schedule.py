"""The prices of one (vendor, model, tier) over all time: cards by instant, compiled from the list and the own books.

Order: the organisation's price blocks, then those shipped, then the list. To a listed price come additions (rates the
list leaves out), factors (tiers and regions the list does not price) and, in the negotiated view, discounts. What no
book states stays `Unpriced`.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from datetime import datetime, timedelta
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from payback.prices.card import EXACT, Card, Rates, Unpriced
from payback.prices.listed.rates import ALWAYS, DAY, EPOCH, Moment, boundaries, micros, standard, variant

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from decimal import Decimal

    from payback.prices.book import Addition, Block, Book, Discount, Factor, Named, Retirement
    from payback.prices.listed.search import Found
    from payback.prices.tier import Tier

Entry = TypeVar("Entry", "Block", "Factor", "Addition", "Discount", "Retirement")


@dataclass(frozen=True, slots=True)
class Schedule:
    """Cards by instant. `starts[i]` (µs since 1970, UTC) opens row i of `slots`; `times[j]` (µs of the day) column j.

    `starts` begins with ALWAYS and `times` with 0, so every instant has a slot.
    """

    starts: tuple[int, ...]
    times: tuple[int, ...]
    slots: tuple[tuple[Card | Unpriced, ...], ...]

    def at(self, instant: datetime) -> Card | Unpriced:
        """The card in force at an instant (with a zone)."""
        now = micros(instant)
        return self.slots[bisect_right(self.starts, now) - 1][bisect_right(self.times, now % DAY) - 1]


class Asked(NamedTuple):
    """What a schedule is compiled for: the words that name it, its place in the list, how it was served."""

    named: Named
    found: Found | None
    tier: Tier
    why_not: str
    list_name: str


def compiled(asked: Asked, books: Sequence[Book], *, negotiated: bool) -> Schedule:
    """The schedule of one (vendor, model, tier)."""
    starts, times = {ALWAYS}, {0}
    if asked.found is not None:
        listed_starts, listed_times = boundaries(asked.found.model)
        starts |= listed_starts
        times |= listed_times
    for book in books:
        starts.update(edge for reach in book.reaches() if reach.names(asked.named) for edge in reach.edges)
    columns = tuple(sorted(times))
    rows: list[tuple[int, tuple[Card | Unpriced, ...]]] = []
    for start in sorted(starts):
        row = tuple(_slot(asked, books, Moment(start, time), negotiated=negotiated) for time in columns)
        if not rows or rows[-1][1] != row:
            rows.append((start, row))
    return Schedule(tuple(start for start, _ in rows), columns, tuple(row for _, row in rows))


class _Draft(NamedTuple):
    """A price on its way: what is still to be applied is in `service` and `region`."""

    label: str
    bands: tuple[Rates, ...]
    thresholds: tuple[int, ...]
    notes: tuple[str, ...] = ()
    service: str | None = None
    region: str | None = None


def _slot(asked: Asked, books: Sequence[Book], moment: Moment, *, negotiated: bool) -> Card | Unpriced:
    if len(asked.tier.services) > 1:
        return Unpriced(f"no price for {' together with '.join(asked.tier.services)}")
    draft = _own(asked, books, moment, negotiated=negotiated)
    if draft is None:
        listed = _listed(asked, moment)
        if isinstance(listed, Unpriced):
            return listed
        draft = _completed(listed, asked, books, moment)
    adjusted = _adjusted(draft, asked, books, moment)
    if isinstance(adjusted, Unpriced):
        return adjusted
    if negotiated:
        adjusted = _discounted(adjusted, asked, books, moment)
    return Card(adjusted.label, adjusted.bands, adjusted.thresholds, adjusted.notes)


def _own(asked: Asked, books: Sequence[Book], moment: Moment, *, negotiated: bool) -> _Draft | None:
    """The block of the first book that has one: the most specific to how the request was served, then the latest."""
    service, place = _service(asked), asked.tier.place
    for book in books:
        fitting = [
            block
            for block in _in_force(book.blocks, asked, moment)
            if block.service in {None, service}
            and _is_place(block.region, place)
            and (negotiated or not block.is_negotiated)
        ]
        if fitting:
            block = max(fitting, key=lambda each: (each.is_negotiated, _told(each), each.reach.since))
            return _Draft(
                f"{book.name}{since_words(block.reach.since)}",
                block.bands,
                block.thresholds,
                tuple(word for word in (block.service, block.region and f"region {block.region}") if word),
                None if block.service else service,
                None if block.region else place,
            )
    return None


def _told(block: Block) -> int:
    return (block.service is not None) + (block.region is not None)


def _listed(asked: Asked, moment: Moment) -> _Draft | Unpriced:
    found, service = asked.found, _service(asked)
    if found is None:
        return Unpriced(asked.why_not)
    entry = f"{asked.list_name}: {found.provider.id}/{found.model.id}"
    if service is not None and found.is_own and (apart := variant(found.model, moment, service)) is not None:
        notes = (service,)
        return _Draft(
            entry + since_words(apart.since), apart.bands, apart.thresholds, notes, None, asked.tier.place
        )
    base = standard(found.model, moment)
    if base is None:
        return Unpriced(f"{entry} holds no price")
    return _Draft(entry + since_words(base.since), base.bands, base.thresholds, (), service, asked.tier.place)


def _completed(draft: _Draft, asked: Asked, books: Sequence[Book], moment: Moment) -> _Draft:
    """With the rates that the list leaves out and a book states; the first book's latest addition per unit wins.

    A long-prompt tier that the vendor has ended goes.
    """
    for book in books:
        if len(draft.bands) > 1 and any(True for _ in _in_force(book.retirements, asked, moment)):
            notes = (*draft.notes, f"long-prompt tier ended by {book.name}")
            draft = draft._replace(bands=draft.bands[:1], thresholds=(), notes=notes)
    bands, notes = draft.bands, draft.notes
    for book in books:
        latest = sorted(
            _in_force(book.additions, asked, moment), key=lambda each: each.reach.since, reverse=True
        )
        for addition in latest:
            filled = tuple(_filled(rates, addition) for rates in bands)
            if filled != bands:
                bands = filled
                notes = (*notes, f"{addition.unit.removesuffix('_tokens')} by {book.name}")
    return draft._replace(bands=bands, notes=notes)


def _filled(rates: Rates, addition: Addition) -> Rates:
    if getattr(rates, addition.unit) is not None:
        return rates
    rate = addition.rate
    if addition.of is not None and addition.times is not None:
        base: Decimal | None = getattr(rates, addition.of)
        rate = None if base is None else EXACT.multiply(base, addition.times)
    return rates._replace(**{addition.unit: rate})


def _adjusted(draft: _Draft, asked: Asked, books: Sequence[Book], moment: Moment) -> _Draft | Unpriced:
    """With the factors of the service and the region that the price so far does not include."""
    for kind, word in (("service", draft.service), ("region", draft.region)):
        if word is None:
            continue
        chosen = _first(
            books,
            lambda book, kind=kind, word=word: [  # type: ignore[misc]
                each
                for each in _in_force(book.factors, asked, moment)
                if (pattern := getattr(each, kind)) is not None and fnmatchcase(word, pattern)
            ],
        )
        if chosen is None:
            return Unpriced(f"no price for {kind} {word} of {draft.label}")
        book, factor = chosen
        bands = tuple(_multiplied(rates, factor.times, factor.units) for rates in draft.bands)
        draft = draft._replace(bands=bands, notes=(*draft.notes, f"{word} × {factor.times} by {book.name}"))
    return draft


def _discounted(draft: _Draft, asked: Asked, books: Sequence[Book], moment: Moment) -> _Draft:
    """With the latest discount of the first book that has one; discounts do not add up."""
    chosen = _first(books, lambda book: list(_in_force(book.discounts, asked, moment)))
    if chosen is None:
        return draft
    book, discount = chosen
    bands = tuple(_multiplied(rates, discount.times, discount.units) for rates in draft.bands)
    return draft._replace(bands=bands, notes=(*draft.notes, f"− {discount.percent} % by {book.name}"))


def _first(books: Sequence[Book], entries: Callable[[Book], list[Entry]]) -> tuple[Book, Entry] | None:
    """The first book with such entries, and the latest of them."""
    for book in books:
        if found := entries(book):
            return book, max(found, key=lambda each: each.reach.since)
    return None


def _in_force(entries: Iterable[Entry], asked: Asked, moment: Moment) -> Iterable[Entry]:
    return (each for each in entries if each.reach.holds(moment.micros) and each.reach.names(asked.named))


def _multiplied(rates: Rates, times: Decimal, units: frozenset[str]) -> Rates:
    changed = {
        unit: EXACT.multiply(rate, times)
        for unit, rate in zip(Rates._fields, rates, strict=True)
        if unit in units and rate is not None
    }
    return rates._replace(**changed)


def _is_place(pattern: str | None, place: str | None) -> bool:
    return pattern is None or (place is not None and fnmatchcase(place, pattern))


def _service(asked: Asked) -> str | None:
    return next(iter(asked.tier.services), None)


def since_words(since: int) -> str:
    """` since 2026-03-13` for a block with a first day, a full instant where it is not a midnight; else nothing."""
    if since == ALWAYS:
        return ""
    instant = EPOCH + timedelta(microseconds=since)
    return f" since {instant.date() if since % DAY == 0 else instant.isoformat()}"
