"""Saved analyses: a plain answer from figures, with number or interval, and the words where it cannot be told."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

from payback.insight.answers import SAVED
from payback.insight.answers.cheapest_tool import answer as cheapest
from payback.insight.answers.cut_seats import answer as cut
from payback.insight.answers.flat_cycle import answer as flat
from payback.insight.answers.review import answer as review
from payback.insight.answers.saved import Figures
from payback.insight.course import Courses
from payback.metrics.catalogue import CATALOGUE
from payback.metrics.question import Answer, Coverage, Figure, Query, Row
from payback.period import Period
from tests.insight.test_bottleneck import alike

DAYS = Period(date(2026, 8, 25), date(2026, 11, 24))
NONE = Courses(())


def figure(value, over=None, under=None, n=50):
    return Figure(value, over, under, n, 0)


def told(metrics, rows):
    """An answer by tool; `rows` gives the figures of each."""
    lines = tuple(
        Row({"tool": tool}, None, dict(zip(metrics, row, strict=True))) for tool, row in rows.items()
    )
    return Answer(Query(metrics, DAYS, by=("tool",)), lines, {}, Coverage({}, {}), {}, "test")


def figures(before=NONE, after=NONE, **answers):
    return Figures(answers, before, after, {"a": "Team A", "codex": "Codex", "cursor": "Cursor"})


def said(found):
    return " ".join(part for part in found.sentence if part)


def tools(**given):
    rows = {
        tool: (figure(Decimal(cost), n=n), figure(Decimal(bad) / n, bad, n))
        for tool, (cost, bad, n) in given.items()
    }
    return figures(tools=told(("cost_per_merged_pr", "rework_rate"), rows))


def test_the_cheapest_tool_is_named_where_its_rework_is_no_more():
    found = cheapest(tools(codex=("0.80", 20, 400), cursor=("1.20", 24, 400)))
    assert found.is_told
    assert said(found) == (
        "Codex, $0.80 a merged change at list price (n = 400); 5.0 % of them were done again, within 10 points of the others."
    )
    assert [mark.name for mark in found.picture.marks] == ["Codex", "Cursor"]


def test_a_tool_whose_changes_are_done_again_more_often_is_not_the_cheapest_at_equal_rework():
    found = cheapest(tools(codex=("0.80", 120, 400), cursor=("1.20", 24, 400)))
    assert found.sentence[1] == "Cursor, $1.20"


def test_whether_rework_is_equal_cannot_be_told_of_few():
    found = cheapest(tools(codex=("0.80", 4, 25), cursor=("1.20", 4, 25)))
    assert not found.is_told
    assert "whether that is equal cannot be told (Cursor " in said(found)


def test_one_tool_alone_or_too_few_changes_tell_nothing():
    for given in ({"codex": ("1", 1, 400)}, {"codex": ("1", 1, 400), "cursor": ("1", 1, 19)}):
        assert "cannot be told" in said(cheapest(tools(**given)))


def with_ai(rows, every):
    return [replace(one, with_ai=number % every == 0) for number, one in enumerate(rows)]


def test_a_team_that_raised_adoption_while_cycle_time_stayed_flat_is_named():
    before = Courses(tuple(with_ai(alike("a", 900, 1), 10)))
    after = Courses(tuple(with_ai(alike("a", 900, 2), 2)))
    found = flat(figures(before, after))
    assert (said(found), found.is_told) == ("Team A raises adoption while cycle time stays flat.", True)
    [row] = found.rows
    assert (row["adoption"], row["cycle"], row["ai_after"]) == ("raised", "flat", Decimal("0.5"))
    [mark] = found.picture.marks
    assert mark.low < mark.value < mark.high


def test_a_team_whose_cycle_time_moved_or_that_raised_nothing_is_not():
    before, slow = Courses(tuple(with_ai(alike("a", 900, 1), 10))), alike("a", 900, 2, coding=3)
    assert flat(figures(before, Courses(tuple(with_ai(slow, 2))))).rows[0]["cycle"] == "longer"
    same = flat(figures(before, Courses(tuple(with_ai(alike("a", 900, 2), 10)))))
    assert same.rows[0]["adoption"] == "not raised"
    assert said(same).startswith("No team of 1 ")


def test_of_a_team_with_few_changes_it_cannot_be_told():
    before, after = (
        Courses(tuple(with_ai(alike("a", 40, seed), every))) for seed, every in ((1, 10), (2, 2))
    )
    found = flat(figures(before, after))
    assert not found.is_told
    assert "Of Team A, which raised it too, it cannot be told yet." in said(found)
    assert "cannot be told" in said(flat(figures()))


def test_review_is_the_bottleneck_where_it_takes_most_and_grew():
    before = Courses(tuple(alike("a", 400, 1)))
    found = review(figures(before, Courses(tuple(alike("a", 400, 2, pickup=6, review=9)))))
    assert said(found).startswith("Yes: review takes ")
    assert sum(row["share"] for row in found.rows) == 1 or abs(
        sum(row["share"] for row in found.rows) - 1
    ) < Decimal("0.001")
    calm = review(figures(before, Courses(tuple(alike("a", 400, 2)))))
    assert said(calm).startswith("No: review takes ")
    assert "coding takes most" in said(calm)
    assert "cannot be told" in said(review(figures()))


def seats(idle, spend, users, recent):
    held = told(
        ("seats_assigned", "seats_active", "seats_idle", "idle_seat_spend"),
        {"cursor": (figure(20), figure(20 - idle), figure(idle), figure(Decimal(spend)))},
    )
    people = {"cursor": (figure(users),)}, {"cursor": (figure(recent),)}
    return figures(
        seats=held, users=told(("active_users",), people[0]), recent=told(("active_users",), people[1])
    )


def test_cutting_a_tool_says_what_is_saved_and_who_would_lose_it():
    assert said(cut(seats(8, "256.00", 15, 12))) == (
        "Cursor: giving back the 8 unused of 20 seats saves $256 a month, and 3 people who used it in the last 13 weeks and not "
        "in the last 28 days would lose it."
    )
    assert "nobody loses a tool" in said(cut(seats(8, "256.00", 12, 12)))
    assert said(cut(seats(0, "0", 12, 12))).startswith("Nothing, and nothing would be saved")
    none = told(("seats_assigned", "seats_active", "seats_idle", "idle_seat_spend"), {})
    assert not cut(figures(seats=none, users=told((), {}), recent=told((), {}))).is_told


def test_every_saved_analysis_asks_for_metrics_that_know_its_cuts():
    assert len({saved.id for saved in SAVED}) == len(SAVED)
    for saved in SAVED:
        for asks in saved.asks.values():
            for metric in asks.metrics:
                assert {*asks.by, *asks.where} <= set(CATALOGUE[metric].dimensions)
