"""Staggered difference-in-differences: ATT(g,t) of Callaway and Sant'Anna (Journal of Econometrics, 2021) and its means.

Each ATT(g,t) compares the change of units first treated at g with the change of units that are not (never, or not yet).
Before treatment the change is that of one step; after it, the change since the last time before treatment. With
covariates the controls' change is predicted by a regression on their values at the base time (Sant'Anna and Zhao, 2020).
Standard errors come from influence functions, one value per unit, so units are the clusters.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from payback.insight.impact.panel import NEVER, Panel

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

CONTROLS = ("never", "not_yet")


@dataclass(frozen=True)
class Effect:
    """A point and the influence of each unit on it; the standard error follows from them."""

    att: float
    influence: NDArray[np.float64]

    @property
    def se(self) -> float:
        """Standard error with units as clusters."""
        n = len(self.influence)
        return float(np.sqrt(np.sum(self.influence**2)) / n)


@dataclass(frozen=True)
class GroupTime:
    """ATT(g,t): `group` and `time` are indices of the panel's times."""

    group: int
    time: int
    effect: Effect

    @property
    def since(self) -> int:
        """Steps since treatment; below 0 before it."""
        return self.time - self.group


def group_times(panel: Panel, controls: str, *, placebo: bool = True) -> tuple[GroupTime, ...]:
    """Every ATT(g,t) that has treated units and controls at both times; those before treatment only with `placebo`."""
    found: list[GroupTime] = []
    for group in panel.groups:
        pairs = compared_times(panel, group, placebo=placebo)
        if panel.covariates.shape[2]:
            one_by_one = ((time, _two_by_two(panel, group, (base, time), controls)) for base, time in pairs)
            found += [GroupTime(group, time, effect) for time, effect in one_by_one if effect]
        elif pairs:
            found += _means(panel, group, pairs, controls)
    return tuple(found)


def compared_times(panel: Panel, group: int, *, placebo: bool) -> list[tuple[int, int]]:
    """Base and time of each change: from the last time before treatment (and before the gap) on, before it step by step."""
    base = group - 1 - panel.gap
    before = [(time - 1, time) for time in range(1, base + 1)] if placebo else []
    after = [(base, time) for time in range(group, len(panel.times))] if base >= 0 else []
    return before + after


def compared(panel: Panel, group: int, time: int, controls: str) -> NDArray[np.bool_]:
    """Which units serve as controls of this group up to this time."""
    never: NDArray[np.bool_] = panel.group == NEVER
    if controls == "never":
        return never
    waiting: NDArray[np.bool_] = (panel.group > time + panel.gap) & (panel.group != group)
    return never | waiting


def _means(panel: Panel, group: int, pairs: Sequence[tuple[int, int]], controls: str) -> list[GroupTime]:
    """All cells of a group at once, without covariates: the treated's mean change less that of the controls."""
    bases, times = np.array(pairs).T
    change = panel.outcome[:, times] - panel.outcome[:, bases]
    known = np.isfinite(change)
    change = np.where(known, change, 0.0)
    treated = known & (panel.group == group)[:, None]
    control = known & np.column_stack([compared(panel, group, time, controls) for time in times])
    own, others = np.maximum(treated.sum(axis=0), 1), np.maximum(control.sum(axis=0), 1)
    off = change - (change * control).sum(axis=0) / others
    att = (off * treated).sum(axis=0) / own
    influence = panel.units * (treated * (off - att) / own - control * off / others)
    kept = treated.any(axis=0) & (control.sum(axis=0) > 1)
    return [
        GroupTime(group, int(times[i]), Effect(float(att[i]), influence[:, i])) for i in np.flatnonzero(kept)
    ]


def _two_by_two(panel: Panel, group: int, times: tuple[int, int], controls: str) -> Effect | None:
    base, time = times
    change = panel.outcome[:, time] - panel.outcome[:, base]
    known = np.isfinite(change) & np.isfinite(panel.covariates[:, base, :]).all(axis=1)
    treated = known & (panel.group == group)
    control = known & compared(panel, group, time, controls)
    design = np.column_stack([np.ones(panel.units), panel.covariates[:, base, :]])
    if not treated.any() or control.sum() <= design.shape[1]:
        return None
    return _regressed(np.where(known, change, 0.0), np.where(known[:, None], design, 0.0), treated, control)


def _regressed(
    change: NDArray[np.float64],
    design: NDArray[np.float64],
    treated: NDArray[np.bool_],
    control: NDArray[np.bool_],
) -> Effect:
    """The treated's change less what the controls' regression predicts for them, with influence over all units."""
    n, share = len(change), treated.mean()
    inside = design[control]
    inverse = np.linalg.pinv(inside.T @ inside / n)
    slope = inverse @ (inside.T @ change[control] / n)
    residual = change - design @ slope
    att = float(residual[treated].mean())
    predicted = control[:, None] * design * residual[:, None] @ inverse
    influence = (treated * (residual - att) - predicted @ design[treated].sum(axis=0) / n) / share
    return Effect(att, influence)


def weighted(panel: Panel, cells: Sequence[GroupTime]) -> Effect:
    """The mean of these ATT(g,t), weighted by the share of units in their groups; that the shares are estimated too
    counts in the influence.
    """
    member = np.array([(panel.group == cell.group).astype(float) for cell in cells])
    share = member.mean(axis=1)
    weight = share / share.sum()
    att = np.array([cell.effect.att for cell in cells])
    mean = float(weight @ att)
    influence = weight @ np.array([cell.effect.influence for cell in cells])
    off = (member - share[:, None]) * (att - mean)[:, None]
    return Effect(mean, influence + off.sum(axis=0) / share.sum())


def by_event_time(panel: Panel, cells: Sequence[GroupTime]) -> dict[int, Effect]:
    """The effect by steps since treatment; below 0 they are placebo effects before it."""
    steps = sorted({cell.since for cell in cells})
    return {step: weighted(panel, [cell for cell in cells if cell.since == step]) for step in steps}


def aggregates(panel: Panel, cells: Sequence[GroupTime]) -> dict[str, Effect]:
    """`simple` over all treated cells, `dynamic` the plain mean over steps since treatment, `group` over groups."""
    after = [cell for cell in cells if cell.since >= 0]
    if not after:
        return {}
    steps = list(by_event_time(panel, after).values())
    dynamic = Effect(
        float(np.mean([step.att for step in steps])), np.mean([step.influence for step in steps], axis=0)
    )
    return {"simple": weighted(panel, after), "dynamic": dynamic, "group": _group(panel, after)}


def _group(panel: Panel, after: Sequence[GroupTime]) -> Effect:
    means = []
    for group in sorted({cell.group for cell in after}):
        own = [cell.effect for cell in after if cell.group == group]
        effect = Effect(float(np.mean([e.att for e in own])), np.mean([e.influence for e in own], axis=0))
        means.append(GroupTime(group, group, effect))
    return weighted(panel, means)
