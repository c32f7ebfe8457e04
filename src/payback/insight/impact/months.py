"""The effect by month since treatment, and what is left of it: a burst in the first weeks is not what is paid for."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil
from typing import TYPE_CHECKING

import numpy as np

from payback.insight.impact import resampled

if TYPE_CHECKING:
    from payback.insight.impact.quantiles import Interval
    from payback.insight.impact.sampled import Sampled
    from payback.insight.impact.staggered import Effect

WEEKS_PER_MONTH = 52 / 12
SETTLED = 2  # the first month that counts for the headline


@dataclass(frozen=True)
class Course:
    """Effects by month since treatment (0 is the first), and their mean before and from month 2 on. None where nobody was
    treated that long, or where it hangs on one unit.
    """

    months: dict[int, Effect]
    first: Effect | None
    later: Effect | None
    later_interval: Interval | None
    gap: Effect | None


def course(sampled: Sampled, weeks_per_step: float) -> Course:
    """The course of the effect; without covariates only."""
    if sampled.has_covariates:
        return Course({}, None, None, None, None)
    settled = ceil(SETTLED * WEEKS_PER_MONTH / weeks_per_step - 1e-9)
    cells = sampled.cells
    month = np.floor(cells.since * weeks_per_step / WEEKS_PER_MONTH + 1e-9)
    by_month = {
        int(one): resampled.jackknifed(cells.mean((month == one) & (cells.since >= 0)))
        for one in np.unique(month[cells.since >= 0])
    }
    early = cells.mean((cells.since >= 0) & (cells.since < settled))
    late = resampled.later(settled)(cells)
    told = resampled.jackknifed(late)
    return Course(
        {one: effect for one, effect in by_month.items() if effect},
        resampled.jackknifed(early),
        told,
        sampled.interval(resampled.later(settled)) if told else None,
        resampled.jackknifed(early - late),
    )
