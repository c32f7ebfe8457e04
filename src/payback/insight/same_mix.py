"""The outcome of units at the mix of work that they had before adoption, beside the actual one. Pure.

A mean falls where small changes multiply while every kind of change gets slower. So each unit's kinds of work (repository, work type,
size band) keep the shares they had before it adopted; of a unit that never did, before the first adoption anywhere.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from payback.insight.effect import Check
from payback.insight.impact.mix import fixed
from payback.insight.impact.panel import NEVER
from payback.insight.study import Study, studied

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from numpy.typing import NDArray

    from payback.insight.outcome import Cells, Placed, Row

MIX = "mix"


def same_mix(rows: Iterable[Row], made: Cells, groups: Mapping[str, int], placed: Placed) -> Cells:
    """The cells with their outcome at the mix before adoption; unknown where the actual one is, or where nothing of a kind known
    from before was made.
    """
    parts: dict[str, dict[tuple[str | None, ...], NDArray[np.float64]]] = defaultdict(
        lambda: defaultdict(lambda: np.zeros((2, placed.periods.count)))
    )
    for row in rows:
        place = placed.at(row.team, row.who, row.week)
        if place:
            parts[place[0]][row.kind][:, place[1]] += row.n, row.total
    first = min((g for g in groups.values() if g > 0), default=placed.periods.count)
    outcome = np.full_like(made.outcome, np.nan)
    for i, unit in enumerate(made.units):
        if unit in parts:
            count, total = np.array(list(parts[unit].values())).transpose(1, 2, 0)
            end = first if groups[unit] == NEVER else groups[unit]
            outcome[i] = fixed(count, total, np.arange(placed.periods.count) < end)
    return replace(made, outcome=np.where(np.isfinite(made.outcome), outcome, np.nan))


def beside(found: Study, at_same_mix: Cells, groups: Mapping[str, int]) -> Study:
    """The study with the one at fixed mix beside it, and the check that both say the same."""
    other = studied(found.subject, at_same_mix, groups, ())
    return replace(found, fixed=other, checks=(*found.checks, _check(found, other)))


def _check(found: Study, other: Study) -> Check:
    if other.percent is None or found.percent is None or other.interval is None:
        return Check(MIX, None, f"no figure at fixed mix: {other.missing}")
    words = f"{found.percent:+.1f} % as it was, {other.percent:+.1f} % at the mix of work before adoption"
    if _sure(found) == _sure(other):
        return Check(MIX, True, f"both say the same: {words}")
    return Check(MIX, False, f"what is seen hangs on the mix of work: {words}")


def _sure(study: Study) -> int:
    """The sign that the interval is sure of; 0 where it holds 0."""
    low, high = study.interval or (0.0, 0.0)
    return (low > 0) - (high < 0)
