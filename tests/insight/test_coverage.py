"""Panels with a known effect: how often the interval holds it, and how often the naive comparisons do."""

from __future__ import annotations

import os

import numpy as np
import pytest

from payback.insight.impact.estimate import Asked, estimate
from tests.insight.invented import CASES, before_and_after, users_and_others

FULL = 2000
SOAK = bool(os.environ.get("PAYBACK_SOAK"))
PANELS = FULL if SOAK else FULL // 100
ERRORS = 2 if SOAK else 3  # Monte-Carlo standard errors that a rate may be off

pytestmark = pytest.mark.soak


def runs(case):
    for seed in range(PANELS):
        yield CASES[case](np.random.default_rng([20261125, seed]))


def error(rate):
    return ERRORS * np.sqrt(rate * (1 - rate) / PANELS)


@pytest.mark.parametrize("case", CASES)
def test_the_interval_holds_the_true_effect_as_often_as_it_says(case):
    held = []
    for panel, truth in runs(case):
        low, high = estimate(panel, Asked()).interval
        held.append(low <= truth <= high)
    assert (0.93 if SOAK else 0.93 - error(0.95)) <= np.mean(held) <= (0.97 if SOAK else 1)


@pytest.mark.parametrize("case", ["null", "few", "keen"])
def test_improved_is_said_of_nothing_no_more_often_than_allowed(case):
    said = [estimate(panel, Asked()).verdict == "improved" for panel, _ in runs(case)]
    assert np.mean(said) <= 0.05 + error(0.05)


@pytest.mark.parametrize(("case", "naive"), [("null", before_and_after), ("keen", users_and_others)])
def test_the_naive_comparisons_fail_beside_it(case, naive):
    held = []
    for panel, truth in runs(case):
        point, reach = naive(panel)
        held.append(abs(point - truth) <= reach)
    assert np.mean(held) < 0.8
