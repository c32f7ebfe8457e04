"""How long a roll-out must run, or how many units it needs, to find an effect four times of five.

What a unit's outcome moves by itself from week to week (as a logarithm), and how much of it stays until the next, is read off a
history of the units. A plan is then tried on invented weeks that move like that.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import log1p
from typing import TYPE_CHECKING

import numpy as np

from payback.errors import PaybackError
from payback.insight.impact.imputation import imputed
from payback.insight.impact.panel import Panel
from payback.insight.impact.resampled import simple
from payback.insight.impact.verdict import LONGEST, POWER

if TYPE_CHECKING:
    from numpy.typing import NDArray

BEFORE = 8
TRIED = 200
SEED = 20213
MOST_UNITS = 4096


@dataclass(frozen=True)
class Moves:
    """How far a unit's weekly outcome is from its usual (standard deviation), and the share that stays until the next week."""

    sd: float
    lag: float


def moves(outcome: NDArray[np.float64]) -> Moves:
    """Of a history, units × weeks (NaN where unknown): after taking away what each unit and each week has of its own."""
    known = np.isfinite(outcome)
    if outcome.shape[0] < 2 or outcome.shape[1] < BEFORE or known.sum() < 2 * BEFORE:
        raise PaybackError(f"a history needs at least 2 units and {BEFORE} weeks; give more of it")
    off = outcome - np.nanmean(outcome, axis=1, keepdims=True)
    off = off - np.nanmean(off, axis=0, keepdims=True)
    both = np.isfinite(off[:, 1:]) & np.isfinite(off[:, :-1])
    spread = float(np.nanmean(off**2)) * known.sum() / max(known.sum() - sum(outcome.shape), 1)
    kept = float((off[:, 1:] * off[:, :-1])[both].mean()) / max(float(np.nanmean(off**2)), 1e-12)
    return Moves(float(np.sqrt(spread)), min(max(kept, 0.0), 0.95))


def error_of(group: NDArray[np.int64], times: int, moved: Moves) -> float:
    """The standard error of the mean effect under this roll-out (first treated week of each unit)."""
    random = np.random.default_rng(SEED)
    panel = Panel(
        tuple(map(float, range(times))),
        group,
        np.zeros((len(group), times)),
        np.zeros((len(group), times, 0)),
    )
    shocks = random.normal(0, moved.sd, (TRIED, len(group), times))
    weeks = shocks.copy()
    for t in range(1, times):
        weeks[:, :, t] = moved.lag * weeks[:, :, t - 1] + np.sqrt(1 - moved.lag**2) * shocks[:, :, t]
    found = [simple(imputed(_with(panel, one), group[None, :]))[0] for one in weeks]
    return float(np.std(found, ddof=1))


def _with(panel: Panel, outcome: NDArray[np.float64]) -> Panel:
    return Panel(panel.times, panel.group, outcome, panel.covariates)


def lottery_error(arms: tuple[int, int], weeks: int, moved: Moves) -> float:
    """The standard error of a lottery: units with and without a seat, so many weeks after, eight before."""
    each = _of_mean(weeks, moved) + _of_mean(BEFORE, moved)
    return float(np.sqrt(each * (1 / arms[0] + 1 / arms[1])))


def _of_mean(weeks: int, moved: Moves) -> float:
    """The variance of the mean of so many weeks that hang together."""
    step = np.arange(1, weeks)
    return float(moved.sd**2 / weeks * (1 + 2 * ((1 - step / weeks) * moved.lag**step).sum()))


def lottery_weeks(arms: tuple[int, int], moved: Moves, gain: float) -> int | None:
    """The weeks after which a gain (0.2 is 20 %) is found four times of five; None where two years are not enough."""
    enough = log1p(gain) / POWER
    return next((w for w in range(1, LONGEST + 1) if lottery_error(arms, w, moved) <= enough), None)


def lottery_units(share: float, weeks: int, moved: Moves, gain: float) -> int | None:
    """The units with which a gain is found four times of five within so many weeks; None beyond 4,096."""
    enough = log1p(gain) / POWER
    sizes = ((n, max(1, round(n * share))) for n in range(4, MOST_UNITS + 1))
    return next((n for n, k in sizes if k < n and lottery_error((k, n - k), weeks, moved) <= enough), None)


def wedge_weeks(wave: NDArray[np.int64], every: int, moved: Moves, gain: float) -> int | None:
    """The weeks of a whole stepped wedge (eight before, `every` per wave), were each wave as long as is needed, at least `every`,
    to find a gain four times of five; None where that is more than two years.
    """
    enough = log1p(gain) / POWER
    length = every
    while (total := BEFORE + length * (int(wave.max()) + 1)) <= LONGEST:
        if error_of(BEFORE + wave * length, total, moved) <= enough:
            return total
        length += max(1, length // 3)
    return None
