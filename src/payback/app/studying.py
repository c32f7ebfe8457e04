"""Studies of the organisation's own facts: who adopted when, and what that did to a metric of the organisation or a team.

All of it is read through a scope: a scope that sees one team alone has nothing to compare it with, and says so.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TYPE_CHECKING

import numpy as np

from payback.app.matching import matched_work
from payback.app.outcomes import (
    MATURITY,
    finest,
    form_of,
    kinds_of,
    last_merged,
    measured,
    presence,
    rows_of,
    used,
)
from payback.insight.adoption import THRESHOLD, Adoption, Habits, adoptions, habits
from payback.insight.effect import ORGANISATION, TEAM, Check
from payback.insight.impact.dealt import LEAST_BEFORE
from payback.insight.impact.panel import NEVER
from payback.insight.outcome import Cells, Periods, Placed, Presence, Row, cells, filled, periods
from payback.insight.same_mix import beside, same_mix
from payback.insight.study import (
    BEFORE_AFTER,
    MATCHED,
    METHOD,
    NOBODY,
    SERIES,
    Study,
    Subject,
    described,
    interrupted,
    nothing,
    studied,
)
from payback.metrics.vocabulary import Better
from payback.period import Period

if TYPE_CHECKING:
    from payback.access.facts import Ground
    from payback.access.scope import Scope
    from payback.metrics.vocabulary import Metric

LONGEST = timedelta(weeks=156)
WEEK = timedelta(weeks=1)
EVERYBODY = "organisation"
STEPS = (1, 2, 4)
AUTO = "auto"
METHODS = (AUTO, METHOD, SERIES, BEFORE_AFTER, MATCHED)


@dataclass(slots=True)
class Facts:
    """What studies stand on: who contributed where in which week, who has the habit, and rows of metrics as they are asked for.
    `until` is the first day that is not looked at.
    """

    ground: Ground
    scope: Scope
    until: date
    present: tuple[Presence, ...]
    held: Habits
    used_since: date | None
    rows: dict[str, tuple[Row, ...]] = field(default_factory=dict)

    @property
    def first(self) -> date | None:
        """The first week in which anybody contributes; at most three years back."""
        known = min((one.week for one in self.present), default=None)
        return known and max(known, self.until - LONGEST)

    def adopted(self, threshold: float = THRESHOLD) -> dict[str, Adoption]:
        """When each team adopted, and everybody together (`organisation`)."""
        there: dict[str, dict[date, set[str]]] = defaultdict(lambda: defaultdict(set))
        for one in self.present:
            for unit in {one.team, EVERYBODY} - {None}:
                there[unit or ""][one.week].add(one.who)
        weekly = {
            unit: {week: frozenset(people) for week, people in weeks.items() if week + WEEK <= self.until}
            for unit, weeks in there.items()
        }
        return {one.unit: one for one in adoptions(weekly, self.held, threshold)}

    def of(self, metric: Metric, held: Periods) -> tuple[Row, ...]:
        """The rows of a metric, read once."""
        if metric.id not in self.rows:
            days = Period(held.first - 4 * WEEK, self.until)
            self.rows[metric.id] = rows_of(metric, days, self.scope, self.ground, kinds_of(metric))
        return self.rows[metric.id]


def facts(ground: Ground, scope: Scope, until: date) -> Facts:
    """The facts of all weeks that are over by a day, as the scope may see them. No week after that of the last change that was
    merged is looked at: it may not have been read yet.
    """
    last = last_merged(ground, scope)
    until = min(until, last + timedelta(days=7 - last.weekday())) if last else until
    present = presence(ground, scope, until)
    days = used(ground, scope, until)
    first = min((one.week for one in present), default=until)
    monday = until - timedelta(days=until.weekday())
    return Facts(
        ground,
        scope,
        until,
        filled(present, first, monday),
        habits(days),
        min((day for _, day in days), default=None),
    )


def study(
    told: Facts, name: str, team: str | None = None, threshold: float = THRESHOLD, method: str = AUTO
) -> Study:
    """What adoption did to a metric: of the organisation with teams as units, or of one team with its people (or repositories)
    beside those of teams that had not adopted. By itself it takes the comparison, where nobody is left to compare with a step
    in the unit's own course, where that cannot be seen before and after. Raises as `outcomes.measured` does.
    """
    metric = measured(name)
    adopted = told.adopted(threshold)
    own = adopted.get(team or EVERYBODY)
    subject = Subject(
        name,
        TEAM if team else ORGANISATION,
        team,
        metric.better is not Better.LESS,
        own.week if own else None,
    )
    over = told.until - timedelta(days=MATURITY.get(name, 0))
    if method == MATCHED:
        return matched_work(subject, metric, over, (told.scope, told.ground))
    if told.first is None or (held := periods(told.first, over)).count <= LEAST_BEFORE:
        return nothing(subject, "needs twelve weeks of delivery")
    checks = (_locked(name), _use_known(told, adopted))
    stood = held, adopted, checks
    by = _team if team else _organisation
    if method in {AUTO, METHOD}:
        found = by(subject, told, metric, (*stood, studied))
        if method == METHOD or found.missing != NOBODY or own is None:
            return found
    if method != BEFORE_AFTER and own and own.formed:
        found = series_of(subject, told, own.formed, checks)
        if method == SERIES or found.percent is not None:
            return found
    return by(subject, told, metric, (*stood, described))


Comparing = Callable[[Subject, Cells, Mapping[str, int], Sequence[Check]], Study]
Stood = tuple[Periods, dict[str, Adoption], tuple[Check, ...], Comparing]


def _organisation(subject: Subject, told: Facts, metric: Metric, stood: Stood) -> Study:
    held, adopted, checks, compared = stood
    group = {unit: _group(one, held) for unit, one in adopted.items() if unit != EVERYBODY}
    if all(place == NEVER for place in group.values()):
        return nothing(subject, _not_yet(adopted.get(EVERYBODY)), checks)
    placed = Placed(held, lambda team, _who: team if team in group else None)
    made = cells(told.of(metric, held), told.present, form_of(metric), placed)
    found = compared(subject, made, group, checks)
    return _with_mix(found, told.of(metric, held), (made, group, placed))


def _team(subject: Subject, told: Facts, metric: Metric, stood: Stood) -> Study:
    held, adopted, checks, compared = stood
    own = adopted.get(subject.unit or "")
    place = _group(own, held) if own else NEVER
    if place == NEVER:
        return nothing(subject, _not_yet(own), checks)
    if place < LEAST_BEFORE:
        return nothing(
            subject, f"it adopted before there were {4 * LEAST_BEFORE} weeks to compare with", checks
        )
    until = {unit: _group(one, held) for unit, one in adopted.items() if unit != EVERYBODY}
    controls = {unit for unit, at in until.items() if at == NEVER or at > place}
    below = finest(metric)

    def unit(team: str | None, who: str | None) -> str | None:
        if team != subject.unit and team not in controls:
            return None
        return f"{team}\n{who if below else ''}"

    present = told.present if below == "person" else ()
    placed = Placed(held, unit)
    made = cells(told.of(metric, held), present, form_of(metric), placed)
    group = {}
    for i, name in enumerate(made.units):
        team = name.partition("\n")[0]
        group[name] = place if team == subject.unit else NEVER
        if team != subject.unit and until[team] != NEVER:
            made.outcome[i, until[team] :] = np.nan  # from its own adoption on it is no control
    found = compared(subject, made, group, checks)
    return _with_mix(found, told.of(metric, held), (made, group, placed))


def _with_mix(found: Study, rows: tuple[Row, ...], stood: tuple[Cells, Mapping[str, int], Placed]) -> Study:
    """The comparison with that at fixed mix beside it, where kinds of work are told of the metric."""
    made, group, placed = stood
    if found.found is None or not rows or not rows[0].kind:
        return found
    return beside(found, same_mix(rows, made, group, placed), group)


def series_of(subject: Subject, told: Facts, start: date, checks: tuple[Check, ...] = ()) -> Study:
    """The course of a team (of everybody, where the subject names none) with a step at a day: weak."""
    metric = measured(subject.metric)
    over = told.until - timedelta(days=MATURITY.get(subject.metric, 0))
    if told.first is None:
        return nothing(subject, "needs twelve weeks of delivery", checks)
    for weeks in STEPS:
        held = periods(told.first, over, weeks)
        placed = Placed(
            held, lambda team, _who: "it" if subject.unit is None or team == subject.unit else None
        )
        made = cells(
            told.of(metric, periods(told.first, told.until, 1)), told.present, form_of(metric), placed
        )
        at = held.index(start) if held.count else None
        if len(made.units) == 1 and at is not None and np.isfinite(made.outcome).all():
            return interrupted(subject, made, at, checks)
    return nothing(subject, "too little is known in single months to see a step", checks)


def _group(one: Adoption, held: Periods) -> int:
    """The period in which its habit began to form: the first treated one. 0 also for what came before all periods."""
    if one.formed is None or one.formed >= held.until:
        return NEVER
    return held.index(max(one.formed, held.first)) or 0


def _not_yet(one: Adoption | None) -> str:
    if one is None or not one.contributors:
        return "nobody contributes"
    return f"not adopted: {one.habitual} of {one.contributors} contributors have the habit, {one.threshold * 100:.0f} % are needed"


def _locked(name: str) -> Check:
    days = MATURITY.get(name, 0)
    said = f"; periods younger than {days} days are locked" if days else ""
    return Check("mature", True, f"only whole periods of four weeks{said}")


def _use_known(told: Facts, adopted: dict[str, Adoption]) -> Check:
    since = told.used_since
    early = sum(
        one.week is not None and since is not None and one.week - since <= 5 * WEEK
        for one in adopted.values()
    )
    said = f"use is known since {since}" if since else "no use is known"
    if early:
        said += f"; {early} units have the habit within five weeks of that day and may have had it before"
    return Check("use_known", not early, said)
