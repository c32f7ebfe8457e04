"""Tables of one workflow: what follows from it in money, the effect it had, and what was found and decided about it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from payback.app.full_cost import costing
from payback.insight.effect import WORKFLOW
from payback.insight.finding import OPTIONS
from payback.metrics.catalogue import CATALOGUE
from payback.web.blocks import Column, Table
from payback.web.impacts import LABELS, between, percent
from payback.web.people import named

if TYPE_CHECKING:
    from decimal import Decimal

    from payback.access.facts import Ground
    from payback.access.scope import Scope
    from payback.app.findings import Entry
    from payback.app.full_cost import Costing
    from payback.insight.effect import Effect
    from payback.metrics.question import Answer, Query
    from payback.web.asking import Ask
    from payback.web.desk import Desk

EFFECT = (Column("name", "Checked"), Column("says", "What it says"))
DECISIONS = (
    Column("sentence", "Found"),
    Column("standing", "Stands", "badge"),
    Column("found_on", "Since", "day"),
    Column("stake", "At stake a month", "money"),
    Column("decided", "Decided"),
    Column("owner", "Owner"),
    Column("due", "Looked at on", "day"),
)
EFFECT_NOTE = (
    "Its own days before and after its first use, with no others to hold them against: never read as a cause."
)
LINES = (
    Column("name", "Line"),
    Column("cost", "Cost", "money"),
    Column("between", "95 % interval"),
    Column("hours", "Hours", "number"),
    Column("how", "Known from"),
)
HOW_TO_TELL = "Import or enter hours (effort) that name the workflow or a piece of its output, with a rate card for what an hour costs."
LINES_NOTE = "Hours × the rate of the day; below zero, hours were saved. Measured: changes with AI beside like changes without."
HELD = {True: "held", False: "did not hold", None: "could not be looked at"}


def titled(metric: str) -> str:
    """A metric by its title; the id where the catalogue has none."""
    return CATALOGUE[metric].title if metric in CATALOGUE else metric.replace("_", " ")


def effect_table(ask: Ask, workflow: str) -> Table:
    """Its effect on the metric it is judged on, guardrails, verdict, and each check."""
    effect = ask.desk.impacts.of_workflow(ask.scope, workflow)
    if effect is None:
        return Table(
            "Effect and verdict", EFFECT, (), empty="No effect was looked at: the workflow is not declared."
        )
    rows = [
        {"name": "Judged on", "says": titled(effect.metric), "href": _metric_page(ask, effect.metric)},
        {"name": "What it did", "says": _moved(effect)},
        *(
            {"name": f"Guardrail: {titled(one.metric)}", "says": f"{_moved(one)}: {one.verdict}"}
            for one in effect.guardrails
        ),
        {"name": "Verdict", "says": effect.verdict},
        *(
            {"name": f"Check: {check.id}", "says": f"{check.says} ({HELD[check.passed]})"}
            for check in effect.checks
        ),
    ]
    return Table("Effect and verdict", EFFECT, tuple(rows), note=EFFECT_NOTE)


def _metric_page(ask: Ask, metric: str) -> str:
    return ask.filters.kept(f"/metrics/{metric}") if metric in CATALOGUE else ""


def _moved(effect: Effect) -> str:
    if effect.interval is None:
        return "no calibrated figure yet"
    return f"{percent(effect.percent)} ({between(effect.interval)}), {LABELS[effect.label]}"


@dataclass(frozen=True, slots=True)
class _Asked:
    """A desk as costing asks it."""

    desk: Desk
    ground: Ground

    def answer(self, query: Query, scope: Scope) -> Answer:
        """The numbers a query asks for."""
        return self.desk.answer(query, scope)


def cost_of(ask: Ask, workflow: str) -> Costing:
    """The full cost of a workflow in the days of the page."""
    seen = ask.desk.view(ask.filters.period, ask.scope)
    where = {"workflow": (workflow,)}
    return costing(_Asked(ask.desk, seen.ground), ask.scope, ask.filters.period, where=where).whole


def lines_table(own: Ask, cost: Costing) -> Table:
    """From invoice to full cost: the hours of people, line by line, that are known of it."""
    rows: list[dict[str, Any]] = [_line(own, cost, ("invoice_cost", "Invoice cost"), cost.invoice)]
    for line in cost.lines:
        if not line.is_empty:
            row = _line(own, cost, (f"{line.kind}_cost", line.title), line.cost)
            known = ", ".join(f"{count} {how}" for how, count in line.how.items())
            between_ends = (
                " to ".join(own.say(end, "money") for end in line.interval) if line.interval else ""
            )
            rows.append({**row, "hours": line.hours, "how": known, "between": between_ends})
    told = cost.lines and any(not line.is_empty for line in cost.lines)
    total = _line(own, cost, ("full_cost", "Full cost"), cost.full)
    note = LINES_NOTE if told else f"No hours of people that follow are told. {HOW_TO_TELL}"
    return Table(
        "What follows in money: from invoice to full cost", LINES, tuple(rows), total=total, note=note
    )


def _line(own: Ask, cost: Costing, named_as: tuple[str, str], amount: Decimal | None) -> dict[str, Any]:
    metric, title = named_as
    href = own.filters.kept(f"/metrics/{metric}")
    return {"name": title, "id": metric, "cost": amount, "currency": cost.currency, "href": href}


def decisions_table(ask: Ask, workflow: str) -> Table:
    """Everything found about it, and what was decided: the decision log."""
    entries = ask.desk.findings.listed(ask.scope)
    own = [one for one in entries if (one.finding.subject_kind, one.finding.subject) == (WORKFLOW, workflow)]
    return Table(
        "Found and decided",
        DECISIONS,
        tuple(_entry(ask, one) for one in own),
        empty="Nothing was found about it, and nothing decided.",
    )


def _entry(ask: Ask, one: Entry) -> dict[str, Any]:
    last = one.last
    return {
        "sentence": one.finding.sentence,
        "href": f"/decisions/{quote(one.finding.id, safe='')}",
        "standing": one.standing,
        "found_on": one.found_on,
        "stake": one.finding.stake,
        "currency": one.finding.currency,
        "decided": OPTIONS.get(last.option or "", last.option or last.act) if last else "",
        "owner": named(ask.desk.directory(), last.owner if last else one.finding.owner) or "",
        "due": last.due if last else None,
    }
