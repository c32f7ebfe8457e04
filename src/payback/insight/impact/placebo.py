"""Placebo dates: everything from the treatment on is forgotten, and treatment is said to have begun some weeks before it did.
Where that shows an effect, the treated were moving already, or were chosen because of those very weeks.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from payback.insight.effect import Check
from payback.insight.impact import resampled
from payback.insight.impact.panel import NEVER

if TYPE_CHECKING:
    from payback.insight.impact.panel import Panel
    from payback.insight.impact.quantiles import Interval
    from payback.insight.impact.sampled import Sampled

WEEKS = (4, 8)
LEVEL = 0.975


def moved(panel: Panel, earlier: int) -> Panel:
    """The panel as it stood before treatment, with treatment said to have begun so many steps before the last of it."""
    own = panel.group != NEVER
    end = np.where(own, panel.group - panel.gap, len(panel.times))
    seen = np.arange(len(panel.times))[None, :] < end[:, None]
    group = np.where(own, end - earlier, NEVER)
    kept = ~own | (group > 0)
    outcome = np.where(seen, panel.outcome, np.nan)
    return replace(
        panel,
        group=group[kept],
        outcome=outcome[kept],
        covariates=panel.covariates[kept],
        strata=panel.stratum[kept],
        gap=0,
    )


def dates(sampled: Sampled, weeks_per_step: float = 1.0) -> Check:
    """Placebo effects of treatment four and eight weeks before its date. Passes where both intervals hold 0 (each at 97.5 %,
    so that one in twenty is a false alarm).
    """
    found: dict[int, tuple[float, Interval]] = {}
    for weeks in WEEKS:
        steps = max(1, round(weeks / weeks_per_step))
        placebo = replace(sampled, panel=moved(sampled.panel, steps))
        told = None if steps in found else _told(placebo)
        if told is not None:
            found[steps] = told
    if not found:
        return Check("placebo_dates", None, "nothing to look at: too few steps before treatment")
    held = all(low <= 0 <= high for _, (low, high) in found.values())
    words = ", ".join(f"{steps} step(s) early {att:+.3g}" for steps, (att, _) in found.items())
    return Check("placebo_dates", held, f"placebo effect {words}")


def _told(sampled: Sampled) -> tuple[float, Interval] | None:
    if not len(sampled.panel.groups) or sampled.has_covariates:
        return None
    point = resampled.simple(sampled.cells)[0]
    if not np.isfinite(point):
        return None
    interval = sampled.interval(resampled.simple, level=LEVEL)
    return None if interval is None else (float(point), interval)
