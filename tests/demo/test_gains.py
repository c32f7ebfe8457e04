"""What is planted about taking up AI: use that becomes a habit when it should, output that moves as it says, no more."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import timedelta
from functools import cache

import pytest

from payback.demo import counterfactual
from payback.demo.gains import GAINS, works_from
from payback.demo.people import found
from payback.demo.plan import imagine
from payback.demo.span import Span, day_in
from tests.demo.invented import TODAY

LOUD, QUIET = 7, 0
SEEDS = (7, 8, 9)
WEEK = timedelta(weeks=1)
SHARE = 0.3


@cache
def told(seed):
    span = Span(seed, 14, 60, TODAY)
    company = found(span)
    return span, company, imagine(span, company)


def effects(seed, metric):
    rows = counterfactual.rows(*told(seed))
    return {row["unit"]: row["value"] for row in rows if row["metric"] == metric}


def test_the_truth_names_the_planted_effect_of_each_team_with_a_before_and_their_mean_over_team_months():
    rows = [row for row in counterfactual.rows(*told(LOUD)) if row["metric"] == "merged_prs"]
    assert {row["unit"]: (row["value"], row["team_months"]) for row in rows if row["unit"]} == {
        "infrastructure": (25, 6), "storefront": (30, 6), "payments": (60, 6), "search": (15, 6), "mobile": (0, 5),
        "data": (-25, 4),
    }  # fmt: skip
    (whole,) = (row for row in rows if row["unit"] is None)
    assert whole["team_months"] == 33
    assert whole["value"] == pytest.approx((150 + 180 + 360 + 90 - 100) / 33)


def test_in_a_quiet_company_every_effect_is_nothing():
    rows = counterfactual.rows(*told(QUIET))
    assert len({row["unit"] for row in rows}) == 7
    assert {row["value"] for row in rows} == {0}


def test_what_was_gained_and_forgone_comes_to_what_is_planted():
    """Over three companies; a change that AI adds or takes away is so by chance, one by one."""
    made: dict[str, int] = defaultdict(int)
    alone: dict[str, int] = defaultdict(int)
    for seed in SEEDS:
        span, company, story = told(seed)
        for change in (*story.changes, *story.forgone):
            begins = works_from(span, company.team(change.team)) if change.kind == "work" else None
            if begins is not None and day_in(change.commits[0]) >= begins:
                is_forgone = any(change is one for one in story.forgone)
                made[change.team] += not is_forgone
                alone[change.team] += not change.is_gained
    for team, planted in GAINS.items():
        assert made[team] / alone[team] == pytest.approx(planted.changes, abs=0.1), team


def test_changes_per_developer_move_less_than_changes_where_more_people_take_part():
    whole, each = effects(LOUD, "merged_prs"), effects(LOUD, "merged_prs_per_dev_week")
    assert whole["payments"] - 12 < each["payments"] < whole["payments"]
    assert whole["data"] < each["data"] < whole["data"] + 12


def test_the_cycle_is_shorter_where_waits_are_and_longer_where_they_are_longer():
    cycle = effects(LOUD, "cycle_time")
    assert cycle["storefront"] < -5
    assert cycle["mobile"] > 10
    assert abs(cycle["payments"]) < 3


@pytest.mark.parametrize("seed", [LOUD, QUIET])
def test_use_becomes_a_habit_of_a_third_of_a_team_in_the_month_in_which_it_takes_up_ai(seed):
    span, company, story = told(seed)
    seen = {team.id: first_week(span, company, story, team.id) for team in company.teams if not team.founded}
    assert {team for team, week in seen.items() if week is None} == {"identity", "quality"}
    for team in company.teams:
        if team.adopts is not None and not team.founded:
            assert seen[team.id].replace(day=1) == span.month_after(team.adopts), team.id


def first_week(span, company, story, team):
    """The first week in which that share of a team used one tool on 3 days in 3 of the last 4 weeks."""
    days = defaultdict(set)
    for session in story.sessions:
        used = {day_in(turn.asked_at) for turn in session.turns if turn.requests}
        days[session.person.id, session.tool].update(used)
    weeks = {key: Counter(day - timedelta(days=day.weekday()) for day in used) for key, used in days.items()}
    week = span.first - timedelta(days=span.first.weekday())
    while week < span.today:
        there = company.members(team, week)
        keen = {who for (who, _), counts in weeks.items() if is_habit(counts, week)}
        if there and len(keen & {one.id for one in there}) >= SHARE * len(there):
            return week
        week += WEEK
    return None


def is_habit(counts, week):
    return sum(counts[week - back * WEEK] >= 3 for back in range(4)) >= 3
