"""Many metrics looked at together: of forty, two are "found" by luck. The metric that was declared before looking is judged
by itself; all others go through the procedure of Benjamini and Hochberg (JRSS B, 1995), which bounds the share of
findings that are luck.

    others = {effect.metric: chance(effect.percent, effect.interval) for effect in effects if not effect.is_declared}
    kept = {metric for metric, share in adjusted(others).items() if share <= RATE}
"""

from __future__ import annotations

from statistics import NormalDist
from typing import TYPE_CHECKING

import numpy as np

from payback.insight.impact.quantiles import LEVEL

if TYPE_CHECKING:
    from collections.abc import Mapping

    from payback.insight.impact.quantiles import Interval

RATE = 0.05


def chance(point: float, interval: Interval | None) -> float:
    """The two-sided chance of a figure as far from 0 where there is no effect, read off its 95 % interval (the side that
    faces 0). 1 where there is no interval.
    """
    if interval is None:
        return 1.0
    reach = point - interval[0] if point > 0 else interval[1] - point
    if reach <= 0:
        return 0.0 if point else 1.0
    normal = NormalDist()
    return 2 * (1 - normal.cdf(abs(point) / reach * normal.inv_cdf((1 + LEVEL) / 2)))


def adjusted(chances: Mapping[str, float]) -> dict[str, float]:
    """For each metric the least share of luck among the findings at which it is one of them (its q value)."""
    order = sorted(chances, key=lambda metric: chances[metric])
    scaled = [chances[metric] * len(order) / (i + 1) for i, metric in enumerate(order)]
    least = np.minimum.accumulate(scaled[::-1])[::-1]
    return {metric: float(min(share, 1)) for metric, share in zip(order, least, strict=True)}
