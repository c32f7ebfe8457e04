"""How much? The money of the days in the chosen basis, and its days by tool or model."""

from __future__ import annotations

from typing import TYPE_CHECKING

from payback.web import words
from payback.web.asking import number
from payback.web.blocks import Link, Question, Sentence, Tile
from payback.web.series import over_time

if TYPE_CHECKING:
    from payback.web.asking import Ask
    from payback.web.questions import Figures

BASIS = {"list": "at list price", "billed": "billed", "amortised": "amortised"}
MISSING = {"billed": "No bill taken in yet", "amortised": "No bill or seat taken in yet"}


def question(ask: Ask, known: Figures) -> Question:
    """The answer, with the chart of its days."""
    tile = money_tile(ask, known)
    days = words.days(ask.filters.period)
    if tile.value is None:
        missing = MISSING.get(ask.filters.basis, "No model used in these days has a price")
        instead = (
            ""
            if ask.filters.basis == "list"
            else " List price shows what the same use would cost on the meter."
        )
        sentence = Sentence("", missing, f"for {days}.{instead}")
        link = Link("Show list price", ask.filters.url("/", basis="list"))
        return Question("how-much", "How much?", sentence, link, tile)
    figure = ("≥ " if tile.at_least else "") + ask.say(tile.value, "money")
    moved = f", {tile.change.words}" if tile.change else ""
    sentence = Sentence("", figure, f"{BASIS[ask.filters.basis]} in {days}{moved}.")
    title = (
        f"Spend {BASIS[ask.filters.basis]} per {ask.filters.grain.value.replace('_', ' ')} by {known.cut.by}"
    )
    chart = over_time(ask, known.cut, known.course, title)
    return Question(
        "how-much",
        "How much?",
        sentence,
        Link("Explore the spend", ask.filters.url("/spend", by=known.cut.by)),
        tile,
        chart,
    )


def money_tile(ask: Ask, known: Figures) -> Tile:
    """The tile of the money, with what stands beside it."""
    better = "neither"
    unpriced = number(known.totals["unpriced_tokens"])
    at_least = ask.filters.basis == "list" and bool(unpriced)
    note = f"{ask.say(unpriced, 'tokens')} tokens have no price and are not in it" if at_least else ""
    return Tile(
        metric=ask.money,
        title=f"Spend {BASIS[ask.filters.basis]}",
        value=number(known.money),
        kind="money",
        unknown=MISSING.get(ask.filters.basis, "no price known"),
        at_least=at_least,
        change=ask.change(known.money, known.money_before, "money", better),
        href=ask.filters.url("/spend"),
        note=note,
    )
