"""Intervals for few units: the dates of treatment are dealt out anew among the units, and an effect is in the interval
where taking it away leaves an estimate that such a deal often beats. Holds at any number of units where each could as
well have had another's date.
"""

from __future__ import annotations

from dataclasses import replace
from math import comb, prod
from typing import TYPE_CHECKING

import numpy as np

from payback.insight.impact.panel import NEVER
from payback.insight.impact.staggered import aggregates, group_times

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from payback.insight.impact.panel import Panel
    from payback.insight.impact.quantiles import Interval

FEW = 30
DEALS = 499
FEWEST_DEALS = 40  # below this no deal is rarer than one in twenty on either side


def deals(panel: Panel) -> int:
    """How many different ways there are to deal the dates of treatment out."""
    return ways(panel.group)


def ways(group: NDArray[np.int64]) -> int:
    """How many different ways there are to deal these dates out among the units that have them."""
    counts = np.unique(group, return_counts=True)[1]
    return prod(comb(int(counts[: i + 1].sum()), int(count)) for i, count in enumerate(counts))


def interval(panel: Panel, controls: str, which: str, seed: int) -> Interval | None:
    """The 95 % interval of this aggregate; None where there are too few ways to deal. The estimate is linear in the
    outcome, so taking an effect away from treated cells costs a subtraction, not a new estimate.
    """
    if deals(panel) < FEWEST_DEALS:
        return None
    random = np.random.default_rng(seed)
    treated = replace(panel, outcome=np.where(np.isnan(panel.outcome), np.nan, panel.treated()))
    own = _estimate(panel, controls, which)
    pairs = []
    for _ in range(DEALS):
        group = random.permutation(panel.group)
        dealt = _estimate(replace(panel, group=group), controls, which)
        slope = _estimate(replace(treated, group=group), controls, which)
        if dealt is not None and slope is not None:
            pairs.append((dealt, slope))
    if own is None or len(pairs) < FEWEST_DEALS:
        return None
    return inverted(own, np.array(pairs))


def inverted(own: float, pairs: NDArray[np.float64], level: float = 0.05) -> Interval | None:
    """Effects that are not refused at this level. Each pair is a deal's estimate and how much of an effect it holds."""
    estimate, slope = pairs[:, 0], pairs[:, 1]
    allowed = int(np.floor(level * (len(pairs) + 1))) - 1  # deals that may beat an effect that is refused
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


def _estimate(panel: Panel, controls: str, which: str) -> float | None:
    if which == "simple" and not panel.covariates.shape[2] and np.isfinite(panel.outcome).all():
        return plain(panel, controls)
    found = aggregates(panel, group_times(panel, controls, placebo=False)).get(which)
    return found.att if found else None


def plain(panel: Panel, controls: str) -> float | None:
    """The `simple` mean of a full panel without covariates, and nothing else: what a deal needs, a hundred times faster."""
    total, weight = 0.0, 0
    for group in panel.groups:
        change = panel.outcome[:, group:] - panel.outcome[:, [group - 1]]
        waiting = panel.group[:, None] > np.arange(group, len(panel.times))[None, :]
        control = (panel.group == NEVER)[:, None] | (waiting & (controls == "not_yet"))
        count = control.sum(axis=0)
        kept = count > 1
        if not kept.any():
            continue
        own = panel.group == group
        gap = change[own].mean(axis=0)[kept] - (change * control).sum(axis=0)[kept] / count[kept]
        total += float(gap.sum()) * int(own.sum())
        weight += int(own.sum()) * int(kept.sum())
    return total / weight if weight else None
