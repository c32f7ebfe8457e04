"""What is looked for: one entry per finder. Each reads figures through the scope and gives them to a pure function."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from payback.app import bottlenecks
from payback.app.effecting import effects
from payback.app.waste import wasted
from payback.insight import bottleneck, moved, verdicts
from payback.insight.waste import again, costly_pieces, downstream, idle_seats, premium
from payback.metrics.question import Query
from payback.period import Period

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from payback.access.scope import Scope
    from payback.app.application import App
    from payback.insight.finding import Finding

MONTH_DAYS, QUARTER_DAYS = 30, 91


@dataclass(frozen=True, slots=True)
class Finder:
    """One thing that is looked for: the kinds of findings it makes, its name for people, and what finds them."""

    kinds: tuple[str, ...]
    title: str
    find: Callable[[App, Scope], Iterable[Finding]]


def last_days(app: App, days: int = MONTH_DAYS) -> Period:
    """The last days, today included: 30 are what a month's money is told of."""
    until = app.today() + timedelta(days=1)
    return Period(until - timedelta(days=days), until)


def names_of(app: App) -> Mapping[str, str]:
    """Teams, tools and workflows by the names people know them by."""
    held = app.directory()
    named = {team.team_id: team.name for team in held.teams.values()}
    named |= {tool.tool_id: tool.name for tool in held.tools.values() if tool.name}
    return named | {one.workflow_id: one.name for one in held.workflows.values() if one.name}


def _idle_seats(app: App, scope: Scope) -> Iterable[Finding]:
    ask, period = ("idle_seat_spend", "seats_idle"), last_days(app)
    figures = []
    for currency in _currencies(app, scope, period):
        found = app.answer(Query(ask, period, by=("team", "tool"), currency=currency), scope)
        figures += [
            idle_seats.Idle(
                row.keys["team"],
                row.keys["tool"] or "",
                int(row.figures["seats_idle"].value or 0),
                _amount(row.figures["idle_seat_spend"].value),
                currency,
            )
            for row in found.rows
        ]
    return idle_seats.find(figures, names_of(app))


def _currencies(app: App, scope: Scope, period: Period) -> tuple[str, ...]:
    """The organisation's currency, and the others that its idle seats are paid in."""
    asked = app.answer(Query(("idle_seat_spend",), period), scope)
    return app.settings.currency, *asked.coverage.other_currencies


def _amount(value: object) -> Decimal:
    return value if isinstance(value, Decimal) else Decimal(0)


def _retries(app: App, scope: Scope) -> Iterable[Finding]:
    ask = ("retry_spend", "spend_list")
    period = last_days(app)
    found = app.answer(Query(ask, period, by=("team",), currency="USD"), scope)
    figures = [
        again.Repeated(
            row.keys["team"],
            _amount(row.figures["retry_spend"].value),
            row.figures["retry_spend"].n,
            _amount(row.figures["spend_list"].value) or None,
        )
        for row in found.rows
    ]
    return again.find(again.RETRIES, figures, names_of(app))


def _loops(app: App, scope: Scope) -> Iterable[Finding]:
    return circled(app, scope, last_days(app))


def circled(app: App, scope: Scope, period: Period) -> tuple[Finding, ...]:
    """Repeated calls of some days, by team. Silent where no digests are kept."""
    ask = ("repeat_spend", "repeated_calls", "step_spend")
    rows = app.answer(Query(ask, period, by=("team",)), scope).rows
    figures = [
        again.Repeated(
            row.keys["team"],
            _amount(row.figures["repeat_spend"].value),
            int(row.figures["repeated_calls"].value or 0),
            _amount(row.figures["step_spend"].value) or None,
        )
        for row in rows
    ]
    return again.find(again.LOOPS, figures, names_of(app))


def _wasted(app: App, scope: Scope) -> Iterable[Finding]:
    """What is found of workflows and models in 13 weeks, in money of a month; what a team answers for is that team's."""
    teams = app.directory().teams
    return [
        replace(one, team=one.owner if one.owner in teams else None)
        for one in wasted(app, scope, last_days(app, QUARTER_DAYS))
    ]


def _verdicts(app: App, scope: Scope) -> Iterable[Finding]:
    return verdicts.find(effects(app, scope), names_of(app))


FINDERS = (
    Finder((idle_seats.KIND,), "Idle seats", _idle_seats),
    Finder((again.RETRIES.name,), "Repeated attempts", _retries),
    Finder((again.LOOPS.name,), "Agents that go round in circles", _loops),
    Finder((costly_pieces.KIND, downstream.KIND, premium.KIND), "Workflows and models", _wasted),
    Finder((bottleneck.KIND, moved.CANCELLED, moved.REVIEW_UP), "Bottlenecks", bottlenecks.found),
    Finder((verdicts.KIND,), "Effects of adoption", _verdicts),
)
