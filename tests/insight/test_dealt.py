"""The comparison with everything that came before: by hand, and held against panels with a known effect."""

from __future__ import annotations

import numpy as np
import pytest

from payback.insight.impact.dealt import dealt
from payback.insight.impact.panel import NEVER


def test_an_effect_is_the_change_from_the_mean_before_less_that_of_the_others():
    outcome = np.array([[1.0, 3.0, 9.0, 7.0], [2.0, 4.0, 4.0, 5.0], [0.0, 0.0, 2.0, 2.0]])
    found = dealt(outcome, np.array([2, NEVER, NEVER]))
    # own: 9 - 2 = 7 and 7 - 2 = 5; others: (4 - 3 + 2 - 0) / 2 = 1.5 and (5 - 3 + 2) / 2 = 2
    assert {step: point.att for step, point in found.steps.items() if step >= 0} == {0: 5.5, 1: 3.0}
    assert found.headline.att == pytest.approx(3.0)  # the first period is left out: it is the novelty of it
    assert found.aggregates["simple"].att == pytest.approx(4.25)
    assert found.headline.interval is None  # three ways to deal are too few


def test_a_unit_that_is_treated_later_is_a_control_until_then():
    outcome = np.array(
        [[0.0, 0.0, 4.0, 4.0], [0.0, 0.0, 1.0, 9.0], [0.0, 0.0, 1.0, 0.0], [0.0, 0.0, 1.0, 0.0]]
    )
    found = dealt(outcome, np.array([2, 3, NEVER, NEVER]))
    assert found.by_group[2, 2].att == pytest.approx(3.0)
    assert found.by_group[2, 3].att == pytest.approx(4.0)
    assert found.by_group[3, 3].att == pytest.approx(9.0 - 1 / 3 - (-1 / 3))


def test_who_came_later_is_set_against_the_others_of_those_times():
    trend = np.arange(6.0)
    outcome = np.array([trend, trend + 2, trend + 5, trend - 1])
    outcome[0, :2] = np.nan  # came in the third period; a trend alone must not look like an effect
    found = dealt(outcome, np.array([4, NEVER, NEVER, NEVER]))
    assert found.headline.att == pytest.approx(0.0)


def test_nothing_is_said_without_two_times_before_or_anybody_to_compare_with():
    outcome = np.zeros((3, 4))
    assert dealt(outcome, np.array([1, NEVER, NEVER])) is None
    assert dealt(outcome, np.array([2, 2, 2])) is None


def drawn(seed, gain):
    """Six teams with about 16 changes a period; four adopt at different times."""
    random = np.random.default_rng(seed)
    group = np.array([NEVER, NEVER, 3, 5, 8, 10])
    mean = 16 * np.exp(random.normal(0, 0.15, 15))[None, :] * np.exp(random.normal(0, 0.1, 6))[:, None]
    treated = (np.arange(15)[None, :] >= group[:, None]) & (group[:, None] != NEVER)
    return np.log(random.poisson(np.where(treated, mean * (1 + gain), mean)) + 0.5), group


def test_the_interval_of_few_teams_holds_the_truth_as_often_as_it_says():
    inside = suspected = 0
    for seed in range(60):
        found = dealt(*drawn(seed, 0.2))
        low, high = found.headline.interval
        inside += low <= np.log(1.2) <= high
        suspected += found.pretrend_p < 0.05
    assert 53 <= inside <= 60  # 57 expected, two Monte-Carlo standard errors are 3.4
    assert suspected <= 7
