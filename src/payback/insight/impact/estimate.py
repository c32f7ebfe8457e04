"""The answer for a panel: one effect with its interval, the parts it is the mean of, what was checked, and a verdict."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from payback.errors import PaybackError
from payback.insight.impact import quantiles, randomisation
from payback.insight.impact.panel import NEVER
from payback.insight.impact.staggered import (
    CONTROLS,
    Effect,
    GroupTime,
    aggregates,
    by_event_time,
    group_times,
    pretrend,
)
from payback.insight.impact.verdict import needed, verdict

if TYPE_CHECKING:
    from collections.abc import Sequence

    from payback.insight.impact.panel import Panel
    from payback.insight.impact.quantiles import Interval
    from payback.insight.impact.verdict import Guardrail

METHOD = "callaway_santanna"
HEADLINE = "simple"
SUSPECT = 0.05
SEED = 20210
ENOUGH_BEFORE = 8


@dataclass(frozen=True)
class Asked:
    """How a panel is judged: who the controls are, whether more is better, and how many weeks one step lasts."""

    controls: str = "not_yet"
    better: str = "higher"
    weeks_per_step: float = 1.0
    guardrails: tuple[Guardrail, ...] = ()


@dataclass(frozen=True)
class Check:
    """Something that was looked at: `passed` is None where there was nothing to look at."""

    id: str
    passed: bool | None
    says: str


@dataclass(frozen=True)
class Estimate:
    """An effect. `interval` is None where none is calibrated; `interval_by` says how it was made."""

    att: float
    se: float
    interval: Interval | None
    interval_by: str
    n: int
    units: int
    cells: tuple[GroupTime, ...]
    steps: dict[int, Effect]
    aggregates: dict[str, Effect]
    pretrend_p: float | None
    checks: tuple[Check, ...]
    verdict: str


def estimate(panel: Panel, asked: Asked) -> Estimate:
    """The mean effect over all treated cells. Refused where nobody is treated, or nobody is left to compare with."""
    if asked.controls not in CONTROLS:
        raise PaybackError(f"controls are {' or '.join(CONTROLS)}, not {asked.controls!r}")
    if asked.better not in {"higher", "lower"}:
        raise PaybackError(f"better is higher or lower, not {asked.better!r}")
    cells = group_times(panel, asked.controls)
    found = aggregates(panel, cells)
    if not found:
        raise PaybackError(
            "no treated unit has a before, an after and a unit to compare with: no control, no effect; "
            "add units that are treated later or never"
        )
    head = found[HEADLINE]
    interval, made_by = _interval(panel, head, asked.controls)
    before = pretrend(cells, SEED)
    checks = _checks(panel, before, interval)
    return Estimate(
        head.att,
        head.se,
        interval,
        made_by,
        int(np.isfinite(panel.outcome).sum()),
        panel.units,
        cells,
        by_event_time(panel, cells),
        found,
        before,
        checks,
        _word(panel, head, interval, (asked, before)),
    )


def compared(panel: Panel) -> int:
    """The smaller of how many units are treated and how many are not: what an interval by standard error stands on."""
    never = int((panel.group == NEVER).sum())
    return min(never, panel.units - never) if never else panel.units


def _interval(panel: Panel, head: Effect, controls: str) -> tuple[Interval | None, str]:
    if panel.units < randomisation.FEW:
        return randomisation.interval(panel, controls, HEADLINE, SEED), "randomisation inference"
    return quantiles.around(head.att, head.se, compared(panel) - 1), "influence functions by unit"


def _word(panel: Panel, head: Effect, interval: Interval | None, judged: tuple[Asked, float | None]) -> str:
    asked, before = judged
    weeks = len(panel.times) * asked.weeks_per_step
    if interval is None:
        return verdict(None, "needs more units; about so few no interval is calibrated")
    if before is not None and before < SUSPECT:
        return verdict(None, "the treated moved differently before treatment already")
    low, high = interval
    signed = (low, high) if asked.better == "higher" else (-high, -low)
    return verdict(signed, needed(head.att, head.se, weeks), asked.guardrails)


def _checks(panel: Panel, before: float | None, interval: Interval | None) -> tuple[Check, ...]:
    short = [g for g in panel.groups if g < ENOUGH_BEFORE]
    few = panel.units < randomisation.FEW
    missing = int(np.isnan(panel.outcome).sum())
    found: Sequence[Check] = (
        Check("pretrend", None if before is None else before >= SUSPECT, _pretrend_words(before)),
        Check("units", not few, f"{panel.units} units" + (": interval by randomisation" if few else "")),
        Check(
            "interval", interval is not None, "calibrated" if interval else "too few units for an interval"
        ),
        Check("before", not short, f"{len(short)} group(s) with fewer than {ENOUGH_BEFORE} steps before"),
        Check(
            "always_treated", not panel.left_out, f"{panel.left_out} unit(s) treated from the start, left out"
        ),
        Check("balanced", not missing, f"{missing} unit-times unknown; a change needs both of its ends"),
        Check(
            "never", bool((panel.group == NEVER).any()), "units that are never treated are among the controls"
        ),
    )
    return tuple(found)


def _pretrend_words(before: float | None) -> str:
    if before is None:
        return "nothing to look at: no step before treatment but the last"
    return f"placebo effects before treatment: p = {before:.3f}"
