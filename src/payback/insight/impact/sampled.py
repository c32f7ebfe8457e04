"""What the panel says of any mean over treated cells: the point, its error and its interval, by the method that was asked for.

From 30 units on the interval is the jackknife's (one unit left out after the other, so that a unit with a date of its own
counts with its full spread) with Student's t. Below, and where the dates were dealt out by plan, it is by randomisation.
With covariates there is no jackknife: the influence functions stand in.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from payback.insight.impact import quantiles, randomisation, resampled, staggered
from payback.insight.impact.imputation import imputed
from payback.insight.impact.panel import NEVER
from payback.insight.impact.staggered import Effect, aggregates, group_times

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    from payback.insight.impact.panel import Panel
    from payback.insight.impact.quantiles import Interval
    from payback.insight.impact.resampled import Cells

CHANGES, IMPUTATION = "callaway_santanna", "imputation"
SEED = 20210


@dataclass(frozen=True)
class Sampled:
    """A panel under one method; effects are asked of it by how cells are summed up."""

    panel: Panel
    controls: str
    method: str = CHANGES
    is_dealt: bool = False

    @cached_property
    def changes(self) -> Cells:
        """ATT(g,t) with every unit and with each left out in turn, placebo cells among them."""
        return resampled.changes_left_out(self.panel, self.controls)

    @cached_property
    def imputed(self) -> Cells:
        """Imputed effects with every unit and with each left out in turn; groups keep their weight, as their sizes are given."""
        found = imputed(self.panel, resampled.left_out_in_turn(self.panel))
        return replace(found, size=np.tile(found.size[0], (len(found.size), 1)))

    @property
    def cells(self) -> Cells:
        """The effects of the method that was asked for."""
        return self.imputed if self.method == IMPUTATION else self.changes

    @property
    def is_few(self) -> bool:
        """Whether the interval is by dealing dates out anew."""
        return self.panel.units < randomisation.FEW or self.is_dealt

    @property
    def has_covariates(self) -> bool:
        """Whether covariates take part: only influence functions know them."""
        return bool(self.panel.covariates.shape[2])

    @property
    def freedom(self) -> int:
        """Degrees of freedom: the smaller of how many units are treated and how many are not, less one."""
        return compared(self.panel) - 1

    def effect(self, summed: Callable[[Cells], NDArray[np.float64]]) -> Effect | None:
        """The mean of cells and its jackknifed error; None where it hangs on one unit. Imputed effects are jackknifed within
        groups, as their sizes are given; a unit that is a group of its own counts in full.
        """
        found = resampled.jackknifed(summed(self.cells))
        if found is None or self.method != IMPUTATION:
            return found
        _, place, counts = np.unique(self.panel.group, return_inverse=True, return_counts=True)
        inside = (
            np.where(counts > 1, (counts - 1) / counts, 1.0)[place]
            * self.panel.units
            / (self.panel.units - 1)
        )
        return Effect(found.att, found.influence * np.sqrt(np.minimum(inside, 1.0)))

    def interval(
        self,
        summed: Callable[[Cells], NDArray[np.float64]],
        published: Effect | None = None,
        level: float = quantiles.LEVEL,
    ) -> Interval | None:
        """The interval of a mean of cells; `published` is its effect by influence functions, for want of a jackknife."""
        if self.is_few:
            return randomisation.interval(self.panel, self._estimated(summed), SEED, level)
        effect = published if self.has_covariates else self.effect(summed)
        return None if effect is None else quantiles.around(effect.att, effect.se, self._worth(effect), level)

    def _worth(self, effect: Effect) -> int:
        """Degrees of freedom of an effect, as Welch gives them to two arms of unequal spread."""
        arms = [effect.influence[self.panel.group == NEVER], effect.influence[self.panel.group != NEVER]]
        spread = [float((arm**2).sum()) for arm in arms]
        if min(len(arm) for arm in arms) < 2 or not sum(spread):
            return self.freedom
        return int(sum(spread) ** 2 / sum(s**2 / (len(a) - 1) for s, a in zip(spread, arms, strict=True)))

    def _estimated(
        self, summed: Callable[[Cells], NDArray[np.float64]]
    ) -> Callable[[Panel, NDArray[np.int64]], NDArray[np.float64]]:
        if self.has_covariates:
            return lambda panel, memberships: np.array(
                [_with_covariates(replace(panel, group=row), self.controls) for row in memberships]
            )
        if self.method == IMPUTATION:
            return lambda panel, memberships: summed(imputed(panel, memberships))
        return lambda panel, memberships: summed(resampled.changes(panel, self.controls, memberships))


def _with_covariates(panel: Panel, controls: str) -> float:
    found = aggregates(panel, group_times(panel, controls, placebo=False))
    return found["simple"].att if found else float("nan")


def compared(panel: Panel) -> int:
    """The smaller of how many units are treated and how many are not: what an interval by standard error stands on."""
    never = int((panel.group == NEVER).sum())
    return min(never, panel.units - never) if never else panel.units


def pretrend(sampled: Sampled, cells: tuple[staggered.GroupTime, ...], draws: int = 1999) -> float | None:
    """The chance of placebo effects (by steps before treatment) at least as large as the largest seen, where there is none:
    multiplier bootstrap with one random sign per unit. A step that few units stand behind is held against Student's t.
    None where nothing stands before treatment.
    """
    if sampled.has_covariates:
        told = [(cell.effect, sampled.freedom) for cell in cells if cell.since < 0]
    else:
        told = list(_before(sampled.changes))
    before = [(effect, freedom) for effect, freedom in told if effect.se > 0 and freedom > 0]
    if not before:
        return None
    scores = np.array([effect.influence / (len(effect.influence) * effect.se) for effect, _ in before])
    signs = np.random.default_rng(SEED).choice([-1.0, 1.0], size=(draws, scores.shape[1]))
    largest = np.abs(signs @ scores.T).max(axis=1)
    seen = max(quantiles.as_normal(effect.att / effect.se, freedom) for effect, freedom in before)
    return float((1 + (largest >= seen - 1e-12).sum()) / (1 + draws))


def _before(found: Cells) -> Iterator[tuple[Effect, int]]:
    """Placebo effects by step before treatment, with how many treated units stand behind each, less one."""
    for step in np.unique(found.since[found.since < 0]):
        chosen = found.since == step
        effect = resampled.jackknifed(found.mean(chosen))
        if effect:
            yield effect, int(found.size[0, chosen].sum()) - 1
