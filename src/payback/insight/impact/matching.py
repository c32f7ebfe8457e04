"""Work with AI beside work without, piece by piece, in like circumstances: an association, not an effect. Whoever chose AI
for a piece chose it for a reason, and the same reason may move the outcome.

Pieces are compared within strata (repository, kind of work, author). Strata are weighed by their overlap, n1 n0 / (n1 + n0),
which is what weights of 1 - p for work with AI and p for work without come to (Li, Morgan and Zaslavsky, JASA 2018). A
stratum that has only one kind says nothing: it is refused and counted.

    matched([Piece(hours, ai_class == "ai", (repository, work_type, author), author), ...], is_log=True)

Intervals leave out one cluster after the other (the jackknife); Student's t has as many degrees of freedom as the clusters
are worth by their overlap.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from payback.errors import PaybackError
from payback.insight.impact.quantiles import around

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from payback.insight.impact.quantiles import Interval

LABEL = "association"
FEWEST_CLUSTERS = 10
FEWEST_FREEDOM = 4


@dataclass(frozen=True, slots=True)
class Piece:
    """One piece of work: what came of it, whether AI was in it, what it is like, and who did it (errors hang together)."""

    outcome: float
    is_ai: bool
    stratum: tuple[str, ...]
    cluster: str


@dataclass(frozen=True)
class Matched:
    """Work with AI less work without, in units of the outcome (`difference`, of its logarithm where asked so), and in
    percent of the level without AI. Intervals are None where fewer than ten clusters overlap, or a few outweigh the others.
    `refused` are strata with only one kind of work, `left_out` the pieces in them.
    """

    difference: float
    interval: Interval | None
    percent: float | None
    percent_interval: Interval | None
    n: int
    clusters: int
    strata: int
    refused: int
    left_out: int
    label: str = LABEL


@dataclass(frozen=True)
class _Sums:
    """Of each pair of stratum and cluster that occurs: pieces with AI, without, and the sums of their outcomes."""

    parts: NDArray[np.float64]
    stratum: NDArray[np.int64]
    cluster: NDArray[np.int64]

    @property
    def whole(self) -> NDArray[np.float64]:
        found = np.zeros((int(self.stratum.max()) + 1, 4))
        np.add.at(found, self.stratum, self.parts)
        return found


def matched(pieces: Sequence[Piece], *, is_log: bool = False) -> Matched:
    """The comparison within strata; with `is_log` of logarithms (outcomes above 0). Refused where no stratum has both."""
    if is_log and any(piece.outcome <= 0 for piece in pieces):
        raise PaybackError(
            "a logarithm needs outcomes above 0; leave the pieces that are 0 out with a reason"
        )
    sums = _summed(pieces, is_log=is_log) if pieces else None
    if sums is None or not _overlap(sums.whole).any():
        raise PaybackError(
            "no stratum has work with AI and without it; compare within fewer circumstances or wait for more work"
        )
    whole = sums.whole
    total = _weighed(whole).sum(axis=0)
    lost = _lost(sums)
    difference, percent = (float(figure[0]) for figure in _figures(total[None, :], is_log=is_log))
    differences, percents = _figures(total - lost, is_log=is_log)
    freedom = int(lost[:, 0].sum() ** 2 / (lost[:, 0] ** 2).sum()) - 1
    enough = len(lost) >= FEWEST_CLUSTERS and freedom >= FEWEST_FREEDOM
    both = _overlap(whole) > 0
    kept = int(whole[both, :2].sum())
    return Matched(
        difference,
        _jackknifed(difference, differences, freedom) if enough else None,
        percent if np.isfinite(percent) else None,
        _jackknifed(percent, percents, freedom) if enough and np.isfinite(percent) else None,
        kept,
        len(lost),
        int(both.sum()),
        int((~both).sum()),
        len(pieces) - kept,
    )


def _summed(pieces: Sequence[Piece], *, is_log: bool) -> _Sums:
    outcome = np.array([piece.outcome for piece in pieces], dtype=np.float64)
    strata = {name: i for i, name in enumerate(dict.fromkeys(piece.stratum for piece in pieces))}
    clusters = {name: i for i, name in enumerate(dict.fromkeys(piece.cluster for piece in pieces))}
    pairs = [(strata[piece.stratum], clusters[piece.cluster]) for piece in pieces]
    names, place = np.unique(np.array(pairs, dtype=np.int64), axis=0, return_inverse=True)
    ai = np.array([piece.is_ai for piece in pieces], dtype=np.float64)
    value = np.log(outcome) if is_log else outcome
    parts = np.zeros((len(names), 4))
    np.add.at(parts, place.reshape(-1), np.column_stack([ai, 1 - ai, ai * value, (1 - ai) * value]))
    return _Sums(parts, names[:, 0], names[:, 1])


def _overlap(sums: NDArray[np.float64]) -> NDArray[np.float64]:
    with_ai, without = sums[:, 0], sums[:, 1]
    return np.asarray(with_ai * without / np.maximum(with_ai + without, 1), dtype=np.float64)


def _weighed(sums: NDArray[np.float64]) -> NDArray[np.float64]:
    """Of each stratum its overlap, and what it adds to the weighed difference and to the weighed level without AI."""
    weight = _overlap(sums)
    with_ai, without = np.maximum(sums[:, 0], 1), np.maximum(sums[:, 1], 1)
    level = sums[:, 3] / without
    return np.column_stack([weight, weight * (sums[:, 2] / with_ai - level), weight * level])


def _lost(sums: _Sums) -> NDArray[np.float64]:
    """What each cluster that overlaps takes along when it is left out."""
    whole = sums.whole[sums.stratum]
    found = np.zeros((int(sums.cluster.max()) + 1, 3))
    np.add.at(found, sums.cluster, _weighed(whole) - _weighed(whole - sums.parts))
    touched = np.bincount(sums.cluster, _overlap(whole) > 0) > 0
    return found[touched]


def _figures(totals: NDArray[np.float64], *, is_log: bool) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Difference and percent of each row of totals."""
    with np.errstate(divide="ignore", invalid="ignore"):
        difference = totals[:, 1] / totals[:, 0]
        share = np.expm1(difference) if is_log else totals[:, 1] / totals[:, 2]
    return difference, 100 * share


def _jackknifed(point: float, without: NDArray[np.float64], freedom: int) -> Interval | None:
    if not np.isfinite(without).all():
        return None
    count = len(without)
    se = float(np.sqrt((count - 1) / count * ((without - without.mean()) ** 2).sum()))
    return around(point, se, freedom)
