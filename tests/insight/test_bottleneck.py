"""The way of changes to production: cut, split exactly by phase and mix, judged beyond chance; a cause with its evidence."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payback.insight import bottleneck, moved
from payback.insight.causes import (
    BACK,
    CADENCE,
    FIRST_REVIEW,
    LOAD,
    MORE_REVIEWERS,
    OFTENER,
    SMALLER,
    STRICTER,
    cause,
    of_courses,
)
from payback.insight.course import (
    CODING,
    HOUR,
    MERGE,
    PHASES,
    PICKUP,
    RELEASE,
    REVIEW,
    REWORK,
    Course,
    Courses,
    course,
)
from payback.insight.split import by_kind_and_size, split

BEGIN = datetime(2026, 6, 1, 9, tzinfo=UTC)
HOURS = {CODING: 20, PICKUP: 8, REVIEW: 4, REWORK: 1, MERGE: 6, RELEASE: 10}


def row(**given):
    """A row of `work`: 10 h of coding, 5 h to the first review, 3 h to the approval, 2 h to the merge, 4 h to production."""
    at = {
        "first_commit_at": 0, "ready_at": 10, "first_review_at": 15, "approved_at": 18, "merged_at": 20, "deployed_at": 24,
    }  # fmt: skip
    moments = {name: BEGIN + timedelta(hours=hours) for name, hours in at.items()}
    plain = {
        "pull_request_id": "r#1", "repo": "r", "work_type": "feature", "size_band": "M", "team": "red", "person": "ann",
        "author": "a", "additions": 90, "deletions": 10, "change_requests": 0, "review_rounds": 0, "ai_class": "agent_assisted",
    }  # fmt: skip
    return {**plain, **moments, **given}


def told(phases):
    return {phase: length / HOUR for phase, length in phases.items()}


def test_the_phases_of_a_change_are_its_own_and_add_up_to_the_whole():
    one = course(row(), to_production=True)
    assert told(one.phases) == {CODING: 10, PICKUP: 5, REVIEW: 3, REWORK: 0, MERGE: 2, RELEASE: 4}
    assert one.whole == 24 * HOUR
    assert RELEASE not in course(row(), to_production=False).phases


def test_the_time_after_the_first_review_is_rework_where_changes_were_asked_for():
    assert told(course(row(change_requests=1), to_production=False).phases)[REWORK] == 3
    assert told(course(row(change_requests=1), to_production=False).phases)[REVIEW] == 0
    assert told(course(row(review_rounds=1), to_production=False).phases)[REVIEW] == 3


def test_what_nobody_looked_at_waits_for_its_merge_and_a_look_before_it_was_ready_counts_then():
    unseen = course(row(first_review_at=None, approved_at=None), to_production=False)
    assert told(unseen.phases) == {CODING: 10, PICKUP: 0, REVIEW: 0, REWORK: 0, MERGE: 10}
    early = course(row(first_review_at=BEGIN + timedelta(hours=4)), to_production=False)
    assert told(early.phases) == {CODING: 10, PICKUP: 0, REVIEW: 8, REWORK: 0, MERGE: 2}
    assert early.whole == 20 * HOUR


@pytest.mark.parametrize(
    "lacks", [{"first_commit_at": None}, {"ready_at": None}, {"deployed_at": None}, {"deployed_at": BEGIN}]
)
def test_a_change_without_its_ends_is_not_measured(lacks):
    assert course(row(**lacks), to_production=True) is None


phases = st.fixed_dictionaries({phase: st.integers(min_value=0, max_value=500 * HOUR) for phase in PHASES})
changes = st.builds(
    Course,
    change=st.just("c"),
    team=st.just("red"),
    author=st.sampled_from("abc"),
    stratum=st.tuples(st.sampled_from("rs"), st.sampled_from(["feature", "fix"]), st.sampled_from("SM")),
    phases=phases,
)
sides = st.lists(changes, min_size=1, max_size=30).map(lambda rows: Courses(tuple(rows)))


@given(sides, sides)
def test_the_parts_add_up_to_the_difference_to_the_last_digit(before, after):
    found = split(before, after)
    if found is None:
        return
    assert sum(part.within + part.mix for part in found.parts) == found.change
    assert found.within + found.mix == found.after - found.before
    kept = [sorted(one.whole for one in side.rows) for side in (before, after)]
    longest = sorted(kept[0] + kept[1])[len(kept[0]) + len(kept[1]) - found.aside - 1]
    for side, mean in zip(kept, (found.before, found.after), strict=True):
        shorter = [whole for whole in side if whole <= longest]
        assert float(mean) == pytest.approx(sum(shorter) / len(shorter) / HOUR, abs=1e-3)


@given(sides)
def test_nothing_differs_from_itself(held):
    found = split(held, held)
    assert found is None or not any((found.change, found.within, found.mix))


def alike(team, n, seed=1, mix=0.5, **factors):
    """Changes of a team around the usual hours, exponentially spread; `factors` stretch a phase."""
    chance = random.Random(f"{team}{seed}")
    rows = []
    for number in range(n):
        lengths = {
            phase: int(HOURS[phase] * factors.get(phase, 1) * chance.expovariate(1) * HOUR)
            for phase in PHASES
        }
        is_large = chance.random() < mix
        if is_large:
            lengths[CODING] *= 3
        stratum = ("r", "feature", "L" if is_large else "S")
        back = chance.random() < 0.1 * factors.get("back", 1)
        rows.append(Course(f"{team}{number}", team, f"{team}{number % 5}", stratum, lengths, 100, back))
    return rows


def company(**slow):
    rows = [one for team in ("red", "blue", "green") for one in alike(team, 150)]
    return Courses(tuple(rows + alike("slow", 120, **slow)))


def test_larger_changes_are_mix_and_no_phase_of_like_changes():
    small, large = Courses(tuple(alike("a", 400, mix=0.2))), Courses(tuple(alike("b", 400, 2, mix=0.8)))
    found = split(small, large)
    coding = found.part(CODING)
    assert coding.mix > 10
    assert coding.interval[0] < 0 < coding.interval[1]
    assert abs(coding.score) < 3


@pytest.mark.parametrize("phase", [CODING, PICKUP, REVIEW, MERGE, RELEASE])
def test_the_phase_that_is_slow_in_one_team_is_found_and_no_other(phase):
    [one] = bottleneck.standing_out(company(**{phase: 3}))
    assert (one.team, one.part.phase) == ("slow", phase)


def test_rework_is_judged_by_the_share_that_was_sent_back():
    assert bottleneck.standing_out(company(rework=6)) == ()
    [one] = bottleneck.standing_out(company(rework=6, back=4))
    assert one.part.phase == REWORK


def test_nothing_is_found_where_all_are_alike_or_too_few():
    assert bottleneck.standing_out(company()) == ()
    few = Courses(tuple(alike("red", 100) + alike("slow", 29, pickup=9)))
    assert bottleneck.standing_out(few) == ()


def test_a_finding_says_how_much_longer_with_its_interval_n_and_cause():
    [one] = bottleneck.standing_out(company(pickup=3))
    signals = {"slow": ({LOAD: 2.0}, {LOAD: 5.0})}
    [found] = bottleneck.findings([one], signals, {"slow": "Slow team"})
    assert found.id == "bottleneck:team:slow"
    assert found.team == "slow"
    assert found.sentence.startswith("Slow team: changes are held up in waiting for a first review, ")
    assert "(n = " in found.evidence[0].says
    assert found.evidence[1].says == "5.0 reviews a week per reviewer, 2.0 on the other side"
    assert (found.action, found.metric) == (MORE_REVIEWERS, "pickup_time")


@pytest.mark.parametrize(
    ("phase", "before", "after", "action"),
    [
        (PICKUP, {LOAD: 4}, {LOAD: 4.9}, FIRST_REVIEW),
        (PICKUP, {LOAD: 4}, {LOAD: 5.1}, MORE_REVIEWERS),
        (REVIEW, {"size": 100}, {"size": 200}, SMALLER),
        (REWORK, {BACK: 0.1}, {BACK: 0.3}, STRICTER),
        (RELEASE, {CADENCE: 1}, {CADENCE: 7}, OFTENER),
    ],
)
def test_the_cause_is_the_first_suspect_that_is_a_quarter_higher(phase, before, after, action):
    assert cause(phase, before, after).action == action


def test_changes_tell_their_size_what_was_sent_back_and_what_is_under_way():
    held = Courses((course(row(), to_production=True), course(row(change_requests=1), to_production=True)))
    assert of_courses(held, 2) == {"sent_back": 0.5, "under_way": 1.0, "size": 100}
    assert of_courses(Courses(()), 2) == {}


def test_a_gain_that_is_lost_again_is_told_with_its_share():
    before = Courses(tuple(alike("a", 300, seed=1)))
    after = Courses(tuple(alike("a", 300, seed=2, coding=0.4, pickup=2.5)))
    one = moved.moved(before, after)
    assert [part.phase for part in one.gained] == [CODING]
    assert [part.phase for part in one.lost] == [PICKUP]
    assert one.cancelled == pytest.approx(float(one.lost[0].within / -one.gained[0].within), abs=1e-9)
    [found] = moved.findings({"a": one}, {"a": ({}, {})}, {"a": "Team A"})
    assert found.kind == "gain-cancelled"
    assert "of it again in waiting for a first review" in found.sentence


def test_adoption_up_while_review_time_is_up_is_flagged():
    before = Courses(tuple(alike("a", 300, seed=1)))
    after = [replace(one, with_ai=number % 2 == 0) for number, one in enumerate(alike("a", 300, 2, review=4))]
    one = moved.moved(before, Courses(tuple(after)))
    assert (one.is_adoption_up, one.adoption) == (True, (0.0, 0.5))
    [found] = moved.findings({"a": one}, {"a": ({}, {})}, {})
    assert found.kind == "adoption-up-review-up"
    calm = moved.moved(before, Courses(tuple(alike("a", 300, 2, review=4))))
    assert [found.kind for found in moved.findings({"a": calm}, {"a": ({}, {})}, {})] == []


def test_nothing_moves_between_like_days_and_under_thirty_changes_nothing_is_told():
    one = moved.moved(Courses(tuple(alike("a", 300, 1))), Courses(tuple(alike("a", 300, 2))))
    assert (one.gained, one.lost, one.cancelled) == ((), (), None)
    assert moved.moved(Courses(tuple(alike("a", 29, 1))), Courses(tuple(alike("a", 300, 2)))) is None


def test_a_forgotten_change_is_set_aside():
    usual = alike("a", 99)
    odd = replace(usual[0], phases={**usual[0].phases, MERGE: 10_000 * HOUR})
    found = split(Courses(tuple(usual)), Courses((*usual, odd)), by_kind_and_size)
    assert found.aside == 9
    assert found.change < Decimal(5)
