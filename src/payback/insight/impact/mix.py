"""Mix: a mean falls because small pieces multiply while every kind of piece gets slower (Simpson). The outcome of a unit at
a time is given in parts by stratum (size class, kind of work): how many pieces, and the sum of their outcomes.

    parts = Stratified(times, group, count, total)      # count and total: units × times × strata
    found = unmixed(parts, asked)
    found.fixed.att      # the effect within strata: the one to judge by
    found.actual.att     # what the plain mean shows
    found.mix            # how much of it is a shift between strata; the three add up

The fixed mix of a unit is that of its pieces before its treatment (of a unit never treated: before the first treatment
anywhere). A stratum without a piece at a time says nothing there; the others stand in with how far they are from their own
mean before. Take logarithms of durations before summing: the mean is then one of logarithms.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from payback.errors import PaybackError
from payback.insight.impact.estimate import Asked, Estimate, estimate
from payback.insight.impact.panel import NEVER, Panel

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True)
class Stratified:
    """A panel in parts: pieces and sums of outcomes, units × times × strata; `group` as in `Panel`."""

    times: tuple[float, ...]
    group: NDArray[np.int64]
    count: NDArray[np.float64]
    total: NDArray[np.float64]


@dataclass(frozen=True)
class Unmixed:
    """The effect at fixed mix, the one on the plain mean, and the difference: the mix term. `shift` is each stratum's gain
    in its share of the pieces of treated units, after their treatment less before.
    """

    fixed: Estimate
    actual: Estimate
    shift: tuple[float, ...]

    @property
    def mix(self) -> float:
        """What moved because the mix did."""
        return self.actual.att - self.fixed.att


def unmixed(parts: Stratified, asked: Asked) -> Unmixed:
    """Both effects, over the same unit-times. Refused where no unit has pieces before its treatment."""
    fixed, actual = at_fixed_mix(parts), at_actual_mix(parts)
    known = np.isfinite(fixed.outcome)
    actual = replace(actual, outcome=np.where(known, actual.outcome, np.nan))
    return Unmixed(estimate(fixed, asked), estimate(actual, asked), _shift(parts))


def at_actual_mix(parts: Stratified) -> Panel:
    """The panel of plain means: all pieces of a unit at a time, whatever they are."""
    count = parts.count.sum(axis=2)
    with np.errstate(invalid="ignore", divide="ignore"):
        outcome = np.where(count > 0, parts.total.sum(axis=2) / count, np.nan)
    return _panel(parts, outcome)


def at_fixed_mix(parts: Stratified) -> Panel:
    """The panel of means whose strata keep the shares that they had before treatment."""
    before = _before(parts)
    if not (parts.count * before[:, :, None]).any():
        raise PaybackError(
            "no unit has pieces before its treatment; a mix can only be fixed where one is known"
        )
    courses = [
        fixed(count, total, own) for count, total, own in zip(parts.count, parts.total, before, strict=True)
    ]
    return _panel(parts, np.array(courses))


def fixed(
    count: NDArray[np.float64], total: NDArray[np.float64], before: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """The course of one unit whose strata keep the shares that they had at the times before; pieces and sums are times × strata.
    NaN where no stratum known from before has a piece.
    """
    pieces, sums = count[before].sum(axis=0), total[before].sum(axis=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        share = pieces / pieces.sum()
        own = np.where(pieces > 0, sums / pieces, 0.0)
        off = np.where(count > 0, total / count - own, 0.0)
        there = np.where(count > 0, share, 0.0)
        course: NDArray[np.float64] = (share * own).sum() + (there * off).sum(axis=1) / there.sum(axis=1)
    return course


def _before(parts: Stratified) -> NDArray[np.bool_]:
    """Units × times before treatment; for units never treated before the first treatment anywhere."""
    treated = parts.group[parts.group != NEVER]
    end = np.where(parts.group == NEVER, treated.min() if len(treated) else len(parts.times), parts.group)
    return np.asarray(np.arange(len(parts.times))[None, :] < end[:, None])


def _panel(parts: Stratified, outcome: NDArray[np.float64]) -> Panel:
    kept = parts.group != 0
    none = np.zeros((*outcome.shape, 0))
    return Panel(parts.times, parts.group[kept], outcome[kept], none[kept], int((~kept).sum()))


def _shift(parts: Stratified) -> tuple[float, ...]:
    treated, before = parts.group > 0, _before(parts)[:, :, None]
    then = (parts.count * before)[treated].sum(axis=(0, 1))
    now = (parts.count * ~before)[treated].sum(axis=(0, 1))
    if not then.sum() or not now.sum():
        return ()
    return tuple(float(gain) for gain in now / now.sum() - then / then.sum())
