"""Hours of changes with AI beside like ones without: worked out by hand, refused where too few, intervals that cover."""

from __future__ import annotations

import numpy as np
import pytest

from payback.insight.assumptions import defaults
from payback.insight.extra_hours import Piece, extras, interval
from payback.insight.hours_of_work import RULES

LIKE = "shop · feature · quarter from 2026-10-01"


def pieces(hours, authors="ab", like=LIKE):
    return [Piece(f"{like}{n}", like, authors[n % len(authors)], float(one)) for n, one in enumerate(hours)]


def test_a_change_has_its_hours_less_the_mean_of_those_it_is_like():
    found = extras([Piece("x", LIKE, "c", 3.0), Piece("y", LIKE, "c", 1.0)], pieces([1, 2, 3, 2, 2]))
    assert [(one.took, one.expected, one.hours, one.matched, one.authors) for one in found] == [
        (3.0, 2.0, 1.0, 5, 2),
        (1.0, 2.0, -1.0, 5, 2),  # hours were saved, and stay below zero
    ]


def test_the_error_of_the_mean_is_by_author():
    [one] = extras([Piece("x", LIKE, "c", 3.0)], pieces([1, 3, 1, 3, 2]))
    # a: −1 −1 0, b: +1 +1; 2/1 × (4 + 4), its root over 5
    assert one.error == pytest.approx(16**0.5 / 5)


@pytest.mark.parametrize(
    "without", [pieces([1, 2, 3, 4]), pieces([1, 2, 3, 4, 5], "a"), pieces([1] * 9, like="else")]
)
def test_nothing_is_held_against_too_few_or_other_changes(without):
    assert extras([Piece("x", LIKE, "c", 3.0)], without) == []


def test_no_interval_is_told_of_fewer_than_three_authors():
    without = pieces(range(10), "abcdef")
    two = extras(pieces([1, 2, 3, 4], "pq"), without)
    three = extras(pieces([1, 2, 3, 4], "pqr"), without)
    assert interval(two, [1.0] * 4) is None
    low, high = interval(three, [1.0] * 4)
    assert low < sum(one.hours for one in three) < high


def test_an_interval_grows_with_the_price_of_an_hour():
    found = extras(pieces([1, 2, 3, 4, 5], "pqrst"), pieces(range(10), "abcdef"))
    low, high = interval(found, [1.0] * 5)
    dear_low, dear_high = interval(found, [80.0] * 5)
    assert (dear_low, dear_high) == pytest.approx((80 * low, 80 * high))


def _world(random, authors, changes, extra):
    base, habit = random.normal(1, 0.3, 4), random.normal(0, 0.3, authors)
    with_ai, without = [], []
    for n in range(changes):
        who, like = random.integers(authors), random.integers(4)
        hours = base[like] + habit[who] + random.lognormal(0, 0.8)
        with_ai_too = random.random() < 0.5
        (with_ai if with_ai_too else without).append(
            Piece(str(n), str(like), str(who), hours + extra * with_ai_too)
        )
    return with_ai, without


@pytest.mark.parametrize(("authors", "changes"), [(3, 60), (8, 100), (30, 400)])
def test_the_interval_holds_the_truth_at_least_as_often_as_it_says(authors, changes):
    random, held = np.random.default_rng(7), []
    for _ in range(200):
        found = extras(*_world(random, authors, changes, 0.25))
        low, high = interval(found, [1.0] * len(found))
        held.append(low <= 0.25 * len(found) <= high)
    assert np.mean(held) >= 0.93


CHANGE = {
    "human_reviews": 2, "additions": 90, "deletions": 10, "comments": 3, "reworked": True, "bugs": 2, "incidents": 1,
    "shipped_with": 4,
}  # fmt: skip


def _hours(kind, change, **told):
    from dataclasses import replace

    assumed = {name: replace(one, value=told.get(name, one.value)) for name, one in defaults().items()}
    rule = next(rule for rule in RULES if rule.kind == kind)
    return rule.hours({**CHANGE, **change}, assumed)


@pytest.mark.parametrize(
    ("kind", "change", "told", "hours"),
    [
        ("review", {}, {}, 0.4),  # 100 lines at 500 an hour, read twice
        ("review", {"additions": 5000}, {}, 2.0),  # no longer than an hour each
        ("review", {}, {"review_minutes": 6, "comment_minutes": 2}, 0.7),  # + 12 and 6 minutes
        ("review", {"human_reviews": None}, {}, None),
        ("review", {"comments": None}, {}, 0.4),  # comments take no time besides, so none are needed
        ("review", {"comments": None}, {"comment_minutes": 2}, None),
        ("rework", {}, {"rework_hours": 4}, 4.0),
        ("rework", {"reworked": False}, {"rework_hours": 4}, 0.0),
        ("rework", {"reworked": None}, {"rework_hours": 4}, None),
        ("defect_triage", {}, {"bug_hours": 1.5}, 3.0),
        ("incident", {}, {"incident_hours": 8}, 2.0),  # shared by the four changes of its deployment
        ("incident", {"incidents": None}, {"incident_hours": 8}, None),
    ],
)
def test_hours_of_work_follow_from_what_is_known_by_the_rules_assumed(kind, change, told, hours):
    assert _hours(kind, change, **told) == (None if hours is None else pytest.approx(hours))
