"""A panel: one outcome of many units over time, and since when each unit is treated. Knows nothing of what a unit is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from payback.errors import PaybackError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

NEVER = -1


@dataclass(frozen=True)
class Observation:
    """One unit at one time. `treated_from` is None for a unit that is never treated."""

    unit: str
    time: float
    treated_from: float | None
    outcome: float
    covariates: tuple[float, ...] = ()
    stratum: str = ""


@dataclass(frozen=True)
class Panel:
    """`outcome` is units × times, NaN where unknown; `group` the index of the first treated time, or NEVER;
    `covariates` units × times × names. `left_out` are units that show no before: treated from the first time on, or too
    early for what was asked. `gap` times before treatment were used to choose whom to treat: they count neither as before
    nor as after. Where dates of treatment were dealt out within strata, `strata` tells the one of each unit.
    """

    times: tuple[float, ...]
    group: NDArray[np.int64]
    outcome: NDArray[np.float64]
    covariates: NDArray[np.float64]
    left_out: int = 0
    gap: int = 0
    strata: NDArray[np.int64] | None = None

    @property
    def stratum(self) -> NDArray[np.int64]:
        """The stratum of each unit; all in one where none is told."""
        return np.zeros(self.units, dtype=np.int64) if self.strata is None else self.strata

    @property
    def units(self) -> int:
        """How many units are compared."""
        return len(self.group)

    @property
    def groups(self) -> tuple[int, ...]:
        """Indices of the first treated times that occur, in order."""
        return tuple(int(g) for g in np.unique(self.group[self.group != NEVER]))

    def treated(self) -> NDArray[np.float64]:
        """1 where a unit is treated, units × times."""
        reached = np.arange(len(self.times))[None, :] >= self.group[:, None]
        return np.where((self.group[:, None] != NEVER) & reached, 1.0, 0.0)

    def chosen_by(self, gap: int, least: int = 1) -> Panel:
        """The panel without the `gap` times before each treatment, which were used to choose; units with fewer than `least`
        times before those are left out.
        """
        kept = (self.group == NEVER) | (self.group - gap >= max(least, 1))
        lost = int((~kept).sum())
        strata = None if self.strata is None else self.strata[kept]
        return Panel(
            self.times,
            self.group[kept],
            self.outcome[kept],
            self.covariates[kept],
            self.left_out + lost,
            gap,
            strata,
        )

    def untreated(self) -> NDArray[np.bool_]:
        """Units × times that are known and neither treated nor in the gap before."""
        waiting = np.arange(len(self.times))[None, :] < (self.group - self.gap)[:, None]
        found: NDArray[np.bool_] = np.isfinite(self.outcome) & (waiting | (self.group == NEVER)[:, None])
        return found


def panel(observations: Iterable[Observation]) -> Panel:
    """The panel of these observations; refused where a unit stands twice at one time or changes its first treated time.
    A unit whose treatment begins after the last time counts as never treated.
    """
    rows = list(observations)
    times = tuple(sorted({row.time for row in rows}))
    names = sorted({row.unit for row in rows})
    place, column = ({name: i for i, name in enumerate(names)}, {time: i for i, time in enumerate(times)})
    width = len(rows[0].covariates) if rows else 0
    outcome = np.full((len(names), len(times)), np.nan)
    covariates = np.full((len(names), len(times), width), np.nan)
    since: dict[str, float | None] = {}
    stratum = {row.unit: row.stratum for row in rows}
    for row in rows:
        where = place[row.unit], column[row.time]
        if not np.isnan(outcome[where]):
            raise PaybackError(f"unit {row.unit!r} stands twice at time {row.time:g}; keep one row of each")
        if since.setdefault(row.unit, row.treated_from) != row.treated_from:
            raise PaybackError(f"unit {row.unit!r} is treated from two times; give one per unit")
        outcome[where], covariates[where] = row.outcome, row.covariates
    group = np.array([_first(times, since[name]) for name in names], dtype=np.int64)
    kept = group != 0
    strata = np.unique([stratum[name] for name in names], return_inverse=True)[1][kept] if names else None
    left_out = int((~kept).sum())
    return Panel(times, group[kept], outcome[kept], covariates[kept], left_out, strata=strata)


def _first(times: tuple[float, ...], since: float | None) -> int:
    index = len(times) if since is None else int(np.searchsorted(times, since))
    return NEVER if index == len(times) else index
