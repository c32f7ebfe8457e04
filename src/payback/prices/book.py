"""An own price book: dated price blocks, factors, additions, discounts and aliases for models by name pattern. Values only.

A book comes with payback (`shipped/`) or from the organisation (`<home>/prices/*.toml`); `book_file` reads both.
"""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from decimal import Decimal

    from payback.prices.card import Rates


class Named(NamedTuple):
    """The words by which one model of one vendor is known, in lower case: as the row says, and as the list says."""

    vendors: frozenset[str]
    models: frozenset[str]


class Reach(NamedTuple):
    """Whom an entry is for and from which instant (µs since 1970, UTC) up to but not including which."""

    since: int
    vendor: tuple[str, ...] = ("*",)
    model: tuple[str, ...] = ("*",)
    until: int | None = None

    def names(self, named: Named) -> bool:
        """Whether the patterns fit the vendor and the model."""
        return _fits(self.vendor, named.vendors) and _fits(self.model, named.models)

    def holds(self, micros: int) -> bool:
        """Whether the entry is in force at an instant."""
        return self.since <= micros and (self.until is None or micros < self.until)

    @property
    def edges(self) -> tuple[int, ...]:
        return (self.since,) if self.until is None else (self.since, self.until)


class Block(NamedTuple):
    """Rates of a model in place of the list's. `service` and `region` narrow it to requests served so."""

    reach: Reach
    bands: tuple[Rates, ...]
    thresholds: tuple[int, ...] = ()
    service: str | None = None
    region: str | None = None
    is_negotiated: bool = False


class Factor(NamedTuple):
    """What a tier word or a region does to rates that are known without it."""

    reach: Reach
    times: Decimal
    service: str | None = None
    region: str | None = None
    units: frozenset[str] = frozenset()


class Addition(NamedTuple):
    """A rate that the list leaves out: given per unit, or as a multiple of another unit's rate."""

    reach: Reach
    unit: str
    rate: Decimal | None = None
    of: str | None = None
    times: Decimal | None = None


class Discount(NamedTuple):
    """What a contract takes off: the rates of these units are multiplied by `times`."""

    reach: Reach
    times: Decimal
    percent: Decimal
    units: frozenset[str] = frozenset()


class Retirement(NamedTuple):
    """From when on a vendor no longer charges more for long prompts, though a list still holds such a tier."""

    reach: Reach


class Alias(NamedTuple):
    """An own name of a model (a deployment, an inference profile) and the name that price books know."""

    reach: Reach
    vendor: str | None
    model: str


class Book(NamedTuple):
    """One file of prices. Later entries with a later `since` take over; none is ever overwritten."""

    name: str
    source: str
    blocks: tuple[Block, ...] = ()
    factors: tuple[Factor, ...] = ()
    additions: tuple[Addition, ...] = ()
    discounts: tuple[Discount, ...] = ()
    aliases: tuple[Alias, ...] = ()
    retirements: tuple[Retirement, ...] = ()

    def reaches(self) -> Iterator[Reach]:
        """The reach of every entry that can change a price."""
        entries: tuple[Block | Factor | Addition | Discount | Retirement, ...] = (
            *self.blocks,
            *self.factors,
            *self.additions,
            *self.discounts,
            *self.retirements,
        )
        for entry in entries:
            yield entry.reach


def _fits(patterns: Iterable[str], words: Iterable[str]) -> bool:
    return any(pattern == "*" or fnmatchcase(word, pattern) for pattern in patterns for word in (*words, ""))
