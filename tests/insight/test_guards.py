"""The guards around an estimate: mix, matching, placebo dates and adopters, thresholds, fading, many metrics."""

from __future__ import annotations

import numpy as np
import pytest

from payback.errors import PaybackError
from payback.insight.impact.checks import plausible
from payback.insight.impact.estimate import CHANGES, IMPUTATION, Asked, estimate
from payback.insight.impact.many import adjusted, chance
from payback.insight.impact.matching import Piece, matched
from payback.insight.impact.mix import Stratified, at_actual_mix, at_fixed_mix, unmixed
from payback.insight.impact.panel import NEVER, Panel
from payback.insight.impact.quantiles import around, as_normal
from payback.insight.impact.sensitivity import across
from payback.insight.impact.teams import Members, of_team
from tests.insight.invented import burst, gain, null

MONTHLY = 52 / 12


def flat(outcome, group, **more):
    outcome = np.array(outcome, float)
    none = np.zeros((*outcome.shape, 0))
    return Panel(tuple(map(float, range(outcome.shape[1]))), np.array(group), outcome, none, **more)


def moving(random, units=40, times=16, start=8):
    """Units with levels of their own, half of them treated at one time, no effect."""
    group = np.array([start if i % 2 else NEVER for i in range(units)])
    return random.normal(2, 0.5, units)[:, None] + random.normal(0, 0.1, (units, times)), group


def test_imputation_takes_what_units_and_times_have_of_their_own_away():
    units, times = np.arange(6.0), np.array([0, 3, 1, 4, 2.0])
    outcome = units[:, None] + times[None, :]
    outcome[:3, 3:] += 7
    outcome[5, 1] = np.nan
    found = estimate(flat(outcome, [3, 3, 3, NEVER, NEVER, NEVER]), Asked(method=IMPUTATION))
    assert found.att == pytest.approx(7)
    assert {cell.since: round(cell.effect.att, 9) for cell in found.cells} == {0: 7, 1: 7}


def test_both_methods_agree_where_all_is_well_and_say_so():
    made, _ = gain(np.random.default_rng(2))
    found = estimate(made, Asked())
    other = estimate(made, Asked(method=IMPUTATION))
    assert found.check("second_opinion").passed
    assert found.att != other.att
    assert found.att == pytest.approx(other.att, abs=0.2)


def test_methods_that_do_not_agree_are_told():
    outcome, group = moving(np.random.default_rng(1))
    outcome[:, 7] += 2 * (
        group != NEVER
    )  # the last week before treatment stands out; only ATT(g,t) leans on it
    assert estimate(flat(outcome, group), Asked()).check("second_opinion").passed is False


def test_weeks_used_to_choose_count_neither_before_nor_after():
    outcome, group = moving(np.random.default_rng(1), times=20, start=12)
    outcome[:, 8:12] -= 5 * (group != NEVER)[:, None]
    made = flat(outcome, group)
    bad = estimate(made, Asked())
    assert bad.check("placebo_dates").passed is False
    assert bad.att > 4
    found = estimate(made.chosen_by(4, least=8), Asked())
    assert abs(found.att) < 0.2
    assert (found.method, found.check("placebo_dates").passed) == (IMPUTATION, True)
    with pytest.raises(PaybackError, match="hangs together with them"):
        estimate(made.chosen_by(4), Asked(method=CHANGES))
    assert made.chosen_by(4, least=9).left_out == 20


def test_an_effect_before_treatment_withholds_the_verdict():
    outcome, group = moving(np.random.default_rng(3))
    drifting = outcome + 0.2 * np.arange(16) * (group != NEVER)[:, None]
    found = estimate(flat(drifting, group), Asked())
    assert found.att > 0
    assert found.verdict.startswith("cannot tell yet (")
    assert found.check("placebo_dates").passed is False


def test_a_burst_that_fades_is_no_improvement():
    said = [
        estimate(burst(np.random.default_rng(s), 120)[0], Asked(weeks_per_step=MONTHLY)) for s in range(4)
    ]
    assert all(found.check("lasts").says.startswith("fades") for found in said)
    assert not any(found.verdict == "improved" for found in said)
    assert {0, 1, 2} <= set(said[0].course.months)
    steady = estimate(gain(np.random.default_rng(1), 120)[0], Asked(weeks_per_step=MONTHLY))
    assert steady.check("lasts").passed
    assert steady.course.later.att == pytest.approx(np.log(1.15), abs=0.2)


def test_a_burst_of_three_weeks_is_not_said_to_last_or_to_fade():
    made, _ = burst(np.random.default_rng(1))
    assert estimate(made, Asked()).check("lasts").passed is None


def test_percent_is_of_the_level_without_treatment():
    outcome = [[4, 4, 6], [5, 5, 7], [4, 4, 4], [5, 5, 5], [4.5, 4.5, 4.5], [5, 5, 5]]
    found = estimate(flat(outcome, [2, 2] + [NEVER] * 4), Asked())
    assert found.percent == pytest.approx(100 * 2 / 4.5)
    logs = estimate(flat(np.log(outcome), [2, 2] + [NEVER] * 4), Asked(is_log=True, is_throughput=True))
    assert logs.percent == pytest.approx(100 * ((6 / 4 * 7 / 5) ** 0.5 - 1))
    assert logs.check("plausible").passed is False


@pytest.mark.parametrize(
    ("percent", "passed"), [(-21, False), (-20, True), (30, True), (31, False), (None, None)]
)
def test_a_throughput_beyond_what_experiments_found_is_warned_of(percent, passed):
    assert plausible(percent).passed is passed


def parts(slower=0.0, more_small=0):
    """Two size classes, small of mean 1 and large of mean 5, ten pieces of each; 20 units, half of them treated from 10 on."""
    group = np.array([10 if i % 2 else NEVER for i in range(40)])
    after = (np.arange(20)[None, :] >= 10) & (group != NEVER)[:, None]
    count = np.full((40, 20, 2), 10.0)
    count[after, 0] += more_small
    noise = np.random.default_rng(1).normal(0, 0.05, (40, 20, 2))
    mean = np.array([1.0, 5.0]) + noise + slower * after[:, :, None]
    return Stratified(tuple(map(float, range(20))), group, count, count * mean)


def test_a_mean_that_falls_while_every_class_gets_slower_is_split():
    found = unmixed(parts(slower=0.5, more_small=20), Asked(better="lower"))
    assert found.actual.att == pytest.approx(-0.5, abs=0.1)  # 3 becomes 1.5 x 3/4 + 5.5 x 1/4 = 2.5
    assert found.fixed.att == pytest.approx(0.5, abs=0.1)
    assert found.fixed.att + found.mix == pytest.approx(found.actual.att)
    assert (found.actual.verdict, found.fixed.verdict) == ("improved", "worse")
    assert found.shift == (pytest.approx(0.25), pytest.approx(-0.25))


def test_a_class_that_is_missing_for_a_while_does_not_move_the_fixed_mix():
    made = parts()
    made.count[3, 12, 1] = made.total[3, 12, 1] = 0
    assert at_fixed_mix(made).outcome[3, 12] == pytest.approx(3, abs=0.2)
    assert at_actual_mix(made).outcome[3, 12] == pytest.approx(1, abs=0.2)


def test_a_mix_that_was_never_seen_before_treatment_is_refused():
    made = parts()
    made.count[:, :10] = 0
    with pytest.raises(PaybackError, match="only be fixed where one is known"):
        at_fixed_mix(made)


def pieces(effect=0.0, authors=16, seed=2):
    """Keen authors are faster and use AI more: 8 of 10 pieces, the others 2 of 10."""
    random = np.random.default_rng(seed)
    found = []
    for author in range(authors):
        keen = author % 2
        for i in range(10):
            with_ai = i < (8 if keen else 2)
            hours = float(np.exp(3 - keen + effect * with_ai + random.normal(0, 0.05)))
            found.append(Piece(hours, with_ai, ("shop", "feature", str(author)), str(author)))
    return found


def test_like_is_compared_with_like():
    found = matched(pieces(np.log(0.9)), is_log=True)
    assert found.percent == pytest.approx(-10, abs=3)
    assert found.percent_interval[0] < -10 < found.percent_interval[1]
    assert (found.label, found.strata, found.refused, found.clusters, found.n) == (
        "association",
        16,
        0,
        16,
        160,
    )
    hours = [piece.outcome for piece in pieces()]
    naive = np.mean([h for h, p in zip(hours, pieces(), strict=True) if p.is_ai]) / np.mean(hours) - 1
    assert naive < -0.2  # whoever uses AI is faster anyhow


def test_overlap_weights_are_those_of_the_strata():
    made = [
        Piece(y, ai, (s,), s)
        for y, ai, s in [(5, True, "a"), (3, False, "a"), (1, False, "a"), (9, True, "b"), (8, False, "b")]
    ]
    found = matched(made)
    # stratum a: 5 less 2, weight 2/3; stratum b: 9 less 8, weight 1/2
    assert found.difference == pytest.approx((3 * 2 / 3 + 1 / 2) / (2 / 3 + 1 / 2))
    assert found.percent == pytest.approx(100 * (3 * 2 / 3 + 1 / 2) / (2 * 2 / 3 + 8 / 2))
    assert found.interval is None


def test_strata_with_one_kind_only_are_refused_and_counted():
    lone = [Piece(4.0, True, ("shop", "fix", "zoe"), "zoe"), Piece(4.0, True, ("shop", "fix", "zoe"), "zoe")]
    found = matched(pieces() + lone)
    assert (found.refused, found.left_out, found.n) == (1, 2, 160)
    with pytest.raises(PaybackError, match="no stratum has work with AI and without it"):
        matched(lone)


def test_a_few_authors_who_outweigh_the_others_make_no_interval():
    heavy = [Piece(float(i % 7), i % 2 == 0, ("s", str(a)), str(a)) for a in range(2) for i in range(400)]
    light = [Piece(float(i), i == 0, ("s", str(a)), str(a)) for a in range(2, 14) for i in range(2)]
    assert matched(heavy + light).interval is None


def teams(random, effect=0.0, shared=0.2):
    team = np.repeat(np.arange(9), 6)
    weather = random.normal(0, shared, (9, 20))
    outcome = random.normal(2, 0.5, 54)[:, None] + weather[team] + random.normal(0, 0.2, (54, 20))
    outcome += effect * ((team == 0)[:, None] & (np.arange(20) >= 10))
    since = np.full(9, NEVER)
    since[0] = 10
    return Members(outcome, team, since)


def test_a_team_is_held_against_placebo_adopters():
    found = of_team(teams(np.random.default_rng(1), effect=1.0), 0)
    assert found.interval[0] < 1 < found.interval[1]
    assert found.interval[0] > 0
    assert (len(found.placebos), found.people, found.rank) == (8, 6, pytest.approx(1 / 9))


def test_a_team_with_too_few_others_has_no_interval():
    made = teams(np.random.default_rng(1))
    made.since[1:6] = 10
    assert of_team(made, 0).interval is None
    made.since[1:6] = 15  # adopters of a later time serve until then
    assert of_team(made, 0).until == 15
    assert of_team(made, 0).interval is not None


def test_a_team_that_is_not_treated_has_no_effect_to_look_for():
    with pytest.raises(PaybackError, match="not treated"):
        of_team(teams(np.random.default_rng(1)), 3)


def test_a_verdict_that_hangs_on_the_threshold_is_told():
    outcome, group = moving(np.random.default_rng(1))
    good = outcome + 0.5 * ((np.arange(16) >= 8)[None, :] & (group != NEVER)[:, None])
    panels = {10: flat(good, group), 30: flat(good, group), 50: flat(good, np.full(40, NEVER))}
    found = across(panels, Asked())
    assert found.check.passed
    assert found.estimates[50] is None
    panels[50] = flat(-good, group)
    assert across(panels, Asked()).check.passed is False
    assert across({30: panels[30]}, Asked()).check.passed is None


def test_many_metrics_share_their_luck():
    """Worked by hand: 0.01 x 4 / 1, 0.02 x 4 / 2 and 0.03 x 4 / 3 are all 0.04."""
    assert adjusted({"a": 0.02, "b": 0.01, "c": 0.5, "d": 0.03}) == {
        "b": pytest.approx(0.04), "a": pytest.approx(0.04), "d": pytest.approx(0.04), "c": pytest.approx(0.5),
    }  # fmt: skip
    assert adjusted({}) == {}


def test_a_chance_is_read_off_the_interval():
    assert chance(1.96, (0.0, 3.92)) == pytest.approx(0.05, abs=1e-4)
    assert chance(-3.0, around(-3.0, 1.0, 10_000)) == pytest.approx(0.0027, abs=1e-4)
    assert chance(0.3, None) == 1


@pytest.mark.parametrize(("t", "freedom", "z"), [(2.2622, 9, 1.96), (2.0452, 29, 1.96), (4.0321, 5, 2.5758)])
def test_a_few_degrees_of_freedom_are_put_in_normal_errors(t, freedom, z):
    assert as_normal(t, freedom) == pytest.approx(z, abs=0.02)


def test_nothing_is_found_where_nothing_is():
    assert estimate(null(np.random.default_rng(5))[0], Asked()).verdict.startswith("cannot tell yet")
