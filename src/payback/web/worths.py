"""What came back, in words and rows: effects with their intervals, guardrails, net value, signals, and the lines of full cost."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from payback.errors import UnknownNameError
from payback.insight.impact.verdict import WORSE
from payback.insight.worth import KEEP, REBALANCE, RESTRICT, SCALE, UNKNOWN
from payback.web import words
from payback.web.blocks import Column, Sentence, Table
from payback.web.definitions import definition

if TYPE_CHECKING:
    from collections.abc import Iterable

    from payback.app.full_cost import Costing, Line
    from payback.app.paying_back import Judged
    from payback.insight.assumptions import Assumed
    from payback.insight.effect import Effect
    from payback.insight.worth import Range
    from payback.web.asking import Ask

TONES = {SCALE: "good", KEEP: "plain", REBALANCE: "bad", RESTRICT: "bad"}
LINES = (
    Column("name", "Line"),
    Column("cost", "Cost", "each"),
    Column("between", "95 % interval"),
    Column("hours", "Hours", "number"),
    Column("how", "Known from"),
    Column("basis", "By the rule"),
)
LINES_NOTE = (
    "Hours × the rate of the day. Below zero, hours were saved. Measured: changes with AI beside like changes without, an "
    "association and no effect; elapsed time is never priced. A line leads to its rows."
)
JUDGED = (
    Column("name", "Who"),
    Column("full", "Money in", "money", bar=True, help="Full cost: invoice and hours of people"),
    Column("invoice", "Invoice", "money"),
    Column("effect", "What delivery did"),
    Column("guardrail", "Guardrail"),
    Column("net", "Worth less full cost"),
    Column("signal", "Signal", "badge"),
    Column("why", "Why"),
)


def titled(metric: str) -> str:
    """A metric as its title says it; the id where the catalogue has none."""
    try:
        return definition(metric).title
    except UnknownNameError:
        return metric.replace("_", " ")


def percent(value: float) -> str:
    """A percentage with its sign: +12 %."""
    return words.signed(Decimal(repr(value)) / 100, "share")


def moved(effect: Effect | None) -> str:
    """An effect with its interval and how much may be read into it; what is missing is said by the signal's reason."""
    if effect is None:
        return "no effect was looked at"
    if effect.percent is None or effect.interval is None:
        return f"{titled(effect.metric)}: {UNKNOWN}" if effect.metric else UNKNOWN
    return f"{titled(effect.metric)} {_ends(effect)}, {effect.label}"


def _ends(effect: Effect) -> str:
    low, high = effect.interval or (None, None)
    if effect.percent is None or low is None or high is None:
        return words.UNKNOWN
    return f"{percent(effect.percent)} ({percent(low)} to {percent(high)})"


def reason(one: Judged) -> str:
    """Why the signal is this one, with metrics by their titles."""
    told = one.signal.why.removeprefix(f"{UNKNOWN} (")
    if told != one.signal.why:
        told = told.removesuffix(")")
    for effect in (one.effect, *one.effect.guardrails) if one.effect else ():
        if not effect.metric:  # nothing is declared that it could be judged on
            continue
        title = titled(effect.metric)
        told = re.sub(rf"\b{re.escape(effect.metric)}\b", title[0].lower() + title[1:], told)
    return told


def guarded(effect: Effect | None) -> str:
    """What happened to the metrics that must not pay for it."""
    if effect is None or not effect.guardrails:
        return "none told"
    worse = [one for one in effect.guardrails if one.verdict == WORSE]
    if worse:
        return "; ".join(moved(one) for one in worse)
    told = [one for one in effect.guardrails if one.interval is not None]
    return f"{len(told)} of {len(effect.guardrails)} known, none worse" if told else "cannot tell yet"


def ranged(ask: Ask, found: Range | None, missing: str = "") -> str:
    """Money with its interval: $1.2k ($300 to $2.1k)."""
    if found is None:
        return missing or words.UNKNOWN
    point, low, high = (ask.say(one, "money") for one in (found.point, found.low, found.high))
    return f"{point} ({low} to {high})"


def answered(ask: Ask, one: Judged) -> Sentence:
    """What came back and what it cost, with the signal and its reason."""
    days, effect, cost = words.days(ask.filters.period), one.effect, spent(ask, one.cost)
    if one.signal.word == UNKNOWN or effect is None or effect.percent is None:
        return Sentence(
            "Whether it pays back", "cannot be told yet", f"({reason(one)}). In {days} it cost {cost}."
        )
    back = f", worth {ranged(ask, one.worth.value)} in {days}" if one.worth.value else ""
    why = f"{one.signal.word[0].upper()}{one.signal.word[1:]}: {reason(one)}"
    return Sentence(titled(effect.metric), _ends(effect), f"{effect.label}{back}. It cost {cost}. {why}.")


def spent(ask: Ask, cost: Costing) -> str:
    """What it cost, in words: with all hours, and what of it was invoiced."""
    if cost.full is None:
        return "an amount that no bill tells"
    full = ask.say(cost.full, "money")
    if cost.invoice is None:
        return f"{full} in hours of people, and no bill is known"
    return f"{full} with the hours it took, {ask.say(cost.invoice, 'money')} of it invoiced"


def judged_table(ask: Ask, caption: str, found: Iterable[Judged]) -> Table:
    """Units side by side: money in, delivery, guardrail, worth, signal."""
    directory = ask.desk.directory()
    names = {name: one.name for name, one in directory.teams.items()}
    names |= {name: one.name for name, one in directory.workflows.items()}
    rows = tuple(_judged_row(ask, one, names.get(one.unit or "", one.unit or "All")) for one in found)
    return Table(caption, JUDGED, rows, empty="None of them cost anything in these days.")


def _judged_row(ask: Ask, one: Judged, name: str) -> dict[str, Any]:
    href = ask.filters.url("/payback", team=one.unit) if one.kind == "team" else f"/workflows/{one.unit}"
    return {
        "name": name,
        "id": one.unit,
        "href": href,
        "full": one.cost.full,
        "full_unknown": "no bill, no price of hours",
        "invoice": one.cost.invoice,
        "invoice_unknown": "no bill",
        "currency": one.cost.currency,
        "effect": moved(one.effect),
        "guardrail": guarded(one.effect),
        "net": ranged(ask, one.worth.net, "" if one.signal.word == UNKNOWN else one.worth.missing),
        "signal": one.signal.word,
        "signal_tone": TONES.get(one.signal.word, "plain"),
        "why": reason(one),
    }


def lines_table(ask: Ask, cost: Costing, caption: str) -> Table:
    """The lines from invoice to full cost, each with its interval, hours, how it is known and by which rule."""
    rows = [_end(ask, cost, "Invoice cost", cost.invoice, "invoice_cost")]
    rows += [_line(ask, cost, line) for line in cost.lines if not line.is_empty]
    if silent := [line.title.lower() for line in cost.lines if line.is_empty]:
        rows.append({"name": "Nothing entered or measured", "how": ", ".join(silent), "quiet": True})
    if cost.duplicates:
        note = {
            "name": "of the invoice: duplicate tools",
            "between": "in the invoice, not added",
            "quiet": True,
        }
        href = ask.filters.kept("/metrics/duplicate_tool_spend")
        rows.insert(
            1, {**note, "kind": "money", "cost": cost.duplicates, "currency": cost.currency, "href": href}
        )
    total = _end(ask, cost, "Full cost", cost.full, "full_cost")
    if cost.interval:
        total["between"] = between(ask, cost.interval)
    return Table(caption, LINES, tuple(rows), total=total, note=LINES_NOTE)


def between(ask: Ask, ends: tuple[Decimal, Decimal]) -> str:
    """Both ends of an interval of money."""
    return f"{ask.say(ends[0], 'money')} to {ask.say(ends[1], 'money')}"


def _end(ask: Ask, cost: Costing, name: str, amount: Decimal | None, metric: str) -> dict[str, Any]:
    told = {"name": name, "cost": amount, "currency": cost.currency, "id": metric, "kind": "money"}
    return {
        **told,
        "href": ask.filters.kept(f"/metrics/{metric}"),
        "how": "bills, contracts, seats" if metric == "invoice_cost" else "",
    }


def _line(ask: Ask, cost: Costing, line: Line) -> dict[str, Any]:
    return {
        "name": line.title,
        "id": line.kind,
        "currency": cost.currency,
        "kind": "change",
        "cost": line.cost,
        "between": _interval(ask, line),
        "hours": line.hours,
        "how": _known(line),
        "basis": "; ".join(one for one in line.basis if one != "entered"),
        "href": ask.filters.url(f"/payback/{line.kind}"),
    }


def _interval(ask: Ask, line: Line) -> str:
    if line.interval:
        return between(ask, line.interval)
    if line.cost is None:
        return "no rate card"
    return "fewer than three authors" if line.is_measured else "as told"


def _known(line: Line) -> str:
    parts = [f"{count} {how}" for how, count in line.how.items()]
    if line.unpriced:
        parts.append(f"{line.unpriced} without a rate")
    if line.replaced:
        parts.append(f"{line.replaced} measured stand back for what was entered")
    return ", ".join(parts)


def assumed_table(told: Assumed) -> Table:
    """What hours of work are made of, with where each number comes from."""
    columns = (
        Column("name", "Assumed"), Column("value", "Value"), Column("source", "From"), Column("read_on", "Read on", "day"),
        Column("setting", "Setting", "code"),
    )  # fmt: skip
    rows = tuple(
        {
            "name": one.title,
            "value": "not told, so not priced" if one.value is None else f"{one.value:g} {one.unit}",
            "source": one.source or "nobody",
            "read_on": one.read_on,
            "setting": one.id,
            "quiet": one.value is None,
        }
        for one in told.values()
    )
    note = "Told otherwise under [full_cost] in payback.toml; rows are made anew with the next sync."
    return Table("What is assumed", columns, rows, note=note)
