"""The answer for a panel: one effect with its interval, the parts it is the mean of, what was checked, and a verdict.

estimate(panel.chosen_by(4), Asked(method=IMPUTATION, better="lower", is_log=True))
"""

from __future__ import annotations

from dataclasses import dataclass
from math import expm1
from typing import TYPE_CHECKING

import numpy as np

from payback.errors import PaybackError
from payback.insight.impact import checks, placebo, resampled
from payback.insight.impact.months import course
from payback.insight.impact.sampled import CHANGES, IMPUTATION, Sampled, compared, pretrend
from payback.insight.impact.staggered import (
    CONTROLS,
    Effect,
    GroupTime,
    aggregates,
    by_event_time,
    group_times,
)
from payback.insight.impact.verdict import needed, verdict

if TYPE_CHECKING:
    from payback.insight.effect import Check
    from payback.insight.impact.months import Course
    from payback.insight.impact.panel import Panel
    from payback.insight.impact.quantiles import Interval
    from payback.insight.impact.verdict import Guardrail

__all__ = ["CHANGES", "IMPUTATION", "METHOD", "METHODS", "Asked", "Estimate", "compared", "estimate"]
METHOD = "auto"
METHODS = (METHOD, CHANGES, IMPUTATION)
HEADLINE = "simple"
SUMS = {"simple": resampled.simple, "dynamic": resampled.dynamic, "group": resampled.by_group}


@dataclass(frozen=True)
class Asked:
    """How a panel is judged: who the controls are, whether more is better, how many weeks one step lasts, by which method (`auto`
    is ATT(g,t); imputation where times used to choose are left out, as the time next to those hangs together with them), whether outcomes are logarithms (then the figure in percent is theirs), whether they are a throughput, and whether the dates
    of treatment were dealt out by plan (then the interval is by dealing them anew).
    """

    controls: str = "not_yet"
    better: str = "higher"
    weeks_per_step: float = 1.0
    guardrails: tuple[Guardrail, ...] = ()
    method: str = METHOD
    is_log: bool = False
    is_throughput: bool = False
    is_dealt: bool = False


@dataclass(frozen=True)
class Estimate:
    """An effect. `interval` is None where none is calibrated; `interval_by` says how it was made. `percent` is of the level
    without treatment, None where that is not above 0. `course` tells the effect by month since treatment.
    """

    method: str
    att: float
    se: float
    interval: Interval | None
    interval_by: str
    percent: float | None
    percent_interval: Interval | None
    n: int
    units: int
    cells: tuple[GroupTime, ...]
    steps: dict[int, Effect]
    aggregates: dict[str, Effect]
    course: Course
    pretrend_p: float | None
    checks: tuple[Check, ...]
    verdict: str

    def check(self, name: str) -> Check:
        """The check of this name."""
        return next(check for check in self.checks if check.id == name)


def estimate(panel: Panel, asked: Asked) -> Estimate:
    """The mean effect over all treated cells. Refused where nobody is treated, or nobody is left to compare with."""
    _refused(panel, asked)
    method = (IMPUTATION if panel.gap else CHANGES) if asked.method == METHOD else asked.method
    sampled = Sampled(panel, asked.controls, method, asked.is_dealt)
    cells = group_times(panel, asked.controls)
    found = _aggregates(sampled, cells)
    if not found:
        raise PaybackError(
            "no treated unit has a before, an after and a unit to compare with: no control, no effect; "
            "add units that are treated later or never"
        )
    head = found[HEADLINE]
    interval = sampled.interval(SUMS[HEADLINE], head)
    before, along = pretrend(sampled, cells), course(sampled, asked.weeks_per_step)
    percent = _percent(panel, head.att, head.att, is_log=asked.is_log)
    ends = [_percent(panel, head.att, end, is_log=asked.is_log) for end in interval or ()]
    looked = (
        checks.pretrend_held(before),
        placebo.dates(sampled, asked.weeks_per_step),
        checks.methods_agree(sampled),
        checks.lasts(along, sampled.freedom),
        *((checks.plausible(percent),) if asked.is_throughput else ()),
        *checks.about_the_panel(panel, interval, asked.weeks_per_step),
    )
    return Estimate(
        method,
        head.att,
        head.se,
        interval,
        _made_by(sampled),
        percent,
        None if not ends or ends[0] is None or ends[1] is None else (ends[0], ends[1]),
        int(np.isfinite(panel.outcome).sum()),
        panel.units,
        cells if method == CHANGES else _cells(sampled),
        _steps(sampled, cells),
        found,
        along,
        before,
        looked,
        _word((panel, asked), head, interval, (looked, along)),
    )


def _refused(panel: Panel, asked: Asked) -> None:
    for name, value, known in (
        ("controls", asked.controls, CONTROLS),
        ("better", asked.better, ("higher", "lower")),
        ("method", asked.method, METHODS),
    ):
        if value not in known:
            raise PaybackError(f"{name} is {' or '.join(known)}, not {value!r}")
    if asked.method == CHANGES and panel.gap:
        raise PaybackError(
            f"{CHANGES} leans on the time next to those left out, which hangs together with them; use {IMPUTATION}"
        )
    if (asked.method == IMPUTATION or panel.gap) and panel.covariates.shape[2]:
        raise PaybackError(f"covariates need --method {CHANGES}; leave one of them out")


def _aggregates(sampled: Sampled, cells: tuple[GroupTime, ...]) -> dict[str, Effect]:
    if sampled.method == CHANGES:
        return aggregates(sampled.panel, cells)
    found = {name: resampled.jackknifed(summed(sampled.cells)) for name, summed in SUMS.items()}
    return {name: effect for name, effect in found.items() if effect} if found[HEADLINE] else {}


def _cells(sampled: Sampled) -> tuple[GroupTime, ...]:
    found = sampled.cells
    return tuple(
        GroupTime(int(found.group[i]), int(found.time[i]), effect)
        for i in range(len(found.group))
        if (effect := resampled.jackknifed(found.att[:, i]))
    )


def _steps(sampled: Sampled, cells: tuple[GroupTime, ...]) -> dict[int, Effect]:
    """By steps since treatment; those before it always step by step, as placebo effects."""
    told = by_event_time(sampled.panel, cells)
    if sampled.method == CHANGES:
        return told
    found = sampled.cells
    after = {
        int(step): resampled.jackknifed(found.mean(found.since == step)) for step in np.unique(found.since)
    }
    return {step: effect for step, effect in told.items() if step < 0} | {
        step: effect for step, effect in after.items() if effect
    }


def _made_by(sampled: Sampled) -> str:
    if sampled.is_few:
        return "randomisation inference"
    return "influence functions by unit" if sampled.has_covariates else "jackknife by unit"


def _percent(panel: Panel, att: float, value: float, *, is_log: bool) -> float | None:
    if is_log:
        return 100 * expm1(value)
    treated = panel.treated().astype(bool) & np.isfinite(panel.outcome)
    level = float(panel.outcome[treated].mean()) - att
    return 100 * value / level if level > 0 else None


def _word(
    question: tuple[Panel, Asked],
    head: Effect,
    interval: Interval | None,
    seen: tuple[tuple[Check, ...], Course],
) -> str:
    panel, asked = question
    looked, along = seen
    weeks = len(panel.times) * asked.weeks_per_step
    failed = {check.id for check in looked if check.passed is False}
    if interval is None:
        return verdict(None, "needs more units; about so few no interval is calibrated")
    if "pretrend" in failed:
        return verdict(None, "the treated moved differently before treatment already")
    if "placebo_dates" in failed:
        return verdict(None, "an effect shows before treatment already; leave out the weeks used to choose")
    if "lasts" in failed and (along.later_interval is None or _holds_nothing(along.later_interval)):
        return verdict(None, "the effect fades; nothing certain is left from month 2 on")
    low, high = interval
    signed = (low, high) if asked.better == "higher" else (-high, -low)
    return verdict(signed, needed(head.att, head.se, weeks), asked.guardrails)


def _holds_nothing(interval: Interval) -> bool:
    return interval[0] <= 0 <= interval[1]
