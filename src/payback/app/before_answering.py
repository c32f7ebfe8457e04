"""Saved analyses answered: the figures each asks for, read through the scope, given to its pure function."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Protocol

from payback.app.bottlenecks import way
from payback.insight.answers import SAVED
from payback.insight.answers.saved import BEFORE, DAYS, MONTH, NOW, RECENT, Figures
from payback.metrics.question import Query
from payback.period import Period

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from payback.access.scope import Scope
    from payback.app.holdings import View
    from payback.insight.answers.saved import Asks, Saved, Told
    from payback.metrics.question import Answer
    from payback.org.directory import Directory
    from payback.settings import Settings


class Asked(Protocol):
    """Who answers: the app, or the desk of the pages."""

    @property
    def settings(self) -> Settings:
        """Whose currency counts."""

    def today(self) -> date:
        """The day it is in the organisation's zone."""

    def directory(self) -> Directory:
        """Who teams and tools are."""

    def view(self, period: Period, scope: Scope) -> View:
        """The rows of some days that may be seen."""

    def answer(self, query: Query, scope: Scope) -> Answer:
        """Figures of metrics."""


def stretches(today: date) -> Mapping[str, Period]:
    """The days that questions are asked of, by the names they are asked under; today included."""
    until = today + timedelta(days=1)
    lengths = {NOW: DAYS, MONTH: 30, RECENT: 28}
    told = {name: Period(until - timedelta(days=days), until) for name, days in lengths.items()}
    return told | {BEFORE: told[NOW].before()}


def answered(desk: Asked, scope: Scope) -> list[tuple[Saved, Told]]:
    """Every saved analysis with its answer, as far as the scope may see."""
    periods = stretches(desk.today())
    after = way(desk.view(periods[NOW], scope), {}, to_production=False)
    before = way(desk.view(periods[BEFORE], scope), {}, to_production=False)
    held = desk.directory()
    names = {team.team_id: team.name for team in held.teams.values()}
    names |= {tool.tool_id: tool.name for tool in held.tools.values() if tool.name}
    found = []
    for saved in SAVED:
        answers = {
            name: desk.answer(_query(asks, periods[asks.days]), scope) for name, asks in saved.asks.items()
        }
        figures = Figures(answers, before.held, after.held, names, desk.settings.currency)
        found.append((saved, saved.answer(figures)))
    return found


def _query(asks: Asks, period: Period) -> Query:
    return Query(asks.metrics, period, by=asks.by, where=asks.where, currency=asks.currency)
