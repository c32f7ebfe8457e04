"""Access is not use: of those who were given a seat some do not take it, and some without one find another way. The effect of
use is that of access (intention to treat) divided by how much access moved use, as in Cui and others (2026).

Its interval holds the effects of use that the assignment does not refuse (Anderson and Rubin, 1949): it stays calibrated where
access moved use little, and there is none where it moved it hardly at all. Below 30 units arms are dealt out anew.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import expm1, sqrt
from typing import TYPE_CHECKING

import numpy as np

from payback.errors import PaybackError
from payback.insight.impact import quantiles
from payback.insight.impact.comparison import Difference, Trial, dealings, experiment, units_of
from payback.insight.impact.randomisation import FEW, inverted

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from payback.insight.impact.quantiles import Interval


@dataclass(frozen=True)
class Instrumented:
    """The effect of use; the effect of access (`access`), and by how much access moved use (`uptake`, 1 is all)."""

    use: Difference
    access: Difference
    uptake: Difference


def instrumented(trial: Trial, assigned: NDArray[np.float64]) -> Instrumented:
    """The effect of `trial.treatment` (use) with the random assignment as instrument."""
    given = replace(trial, treatment=assigned)
    values = trial.values
    access, uptake = experiment(given), experiment(_on(given, trial.treatment))
    if uptake.effect == 0:
        raise PaybackError("those with access used it no more than those without; nothing can be said of use")
    point = access.effect / uptake.effect
    both = np.column_stack([values, trial.treatment])
    rest = np.column_stack([np.ones(len(values)), trial.beside])
    if units_of(trial) < FEW:
        found = dealings(given, rest, both)
        interval = None if found is None else inverted(point, found[1:] / found[0, 1])
    else:
        joint = experiment(_on(given, values - trial.treatment)).se
        shared = (access.se**2 + uptake.se**2 - joint**2) / 2
        count = len(values) - 1 - rest.shape[1] if trial.cluster is None else units_of(trial) - 1
        interval = _unrefused((access.effect, uptake.effect), (access.se**2, uptake.se**2, shared), count)
    level = float(values.mean() - point * trial.treatment.mean())
    percent = 100 * expm1(point) if trial.is_log else (100 * point / level if level else None)
    use = Difference(point, access.se / abs(uptake.effect), interval, percent, len(values), "randomised")
    return Instrumented(use, access, uptake)


def _on(trial: Trial, outcome: NDArray[np.float64]) -> Trial:
    return replace(trial, outcome=outcome, is_log=False)


def _unrefused(
    moved: tuple[float, float], variance: tuple[float, float, float], freedom: int
) -> Interval | None:
    """Effects b with (a - b u)^2 <= t^2 Var(a - b u): between the roots, as long as access surely moved use."""
    access, uptake = moved
    t = quantiles.student(freedom) ** 2
    square = uptake**2 - t * variance[1]
    if square <= 0:
        return None
    middle = (access * uptake - t * variance[2]) / square
    reach = middle**2 - (access**2 - t * variance[0]) / square
    return (middle - sqrt(reach), middle + sqrt(reach)) if reach >= 0 else None
