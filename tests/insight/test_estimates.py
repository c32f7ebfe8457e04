"""Estimates small enough to work out by hand, and what is refused."""

from __future__ import annotations

import numpy as np
import pytest

from payback.errors import PaybackError
from payback.insight.impact.comparison import Trial, experiment, series
from payback.insight.impact.estimate import Asked, estimate
from payback.insight.impact.panel import NEVER, Observation, Panel, panel
from payback.insight.impact.quantiles import student
from payback.insight.impact.randomisation import dealt, inverted
from payback.insight.impact.resampled import changes, changes_left_out, jackknifed, left_out_in_turn, simple
from payback.insight.impact.staggered import CONTROLS, aggregates, group_times
from payback.insight.impact.verdict import Guardrail, needed, verdict
from tests.insight.invented import heterogeneous


def small(outcomes, since):
    return panel(
        Observation(unit, t, since.get(unit), y) for unit, ys in outcomes.items() for t, y in enumerate(ys)
    )


def test_an_effect_is_the_change_of_the_treated_less_that_of_the_others():
    made = small({"a": (1, 5), "b": (3, 7), "c": (1, 2), "d": (2, 3), "e": (0, 1)}, {"a": 1, "b": 1})
    (cell,) = group_times(made, "never")
    assert cell.effect.att == pytest.approx(3)  # 4 less 1


def slowly(made, controls, membership):
    kept = membership != -2
    one = Panel(made.times, membership[kept], made.outcome[kept], made.covariates[kept], gap=made.gap)
    return aggregates(one, group_times(one, controls))["simple"].att


@pytest.mark.parametrize("gap", [0, 2])
@pytest.mark.parametrize("controls", CONTROLS)
def test_many_memberships_at_once_say_what_the_estimator_says_of_each(controls, gap):
    made, _ = heterogeneous(np.random.default_rng(3))
    made.outcome[np.random.default_rng(4).random(made.outcome.shape) < 0.05] = np.nan
    made = made.chosen_by(gap)
    deals = dealt(made, 1, times=3)
    assert simple(changes(made, controls, deals)) == pytest.approx([slowly(made, controls, d) for d in deals])
    without = left_out_in_turn(made)[:9]
    assert simple(changes_left_out(made, controls))[:9] == pytest.approx(
        [slowly(made, controls, membership) for membership in without]
    )


def test_the_jackknife_of_a_mean_is_its_textbook_error():
    values = np.array([1.0, 4.0, 2.0, 8.0, 5.0])
    without = [values.mean(), *[np.delete(values, i).mean() for i in range(5)]]
    assert jackknifed(np.array(without)).se == pytest.approx(values.std(ddof=1) / 5**0.5)


def test_a_unit_that_is_unknown_for_a_while_serves_where_it_is_known():
    gap = small({"a": (1, 1, 5), "b": (1, 2, 2), "c": (1, 1, 1), "d": (1, float("nan"), 1)}, {"a": 2})
    assert {cell.time for cell in group_times(gap, "never")} == {1, 2}


def test_units_treated_from_the_start_are_left_out_and_told():
    made = small({"a": (1, 2), "b": (1, 2), "c": (1, 3), "d": (1, 1)}, {"a": 0, "c": 1})
    assert (made.units, made.left_out) == (3, 1)
    assert list(made.group) == [NEVER, 1, NEVER]


def test_without_anybody_to_compare_with_there_is_no_effect():
    made = small({"a": (1, 2, 3), "b": (1, 2, 3)}, {"a": 1, "b": 1})
    with pytest.raises(PaybackError, match="no control, no effect"):
        estimate(made, Asked())


def test_so_few_units_have_no_interval_and_cannot_tell_yet():
    made = small({"a": (1, 9), "b": (1, 9), "c": (1, 1), "d": (1, 1)}, {"a": 1, "b": 1})
    found = estimate(made, Asked())
    assert found.interval is None
    assert found.verdict.startswith("cannot tell yet (needs more units")


def test_a_step_before_treatment_withholds_the_verdict():
    outcomes = {f"t{i}": (0, 3 + i / 10, 9 + i / 7) for i in range(20)}
    outcomes |= {f"c{i}": (0, 0.1 * (i % 3), 0.2 * (i % 5)) for i in range(20)}
    found = estimate(small(outcomes, {f"t{i}": 2 for i in range(20)}), Asked())
    assert found.pretrend_p < 0.05
    assert found.verdict == "cannot tell yet (the treated moved differently before treatment already)"


def test_an_effect_that_every_deal_could_have_given_has_no_end():
    assert inverted(1.0, np.array([(1.0, 1.0)] * 60)) is None


def test_words_of_a_verdict():
    worse = Guardrail("rework", (-3.0, -1.0), margin=0.5)
    assert verdict((0.1, 0.2), "") == "improved"
    assert verdict((0.1, 0.2), "", [worse]) == "moved, not improved"
    assert verdict((-0.2, -0.1), "") == "worse"
    assert verdict((-0.1, 0.2), needed(0.1, 0.1, 10)) == "cannot tell yet (needs about 69 more weeks)"
    assert needed(0.001, 0.1, 10) == "needs more than 104 more weeks"


def test_less_is_better_where_asked():
    random = np.random.default_rng(1)
    group = np.array([4] * 40 + [NEVER] * 40)
    outcome = random.normal(0, 0.1, (80, 8)) - (group[:, None] == 4) * (np.arange(8) >= 4)
    made = Panel(tuple(map(float, range(8))), group, outcome, np.zeros((80, 8, 0)))
    assert estimate(made, Asked(better="lower")).verdict == "improved"
    assert estimate(made, Asked()).verdict == "worse"


@pytest.mark.parametrize(("freedom", "table"), [(5, 2.5706), (10, 2.2281), (29, 2.0452), (100, 1.9840)])
def test_quantiles_are_those_of_the_tables(freedom, table):
    assert student(freedom) == pytest.approx(table, abs=2e-3)


def trial(outcome, treatment, **more):
    return Trial(np.array(outcome, float), np.array(treatment, float), np.zeros((len(outcome), 0)), **more)


def test_an_experiment_is_the_difference_of_means_in_percent_of_the_untreated():
    found = experiment(trial([4, 6, 5, 5, 10, 12, 11, 11] * 5, [0, 0, 0, 0, 1, 1, 1, 1] * 5))
    assert (found.effect, found.percent) == (pytest.approx(6), pytest.approx(120))
    variance = 2 * (10 / 19) / 20  # HC2 of two arms is Welch's: 10 of squares in each arm of 20
    assert found.se == pytest.approx(variance**0.5)


def test_logarithms_give_percent():
    found = experiment(trial([1, 2, 4, 2, 4, 8] * 6, [0, 0, 0, 1, 1, 1] * 6, is_log=True))
    assert found.percent == pytest.approx(100)


def test_few_clusters_are_dealt_anew():
    cluster = np.repeat(np.arange(12), 5)
    arm = (cluster % 2).astype(float)
    outcome = np.random.default_rng(5).normal(0, 1, 60) + 3 * arm
    low, high = experiment(trial(outcome, arm, cluster=cluster)).interval
    assert low < 3 < high
    assert low > 0


@pytest.mark.parametrize(
    ("made", "why"),
    [
        (trial([1, 2, 3], [1, 1, 1]), "needs both arms"),
        (trial([0, 1, 2, 3, 4], [0, 1, 0, 1, 0], is_log=True), "needs outcomes above 0"),
        (trial([1, 2, 3, 4, 5], [0, 1, 0, 1, 0], cluster=np.zeros(5, int)), "in one cluster"),
    ],
)
def test_what_no_comparison_can_be_made_of_is_refused(made, why):
    with pytest.raises(PaybackError, match=why):
        experiment(made)


def test_an_order_of_errors_that_leaves_no_level_is_passed_over():
    outcome = np.array([10 + 5 * (i >= 20) + i % 3 for i in range(40)], float)
    found = series(outcome, 20, np.zeros((40, 0)))
    assert found.effect == pytest.approx(5, abs=1)
