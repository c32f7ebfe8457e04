"""Effects and findings of waste on many invented companies: how often the interval holds the truth, what is said of teams, and
what is found.
"""

from __future__ import annotations

import os

import pytest

from payback.demo.gains import GAINS
from tests.app.companies import BEGIN, END, PAGE, PLANTED, PRIMARY, QUIET, SPEED, answers, holds, kept, tables

SOAK = bool(os.environ.get("PAYBACK_SOAK"))
LOUD = tuple(range(1, 51)) if SOAK else (7,)
BETTER = {PRIMARY: 1, SPEED: -1}
TOLD = {"improved": 1, "moved, not improved": 1, "worse": -1}


def allowed(rate):
    """Of so many companies as often as that, and two Monte-Carlo standard errors more."""
    return len(LOUD) * rate + 2 * (len(LOUD) * rate * (1 - rate)) ** 0.5


@pytest.mark.soak
@pytest.mark.parametrize("metric", [PRIMARY, SPEED])
def test_the_interval_of_the_organisation_holds_the_true_effect_as_often_as_it_says(metric):
    missed = [
        seed for seed in LOUD if not holds(answers(seed)[0][metric, None], answers(seed)[1][metric, None])
    ]
    assert len(missed) <= allowed(0.05)


@pytest.mark.soak
@pytest.mark.parametrize("metric", [PRIMARY, SPEED])
def test_a_verdict_on_a_team_has_the_right_sign_or_says_that_it_cannot_be_told(metric):
    wrong = [
        (seed, team, one.verdict)
        for seed in LOUD
        for (of, team), one in answers(seed)[0].items()
        if of == metric
        and team is not None
        and one.is_told
        and TOLD[one.verdict] * BETTER[metric] * answers(seed)[1][of, team] <= 0
    ]
    teams = len(GAINS) - 1
    assert len(wrong) <= allowed(0.05) + teams * allowed(0.025) / 2


@pytest.mark.soak
def test_a_team_that_makes_more_and_has_more_to_redo_has_moved_and_not_improved():
    said = [answers(seed)[0][PRIMARY, "payments"].verdict for seed in LOUD]
    assert sum(one == "moved, not improved" for one in said) >= 0.9 * len(said)


@pytest.mark.soak
@pytest.mark.parametrize("planted", PLANTED)
def test_planted_waste_is_found(planted):
    assert sum(planted in answers(seed)[2] for seed in LOUD) >= 0.9 * len(LOUD)


@pytest.mark.soak
def test_in_the_quiet_company_nothing_is_said_to_have_moved_and_no_waste_is_found():
    found, true, wasted = answers(QUIET)
    assert set(true.values()) == {0}
    assert not found[PRIMARY, None].is_told
    assert sum(one.is_told for one in found.values()) <= 1
    assert wasted == set()


@pytest.mark.soak
@pytest.mark.skipif(not SOAK, reason="only a whole soak is written down")
def test_what_comes_out_is_written_down():
    assert kept(LOUD)["waste"]


def test_the_tables_of_the_page_are_those_of_the_last_soak():
    text = PAGE.read_text()
    assert text.split(BEGIN)[1].split(END)[0] == tables()
