"""Effects on many invented companies: how often the interval holds the truth, and what is said of teams."""

from __future__ import annotations

import os
from functools import cache

import pytest

from payback.app.studying import EVERYBODY, study
from payback.demo.gains import GAINS
from payback.insight.study import judged
from tests.app.imagined import company

SOAK = bool(os.environ.get("PAYBACK_SOAK"))
LOUD = tuple(range(1, 51)) if SOAK else (7,)
QUIET = 0
PRIMARY, GUARD = "merged_prs", "review_rejection_rate"
TOLD = {"improved": 1, "moved, not improved": 1, "worse": -1}

pytestmark = pytest.mark.soak


@cache
def answers(seed):
    """The effect of the organisation (None) and of each team that adopted with a before, and the true ones."""
    known, rows = company(seed)
    true = {row["unit"]: row["value"] for row in rows if row["metric"] == PRIMARY}
    found = {}
    for team in (None, *sorted(set(known.adopted()) - {EVERYBODY})):
        if team in true:
            found[team] = judged(study(known, PRIMARY, team), (judged(study(known, GUARD, team)),))
    return found, true


def allowed(rate):
    """Of so many companies as often as that, and two Monte-Carlo standard errors more."""
    return len(LOUD) * rate + 2 * (len(LOUD) * rate * (1 - rate)) ** 0.5


def test_the_interval_of_the_organisation_holds_the_true_effect_as_often_as_it_says():
    missed = [seed for seed in LOUD if not holds(*answers(seed))]
    assert len(missed) <= allowed(0.05)


def holds(found, true):
    low, high = found[None].interval
    return low <= true[None] <= high


def test_a_verdict_on_a_team_has_the_right_sign_or_says_that_it_cannot_be_told():
    wrong = [
        (seed, team, one.verdict)
        for seed in LOUD
        for team, one in answers(seed)[0].items()
        if team is not None and one.is_told and TOLD[one.verdict] * answers(seed)[1][team] <= 0
    ]
    teams = len(GAINS) - 1
    assert len(wrong) <= allowed(0.05) + teams * allowed(0.025) / 2


def test_a_team_that_makes_more_and_has_more_to_redo_has_moved_and_not_improved():
    said = [answers(seed)[0]["payments"].verdict for seed in LOUD]
    assert sum(one == "moved, not improved" for one in said) >= 0.9 * len(said)


def test_in_the_quiet_company_nothing_is_said_to_have_moved():
    found, true = answers(QUIET)
    assert set(true.values()) == {0}
    assert not found[None].is_told
    assert sum(one.is_told for one in found.values()) <= 1
