"""One metric of many units over periods of four weeks, as numbers that can be compared: a panel of real facts. Pure.

Counts are per contributor, durations means of logarithms, shares and means as they are. Contributors count as long as they
are there, also after their last change was merged and before their first, up to twelve weeks: so leavers stay in the figures
to their last day, and a quiet month is a month without a change, not one without a person.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from numpy.typing import NDArray

WEEKS = 4
WEEK = timedelta(weeks=1)
QUIET_WEEKS = 12
HALF = 0.5
LEAST_PRESENCE = 0.5
MANY = 5  # of so many in a usual cell, a count is compared by its logarithm


class Form(StrEnum):
    """How rows become one number of a unit and period."""

    RATE = "count per contributor"
    LOG = "mean of logarithms"
    MEAN = "mean"


@dataclass(frozen=True, slots=True)
class Row:
    """What one person (or repository) of a team did in one week: a total and over how many it is one. `kind` is the kind of work
    (repository, work type, size band), where rows are told apart by it.
    """

    team: str | None
    who: str | None
    week: date
    total: float
    n: int
    kind: tuple[str | None, ...] = ()


@dataclass(frozen=True, slots=True)
class Presence:
    """Somebody who contributes to a team in a week."""

    team: str | None
    who: str
    week: date


@dataclass(frozen=True, slots=True)
class Periods:
    """Whole stretches of weeks, the first of which begins on a Monday."""

    first: date
    count: int
    weeks: int = WEEKS

    @property
    def starts(self) -> tuple[date, ...]:
        return tuple(self.first + n * self.weeks * WEEK for n in range(self.count))

    @property
    def until(self) -> date:
        return self.first + self.count * self.weeks * WEEK

    def index(self, day: date) -> int | None:
        """The period that holds a day; None outside."""
        place = (day - self.first).days // (7 * self.weeks)
        return place if 0 <= place < self.count else None


@dataclass(frozen=True, slots=True)
class Placed:
    """Where a row belongs: its period, and its unit by team and person (None: it is left out)."""

    periods: Periods
    unit: Callable[[str | None, str | None], str | None]

    def at(self, team: str | None, who: str | None, week: date) -> tuple[str, int] | None:
        """Unit and period of a row; None where it has none."""
        name, place = self.unit(team, who), self.periods.index(week)
        return None if name is None or place is None else (name, place)


@dataclass(frozen=True, slots=True)
class Cells:
    """Units × periods: `outcome` (NaN where unknown), rows and contributors behind it."""

    units: tuple[str, ...]
    periods: Periods
    form: Form
    outcome: NDArray[np.float64]
    rows: NDArray[np.int64]
    presence: NDArray[np.float64]
    is_log: bool


def periods(first: date, until: date, weeks: int = WEEKS) -> Periods:
    """The whole periods between two days, counted back from the last week that is over."""
    end = until - timedelta(days=until.weekday())
    begin = first + timedelta(days=-first.weekday() % 7)
    count = max((end - begin).days // (7 * weeks), 0)
    return Periods(end - count * weeks * WEEK, count, weeks)


def filled(present: Iterable[Presence], first: date, until: date) -> tuple[Presence, ...]:
    """Presence without gaps: who is seen again was there meanwhile, in the team of the last sign of them; who is not seen for
    up to twelve weeks at either end of what is known counts as there.
    """
    seen: dict[str, dict[date, str | None]] = defaultdict(dict)
    for one in present:
        seen[one.who][one.week] = one.team
    monday = first - timedelta(days=first.weekday())
    found = []
    for who, weeks in sorted(seen.items()):
        begin, end = min(weeks), max(weeks) + WEEK
        if begin - monday <= QUIET_WEEKS * WEEK:
            begin = monday
        if until - end <= QUIET_WEEKS * WEEK:
            end = until
        team, week = weeks[min(weeks)], begin
        while week < end:
            team = weeks.get(week, team)
            found.append(Presence(team, who, week))
            week += WEEK
    return tuple(found)


def cells(rows: Iterable[Row], present: Iterable[Presence], form: Form, placed: Placed) -> Cells:
    """The panel of these rows. A period in which a unit has no row (for a count: no contributor) is unknown."""
    sums: dict[str, NDArray[np.float64]] = defaultdict(lambda: np.zeros((3, placed.periods.count)))
    for row in rows:
        place = placed.at(row.team, row.who, row.week)
        if place:
            sums[place[0]][:2, place[1]] += row.total, row.n
    for one in present:
        place = placed.at(one.team, one.who, one.week)
        if place:
            sums[place[0]][2, place[1]] += 1 / placed.periods.weeks
    units = tuple(sorted(sums))
    total, count, there = (
        np.array([sums[unit] for unit in units]).reshape(-1, 3, placed.periods.count).swapaxes(0, 1)
    )
    is_log = form is Form.LOG or (form is Form.RATE and _typical(total, there) >= MANY)
    with np.errstate(divide="ignore", invalid="ignore"):
        if form is Form.RATE:
            there = np.where(there >= LEAST_PRESENCE, there, np.nan)
            outcome = np.log((total + HALF) / there) if is_log else total / there
        else:
            outcome = np.where(count > 0, total / count, np.nan)
    return Cells(units, placed.periods, form, outcome, count.astype(np.int64), np.nan_to_num(there), is_log)


def _typical(total: NDArray[np.float64], there: NDArray[np.float64]) -> float:
    known = total[there >= LEAST_PRESENCE]
    return float(np.median(known)) if len(known) else 0.0
