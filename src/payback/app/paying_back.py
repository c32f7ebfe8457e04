"""What the money bought: for the organisation, each team and each workflow, cost beside effect, worth and signal.

Hours that an effect can return are those of coding of the people of whom a change was merged in the 28 days up to each day,
since their team took AI up, at the price of that day.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import TYPE_CHECKING, Any, TypeVar

import ibis

from payback.access.facts import open as opened
from payback.app.assuming import assumed, is_measured
from payback.app.effort_costs import reworked_as
from payback.app.full_cost import Costing, costing, effort_rows
from payback.insight.effect import ORGANISATION, TEAM, WORKFLOW
from payback.insight.worth import Exposed, Range, Signal, Spent, Worth, signal, worth
from payback.ledger.rates import stored
from payback.metrics.question import Query
from payback.period import Period

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence

    from payback.access.scope import Scope
    from payback.app.application import App
    from payback.app.full_cost import Costings
    from payback.insight.assumptions import Assumed
    from payback.insight.effect import Effect
    from payback.org.directory import Directory

    Row = dict[str, Any]
    Effects = Callable[[App, Scope], Sequence[Effect]]

T = TypeVar("T")
ONCE = ("enablement", "security_review")
CODING = "coding"
MONTH, WEEK = Decimal("30.4375"), Decimal(7)
EVER = date(2000, 1, 1)


@dataclass(frozen=True, slots=True)
class Judged:
    """One unit: what it cost, what its effect is worth, and the word for who decides. `effect` None: none was looked at."""

    kind: str
    unit: str | None
    cost: Costing
    effect: Effect | None
    worth: Worth
    signal: Signal


def _effects(app: App, scope: Scope) -> Sequence[Effect]:
    from payback.app.effecting import effects

    return effects(app, scope)


@dataclass(frozen=True, slots=True)
class PayingBack:
    """Every method takes the scope of the reader."""

    app: App
    effects: Effects = field(default=_effects)

    def costing(
        self,
        scope: Scope,
        period: Period,
        cut: str | None = None,
        where: Mapping[str, Sequence[str | None]] | None = None,
    ) -> Costings:
        """Full cost beside invoice cost; see `full_cost.costing`."""
        return costing(self.app, scope, period, cut, where)

    def rows(
        self, scope: Scope, period: Period, kind: str, where: Mapping[str, Sequence[str | None]]
    ) -> list[Row]:
        """The rows of one line, dearest first, and those that stand back for what was entered."""
        found = effort_rows(
            self.app, scope, Query((f"{kind}_cost",), period, where={**where, "line": (kind,)})
        )
        return sorted(
            found, key=lambda row: (row["cost"] is None, -(row["cost"] or 0), row["effort_cost_id"])
        )

    def assumed(self) -> Assumed:
        """What hours of work are made of here, with where each number comes from."""
        return reworked_as(self.app, assumed(self.app.settings.told))

    def is_measured(self) -> bool:
        """Whether hours are measured where nobody entered them."""
        return is_measured(self.app.settings.told)

    def judged(self, scope: Scope, period: Period) -> tuple[Judged, ...]:
        """The organisation, then its teams by cost, then its workflows by cost; what has no name is in the organisation's."""
        return self._recalled(("judged", period, scope), lambda: self._judged(scope, period))

    def _recalled(self, key: tuple[Hashable, ...], make: Callable[[], T]) -> T:
        app = self.app
        return app.memory.recall(app.warehouse.edition, ("payback", app.today(), *key), make)

    def _judged(self, scope: Scope, period: Period) -> tuple[Judged, ...]:
        told = tuple(self.effects(self.app, scope))
        exposure = _Exposure.of(self.app, scope, period, told)
        by_unit = {(one.unit_kind, one.unit): one for one in told}
        found: list[Judged] = []
        for kind, cut in ((TEAM, "team"), (WORKFLOW, "workflow")):
            costs, once = costing(self.app, scope, period, cut), self._once(scope, period, cut)
            if kind == TEAM:
                spent = _spent(costs.whole, sum(once.values(), Decimal(0)), period)
                whole = by_unit.get((ORGANISATION, None))
                found.append(
                    _judged(
                        (ORGANISATION, None), costs.whole, whole, exposure.whole(costs.whole.currency), spent
                    )
                )
            named = [(name, cost) for name, cost in costs.parts.items() if name is not None]
            for name, cost in sorted(named, key=lambda pair: (-(pair[1].full or Decimal(0)), pair[0])):
                spent = _spent(cost, once.get(name, Decimal(0)), period)
                exposed = exposure.team(name, cost.currency) if kind == TEAM else None
                found.append(_judged((kind, name), cost, by_unit.get((kind, name)), exposed, spent))
        return tuple(found)

    def _once(self, scope: Scope, period: Period, cut: str) -> dict[str | None, Decimal]:
        """What was ever spent once up to the end of the days, by part."""
        names = tuple(f"{kind}_cost" for kind in ONCE)
        query = Query(names, Period(EVER, period.until), by=(cut,))
        answer = self.app.answer(query, scope)
        if answer.coverage.other_currencies:
            answer = self.app.answer(Query(names, query.period, by=query.by, converted=True), scope)
        return {
            row.keys[cut]: sum((Decimal(row.figures[name].value or 0) for name in names), Decimal(0))
            for row in answer.rows
        }


def _judged(
    unit: tuple[str, str | None], cost: Costing, effect: Effect | None, exposed: Exposed | None, spent: Spent
) -> Judged:
    found = worth(effect, exposed, spent)
    return Judged(*unit, cost, effect, found, signal(effect, found))


def _spent(cost: Costing, begun: Decimal, period: Period) -> Spent:
    ends, full = cost.interval, cost.full
    once = sum((line.cost or Decimal(0) for line in cost.lines if line.kind in ONCE), Decimal(0))
    wide = Range(ends[0], full, ends[1]) if ends and full is not None else None
    return Spent(cost.invoice, wide, once, begun, Decimal(period.days) / MONTH)


@dataclass(frozen=True, slots=True)
class _Exposure:
    """Who developed on each day of some days, by team, from when on their team used AI, and what an hour costs."""

    rows: Sequence[Row]
    since: Mapping[str | None, date | None]
    week: Decimal
    price: _Price

    @classmethod
    def of(cls, app: App, scope: Scope, period: Period, told: Iterable[Effect]) -> _Exposure:
        table = opened(app.ground, "developer_days", scope)
        table = table.filter(
            table["day"] >= ibis.literal(period.since), table["day"] < ibis.literal(period.until)
        )
        counted = table.group_by("team", "day").aggregate(people=table.count())
        hours = assumed(app.settings.told)["coding_hours_per_week"].value or 0.0
        since = {one.unit: one.since for one in told if one.unit_kind == TEAM}
        return cls(
            app.ground.warehouse.read(counted).to_pylist(),
            since,
            Decimal(repr(hours)),
            _Price.of(app),
        )

    def team(self, name: str, currency: str) -> Exposed | None:
        """The hours of one team since it took AI up; None where nobody knows since when."""
        since = self.since.get(name)
        if since is None:
            return None
        return self._exposed(
            [row for row in self.rows if row["team"] == name and row["day"] >= since], currency
        )

    def whole(self, currency: str) -> Exposed:
        """The hours of all teams, each since it took AI up."""
        reached = [
            row
            for row in self.rows
            if (since := self.since.get(row["team"])) is not None and row["day"] >= since
        ]
        return self._exposed(reached, currency)

    def _exposed(self, rows: Sequence[Row], currency: str) -> Exposed:
        hours, price = Decimal(0), Decimal(0)
        known = True
        for row in rows:
            own = row["people"] * self.week / WEEK
            hours += own
            rate = self.price.hour(row["team"], row["day"], currency)
            known = known and rate is not None
            price += own * (rate or Decimal(0))
        return Exposed(hours, price if known else None)


@dataclass(frozen=True, slots=True)
class _Price:
    """What an hour of coding of a team costs on a day."""

    directory: Directory
    convert: Callable[[Decimal, str, str, date], Decimal | None]
    told: dict[tuple[str | None, date, str], Decimal | None]

    @classmethod
    def of(cls, app: App) -> _Price:
        return cls(app.directory(), stored(app.ground.warehouse).converted, {})

    def hour(self, team: str | None, day: date, currency: str) -> Decimal | None:
        """In this currency; None where no rate card or rate of exchange says."""
        key = (team, day, currency)
        if key not in self.told:
            card = self.directory.rate_of(CODING, team, datetime.combine(day, time(12), UTC))
            self.told[key] = self.convert(card[0], card[1].upper(), currency, day) if card else None
        return self.told[key]
