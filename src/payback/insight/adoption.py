"""Since when each unit (a team, a repository, a person) works with AI, told from use. Pure.

A person has the habit in a week in which they used AI, if they used it on at least 3 days in at least 3 of the 4 weeks up to
it, with whatever tool. A unit has adopted from the first week in which the habit is that of enough of its contributors, and
stays so: a quiet summer does not undo it.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

HABIT_DAYS, HABIT_WEEKS, LOOKED_BACK = 3, 3, 4
THRESHOLD = 0.3
THRESHOLDS = (0.1, 0.3, 0.5)
WEEK = timedelta(weeks=1)

Habits = dict[str, frozenset[date]]


@dataclass(frozen=True, slots=True)
class Adoption:
    """When a unit adopted: the first week at the threshold with its contributors and those with the habit; `week` None where
    it has not, and then the figures are those of the last week known.
    """

    unit: str
    threshold: float
    week: date | None
    contributors: int
    habitual: int

    @property
    def share(self) -> float:
        """The part of the contributors with the habit."""
        return self.habitual / self.contributors if self.contributors else 0.0

    @property
    def formed(self) -> date | None:
        """The week in which that habit began to form: three weeks before it could be seen."""
        return self.week and self.week - (LOOKED_BACK - 1) * WEEK


def habits(used: Iterable[tuple[str, date]]) -> Habits:
    """The weeks (Mondays) in which each person has the habit, from (person, day) of use; a day counts once."""
    days: dict[str, dict[date, set[date]]] = defaultdict(lambda: defaultdict(set))
    for who, day in used:
        days[who][day - timedelta(days=day.weekday())].add(day)
    return {
        who: frozenset(
            week
            for week in weeks
            if sum(len(weeks.get(week - n * WEEK, ())) >= HABIT_DAYS for n in range(LOOKED_BACK))
            >= HABIT_WEEKS
        )
        for who, weeks in days.items()
    }


def adoptions(
    contributors: Mapping[str, Mapping[date, frozenset[str]]], held: Habits, threshold: float = THRESHOLD
) -> tuple[Adoption, ...]:
    """When each unit adopted, in the order of their names. `contributors` are those of each unit in each week."""
    return tuple(_adoption(unit, contributors[unit], held, threshold) for unit in sorted(contributors))


def _adoption(
    unit: str, contributors: Mapping[date, frozenset[str]], held: Habits, threshold: float
) -> Adoption:
    none: frozenset[date] = frozenset()
    last = Adoption(unit, threshold, None, 0, 0)
    for week in sorted(contributors):
        there = contributors[week]
        habitual = sum(week in held.get(who, none) for who in there)
        last = Adoption(unit, threshold, None, len(there), habitual)
        if there and habitual and habitual >= threshold * len(there):
            return Adoption(unit, threshold, week, len(there), habitual)
    return last
