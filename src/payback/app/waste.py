"""Findings about workflows and models, from the figures of some days and of as many days before."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from payback.insight.waste.costly_pieces import costly_pieces
from payback.insight.waste.downstream import downstream_costly
from payback.insight.waste.premium import premium_on_low_stakes
from payback.insight.waste.worked import SAID, Stretch, Worked
from payback.metrics.comparing import CHANGES, PIECES, Comparison, comparisons, risks_of, sides
from payback.metrics.premium import Again
from payback.metrics.question import Query
from payback.period import Period

if TYPE_CHECKING:
    from collections.abc import Mapping

    from payback.access.scope import Scope
    from payback.app.application import App
    from payback.insight.finding import Finding
    from payback.metrics.question import Figure

UNIT, AFTER = "workflow_unit_cost", "downstream_cost"
MADE = (UNIT, AFTER)
LEAST_DAYS, LEAST_DAYS_OF_MODELS = 90, 182
WITH_AI = ("agent_authored", "agent_assisted")


def wasted(application: App, scope: Scope, period: Period) -> tuple[Finding, ...]:
    """Workflows that bring little and cost much, those that cost afterwards, premium models on tasks of low risk; of the
    days asked for, or of 90 up to their end where they are fewer; of models 182, since some kinds of work are seldom. The
    greatest stake first.
    """
    workflows = worked(application, scope, _least(period, LEAST_DAYS))
    seldom = _least(period, LEAST_DAYS_OF_MODELS)
    found = (
        *costly_pieces(workflows),
        *downstream_costly(workflows),
        *premium_on_low_stakes(compared(application, scope, seldom), seldom.days, _owners(application)),
    )
    return tuple(sorted(found, key=lambda one: (-(one.stake or Decimal(0)), one.id)))


def _least(period: Period, days: int) -> Period:
    """At least so many days, up to the same end."""
    return Period(min(period.since, period.until - timedelta(days=days)), period.until)


def worked(application: App, scope: Scope, period: Period) -> tuple[Worked, ...]:
    """The figures of each workflow that brought or cost something, now and in as many days before. Money is in the
    organisation's currency, by the rate of each day where there are several.
    """
    before = Period(period.since - timedelta(days=period.days), period.since)
    now, currency = _made(application, scope, (*MADE, *SAID), period)
    past, _ = _made(application, scope, MADE[:1], before)
    directory, found = application.directory(), []
    for workflow, figures in now.items():
        told = directory.workflows.get(workflow)
        owner = directory.owner_of("workflow", workflow, application.now())
        found.append(
            Worked(
                workflow,
                (told.name if told else None) or workflow,
                (told.useful_output if told else None) or "output",
                _stretch(figures, period),
                _stretch(past[workflow], before) if workflow in past else None,
                told.task_type if told else None,
                owner.owner if owner else None,
                {name: again for name in SAID if (again := _again(figures[name])).n},
                _money(figures[AFTER]) if figures[AFTER].n else None,
                currency,
            )
        )
    return tuple(found)


def compared(application: App, scope: Scope, period: Period) -> tuple[Comparison, ...]:
    """The dearest model of each kind of work against the others: of changes merged with AI in the days, and of the pieces
    that workflows brought.
    """
    asked = Query(("price_per_million",), period, by=("model",), currency="USD")
    priced = application.answer(asked, scope).rows
    prices = {row.keys["model"]: _money(row.figures["price_per_million"]) for row in priced}
    told = application.directory().workflows.values()
    risks = risks_of((one.task_type, one.risk) for one in told)
    found: list[Comparison] = []
    made = application.answer(Query(("useful_outputs",), period, by=("workflow",)), scope).rows
    brought = tuple(row.keys["workflow"] for row in made)
    for by, where in ((CHANGES, {"ai_class": WITH_AI}), (PIECES, {"workflow": brought})):
        query = Query((by.cost, by.again), period, by=(by.kind, "model"), where=where, currency="USD")
        found += comparisons(sides(application.answer(query, scope).rows, by), prices, risks, by)
    return tuple(found)


def _made(
    application: App, scope: Scope, metrics: tuple[str, ...], period: Period
) -> tuple[dict[str, Mapping[str, Figure]], str]:
    """Figures by workflow, and the currency of their money."""
    query = Query(metrics, period, by=("workflow",))
    answer = application.answer(query, scope)
    if answer.coverage.other_currencies:
        answer = application.answer(replace(query, converted=True), scope)
    currency = next(iter(answer.coverage.currency.values()), application.settings.currency)
    told = ((row.keys["workflow"], row.figures) for row in answer.rows)
    return {workflow: figures for workflow, figures in told if workflow is not None}, currency


def _stretch(figures: Mapping[str, Figure], period: Period) -> Stretch:
    cost = figures[UNIT]
    spent = None if cost.numerator is None else Decimal(str(cost.numerator))
    return Stretch(period.days, int(cost.denominator or 0), spent)


def _again(figure: Figure) -> Again:
    return Again(int(figure.numerator or 0), int(figure.denominator or 0))


def _money(figure: Figure) -> Decimal | None:
    return None if figure.value is None else Decimal(str(figure.value))


def _owners(application: App) -> Mapping[str, str]:
    """Who answers for a kind of task: the owner of the first workflow, by name, that tells it as its own."""
    held, found = application.directory(), dict[str, str]()
    for workflow, told in sorted(held.workflows.items()):
        owner = held.owner_of("workflow", workflow, application.now())
        if told.task_type and owner and owner.owner:
            found.setdefault(told.task_type, owner.owner)
    return found
