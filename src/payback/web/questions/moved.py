"""Why did it move? The change against the period before, as a bridge over tools or models that adds up exactly."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from payback.web import words
from payback.web.asking import NOBODY, number
from payback.web.blocks import Chart, Column, Link, Question, Sentence, Table
from payback.web.charts.bridge import Bridge, bridge

if TYPE_CHECKING:
    from payback.web.asking import Ask
    from payback.web.questions import Figures

MOST = 5


def question(ask: Ask, known: Figures) -> Question:
    """The answer: the greatest mover in words, all of them in the picture."""
    previous = ask.previous
    link = Link(f"See every {known.cut.by}", ask.filters.url("/spend", by=known.cut.by))
    if ask.filters.previous is None:
        sentence = Sentence("", "Not compared", "with another period here.")
        return Question("why", "Why did it move?", sentence, link)
    now, before = number(known.money), number(known.money_before)
    if previous is None or now is None or before is None or not known.sizes_before:
        return Question(
            "why", "Why did it move?", Sentence("", "Cannot tell", _nothing_before(ask, known)), link
        )
    parts = movers(known)
    chart = _chart(ask, known, parts)
    return Question("why", "Why did it move?", _sentence(ask, known, parts), link, chart=chart)


def movers(known: Figures) -> list[tuple[str | None, Decimal]]:
    """Every name with its difference, greatest first; they sum to the whole change exactly."""
    names = {*known.cut.sizes, *known.sizes_before}
    zero = Decimal(0)
    moved = [(name, known.cut.sizes.get(name, zero) - known.sizes_before.get(name, zero)) for name in names]
    return sorted(
        ((name, amount) for name, amount in moved if amount), key=lambda part: (-abs(part[1]), part[0] or "")
    )


def _nothing_before(ask: Ask, known: Figures) -> str:
    if number(known.money) is None:
        return "yet: no amount is known of either period."
    began = f"; data begin on {words.day(ask.span.since)}" if ask.span else ""
    versus = words.days(ask.filters.previous) if ask.filters.previous else "the period before"
    return f"yet: nothing is known of {versus}{began}."


def _sentence(ask: Ask, known: Figures, parts: list[tuple[str | None, Decimal]]) -> Sentence:
    whole = sum((amount for _, amount in parts), Decimal(0))
    versus = words.days(ask.filters.previous) if ask.filters.previous else ""
    if not parts:
        return Sentence("", "No change", f"against {versus}.")
    name, most = parts[0]
    said = f"{words.signed(most, 'money', ask.filters.currency)} came from {known.cut.said(name)}"
    if ask.span and ask.filters.previous and ask.span.since > ask.filters.previous.since:
        versus += f" (known only from {words.day(ask.span.since)})"
    return Sentence("", words.signed(whole, "money", ask.filters.currency), f"against {versus}; {said}.")


def _chart(ask: Ask, known: Figures, parts: list[tuple[str | None, Decimal]]) -> Chart | None:
    if not parts:
        return None
    shown = parts[: MOST + 1] if len(parts) == MOST + 1 else parts[:MOST]
    rest = parts[len(shown) :]
    steps = [(known.cut.said(name), amount) for name, amount in shown]
    if rest:
        steps.append((f"{len(rest)} others", sum((amount for _, amount in rest), Decimal(0))))
    began = sum(known.sizes_before.values(), Decimal(0))
    given = Bridge(began, steps, "Before", "Now", ask.filters.currency)
    return Chart(
        "movers",
        f"From {words.short(began, 'money', ask.filters.currency)} to {words.short(given.after, 'money', ask.filters.currency)}, by {known.cut.by}",
        bridge("The change in spend, part by part", given),
        _table(ask, known, parts, began),
        note="Differences of known amounts; use without a price is not in them." if known.at_least else "",
    )


def _table(ask: Ask, known: Figures, parts: list[tuple[str | None, Decimal]], began: Decimal) -> Table:
    zero = Decimal(0)
    rows = tuple(
        {
            "name": known.cut.said(name),
            "before": known.sizes_before.get(name, zero),
            "now": known.cut.sizes.get(name, zero),
            "moved": amount,
            "href": ask.filters.url("/spend", **{known.cut.by: name or NOBODY}),
        }
        for name, amount in parts
    )
    ended = sum(known.cut.sizes.values(), zero)
    return Table(
        "What moved",
        (
            Column("name", known.cut.by.capitalize()),
            Column("before", "Before", "money"),
            Column("now", "Now", "money"),
            Column("moved", "Change", "money"),
        ),
        rows,
        {"name": "All", "before": began, "now": ended, "moved": ended - began},
    )
