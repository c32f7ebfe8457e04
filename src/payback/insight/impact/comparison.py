"""A randomised comparison and an interrupted series: one coefficient of a regression, with an interval that fits how the
rows hang together.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import expm1, inf, nan, prod
from typing import TYPE_CHECKING

import numpy as np

from payback.errors import PaybackError
from payback.insight.impact.quantiles import around
from payback.insight.impact.randomisation import FEW, FEWEST_DEALS, inverted, ways

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from payback.insight.impact.quantiles import Interval

ORDERS = 3
ROUNDS = 20
DEALS = 999
SEED = 20211


@dataclass(frozen=True)
class Difference:
    """An effect in units of the outcome (of its logarithm where asked so); `percent` of the untreated level.
    `interval` is None where none is calibrated.
    """

    effect: float
    se: float
    interval: Interval | None
    percent: float | None
    n: int
    label: str


@dataclass(frozen=True)
class Trial:
    """Rows of an experiment: outcome, treatment, covariates fixed before it, the cluster that was assigned, and the stratum
    within which arms were dealt.
    """

    outcome: NDArray[np.float64]
    treatment: NDArray[np.float64]
    covariates: NDArray[np.float64]
    cluster: NDArray[np.int64] | None = None
    is_log: bool = False
    strata: NDArray[np.int64] | None = None

    @property
    def beside(self) -> NDArray[np.float64]:
        """Covariates, and one column per stratum but the first; each centred."""
        names, place = np.unique(_stratum(self), return_inverse=True)
        columns = np.column_stack([self.covariates, np.eye(len(names))[place][:, 1:]])
        return np.asarray(columns - columns.mean(axis=0), dtype=np.float64)

    @property
    def values(self) -> NDArray[np.float64]:
        """The outcome as it is compared: its logarithm where asked so. Refused where there is none."""
        if self.is_log and (self.outcome <= 0).any():
            raise PaybackError(
                "a logarithm needs outcomes above 0; leave --log out, or the rows that are 0 with a reason"
            )
        return np.log(self.outcome) if self.is_log else self.outcome


def experiment(trial: Trial) -> Difference:
    """The difference between the arms, by regression on treatment and centred covariates; standard errors robust to
    unequal spread (HC2), or by cluster (CR1, Student's t with clusters - 1). Below 30 units the interval is by dealing the
    arms out anew.
    """
    if len(np.unique(trial.treatment)) < 2:
        raise PaybackError("the treatment is the same in all rows; a comparison needs both arms")
    outcome = trial.values
    design = np.column_stack([trial.treatment, np.ones(len(outcome)), trial.beside])
    if len(outcome) <= design.shape[1] + 1:
        raise PaybackError(
            f"{len(outcome)} rows are too few for {design.shape[1]} terms; give more rows or fewer covariates"
        )
    effect, residual, inverse = _fitted(design, outcome)
    if trial.cluster is None:
        leverage = np.einsum("ij,jk,ik->i", design, inverse, design)
        weighed = design * (residual / np.sqrt(np.maximum(1 - leverage, 1e-9)))[:, None]
        variance, freedom = inverse @ weighed.T @ weighed @ inverse, len(outcome) - design.shape[1]
    else:
        variance, freedom = _clustered(design, residual, inverse, trial.cluster)
    se = float(np.sqrt(variance[0, 0]))
    level = float(outcome.mean() - effect * trial.treatment.mean())
    share = expm1(effect) if trial.is_log else (effect / level if level else None)
    return Difference(
        effect,
        se,
        _dealt(trial, design, outcome) if units_of(trial) < FEW else around(effect, se, freedom),
        None if share is None else 100 * share,
        len(outcome),
        "randomised",
    )


def units_of(trial: Trial) -> int:
    """How many were assigned: clusters, or rows."""
    return len(trial.outcome) if trial.cluster is None else len(np.unique(trial.cluster))


def _stratum(trial: Trial) -> NDArray[np.int64]:
    return np.zeros(len(trial.outcome), dtype=np.int64) if trial.strata is None else trial.strata


def _dealt(trial: Trial, design: NDArray[np.float64], outcome: NDArray[np.float64]) -> Interval | None:
    """The interval by dealing the arms out anew."""
    found = dealings(trial, design[:, 1:], np.column_stack([outcome, trial.treatment]))
    return None if found is None else inverted(float(found[0, 0]), found[1:])


def dealings(
    trial: Trial, rest: NDArray[np.float64], both: NDArray[np.float64]
) -> NDArray[np.float64] | None:
    """How each of these columns differs between the arms, as they were dealt (first row) and dealt anew: among clusters where
    they were assigned whole, else among rows, and within strata. None where there are too few ways to deal.
    """
    first = place = np.arange(len(both))
    if trial.cluster is not None:
        _, where, inverse = np.unique(trial.cluster, return_index=True, return_inverse=True)
        if (trial.treatment[where][inverse] == trial.treatment).all():
            first, place = where, inverse
    assigned, stratum = trial.treatment[first], _stratum(trial)[first]
    inside = [np.flatnonzero(stratum == one) for one in np.unique(stratum)]
    if prod(ways(assigned[rows]) for rows in inside) < FEWEST_DEALS:
        return None
    left = both - rest @ _solved(rest, both)
    random = np.random.default_rng(SEED)
    arms = np.tile(assigned, (DEALS + 1, 1))
    for rows in inside:
        arms[1:, rows] = random.permuted(arms[1:, rows], axis=1)
    spread = arms[:, place].T
    spread = spread - rest @ _solved(rest, spread)
    return np.asarray(spread.T @ left / (spread**2).sum(axis=0)[:, None])


def _clustered(
    design: NDArray[np.float64],
    residual: NDArray[np.float64],
    inverse: NDArray[np.float64],
    cluster: NDArray[np.int64],
) -> tuple[NDArray[np.float64], int]:
    names, place = np.unique(cluster, return_inverse=True)
    count, (n, terms) = len(names), design.shape
    if count < 2:
        raise PaybackError("all rows are in one cluster; a comparison needs several in each arm")
    score = np.zeros((count, terms))
    np.add.at(score, place, design * residual[:, None])
    correction = count / (count - 1) * (n - 1) / (n - terms)
    return correction * inverse @ score.T @ score @ inverse, count - 1


def series(outcome: NDArray[np.float64], start: int, covariates: NDArray[np.float64]) -> Difference:
    """How much the level moved at `start`, with errors that hang on the ones before (autoregression of the order with
    the least AICc, by iterated generalised least squares). Nothing else that changed that day can be told from it: weak.
    """
    n = len(outcome)
    step = (np.arange(n) >= start).astype(float)
    design = np.column_stack([step, np.ones(n), covariates])
    if min(start, n - start) < design.shape[1] + ORDERS:
        raise PaybackError(
            f"{start} points before and {n - start} after are too few for {design.shape[1]} terms; give a longer series"
        )
    fits = [_autoregressive(design, outcome, order) for order in range(ORDERS + 1)]
    effect, se, _ = min(fits, key=lambda fit: fit[2])
    level = float((outcome - effect * step)[start:].mean())
    freedom = n - design.shape[1] - ORDERS
    percent = 100 * effect / level if level else None
    return Difference(effect, se, around(effect, se, freedom), percent, n, "weak")


def _autoregressive(
    design: NDArray[np.float64], outcome: NDArray[np.float64], order: int
) -> tuple[float, float, float]:
    """Effect, standard error and AICc with errors of this order, all orders on the same points."""
    effects: NDArray[np.float64] = _solved(design, outcome)
    lags: NDArray[np.float64] = np.zeros(order)
    for _ in range(ROUNDS if order else 0):
        error = outcome - design @ effects
        past = np.column_stack([error[order - 1 - k : len(error) - 1 - k] for k in range(order)])
        lags = _solved(past, error[order:])
        effects = _solved(_whitened(design, lags), _whitened(outcome, lags))
    white, aim = _whitened(design, lags)[ORDERS - order :], _whitened(outcome, lags)[ORDERS - order :]
    if order and np.linalg.matrix_rank(white) < white.shape[1]:
        return nan, nan, inf  # these errors wander without end: the level drops out
    effect, residual, inverse = _fitted(white, aim)
    n, terms = white.shape
    spread = float(residual @ residual)
    parameters = terms + order + 1
    penalty = 2 * parameters * n / max(n - parameters - 1, 1)
    return (
        effect,
        float(np.sqrt(spread / (n - terms - order) * inverse[0, 0])),
        n * float(np.log(max(spread, 1e-300) / n)) + penalty,
    )


def _whitened(values: NDArray[np.float64], lags: NDArray[np.float64]) -> NDArray[np.float64]:
    order, n = len(lags), len(values)
    white = values[order:].copy()
    for k, weight in enumerate(lags):
        white -= weight * values[order - 1 - k : n - 1 - k]
    return white


def _solved(design: NDArray[np.float64], aim: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(np.linalg.lstsq(design, aim, rcond=None)[0], dtype=np.float64)


def _fitted(
    design: NDArray[np.float64], outcome: NDArray[np.float64]
) -> tuple[float, NDArray[np.float64], NDArray[np.float64]]:
    if np.linalg.matrix_rank(design) < design.shape[1]:
        raise PaybackError("a covariate says the same as the treatment or as another one; leave it out")
    inverse = np.asarray(np.linalg.inv(design.T @ design), dtype=np.float64)
    slope = inverse @ (design.T @ outcome)
    return float(slope[0]), outcome - design @ slope, inverse
