"""What is planted to be found: what comes back of workflows' output, models on chores and fixes, reviews saved."""

from __future__ import annotations

from collections import Counter, defaultdict
from decimal import Decimal

import pytest

from payback.demo.afterwards import afterwards
from payback.demo.planted import outcomes, planted
from payback.demo.prices import OPUS
from payback.demo.span import Span
from payback.demo.stakes import stake
from payback.demo.workloads import DIGESTS, NOTES, SUMMARIES, unattended
from tests.demo.invented import TODAY
from tests.demo.test_gains import LOUD, QUIET, told

SPANS = {seed: Span(seed, 14, 60, TODAY) for seed in (LOUD, QUIET)}


def shares(seed):
    rows = outcomes(SPANS[seed], told(seed)[1])
    return {
        row["workflow"]: [row[name] / row["pieces"] for name in ("corrected", "reopened", "rerouted")]
        for row in rows
    }


def unit_cost(span, work):
    spent = sum(use.nano or 0 for use in unattended(span) if use.place.workflow == work.id)
    rows = outcomes(span, told(span.seed)[1])
    return spent / next(row["pieces"] for row in rows if row["workflow"] == work.id)


def test_half_of_the_output_of_one_cheap_workflow_is_corrected_and_costs_hours():
    tests, *others = (shares(LOUD).pop(name) for name in ("test-drafts", "ticket-triage", "report-summaries"))
    assert tests == pytest.approx([0.5, 0.17, 0.15], abs=0.06)
    assert max(other[0] for other in others) < 0.25
    rows = {row["workflow"]: row for row in outcomes(SPANS[LOUD], told(LOUD)[1])}
    paid = (
        sum(use.nano or 0 for use in unattended(SPANS[LOUD]) if use.place.workflow == "test-drafts") / 10**9
    )
    assert float(rows["test-drafts"]["usd"]) > 20 * paid


def test_the_money_after_a_piece_is_its_hours_by_the_rate_of_what_they_were_spent_on():
    rows = {row["workflow"]: row for row in outcomes(SPANS[LOUD], told(LOUD)[1])}
    spent: dict[str, Decimal] = defaultdict(Decimal)
    for entry in afterwards(SPANS[LOUD], told(LOUD)[1]):
        if entry["workflow"] == "test-drafts":
            spent[entry["kind"]] += Decimal(entry["hours"])
    assert set(spent) == {"correction", "qa", "review"}
    money = 85 * (spent["correction"] + spent["qa"]) + 95 * spent["review"]
    assert Decimal(rows["test-drafts"]["usd"]) == money
    assert Decimal(rows["test-drafts"]["hours"]) == sum(spent.values())


def test_one_workflow_brings_little_and_costs_many_times_what_its_peers_do():
    costs = {work.id: unit_cost(SPANS[LOUD], work) for work in (DIGESTS, NOTES, SUMMARIES)}
    assert costs["contract-digests"] > 20 * max(costs["release-notes"], costs["report-summaries"])


def test_in_a_quiet_company_output_of_all_workflows_comes_back_alike_and_none_is_dear():
    found = shares(QUIET)
    assert all(back == pytest.approx([0.12, 0.04, 0.05], abs=0.07) for back in found.values()), found
    assert unit_cost(SPANS[QUIET], DIGESTS) < 2 * unit_cost(SPANS[QUIET], SUMMARIES)
    assert planted(SPANS[QUIET]) == []


def by_model(seed, kind, without=()):
    """Changes with conversations by model, and how many of them were sent back; some teams left out."""
    _, _, story = told(seed)
    made: Counter[str] = Counter()
    back: Counter[str] = Counter()
    for change in (one for one in story.changes if one.team not in without):
        if (
            change.sessions
            and change.merged_at
            and stake(SPANS[seed], f"{change.branch} {change.title}") == kind
        ):
            models = {session.model for session in change.sessions}
            model = OPUS if models == {OPUS} else "others"
            made[model] += 1
            back[model] += is_sent_back(change)
    return made, back


def is_sent_back(change):
    first = next(iter(change.course.human), None)
    return first is not None and first.at < change.commits[-1]


def test_chores_are_done_with_the_dearest_model_and_hardly_ever_come_back_whatever_made_them():
    made, back = by_model(LOUD, "chore", without=("payments",))
    assert min(made.values()) >= 25
    assert all(back[model] / made[model] < 0.08 for model in made)


def test_fixes_come_back_less_where_the_dearest_model_made_them():
    made, back = by_model(LOUD, "fix")
    assert min(made.values()) >= 20
    assert back[OPUS] / made[OPUS] < 0.1
    assert back["others"] / made["others"] > 0.3


def test_in_a_quiet_company_no_kind_of_change_stands_out():
    for kind in ("chore", "fix"):
        made, back = by_model(QUIET, kind)
        assert sum(back.values()) / sum(made.values()) == pytest.approx(0.12, abs=0.08)


def test_a_change_with_ai_takes_one_look_where_others_take_two_in_one_team_only():
    for seed, saved in ((LOUD, {"storefront"}), (QUIET, set())):
        looks: dict[tuple[str, bool], list[int]] = defaultdict(list)
        for change in told(seed)[2].changes:
            if (
                change.kind == "work"
                and change.merged_at
                and change.course.human
                and not is_sent_back(change)
            ):
                looks[change.team, bool(change.sessions)].append(len(change.course.human))
        means = {key: sum(counts) / len(counts) for key, counts in looks.items()}
        teams = {team for team, _ in means if (team, True) in means and (team, False) in means}
        assert {team for team in teams if means[team, False] - means[team, True] > 0.5} == saved
