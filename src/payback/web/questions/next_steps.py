"""What should we do? The next actions that the data at hand call for, each with what is at stake and one way in."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from payback.metrics.question import Query
from payback.web import words
from payback.web.asking import number
from payback.web.blocks import Action, Link, Question, Sentence
from payback.web.definitions import knows

if TYPE_CHECKING:
    from payback.web.asking import Ask
    from payback.web.questions import Figures

LOW_CACHE = Decimal("0.6")
MANY_TOKENS = 1_000_000
MANY_ERRORS = Decimal("0.02")
UNLINKED = Decimal("0.1")
MANY_ROWS = 1000


def question(ask: Ask, known: Figures) -> Question:
    """The answer: what to look at first, money before counts."""
    found = (
        _undecided(ask),
        _unlinked(ask, known),
        _failing(ask, known),
        _cache(ask, known),
        _unpriced(known),
        _rejected(ask),
    )
    actions = tuple(sorted((action for action in found if action), key=_weight, reverse=True))
    link = Link("Check the sources", "/sources")
    if not actions:
        sentence = Sentence(
            "", "Nothing", "stands out in these days: all use is priced, linked and answered."
        )
    else:
        sentence = Sentence(
            "",
            words.plural(len(actions), "thing"),
            "to look at, greatest first." if len(actions) > 1 else "to look at.",
        )
    return Question("next", "What should we do?", sentence, link, actions=actions)


def _weight(action: Action) -> tuple[bool, Decimal]:
    return action.unit == "money", action.at_stake or Decimal(0)


def _undecided(ask: Ask) -> Action | None:
    """How many findings wait for a decision, and what lies in them a month, in the page's currency."""
    waiting = ask.desk.findings.open(ask.scope)
    if not waiting:
        return None
    stakes = [one.stake for one in waiting if one.stake is not None and one.currency == ask.filters.currency]
    said = f"The dearest: {waiting[0].sentence}" if len(waiting) > 1 else waiting[0].sentence
    return Action(
        f"Decide about {words.plural(len(waiting), 'finding')}",
        said,
        Link("See what wants a decision", "/decisions"),
        sum(stakes, Decimal(0)) if stakes else Decimal(len(waiting)),
        "money" if stakes else "findings",
    )


def _unlinked(ask: Ask, known: Figures) -> Action | None:
    if not knows("spend_list", {*ask.filters.where, "pull_request"}):
        return None
    where = {**ask.where, "pull_request": (None,)}
    query = Query(("spend_list",), ask.filters.period, where=where, currency=ask.filters.currency)
    loose = number(ask.desk.answer(query, ask.scope).totals["spend_list"])
    whole = number(
        known.money if ask.money == "spend_list" else ask.answer("spend_list").totals["spend_list"]
    )
    if not loose or not whole or loose < whole * UNLINKED:
        return None
    return Action(
        "Link sessions to changes",
        f"{words.short(loose / whole, 'share')} of the money at list price belongs to no merged change: work that was dropped, is still open, or was done off a branch.",
        Link("See the costliest sessions", ask.filters.url("/sessions", sort="-list_usd")),
        loose,
    )


def _failing(ask: Ask, known: Figures) -> Action | None:
    share, errors = number(known.totals["error_share"]), number(known.totals["errors"])
    retries = number(known.totals["retries"])
    cost = number(ask.answer("retry_spend").totals["retry_spend"]) if retries else None
    if not cost and (share is None or share < MANY_ERRORS):
        return None
    return Action(
        "Stop paying for failures",
        f"{words.plural(int(errors or 0), 'request')} failed for good and {words.plural(int(retries or 0), 'attempt')} had to be made again.",
        Link("See where", ask.filters.url("/sessions", sort="-errors")),
        cost or errors,
        "money" if cost else "failed requests",
    )


def _cache(ask: Ask, known: Figures) -> Action | None:
    share, tokens = number(known.totals["cache_hit_share"]), number(known.totals["tokens_input"])
    if share is None or share >= LOW_CACHE or not tokens or tokens < MANY_TOKENS:
        return None
    return Action(
        "Let the cache serve more",
        f"Only {words.short(share, 'share')} of what was read came from the cache; the rest was read at full price.",
        Link("See which tool", ask.filters.url("/spend", by="tool", sort="cache_hit_share")),
        tokens,
        "tokens at full price",
    )


def _unpriced(known: Figures) -> Action | None:
    tokens = number(known.totals["unpriced_tokens"])
    if not tokens:
        return None
    return Action(
        "Give unpriced models a price",
        "Money shown is a lower bound until they have one.",
        Link("See the models", "/sources#unpriced"),
        tokens,
        "tokens without a price",
    )


def _rejected(ask: Ask) -> Action | None:
    rows = len(ask.desk.rejected("", MANY_ROWS))
    if not rows:
        return None
    return Action(
        "Look at rows that could not be read",
        "They are counted, kept out of every figure, and listed with what is wrong.",
        Link("See them", "/sources#rejected"),
        Decimal(rows),
        "rejected rows" if rows < MANY_ROWS else "rejected rows or more",
    )
