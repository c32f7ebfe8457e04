"""Payback: what the money bought, for the organisation, each team and each workflow: cost, effect, guardrail, worth, signal."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from payback.insight.effect import ORGANISATION, TEAM, WORKFLOW
from payback.web import words
from payback.web.blocks import Chart, Column, Empty, Link, Sentence, Table, Tile
from payback.web.charts.bridge import Bridge, bridge
from payback.web.definitions import definition
from payback.web.emptiness import nothing_in_range, nothing_yet
from payback.web.page import Page
from payback.web.worths import answered, assumed_table, judged_table, lines_table, ranged

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from payback.app.full_cost import Costing
    from payback.app.paying_back import Judged
    from payback.insight.worth import Range
    from payback.web.asking import Ask

RETURN = (
    Column("name", "Held against"),
    Column("cost", "Cost", "money"),
    Column("value", "Hours returned, in money"),
    Column("net", "Net value"),
    Column("ratio", "Return on it"),
)
RETURN_NOTE = (
    "The two net values differ by the lines of full cost. Hours returned: an effect of x on what is finished returns x ÷ (1 + x) of "
    "coding hours. Low ends take the low end of the effect and the high end of the cost."
)


def view(ask: Ask, _path: Mapping[str, str]) -> dict[str, Any]:
    """The answer in one sentence, teams and workflows side by side, the way from invoice to full cost."""
    if ask.span is None:
        return {"empty": nothing_yet(ask)}
    judged = ask.desk.payback.judged(ask.scope, ask.filters.period)
    chosen = ask.where.get("team", ())
    shown = [one for one in judged if not chosen or (one.kind == TEAM and one.unit in chosen)]
    cost = ask.desk.payback.costing(ask.scope, ask.filters.period, where=ask.where)
    if cost.whole.full is None or (not cost.whole.full and all(line.is_empty for line in cost.whole.lines)):
        return {"empty": _empty(ask)}
    main = _main(shown, chosen)
    return {
        "empty": None,
        "sentence": answered(ask, main) if main else _together(ask, cost.whole),
        "tiles": _tiles(ask, cost.whole, main),
        "teams": judged_table(ask, "What each team got for it", _of(shown, TEAM)),
        "workflows": judged_table(ask, "What each workflow got for it", _of(shown, WORKFLOW)),
        "chart": _chart(ask, cost.whole),
        "lines": lines_table(ask, cost.whole, "From invoice to full cost"),
        "returned": _returned(ask, cost.whole, main) if main else None,
        "missing": _missing(ask, cost.whole, main),
        "assumed": assumed_table(ask.desk.payback.assumed()),
        "currencies": _currencies(ask, cost.other_currencies, converted=cost.converted),
    }


def _empty(ask: Ask) -> Empty:
    if ask.filters.where:
        return nothing_in_range(ask, "cost")
    return Empty(
        "What the money bought cannot be told yet",
        "No bill, contract or seat is known for these days, and no hours of people. Any of them opens this page.",
        (Link("Connect a vendor's bills", "/sources"), Link("Enter hours", "/entries/hours"), Link("Enter a contract", "/entries/contract")),
    )  # fmt: skip


def _of(judged: Sequence[Judged], kind: str) -> list[Judged]:
    return [one for one in judged if one.kind == kind]


def _main(shown: Sequence[Judged], chosen: Sequence[str | None]) -> Judged | None:
    """The one unit that the page is about: the organisation, or the only team filtered by."""
    if not chosen:
        return next((one for one in shown if one.kind == ORGANISATION), None)
    return shown[0] if len(shown) == 1 else None


def _together(ask: Ask, cost: Costing) -> Sentence:
    return Sentence(
        "Together they cost", ask.say(cost.full, "money"), f"in {words.days(ask.filters.period)}."
    )


def _tiles(ask: Ask, cost: Costing, main: Judged | None) -> tuple[Tile, ...]:
    found = main.worth if main else None
    ends = cost.interval
    between = f"{ask.say(ends[0], 'money')} to {ask.say(ends[1], 'money')}" if ends else ""
    net = found.net if found else None
    months = found.payback if found else None
    return (
        _tile(ask, "invoice_cost", cost.invoice, "no bill is known", "amortised"),
        _tile(ask, "full_cost", cost.full, "not known", between),
        _tile(ask, "net_value", net.point if net else None, "cannot be told yet", _ends(ask, net)),
        Tile(
            "payback_months", "Payback time in months", months and months[1], "number",
            "cannot be told yet" if not months else "never at this pace", href=ask.filters.kept("/metrics/payback_months"),
            note=f"{months[0] if months[0] is not None else 'never'} to {months[2] if months[2] is not None else 'never'}" if months else "",
        ),
    )  # fmt: skip


def _tile(ask: Ask, metric: str, value: Decimal | None, unknown: str, note: str) -> Tile:
    title = definition(metric).title
    return Tile(
        metric, title, value, "money", unknown, href=ask.filters.kept(f"/metrics/{metric}"), note=note
    )


def _ends(ask: Ask, found: Range | None) -> str:
    return f"{ask.say(found.low, 'money')} to {ask.say(found.high, 'money')}" if found else ""


def _chart(ask: Ask, cost: Costing) -> Chart | None:
    """From invoice to full cost; None without a bill, or where no line adds anything."""
    parts = [(line.title, line.cost) for line in cost.lines if line.cost]
    if cost.invoice is None or not parts:
        return None
    lines = sum((amount for _, amount in parts), Decimal(0))
    said = f"Hours of people {'add' if lines >= 0 else 'take away'} {ask.say(abs(lines), 'money')} {'to' if lines >= 0 else 'from'} the invoice"
    table = Table(
        "The figures behind the chart",
        (Column("name", "Part"), Column("amount", "Amount", "change")),
        (
            {"name": "Invoice cost", "amount": cost.invoice, "currency": cost.currency},
            *({"name": name, "amount": amount, "currency": cost.currency} for name, amount in parts),
        ),
        total={"name": "Full cost", "amount": cost.full, "currency": cost.currency},
    )
    spec = bridge(said, Bridge(cost.invoice, parts, "Invoice", "Full cost", cost.currency))
    return Chart("full-cost", said, spec, table)


def _returned(ask: Ask, cost: Costing, one: Judged) -> Table | None:
    """Invoice-only and full return side by side; None where nothing that came back is told."""
    found = one.worth
    if found.value is None:
        return None
    rows = tuple(
        {
            "name": name,
            "cost": amount,
            "currency": cost.currency,
            "value": ranged(ask, found.value),
            "net": ranged(ask, net, found.missing),
            "ratio": _ratio(found.ratio(net, amount)),
        }
        for name, amount, net in (
            ("Invoice only", cost.invoice, found.net_of_invoice),
            ("Full cost", cost.full, found.net),
        )
    )
    return Table("Return, on the invoice only and on full cost", RETURN, rows, note=RETURN_NOTE)


def _ratio(found: Range | None) -> str:
    if found is None:
        return words.UNKNOWN
    point, low, high = (words.short(one, "share") for one in (found.point, found.low, found.high))
    return f"{point} ({low} to {high})"


def _missing(ask: Ask, cost: Costing, one: Judged | None) -> Table | None:
    """What would make these figures fuller, and where to begin."""
    rows = []
    if cost.invoice is None:
        rows.append({"what": "No bill is known", "next": "Connect a vendor's bills", "href": "/sources"})
    if unpriced := sum(line.unpriced for line in cost.lines):
        said = f"{words.plural(unpriced, 'row')} of hours without a rate"
        rows.append(
            {"what": said, "next": "[[rate_cards]] in payback.toml, or payback import rates.csv --as rates"}
        )
    silent = [line.title.lower() for line in cost.lines if line.is_empty and line.kind != "other"]
    if silent:
        rows.append(
            {
                "what": f"Nothing is known of {', '.join(silent)}",
                "next": "Enter hours",
                "href": "/entries/hours",
            }
        )
    if one is not None and one.worth.net is None and one.worth.missing:
        rows.append(
            {
                "what": f"Worth: {one.worth.missing}",
                "next": "See what delivery did",
                "href": ask.filters.kept("/effects", ("team",)),
            }
        )
    columns = (Column("what", "What is missing"), Column("next", "Where to begin"))
    return Table("What would make this fuller", columns, tuple(rows)) if rows else None


def _currencies(ask: Ask, others: Sequence[str], *, converted: bool) -> str:
    if not others:
        return ""
    named = " and ".join(others)
    return (
        f"Money in {named} is converted into {ask.filters.currency} by the rate of each day; what has no rate is left out. "
        f"The pages of metrics show {ask.filters.currency} alone; payback ask full_cost --converted shows both."
        if converted
        else f"Money in {named} is not in it."
    )


PAGE = Page(
    "payback",
    "/payback",
    "Payback",
    "Payback",
    "What did the money buy, with all it took?",
    view,
    controls=("days",),
    dimensions=("team",),
)
