"""One estimate many times over: with the dates of treatment dealt out anew, or with one unit left out after the other.

Both estimators answer with the effect in each cell (group first treated at g, at time t) for each of many memberships, as
arrays memberships × cells. The first membership is the panel's own. Means over cells, their jackknife and their
randomisation then are sums over arrays. Knows nothing of covariates.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from payback.insight.impact.panel import NEVER, Panel
from payback.insight.impact.staggered import Effect, compared_times

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

ABSENT = -2


@dataclass(frozen=True)
class Cells:
    """Effects, memberships × cells (NaN where there is nothing to compare), and the units of each cell's group."""

    group: NDArray[np.int64]
    time: NDArray[np.int64]
    att: NDArray[np.float64]
    size: NDArray[np.float64]

    @property
    def since(self) -> NDArray[np.int64]:
        """Steps since treatment; below 0 before it."""
        return self.time - self.group

    def mean(self, chosen: NDArray[np.bool_]) -> NDArray[np.float64]:
        """For each membership the mean over chosen cells, weighted by the size of their groups."""
        att, size = self.att[:, chosen], self.size[:, chosen]
        weight = np.where(np.isfinite(att), size, 0.0)
        total = weight.sum(axis=1)
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.where(total > 0, (np.nan_to_num(att) * weight).sum(axis=1) / total, np.nan)


def simple(cells: Cells) -> NDArray[np.float64]:
    """The mean over all treated cells."""
    return cells.mean(cells.since >= 0)


def dynamic(cells: Cells) -> NDArray[np.float64]:
    """The plain mean over steps since treatment."""
    return _over([cells.mean(cells.since == step) for step in np.unique(cells.since[cells.since >= 0])])


def by_group(cells: Cells) -> NDArray[np.float64]:
    """The mean over groups, each with the plain mean of its cells, weighted by their units."""
    means, sizes = [], []
    for group in np.unique(cells.group):
        chosen = (cells.group == group) & (cells.since >= 0)
        means.append(cells.mean(chosen))
        sizes.append(cells.size[:, chosen].max(axis=1, initial=0))
    weight = np.where(np.isfinite(means), sizes, 0.0)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray((np.nan_to_num(means) * weight).sum(axis=0) / weight.sum(axis=0))


def later(first: int) -> Callable[[Cells], NDArray[np.float64]]:
    """The mean over treated cells from this step since treatment on."""
    return lambda cells: cells.mean(cells.since >= first)


def _over(rows: list[NDArray[np.float64]]) -> NDArray[np.float64]:
    known = np.isfinite(rows)
    with np.errstate(invalid="ignore"):
        return np.asarray(np.nan_to_num(rows).sum(axis=0) / known.sum(axis=0))


def left_out_in_turn(panel: Panel) -> NDArray[np.int64]:
    """Memberships: the panel's own, then one without each unit."""
    found = np.tile(panel.group, (panel.units + 1, 1))
    found[np.arange(panel.units) + 1, np.arange(panel.units)] = ABSENT
    return found


def jackknifed(values: NDArray[np.float64]) -> Effect | None:
    """A point with the influence of each unit, from its value with all units and with each left out in turn. None where the
    value cannot be had without some unit.
    """
    if not np.isfinite(values).all():
        return None
    n = len(values) - 1
    off = values[1:].mean() - values[1:]
    return Effect(float(values[0]), off * np.sqrt(n * (n - 1)))


def changes(panel: Panel, controls: str, memberships: NDArray[np.int64]) -> Cells:
    """ATT(g,t) of Callaway and Sant'Anna in treated cells, for each membership."""
    groups = np.array([NEVER, *panel.groups])
    member = np.stack([(memberships == group).astype(np.float64) for group in groups])
    found = []
    for place, group in enumerate(groups[1:], start=1):
        if not (pairs := compared_times(panel, int(group), placebo=False)):
            continue
        change, known, times = _changed(panel, pairs)
        sums, counts = member @ change, member @ known
        control = _controls(groups, (int(group), times, panel.gap), controls)
        others = (counts * control[:, None, :]).sum(axis=0)
        with np.errstate(invalid="ignore", divide="ignore"):
            off = (sums * control[:, None, :]).sum(axis=0) / others
            att = np.where(others > 1, sums[place] / counts[place] - off, np.nan)
        found.append(_cells(int(group), times, att, member[place].sum(axis=1)))
    return _joined(found, len(memberships))


def changes_left_out(panel: Panel, controls: str) -> Cells:
    """The same with every unit and then with each left out in turn, placebo cells before treatment among them."""
    groups = np.array([NEVER, *panel.groups])
    found = []
    for group in panel.groups:
        if not (pairs := compared_times(panel, group, placebo=True)):
            continue
        change, known, times = _changed(panel, pairs)
        control = _controls(groups, (group, times, panel.gap), controls)
        serves = control[np.searchsorted(groups, panel.group)]
        own = (panel.group == group)[:, None]
        counts = [_less(known * part) for part in (own, serves)]
        sums = [_less(change * part) for part in (own, serves)]
        with np.errstate(invalid="ignore", divide="ignore"):
            att = np.where(counts[1] > 1, sums[0] / counts[0] - sums[1] / counts[1], np.nan)
        att[counts[0] == 0] = np.nan
        found.append(_cells(group, times, att, _less(own.astype(np.float64))[:, 0]))
    return _joined(found, panel.units + 1)


def _changed(
    panel: Panel, pairs: list[tuple[int, int]]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.int64]]:
    bases, times = np.array(pairs).T
    change = panel.outcome[:, times] - panel.outcome[:, bases]
    known = np.isfinite(change)
    return np.where(known, change, 0.0), known.astype(np.float64), times


def _controls(
    groups: NDArray[np.int64], cells: tuple[int, NDArray[np.int64], int], controls: str
) -> NDArray[np.bool_]:
    """Groups × times: which serve as controls of this group."""
    group, times, gap = cells
    waiting = (groups[:, None] > (times + gap)[None, :]) & (groups != group)[:, None]
    return np.asarray((groups == NEVER)[:, None] | (waiting & (controls == "not_yet")))


def _less(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """The sum over units, then the sum without each of them."""
    total = values.sum(axis=0)
    return np.vstack([total[None, :], total[None, :] - values])


def _cells(
    group: int, times: NDArray[np.int64], att: NDArray[np.float64], size: NDArray[np.float64]
) -> Cells:
    return Cells(np.full(len(times), group), times, att, np.repeat(size[:, None], len(times), axis=1))


def _joined(found: list[Cells], rows: int) -> Cells:
    if not found:
        none = np.zeros(0, dtype=np.int64)
        return Cells(none, none, np.zeros((rows, 0)), np.zeros((rows, 0)))
    return Cells(
        np.concatenate([cells.group for cells in found]),
        np.concatenate([cells.time for cells in found]),
        np.hstack([cells.att for cells in found]),
        np.hstack([cells.size for cells in found]),
    )
