"""Verdicts that want a decision, and what a decision is looked at by."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from payback.insight.bottleneck import METRICS
from payback.insight.decision import (
    AGAINST,
    NO_EFFECT,
    REACHED,
    SHORT,
    UNTOLD,
    Measured,
    Unitary,
    checked,
    windows,
)
from payback.insight.effect import ORGANISATION, TEAM, WORKFLOW, Effect
from payback.insight.finding import RESTRICT, SCALE, Finding, from_json, to_json
from payback.insight.verdicts import find
from payback.insight.waste import again, idle_seats
from payback.metrics.catalogue import CATALOGUE
from payback.metrics.vocabulary import Unit
from payback.period import Period
from payback.state.decided import Decided

WORSE = Effect(
    "cycle_time", TEAM, "red", "adoption", "imputation", "controlled", 12.0, (4.0, 20.0), 400, 30, "worse"
)
MADE = Decided(
    "x", datetime(2026, 10, 1, tzinfo=UTC), "eve", "accept", metric="cycle_time", direction="less", size="10",
    due=date(2026, 11, 20),
)  # fmt: skip
HOURS = Unitary("Cycle time, median", Unit.HOURS, "USD", counts=False)
WAS, IS = windows(date(2026, 10, 1), date(2026, 11, 20))


def seen(before, after, n=(40, 50)):
    return Measured(WAS, Decimal(before), n[0]), Measured(IS, Decimal(after), n[1])


def test_a_told_verdict_is_a_finding_of_its_team_with_interval_and_options():
    guard = replace(WORSE, metric="rework_rate")
    improved = replace(
        WORSE, unit_kind=ORGANISATION, unit=None, percent=-9.0, interval=(-15.0, -3.0), verdict="improved"
    )
    split = replace(WORSE, unit="blue", verdict="moved, not improved", guardrails=(guard,))
    worse, best, paid = find([WORSE, improved, split], {"red": "Red"})
    assert worse.sentence == "Red: worse since adoption, +12 % [+4, +20] of cycle time, median."
    assert (worse.id, worse.team, worse.owner, worse.metric) == (
        "verdict:team:red",
        "red",
        "red",
        "cycle_time",
    )
    assert (best.id, best.options[0], best.team) == ("verdict:organisation:organisation", SCALE, None)
    assert (paid.options[0], paid.sentence.endswith("rework rate pays for it.")) == (RESTRICT, True)


def test_what_cannot_be_told_wants_no_decision():
    untold = replace(WORSE, verdict="cannot tell yet (needs about 6 more weeks)", interval=(-3.0, 9.0))
    assert find([untold, replace(WORSE, interval=None)], {}) == ()


def test_a_metric_that_is_not_told_by_the_unit_is_not_what_a_decision_is_looked_at_by():
    [found] = find([replace(WORSE, metric="trust", unit_kind=WORKFLOW, unit="triage")], {})
    assert found.metric is None


def test_each_phase_has_a_metric_that_is_told_by_team():
    assert all("team" in CATALOGUE[metric].dimensions for metric in METRICS.values())


def test_both_windows_are_four_weeks_or_as_many_days_as_lie_between():
    assert (
        Period(date(2026, 9, 3), date(2026, 10, 1)),
        Period(date(2026, 10, 23), date(2026, 11, 20)),
    ) == (WAS, IS)
    assert [one.days for one in windows(date(2026, 10, 1), date(2026, 10, 11))] == [10, 10]


@pytest.mark.parametrize(
    ("after", "state", "words"),
    [
        ("34", REACHED, "15 % less, as expected"),
        ("38", SHORT, "5.0 % less, less than expected"),
        ("44", AGAINST, "10 % more, not as expected"),
        ("40", AGAINST, "unchanged, not as expected"),
    ],
)
def test_what_became_of_a_decision_is_said_with_its_n_and_as_no_effect(after, state, words):
    found = checked(MADE, seen("40", after), HOURS)
    assert found.state == state
    assert f"{words} (at least 10 % less of cycle_time expected). {NO_EFFECT}" in found.says
    assert "40.0 h in the 28 days to 2026-09-30 (n = 40), then" in found.says


def test_of_few_it_cannot_be_told_and_a_sum_of_few_can():
    assert checked(MADE, seen("40", "20", (40, 4)), HOURS).state == UNTOLD
    assert checked(MADE, seen("40", "20", (40, 0)), replace(HOURS, counts=True)).state == REACHED


def test_an_effect_is_said_where_an_estimate_tells_one_and_nowhere_else():
    told = checked(MADE, seen("40", "34"), HOURS, [WORSE]).says
    assert told.endswith(
        "An estimate (imputation, controlled) says +12.0 % [+4.0, +20.0] of cycle_time: worse."
    )
    untold = replace(WORSE, interval=None)
    assert checked(MADE, seen("40", "34"), HOURS, [untold]).says.endswith(NO_EFFECT)


def test_waste_below_its_floor_wants_no_decision_and_above_it_names_its_money():
    small = idle_seats.Idle("red", "cursor", 1, Decimal("19.99"), "USD")
    assert idle_seats.find([small], {}) == ()
    [found] = idle_seats.find([small, replace(small, tool="copilot", spend=Decimal("0.01"))], {"red": "Red"})
    assert found.stake == Decimal("20.00")
    assert found.sentence.startswith(
        "Red holds 2 seats of cursor and copilot that nobody used for 30 days, $20.00 "
    )
    few = again.Repeated("red", Decimal("1.50"), 3, Decimal(100))
    assert again.find(again.RETRIES, [few, replace(few, spend=Decimal("0.99"), whole=Decimal(1))], {}) == ()
    assert [one.id for one in again.find(again.RETRIES, [replace(few, whole=Decimal(75))], {})] == [
        "retries:team:red"
    ]
    [nobodys] = again.find(again.RETRIES, [replace(few, team=None, spend=Decimal(9), whole=None)], {})
    assert (nobodys.subject, nobodys.where, nobodys.team) == ("unattributed", {"team": (None,)}, None)


def test_a_finding_comes_back_whole_from_what_is_kept_of_it():
    [found] = find([WORSE], {})
    assert from_json(to_json(found)) == found
    priced = replace(found, stake=Decimal("12.500000001"))
    assert from_json(to_json(priced) | {"later": 1}) == priced
    assert isinstance(from_json(to_json(priced)), Finding)
