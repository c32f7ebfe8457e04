"""Intervals for few units: the dates of treatment are dealt out anew among the units (within strata, where they were dealt so),
and an effect is in the interval where taking it away leaves an estimate that such a deal often beats. Holds at any number of
units where each could as well have had another's date.
"""

from __future__ import annotations

from dataclasses import replace
from math import comb, prod
from typing import TYPE_CHECKING

import numpy as np

from payback.insight.impact.quantiles import LEVEL

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from payback.insight.impact.panel import Panel
    from payback.insight.impact.quantiles import Interval

FEW = 30
DEALS = 499
FEWEST_DEALS = 40  # below this no deal is rarer than one in twenty on either side


def deals(panel: Panel) -> int:
    """How many different ways there are to deal the dates of treatment out."""
    return prod(ways(panel.group[panel.stratum == one]) for one in np.unique(panel.stratum))


def ways(group: NDArray[np.int64] | NDArray[np.float64]) -> int:
    """How many different ways there are to deal these dates out among the units that have them."""
    counts = np.unique(group, return_counts=True)[1]
    return prod(comb(int(counts[: i + 1].sum()), int(count)) for i, count in enumerate(counts))


def dealt(panel: Panel, seed: int, times: int = DEALS) -> NDArray[np.int64]:
    """So many memberships, each a new deal of the dates."""
    random = np.random.default_rng(seed)
    found = np.tile(panel.group, (times, 1))
    for one in np.unique(panel.stratum):
        where = np.flatnonzero(panel.stratum == one)
        found[:, where] = random.permuted(found[:, where], axis=1)
    return found


def interval(
    panel: Panel,
    estimated: Callable[[Panel, NDArray[np.int64]], NDArray[np.float64]],
    seed: int,
    level: float = LEVEL,
) -> Interval | None:
    """The interval of an estimate, given as a function of a panel and memberships; None where there are too few ways to
    deal. The estimate is linear in the outcome, so what a deal holds of an effect is its estimate on the treatment itself.
    """
    if deals(panel) < FEWEST_DEALS:
        return None
    treated = replace(panel, outcome=np.where(np.isnan(panel.outcome), np.nan, panel.treated()))
    memberships = dealt(panel, seed)
    own = float(estimated(panel, panel.group[None, :])[0])
    pairs = np.column_stack([estimated(panel, memberships), estimated(treated, memberships)])
    pairs = pairs[np.isfinite(pairs).all(axis=1)]
    if not np.isfinite(own) or len(pairs) < FEWEST_DEALS:
        return None
    return inverted(own, pairs, 1 - level)


def inverted(own: float, pairs: NDArray[np.float64], level: float = 0.05) -> Interval | None:
    """Effects that are not refused at this level. Each pair is a deal's estimate and how much of an effect it holds."""
    estimate, slope = pairs[:, 0], pairs[:, 1]
    allowed = (
        int(np.floor(level * (len(pairs) + 1) + 1e-9)) - 1
    )  # deals that may beat an effect that is refused
    lows, highs = _beaten(own, estimate, slope)
    if allowed >= len(pairs) or np.isinf(lows).sum() > allowed:
        return None
    return float(np.sort(lows)[allowed]), float(-np.sort(-highs)[allowed])


def _beaten(
    own: float, estimate: NDArray[np.float64], slope: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """For each deal the least and the greatest effect at which it is at least as large as the own estimate:
    |estimate - slope * effect| >= |own - effect|, a stretch around `own` as long as |slope| < 1.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        ends = np.array([(own - estimate) / (1 - slope), (own + estimate) / (1 + slope)])
    whole = np.abs(slope) >= 1 - 1e-9
    return (
        np.where(whole, -np.inf, ends.min(axis=0)),
        np.where(whole, np.inf, ends.max(axis=0)),
    )
