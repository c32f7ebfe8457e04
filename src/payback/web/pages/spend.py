"""Spend explorer: any cut under any filters, as chart and as table, with unattributed and unpriced in their place."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from payback.metrics.dimensions import DIMENSIONS
from payback.web import words
from payback.web.asking import NOBODY, number
from payback.web.blocks import Column, Link, Table, Tile
from payback.web.charts.timeline import starts
from payback.web.definitions import definition, knows
from payback.web.emptiness import nothing_in_range, nothing_yet
from payback.web.filters import CUTS
from payback.web.ordering import ordered
from payback.web.page import Page
from payback.web.questions import figures
from payback.web.questions.spent import BASIS, MISSING, money_tile
from payback.web.series import FILTERED, Cut, over_time, sizes_by_period, sparkline

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from payback.metrics.question import Answer, Figure, Row
    from payback.web.asking import Ask
    from payback.web.questions import Figures

TILES = ("requests", "cache_hit_share", "error_share")
TOKENS = ("tokens_input", "tokens_cache_read", "tokens_cache_write", "tokens_output")
BESIDE = (*TOKENS, "requests", "cache_hit_share", "unpriced_tokens")
BASES = ("spend_billed", "spend_amortised", "spend_list")
MOST_ROWS = 200
USE = (
    Column("requests", "Requests", "count", sort="requests"),
    Column("tokens", "Tokens", "tokens", sort="tokens"),
    Column("cache_hit_share", "Cache hit", "share", sort="cache_hit_share"),
)


def view(ask: Ask, _path: Mapping[str, str]) -> dict[str, Any]:
    """Tiles, chart and table of spend by the cut asked for, with the ways to take it away."""
    if ask.span is None:
        return {"empty": nothing_yet(ask)}
    by = ask.filters.by
    known = figures(ask, by)
    if known.nothing:
        return {"empty": nothing_in_range(ask)}
    answer = ask.answer(ask.money, *beside(by), by=(by,))
    title = f"Spend {BASIS[ask.filters.basis]} per {ask.filters.grain.value.replace('_', ' ')} by {_word(by)}"
    return {
        "empty": None,
        "by": by,
        "cuts": [
            {"id": name, "title": DIMENSIONS[name].title, "href": ask.filters.url(by=name)} for name in CUTS
        ],
        "tiles": _tiles(ask, known),
        "chart": over_time(ask, known.cut, known.course, title) if number(known.money) is not None else None,
        "unknown": MISSING.get(ask.filters.basis, ""),
        "table": _table(ask, answer, known),
        "currencies": _currencies(ask, known.course.coverage.other_currencies),
        "exports": [
            Link(kind, ask.filters.url(f"/export.{kind.lower()}", by=by))
            for kind in ("CSV", "XLSX", "Parquet")
        ],
    }


def beside(by: str) -> tuple[str, ...]:
    """The metrics that stand beside the money and can be cut this way."""
    return tuple(metric for metric in BESIDE if knows(metric, {by}))


def _word(by: str) -> str:
    title = DIMENSIONS[by].title
    return title if title[:2].isupper() else title[0].lower() + title[1:]


def _currencies(ask: Ask, others: Sequence[str]) -> Table | None:
    """The money of these days in each currency side by side; None where there is one."""
    if not others:
        return None
    answer = ask.desk.answer(replace(ask.query(*BASES, by=("currency",)), currency=None), ask.scope)
    rows = tuple(
        {"currency": code, "href": ask.filters.url(currency=code), "quiet": code != ask.filters.currency}
        | {metric: number(row.figures[metric]) for metric in BASES}
        for row in answer.rows
        if (code := row.keys["currency"])
    )
    columns = (
        Column("currency", "Currency"),
        *(Column(name, definition(name).title, "money") for name in BASES),
    )
    note = f"Amounts in different currencies are never added. Every other figure of this page is in {ask.filters.currency}."
    return Table(f"Money came in {len(rows)} currencies", columns, rows, note=note)


def _tiles(ask: Ask, known: Figures) -> tuple[Tile, ...]:
    """The money, and the figures that say how it was used, with their course over the days."""
    course = ask.answer(*TILES, grain=ask.filters.grain)
    previous = ask.previous
    before = ask.answer(*TILES, period=previous).totals if previous else {}
    periods = starts(ask.filters.period, ask.filters.grain, ask.desk.settings.fiscal_year_start)
    spend = sizes_by_period(known.course, ask.money)
    money = replace(
        money_tile(ask, known), href="", spark=tuple(spend.get(start, Decimal(0)) for start in periods)
    )
    return (
        money,
        *(_tile(ask, metric, course, before, periods) for metric in TILES),
        _unattributed(ask, known),
    )


def _tile(
    ask: Ask, metric: str, course: Answer, before: Mapping[str, Figure], periods: Sequence[date]
) -> Tile:
    meant = definition(metric)
    figure = course.totals[metric]
    return Tile(
        metric=metric,
        title=meant.title,
        value=number(figure),
        kind=meant.kind,
        unknown="nothing to make it of",
        change=ask.change(figure, before.get(metric), meant.kind, meant.better),
        spark=sparkline(course, metric, periods),
        href=ask.filters.kept(f"/metrics/{metric}"),
    )


def _unattributed(ask: Ask, known: Figures) -> Tile:
    metric = (
        "unattributed_share" if ask.filters.basis == "list" else f"unattributed_share_{ask.filters.basis}"
    )
    share = number(known.course.coverage.figures.get(metric))
    unknown = "credits outweigh it" if share is not None and share < 0 else "cannot be told"
    told = None if share is not None and share < 0 else share
    return Tile(metric, "Without a team", told, "share", unknown, href=ask.filters.kept("/unattributed"))


def _table(ask: Ask, answer: Answer, known: Figures) -> Table:
    previous, cut, sizes_before = ask.previous, known.cut, known.sizes_before
    whole = number(answer.totals[ask.money])
    rows = [_row(ask, row, cut, whole, sizes_before) for row in answer.rows]
    total = {
        "name": "All",
        "spend": whole,
        "spend_at_least": ask.filters.basis == "list" and bool(number(answer.totals["unpriced_tokens"])),
        "share": Decimal(1) if whole else None,
        "change": whole - sum(sizes_before.values(), Decimal(0)) if whole is not None and previous else None,
        **_use(cut.by, answer.totals),
        "unpriced_tokens": answer.totals["unpriced_tokens"].value,
    }
    columns = (
        Column("name", DIMENSIONS[cut.by].title, sort="name"),
        Column("spend", "Spend", "money", sort="spend"),
        Column("share", "Share", "share", bar=True),
        *(
            (Column("change", f"Change vs {words.days(previous)}", "change", sort="change"),)
            if previous
            else ()
        ),
        *(USE if knows("requests", {cut.by}) else ()),
        Column("unpriced_tokens", "Unpriced tokens", "tokens", sort="unpriced_tokens"),
    )
    kept = ordered(rows, ask.filters.sort or "-spend", columns)
    note = f"The first {MOST_ROWS} of {len(kept)}; the export holds all." if len(kept) > MOST_ROWS else ""
    caption = f"Spend {BASIS[ask.filters.basis]} by {_word(cut.by)}"
    return Table(caption, columns, tuple(kept[:MOST_ROWS]), total, ask.filters.sort or "-spend", note=note)


def _row(
    ask: Ask, row: Row, cut: Cut, whole: Decimal | None, before: Mapping[str | None, Decimal]
) -> dict[str, Any]:
    name = row.keys[cut.by]
    spend = number(row.figures[ask.money])
    unpriced = row.figures["unpriced_tokens"].value or 0
    listed = ask.filters.basis == "list"
    return {
        "name": cut.said(name),
        "id": name,
        "hue": cut.hue(name),
        "href": ask.filters.url("/spend", **{cut.by: name or NOBODY}) if cut.by in FILTERED else "",
        "spend": spend,
        "spend_unknown": ("unpriced" if unpriced else "no list price") if listed else "not billed",
        "spend_at_least": listed and bool(unpriced) and spend is not None,
        "share": spend / whole if whole and spend is not None else None,
        "change": _moved(spend, before.get(name)) if before else None,
        **_use(cut.by, row.figures),
        "unpriced_tokens": unpriced,
        "quiet": name is None,
    }


def _use(by: str, figures: Mapping[str, Figure]) -> dict[str, Any]:
    """What was used for the money; nothing where use does not know the cut."""
    if not knows("requests", {by}):
        return {}
    return {
        "requests": figures["requests"].value,
        "tokens": sum(int(figures[metric].value or 0) for metric in TOKENS),
        "cache_hit_share": number(figures["cache_hit_share"]),
    }


def _moved(now: Decimal | None, before: Decimal | None) -> Decimal | None:
    return None if now is None and not before else (now or Decimal(0)) - (before or Decimal(0))


PAGE = Page("spend", "/spend", "Spend explorer", "Spend", "Where does the money go?", view)
