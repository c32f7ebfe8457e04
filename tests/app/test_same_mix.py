"""Effects at the mix of work before adoption, through the warehouse, as worked out by hand.

Every person of `adopting` merges a small change of 2 hours and a large one of 16 in turn, one a week. Who adopts takes a quarter
longer for a small one, half as long again for a large one, and makes three small changes more every week: fourteen small of sixteen,
where one of two was.
"""

from __future__ import annotations

from math import expm1, log

import pytest

from payback.app.impacts import Asked, impact
from payback.app.studying import facts, study
from payback.insight.study import judged
from tests.app.adopting import PLAIN, STARTS, TODAY, Fake, developers, people, use, week
from tests.metrics.month import ALL, PARIS, ground_of

HOURS = {"S": 2.0, "L": 16.0}
SLOWER = {"S": 1.25, "L": 1.5}
FIXED = (log(1.25) + log(1.5)) / 2
ACTUAL = (14 * log(2.5) + 2 * log(24)) / 16 - (log(2) + log(16)) / 2


def changes(more):
    for team, person in people():
        for n in range(40):
            adopted = n >= STARTS.get(team, 40)
            for k, band in enumerate(("SL"[n % 2], *("S" * more if adopted else ""))):
                yield {
                    "pull_request_id": f"{team}#{person}-{n}-{k}", "repo": team, "person": person, "author": person, "team": team,
                    "state": "merged", "merged_day": week(n), "size_band": band, "additions": 10 if band == "S" else 500, "deletions": 0, "work_type": "feature",
                    "ai_class": "none_detected", "evidence_complete": True, "cycle_hours": HOURS[band] * (SLOWER[band] if adopted else 1), **PLAIN,
                }  # fmt: skip


def company(more=3):
    tables = {"work": list(changes(more)), "use_days": list(use()), "developer_days": list(developers())}
    return ground_of(PARIS, **tables)


@pytest.fixture(scope="module")
def shifted():
    return company()


@pytest.mark.parametrize("team", [None, "a"])
def test_a_time_that_falls_while_every_kind_of_change_gets_slower_is_no_improvement(shifted, team):
    found = study(facts(shifted, ALL, TODAY), "cycle_time", team)
    assert ACTUAL < 0
    assert found.att == pytest.approx(ACTUAL)
    assert found.fixed.att == pytest.approx(FIXED)
    assert found.mix == pytest.approx(ACTUAL - FIXED)
    assert {one.id: one.passed for one in found.checks}["mix"] is False
    assert judged(found).verdict.startswith("cannot tell yet (at the mix of work before adoption")


def test_where_no_mix_shifts_both_figures_are_one_and_the_verdict_stands():
    found = study(facts(company(more=0), ALL, TODAY), "cycle_time")
    assert found.percent == pytest.approx(found.fixed.percent) == pytest.approx(100 * expm1(FIXED))
    assert {one.id: one.passed for one in found.checks}["mix"] is True
    assert judged(found).verdict == "worse"


def test_size_is_an_outcome_and_a_count_has_no_mix(shifted):
    told = facts(shifted, ALL, TODAY)
    study(told, "pr_size")
    assert {len(row.kind) for row in told.rows["pr_size"]} == {2}
    assert study(told, "merged_prs").fixed is None


def test_both_figures_and_the_mix_between_them_are_told(shifted):
    told = impact(Fake(shifted), ALL, "cycle_time", Asked())
    assert told["fixed_mix"]["percent"] == pytest.approx(100 * expm1(FIXED))
    assert told["fixed_mix"]["att"] + told["fixed_mix"]["mix"] == pytest.approx(told["att"])
