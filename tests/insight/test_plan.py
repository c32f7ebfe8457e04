"""A roll-out that is drawn: even within strata, the same for the same seed; its power; use with access as instrument."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from payback.errors import PaybackError
from payback.insight.impact.comparison import Trial, experiment
from payback.insight.impact.instrument import instrumented
from payback.insight.impact.plan import Unit, lottery, wedge
from payback.insight.impact.power import (
    Moves,
    lottery_error,
    lottery_units,
    lottery_weeks,
    moves,
    wedge_weeks,
)

UNITS = [Unit(f"u{i}", ("web" if i < 9 else "apps",)) for i in range(20)]


def test_a_lottery_gives_each_stratum_its_share():
    drawn = lottery(UNITS, 0.5, 7)
    by_stratum = Counter(unit.stratum for unit in UNITS if drawn[unit.name])
    assert sum(drawn.values()) == 10
    assert by_stratum[("web",)] in {4, 5}
    assert lottery(UNITS[::-1], 0.5, 7) == drawn
    assert lottery(UNITS, 0.5, 8) != drawn


def test_every_unit_has_the_same_chance_of_a_seat_and_of_a_wave():
    seats, first = Counter(), Counter()
    for seed in range(400):
        seats.update(name for name, seat in lottery(UNITS, 0.3, seed).items() if seat)
        first.update(name for name, wave in wedge(UNITS, 4, seed).items() if wave == 0)
    assert all(abs(seats[unit.name] - 120) < 45 for unit in UNITS)
    assert all(abs(first[unit.name] - 100) < 45 for unit in UNITS)


def test_waves_of_a_wedge_are_even():
    assert set(Counter(wedge(UNITS, 4, 1).values()).values()) == {5}


@pytest.mark.parametrize(
    "draw", [lambda: lottery(UNITS, 1.0, 1), lambda: wedge(UNITS, 21, 1), lambda: wedge([UNITS[0]] * 4, 2, 1)]
)
def test_what_cannot_be_drawn_is_refused(draw):
    with pytest.raises(PaybackError):
        draw()


def test_how_units_move_is_read_off_their_history():
    random = np.random.default_rng(1)
    weeks = np.zeros((60, 80))
    for t in range(1, 80):
        weeks[:, t] = 0.5 * weeks[:, t - 1] + random.normal(0, 0.3, 60)
    found = moves(weeks + random.normal(2, 1, 60)[:, None] + random.normal(0, 1, 80)[None, :])
    assert found.sd == pytest.approx(0.3 / (1 - 0.25) ** 0.5, rel=0.05)
    assert found.lag == pytest.approx(0.5, abs=0.06)


def test_the_error_of_a_lottery_is_that_of_two_means():
    """Worked by hand: 0.6^2 x (1/4 + 1/8) x (1/10 + 1/10)."""
    assert lottery_error((10, 10), 4, Moves(0.6, 0.0)) ** 2 == pytest.approx(0.36 * 0.375 * 0.2)


def test_more_noise_takes_longer_and_more_units():
    calm, wild = Moves(0.3, 0.2), Moves(0.6, 0.2)
    assert lottery_weeks((40, 40), calm, 0.2) < lottery_weeks((80, 80), wild, 0.2)
    assert lottery_units(0.5, 12, calm, 0.2) < lottery_units(0.5, 12, wild, 0.2)
    assert lottery_weeks((3, 3), wild, 0.05) is None
    waves = np.arange(24) % 4
    assert wedge_weeks(waves, 4, Moves(0.2, 0.2), 0.2) == 24
    assert wedge_weeks(waves, 2, Moves(2.0, 0.2), 0.05) is None


def rolled_out(random, n=200, effect=1.0):
    """A half gets access; of those seven in ten use it, of the others one in ten. The able use it more, and do better anyhow."""
    able, access = random.normal(0, 1, n), random.permutation(np.arange(n) % 2).astype(float)
    use = (random.random(n) < np.clip(np.where(access, 0.7, 0.1) + 0.15 * able, 0, 1)).astype(float)
    return Trial(5 + effect * use + able, use, np.zeros((n, 0))), access


def test_access_as_instrument_finds_what_use_does_where_users_are_able_anyhow():
    held = naive = 0
    for seed in range(200):
        trial, access = rolled_out(np.random.default_rng(seed))
        low, high = instrumented(trial, access).use.interval
        held += low <= 1 <= high
        low, high = experiment(trial).interval
        naive += low <= 1 <= high
    assert held >= 182
    assert naive < 100


def test_few_units_are_dealt_anew_for_the_effect_of_use():
    trial, access = rolled_out(np.random.default_rng(6), n=28, effect=6.0)
    found = instrumented(trial, access)
    assert found.use.interval[0] < 6 < found.use.interval[1]
    assert found.access.effect == pytest.approx(found.use.effect * found.uptake.effect)


def test_where_access_moves_use_hardly_at_all_there_is_no_interval():
    trial, _ = rolled_out(np.random.default_rng(1))
    other = np.random.default_rng(9).permutation(np.arange(200) % 2).astype(float)
    assert instrumented(trial, other).use.interval is None


def test_arms_are_dealt_within_strata():
    """Every stratum has one unit with a seat and one without: 16 ways to deal are too few for an interval."""
    strata = np.repeat(np.arange(4), 2)
    arm = np.tile([0.0, 1.0], 4)
    outcome = strata * 3.0 + arm + np.array([0.1, 0, 0.2, 0, 0, 0.3, 0, 0.1])
    found = experiment(Trial(outcome, arm, np.zeros((8, 0)), strata=strata))
    assert found.interval is None
    assert found.effect == pytest.approx(1 + 0.1 / 4)
