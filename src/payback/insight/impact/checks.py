"""What is looked at before a figure is believed. Each check answers for one trap, in words; `passed` is None where there was
nothing to look at. Some of them withhold the verdict (`estimate`), the others are told beside it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from payback.insight.effect import Check
from payback.insight.impact import quantiles, resampled
from payback.insight.impact.panel import NEVER
from payback.insight.impact.randomisation import FEW

if TYPE_CHECKING:
    from payback.insight.impact.months import Course
    from payback.insight.impact.panel import Panel
    from payback.insight.impact.quantiles import Interval
    from payback.insight.impact.sampled import Sampled

SUSPECT = 0.05
ENOUGH_BEFORE = 8
SLOWEST, FASTEST = -20.0, 30.0  # percent of throughput that field experiments span, with room


def about_the_panel(panel: Panel, interval: Interval | None, weeks_per_step: float) -> tuple[Check, ...]:
    """Units, interval, weeks before treatment, units left out, unknown unit-times, controls."""
    short = [g for g in panel.groups if (g - panel.gap) * weeks_per_step < ENOUGH_BEFORE]
    few = panel.units < FEW
    missing = int(np.isnan(panel.outcome).sum())
    return (
        Check("units", not few, f"{panel.units} units" + (": interval by randomisation" if few else "")),
        Check(
            "interval", interval is not None, "calibrated" if interval else "too few units for an interval"
        ),
        Check("before", not short, f"{len(short)} group(s) with fewer than {ENOUGH_BEFORE} weeks before"),
        Check(
            "always_treated",
            not panel.left_out,
            f"{panel.left_out} unit(s) without a before (treated from the start), left out",
        ),
        Check("balanced", not missing, f"{missing} unit-times unknown; a change needs both of its ends"),
        Check(
            "never", bool((panel.group == NEVER).any()), "units that are never treated are among the controls"
        ),
    )


def pretrend_held(chance: float | None) -> Check:
    """Whether the treated moved like the others, step by step, before treatment."""
    if chance is None:
        return Check("pretrend", None, "nothing to look at: no step before treatment but the last")
    return Check("pretrend", chance >= SUSPECT, f"placebo effects before treatment: p = {chance:.3f}")


def methods_agree(sampled: Sampled) -> Check:
    """Whether imputation and ATT(g,t) say the same of the cells that both know, within the error of their difference."""
    if sampled.has_covariates:
        return Check(
            "second_opinion", None, "nothing to look at: the imputation estimator takes no covariates"
        )
    one, other = sampled.changes, sampled.imputed
    common = {
        (g, t) for g, t, att in zip(other.group, other.time, other.att[0], strict=True) if np.isfinite(att)
    }
    common &= {(g, t) for g, t, att in zip(one.group, one.time, one.att[0], strict=True) if np.isfinite(att)}
    means = [
        cells.mean(np.array([key in common for key in zip(cells.group, cells.time, strict=True)], dtype=bool))
        for cells in (one, other)
    ]
    gap = resampled.jackknifed(means[0] - means[1])
    if gap is None:
        return Check("second_opinion", None, "nothing to look at: each figure hangs on one unit")
    agrees = abs(gap.att) <= quantiles.student(sampled.freedom) * gap.se + 1e-12
    words = f"ATT(g,t) {means[0][0]:+.3g}, imputation {means[1][0]:+.3g}, apart by {abs(gap.att):.2g} ± {gap.se:.2g}"
    return Check("second_opinion", agrees, words)


def lasts(course: Course, freedom: int) -> Check:
    """Whether the effect is still there from month 2 on. It fades where the later effect is smaller than that of the first two
    months by more than the error of their difference, and less than half of it is left.
    """
    first, later, gap = course.first, course.later, course.gap
    if first is None or later is None or gap is None:
        return Check("lasts", None, "nothing to look at: nobody was treated for more than two months")
    smaller = abs(gap.att) > quantiles.student(freedom) * gap.se and gap.att * first.att > 0
    fades = smaller and later.att * np.sign(first.att) < abs(first.att) / 2
    words = f"{first.att:+.3g} in months 0 and 1, {later.att:+.3g} from month 2 on"
    return Check("lasts", not fades, f"fades: {words}" if fades else words)


def plausible(percent: float | None) -> Check:
    """Whether a figure on throughput lies where field experiments have found any (-20 % to +30 %)."""
    if percent is None:
        return Check("plausible", None, "nothing to look at: no figure in percent")
    inside = SLOWEST <= percent <= FASTEST
    words = f"{percent:+.0f} %" + (
        "" if inside else f": outside {SLOWEST:.0f} to +{FASTEST:.0f} %; look for what else changed"
    )
    return Check("plausible", inside, words)
