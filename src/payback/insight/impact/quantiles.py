"""Quantiles that intervals are made of: the normal one, and Student's by the expansion of Cornish and Fisher."""

from __future__ import annotations

from math import log1p, sqrt
from statistics import NormalDist

LEVEL = 0.95
Interval = tuple[float, float]


def student(freedom: int, level: float = LEVEL) -> float:
    """The two-sided quantile of Student's t (Abramowitz and Stegun, 26.7.5); 1 % off at 3 degrees, 0.01 % at 10."""
    z = NormalDist().inv_cdf((1 + level) / 2)
    first = (z**3 + z) / 4
    second = (5 * z**5 + 16 * z**3 + 3 * z) / 96
    third = (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384
    fourth = (79 * z**9 + 776 * z**7 + 1482 * z**5 - 1920 * z**3 - 945 * z) / 92160
    v = max(freedom, 1)
    return z + first / v + second / v**2 + third / v**3 + fourth / v**4


def as_normal(t: float, freedom: int) -> float:
    """How many normal errors are as rare as this many of Student's (Wallace, Annals of Mathematical Statistics, 1959)."""
    return sqrt(freedom * log1p(t * t / freedom)) * (8 * freedom + 1) / (8 * freedom + 3)


def around(point: float, se: float, freedom: int, level: float = LEVEL) -> Interval:
    """The interval of a point by its standard error."""
    reach = student(freedom, level) * se
    return point - reach, point + reach
