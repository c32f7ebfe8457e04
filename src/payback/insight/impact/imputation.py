"""The imputation estimator of Borusyak, Jaravel and Spiess (Review of Economic Studies, 2024): effects of units and of times
are fitted on what is untreated, what the treated would have been without treatment is imputed from them, and the effect is the
difference. It leans on all times before treatment, not on the last one alone: narrower where a week says little, and steadier
where units were treated because of their last weeks. Every untreated unit-time serves, whoever the controls are.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from payback.insight.impact.resampled import ABSENT, Cells

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from payback.insight.impact.panel import Panel

AT_ONCE = 64  # memberships fitted together; bounds the memory


def imputed(panel: Panel, memberships: NDArray[np.int64]) -> Cells:
    """The effect in each treated cell, for each membership; NaN where fewer than two untreated units stand at that time."""
    cells = [(group, time) for group in panel.groups for time in range(group, len(panel.times))]
    group, time = np.array(cells, dtype=np.int64).reshape(-1, 2).T
    parts = [
        _imputed(panel, memberships[start : start + AT_ONCE], (group, time))
        for start in range(0, len(memberships), AT_ONCE)
    ]
    return Cells(group, time, np.vstack([att for att, _ in parts]), np.vstack([size for _, size in parts]))


def _imputed(
    panel: Panel, memberships: NDArray[np.int64], cells: tuple[NDArray[np.int64], NDArray[np.int64]]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    group, time = cells
    known = np.isfinite(panel.outcome)
    outcome = np.where(known, panel.outcome, 0.0)
    clean: NDArray[np.bool_] = np.array([replace(panel, group=row).untreated() for row in memberships])
    clean &= (memberships != ABSENT)[:, :, None]
    gap = outcome - _fitted(outcome, clean.astype(np.float64))
    usable = known & np.any(clean, axis=2, keepdims=True)
    att, size = np.empty((len(memberships), len(group))), np.empty((len(memberships), len(group)))
    for which in np.unique(group):
        own, places = memberships == which, np.flatnonzero(group == which)
        inside = usable[:, :, time[places]] & own[:, :, None]
        with np.errstate(invalid="ignore", divide="ignore"):
            mean = np.where(inside, gap[:, :, time[places]], 0.0).sum(axis=1) / inside.sum(axis=1)
        enough = clean.sum(axis=1)[:, time[places]] > 1
        att[:, places] = np.where(enough, mean, np.nan)
        size[:, places] = own.sum(axis=1)[:, None]
    return att, size


def _fitted(outcome: NDArray[np.float64], clean: NDArray[np.float64]) -> NDArray[np.float64]:
    """Effects of unit and time, by least squares on clean unit-times: memberships × units × times."""
    per_unit = np.maximum(clean.sum(axis=2), 1.0)
    share = clean / per_unit[:, :, None]
    mean = (share * outcome).sum(axis=2)
    normal = -(clean.transpose(0, 2, 1) @ share)
    diagonal = np.arange(clean.shape[2])
    normal[:, diagonal, diagonal] += clean.sum(axis=1)
    aim = (clean * (outcome[None] - mean[:, :, None])).sum(axis=1)
    times = (np.linalg.pinv(normal, rcond=1e-9, hermitian=True) @ aim[:, :, None])[:, :, 0]
    units = mean - (share * times[:, None, :]).sum(axis=2)
    return np.asarray(units[:, :, None] + times[:, None, :])
