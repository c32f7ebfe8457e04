"""What stands around every page: menu, breadcrumbs, the bar of filters, the banner of invented data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from payback.web import words
from payback.web.blocks import Link
from payback.web.filters import BASES, RANGES
from payback.web.page import GROUPS, Page

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from payback.web.asking import Ask
    from payback.web.filters import Filters
    from payback.web.forms import Said


@dataclass(frozen=True, slots=True)
class Chip:
    """One filter in force, and the same view without it."""

    dimension: str
    value: str
    without: str


@dataclass(frozen=True, slots=True)
class Shell:
    """The frame of one page as the template draws it."""

    page: Page
    title: str
    organisation: str
    invented: bool
    menu: tuple[tuple[str, tuple[tuple[str, str, bool], ...]], ...]
    crumbs: tuple[Link, ...]
    filters: Filters
    chips: tuple[Chip, ...]
    ranges: Mapping[str, str]
    bases: Mapping[str, str]
    controls: tuple[str, ...]
    dimensions: tuple[str, ...]
    currencies: tuple[str, ...]
    path: str
    twin: str
    read: str
    progress: Mapping[str, Any] | None
    form: str = ""
    said: Said | None = None


def shell(ask: Ask, page: Page, pages: Sequence[Page], path: str, title: str = "") -> Shell:
    """The frame of a page under a request's filters."""
    settings = ask.desk.settings
    filters = ask.filters
    return Shell(
        page=page,
        title=title or page.title,
        organisation=settings.organisation,
        invented=settings.invented,
        menu=menu(pages, page, filters),
        crumbs=crumbs(pages, page, filters),
        filters=filters,
        chips=tuple(
            Chip(name, value, filters.url(**{name: [one for one in given if one != value] or None}))
            for name, given in filters.where.items()
            for value in given
        ),
        ranges=RANGES,
        bases=BASES,
        controls=page.controls if ask.span else (),
        dimensions=page.dimensions,
        currencies=_currencies(ask) if "basis" in page.controls else (settings.currency,),
        path=path,
        twin=filters.url("/index.json" if path == "/" else f"{path}.json"),
        read=_read(ask),
        progress=ask.desk.progress(),
    )


def _currencies(ask: Ask) -> tuple[str, ...]:
    known = ask.desk.bookkeeping.currencies(ask.scope) if ask.span else ()
    return tuple(sorted({ask.desk.settings.currency, "USD", *known}))


def menu(
    pages: Sequence[Page], here: Page, filters: Filters
) -> tuple[tuple[str, tuple[tuple[str, str, bool], ...]], ...]:
    """The groups that have pages, each with its pages, their addresses, and whether one is here."""
    return tuple(
        (
            group,
            tuple(
                (
                    page.title,
                    filters.kept(page.path, page.dimensions),
                    page is here or here.parent == page.name,
                )
                for page in pages
                if page.group == group and page.in_menu
            ),
        )
        for group in GROUPS
        if any(page.group == group and page.in_menu for page in pages)
    )


def crumbs(pages: Sequence[Page], here: Page, filters: Filters) -> tuple[Link, ...]:
    """The way from Home to a page, without the page."""
    if here.path == "/":
        return ()
    above = [page for page in pages if page.name == here.parent]
    return (
        Link("Home", filters.kept("/")),
        *(Link(page.title, filters.kept(page.path, page.dimensions)) for page in above),
    )


def _read(ask: Ask) -> str:
    """How far the data reach, in words."""
    if ask.span is None:
        return "No data yet"
    last = ask.span.until.fromordinal(ask.span.until.toordinal() - 1)
    late = (ask.desk.today() - last).days
    return f"Data to {words.day(last)}" + (f", {words.plural(late, 'day')} ago" if late > 1 else "")
