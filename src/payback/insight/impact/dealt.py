"""A staggered comparison with everything that came before: each treated unit's outcome less its own mean before treatment,
less the same of the units that are not treated then. Cells may be unknown.

Its interval comes from dealing the dates of treatment out anew (placebo adopters), so it holds for few units, if each could
as well have had another's date. All deals are estimated at once.

ATT(g,t) differs from that of `staggered` in its base alone: the mean of all times before g, not the last one. With short
panels of noisy counts that halves the noise; both hold where treated and controls would have moved alike.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from payback.insight.impact.panel import NEVER
from payback.insight.impact.randomisation import FEWEST_DEALS, inverted, ways

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

    from payback.insight.impact.quantiles import Interval

    Floats = NDArray[np.float64]
    Chosen = NDArray[np.bool_]

DEALS = 499
SEED = 20212
LEAST_BEFORE = 2
SETTLED = (1, 6)
LARGEST = 4_000_000


@dataclass(frozen=True, slots=True)
class Point:
    """An effect with the spread of its placebos; `interval` None where none is calibrated."""

    att: float
    se: float
    interval: Interval | None = None


@dataclass(frozen=True, slots=True)
class Dealt:
    """What the comparison says. `headline` is the mean over the second to the sixth step (all there are, where fewer);
    `level` the mean outcome of those cells, `cells` how many they are.
    """

    headline: Point
    level: float
    cells: int
    steps: Mapping[int, Point]
    by_group: Mapping[tuple[int, int], Point]
    aggregates: Mapping[str, Point]
    pretrend_p: float | None
    deals: int


@dataclass(frozen=True, slots=True)
class _Parts:
    """ATT(g,t) of every deal, deals × groups × times, and how many treated units each is the mean of."""

    att: Floats
    weight: Floats


def dealt(outcome: Floats, group: NDArray[np.int64], seed: int = SEED) -> Dealt | None:
    """The comparison of a panel, units × times with NaN where unknown; None where no treated unit has two times before, one
    after, and somebody to compare with.
    """
    random = np.random.default_rng(seed)
    count = DEALS if outcome.size * DEALS <= LARGEST * 20 else max(LARGEST * 20 // outcome.size, 199)
    labels = np.array([group, *(random.permutation(group) for _ in range(count))])
    groups = [int(g) for g in np.unique(group[group != NEVER]) if g >= LEAST_BEFORE]
    own = _estimated(outcome, labels[:1], groups)
    window = _window(own, groups)
    if not groups or window is None:
        return None
    treated = _treated(outcome, group)
    told = _estimated(outcome, labels[1:], groups), _estimated(treated, labels[1:], groups)
    is_enough = ways(group) >= FEWEST_DEALS

    def point(mean: Callable[[_Parts], Floats]) -> Point:
        found = _point(float(mean(own)[0]), mean(told[0]), mean(told[1]))
        return found if is_enough else Point(found.att, found.se)

    since = np.arange(outcome.shape[1])[None, :] - np.array(groups)[:, None]
    inside = (since >= window[0]) & (since <= window[1])
    seen = np.isfinite(own.att[0])
    return Dealt(
        point(lambda parts: _mean(parts, inside)),
        _level(outcome, group, groups, inside & seen),
        int(own.weight[0][inside & seen].sum()),
        {int(s): point(_step(since == s)) for s in np.unique(since[seen])},
        {
            (groups[i], int(t)): Point(float(own.att[0, i, t]), _spread(told[0].att[:, i, t]))
            for i, t in zip(*np.nonzero(seen), strict=True)
        },
        {
            "simple": point(lambda parts: _mean(parts, since >= 0)),
            "dynamic": point(lambda parts: _dynamic(parts, since)),
            "group": point(lambda parts: _grouped(parts, since >= 0)),
        },
        _pretrend(own, told[0], since),
        count,
    )


def _window(own: _Parts, groups: list[int]) -> tuple[int, int] | None:
    """The steps of the headline: the second to the seventh, or the first alone where there is no other."""
    since = np.arange(own.att.shape[2])[None, :] - np.array(groups, dtype=np.int64)[:, None]
    known = since[np.isfinite(own.att[0]) & (since >= 0)]
    if not len(known):
        return None
    return SETTLED if known.max() >= SETTLED[0] else (0, 0)


def _treated(outcome: Floats, group: NDArray[np.int64]) -> Floats:
    reached = (np.arange(outcome.shape[1])[None, :] >= group[:, None]) & (group[:, None] != NEVER)
    return np.where(np.isnan(outcome), np.nan, reached.astype(float))


def _estimated(outcome: Floats, labels: NDArray[np.int64], groups: list[int]) -> _Parts:
    """ATT(g,t) for every deal, some deals at a time so that memory stays small."""
    some = max(LARGEST // max(outcome.size, 1), 1)
    parts = [_some(outcome, labels[i : i + some], groups) for i in range(0, len(labels), some)]
    return _Parts(np.concatenate([p.att for p in parts]), np.concatenate([p.weight for p in parts]))


def _some(outcome: Floats, labels: NDArray[np.int64], groups: list[int]) -> _Parts:
    shape = (len(labels), len(groups), outcome.shape[1])
    att, weight = np.full(shape, np.nan), np.zeros(shape)
    for i, g in enumerate(groups):
        att[:, i], weight[:, i] = _against_before(outcome, labels, g)
    return _Parts(att, weight)


def _against_before(outcome: Floats, labels: NDArray[np.int64], g: int) -> tuple[Floats, Floats]:
    """The effect of one group at every time, for each deal: its change less that of the controls, both from the mean before."""
    known = np.isfinite(outcome)
    before = known[:, :g] / np.maximum(known[:, :g].sum(axis=1, keepdims=True), 1)
    usable = known[:, :g].sum(axis=1) >= LEAST_BEFORE
    base = (np.nan_to_num(outcome[:, :g]) * before).sum(axis=1)
    change = np.where(known & usable[:, None], outcome - base[:, None], 0.0)
    counted = (known & usable[:, None]).astype(float)
    times = np.arange(outcome.shape[1])
    waiting = (labels[:, :, None] == NEVER) | (labels[:, :, None] > np.maximum(times, g)[None, None, :])
    controls = np.einsum("dit,it->dt", waiting, counted)
    with np.errstate(divide="ignore", invalid="ignore"):
        moved = np.where(controls > 1, np.einsum("dit,it->dt", waiting, change) / controls, np.nan)
        own = (labels == g).astype(float)
        size = own @ counted
        start = (own * usable) @ before / np.maximum((own * usable).sum(axis=1, keepdims=True), 1)
        # units that came later have a shorter before: the controls' course over those times is theirs to set against it
        shift = np.nansum(np.where(start > 0, start * moved[:, :g], 0.0), axis=1)
        effect = np.where(size > 0, (own @ change) / size, np.nan) - moved + shift[:, None]
    return effect, np.where(np.isfinite(effect), size, 0.0)


def _mean(parts: _Parts, inside: Chosen) -> Floats:
    """The mean over the cells inside, each weighing as many units as it is of."""
    weight = np.where(inside[None], parts.weight, 0.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        mean: Floats = np.nansum(np.nan_to_num(parts.att) * weight, axis=(1, 2)) / weight.sum(axis=(1, 2))
    return mean


def _step(inside: Chosen) -> Callable[[_Parts], Floats]:
    return lambda parts: _mean(parts, inside)


def _dynamic(parts: _Parts, since: NDArray[np.int64]) -> Floats:
    steps = [_mean(parts, since == s) for s in np.unique(since[since >= 0])]
    found: Floats = _plain_mean(np.array(steps))
    return found


def _grouped(parts: _Parts, after: Chosen) -> Floats:
    """The mean over groups of the mean over times, each group weighing its units."""
    each, sizes = [], []
    for i in range(after.shape[0]):
        inside = np.zeros_like(after)
        inside[i] = after[i]
        each.append(_mean(parts, inside))
        sizes.append(np.where(inside[None], parts.weight, 0.0).max(axis=(1, 2)))
    value, size = np.array(each), np.array(sizes)
    with np.errstate(divide="ignore", invalid="ignore"):
        mean: Floats = np.nansum(np.nan_to_num(value) * size, axis=0) / size.sum(axis=0)
    return mean


def _plain_mean(values: Floats) -> Floats:
    known = np.isfinite(values)
    with np.errstate(divide="ignore", invalid="ignore"):
        mean: Floats = np.where(known, values, 0.0).sum(axis=0) / known.sum(axis=0)
    return mean


def _point(own: float, placebo: Floats, slope: Floats) -> Point:
    told = np.isfinite(placebo) & np.isfinite(slope)
    if told.sum() < FEWEST_DEALS:
        return Point(own, float("nan"))
    interval = inverted(own, np.column_stack([placebo[told], slope[told]]))
    return Point(own, float(np.std(placebo[told])), interval)


def _level(outcome: Floats, group: NDArray[np.int64], groups: list[int], inside: Chosen) -> float:
    chosen = np.zeros(outcome.shape, dtype=bool)
    for i, g in enumerate(groups):
        chosen |= (group == g)[:, None] & inside[i][None, :]
    return float(np.nanmean(outcome[chosen]))


def _pretrend(own: _Parts, placebo: _Parts, since: NDArray[np.int64]) -> float | None:
    """The chance that dates dealt out anew stray from the mean before as far as the real ones do, at their worst step."""
    steps = [s for s in np.unique(since) if s < 0]
    seen = np.array([_mean(own, since == s)[0] for s in steps])
    drawn = np.array([_mean(placebo, since == s) for s in steps])
    if not steps or not np.isfinite(seen).any():
        return None
    spread = np.array([_spread(one) for one in drawn])
    kept = np.isfinite(seen) & (spread > 0)
    if not kept.any():
        return None
    worst = float(np.abs(seen[kept] / spread[kept]).max())
    strayed = np.abs(drawn[kept] / spread[kept, None])
    largest = np.where(np.isfinite(strayed), strayed, 0.0).max(axis=0)
    return float((1 + (largest >= worst - 1e-12).sum()) / (1 + len(largest)))


def _spread(values: Floats) -> float:
    known = values[np.isfinite(values)]
    return float(np.std(known)) if len(known) > 1 else float("nan")
