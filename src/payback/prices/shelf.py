"""All price books of an installation together: what a model of a vendor costs, for any tier and at any instant.

`public` holds what payback ships over the list; `open_books` puts the organisation's own books first. Looks prices up,
never uses them.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from payback.prices.book import Alias, Book, Named
from payback.prices.book_file import books_in
from payback.prices.listed import source
from payback.prices.listed.search import find
from payback.prices.names import SELF_RUN, provider_of, references
from payback.prices.schedule import Asked, Schedule, compiled

if TYPE_CHECKING:
    from payback.prices.listed.types import Provider
    from payback.prices.tier import Tier

SHIPPED = Path(__file__).parent / "shipped"


@dataclass(frozen=True, slots=True)
class Books:
    """Price books in order of precedence, over the list prices.

    `is_negotiated` tells the public price (False) from what the organisation's contracts make of it (True).
    """

    own: tuple[Book, ...] = ()
    listed: tuple[Provider, ...] = ()
    list_name: str = "list"
    is_negotiated: bool = False
    _schedules: dict[tuple[str | None, str | None, Tier], Schedule] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    def schedule(self, vendor: str | None, model: str | None, tier: Tier) -> Schedule:
        """Prices over all time of a model as a source names it. Looked up once, then remembered."""
        key = (vendor, model, tier)
        if (known := self._schedules.get(key)) is None:
            known = self._schedules[key] = compiled(
                self._asked(*key), self.own, negotiated=self.is_negotiated
            )
        return known

    def negotiated(self) -> Books:
        """The same books with discounts and negotiated blocks applied: an estimate of what is billed."""
        return replace(self, is_negotiated=True)

    def with_book(self, book: Book) -> Books:
        """The same books with one more before all others."""
        return replace(self, own=(book, *self.own))

    def _asked(self, vendor: str | None, model: str | None, tier: Tier) -> Asked:
        name = (model or "").strip()
        alias = self._alias(vendor, name)
        seller, called = (alias.vendor or vendor, alias.model) if alias else (vendor, name)
        found = None if provider_of(seller) in SELF_RUN else find(self.listed, seller, called)
        vendors = {(vendor or "").lower(), provider_of(seller) or ""}
        models = {name.lower(), called.lower(), *(reference.name for reference in references(called))}
        if found is not None:
            vendors.add(found.provider.id)
            models.add(found.model.id.lower())
        named = Named(frozenset(vendors - {""}), frozenset(models - {""}))
        return Asked(named, found, tier, _why_not(seller, name, called), self.list_name)

    def _alias(self, vendor: str | None, name: str) -> Alias | None:
        named = Named(frozenset({(vendor or "").lower()}), frozenset({name.lower()}))
        return next((each for book in self.own for each in book.aliases if each.reach.names(named)), None)


@cache
def public() -> Books:
    """The books that payback ships, over the list prices of the installed genai-prices."""
    return Books(books_in(SHIPPED), source.providers(), f"genai-prices {source.version()}")


def open_books(folder: Path) -> Books:
    """The organisation's books (`<home>/prices/*.toml`) before the public ones. Raises SettingsError."""
    shipped = public()
    return replace(shipped, own=(*books_in(folder), *shipped.own))


def _why_not(vendor: str | None, name: str, called: str) -> str:
    if not name:
        return "no model is named"
    if provider_of(vendor) in SELF_RUN:
        return "it runs on own machines, which no list prices"
    if not references(called):
        return "the name hides the model; an [[alias]] in a price book can say which it is"
    return "no price book knows the model"
