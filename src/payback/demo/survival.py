"""How many of the lines that a commit brought were still there some days later, by month, team and what its marks show.

A commit that is not that old yet at noon (UTC) of the day on which facts end is in neither side of a share; its lines are
told apart.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from payback.demo.span import day_in, month_in

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import date

    from payback.demo.lines import Brought

Row = dict[str, Any]
Cell = tuple[str, str | None, str | None]
AGES, IN_METRICS = (14, 30, 60, 90), (30, 60)


@dataclass(slots=True)
class Lines:
    """Lines of commits that are old enough, those of them that were there at an age, and lines of commits that are not."""

    added: int = 0
    alive: int = 0
    locked: int = 0


def rows(brought: Iterable[Brought], today: date) -> list[Row]:
    """Every age, month, team and class with its lines, in order."""
    ranked = sorted(
        _counted(brought, today).items(),
        key=lambda one: (one[0][0], one[0][1][0], one[0][1][1] or "", one[0][1][2] or ""),
    )
    return [
        {"age": age, "month": month, "team": team, "ai_class": ai_class,
         "added": lines.added, "alive": lines.alive, "locked": lines.locked}
        for (age, (month, team, ai_class)), lines in ranked
        if ai_class is not None
    ]  # fmt: skip


def shares(brought: Iterable[Brought], today: date) -> Iterator[tuple[str, Cell, float | int]]:
    """Metric, month, team and class (None: of whatever class) with the share that lasted, and the lines too young for it."""
    for (age, cell), lines in _counted(brought, today).items():
        if age in IN_METRICS:
            yield f"lines_locked_{age}", cell, lines.locked
            if lines.added:
                yield f"survival_{age}", cell, lines.alive / lines.added


def _counted(brought: Iterable[Brought], today: date) -> dict[tuple[int, Cell], Lines]:
    """Lines by age and cell; each counts in the cell of its class and in the one of all classes."""
    noon = datetime.combine(today, time(12), UTC)
    found: dict[tuple[int, Cell], Lines] = defaultdict(Lines)
    for one in brought:
        where = (month_in(one.at), one.author.team_on(day_in(one.at)))
        for age in AGES:
            end = one.at + timedelta(days=age)
            for ai_class in (one.ai_class, None):
                lines = found[age, (*where, ai_class)]
                if end > noon:
                    lines.locked += one.added
                else:
                    lines.added += one.added
                    lines.alive += one.alive(end)
    return dict(found)
