"""What an effect is worth, worked out by hand; the signal for every verdict; nothing without interval and comparison."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from payback.insight.effect import ASSOCIATION, CONTROLLED, RANDOMISED, WEAK, Effect
from payback.insight.impact.verdict import IMPROVED, MOVED, UNKNOWN, WORSE
from payback.insight.worth import Exposed, Range, Spent, returning, share_returned, signal, worth

EFFECT = Effect(
    "merged_prs", "team", "red", "adoption", "difference_in_differences", CONTROLLED, 25.0, (10.0, 50.0), 400, 12, IMPROVED
)  # fmt: skip
EXPOSED = Exposed(Decimal(1000), Decimal(80000))
SPENT = Spent(
    Decimal(3000),
    Range(Decimal(4500), Decimal(5000), Decimal(5500)),
    Decimal(1000),
    Decimal(1000),
    Decimal(2),
)


def told(low, point, high):
    return Range(Decimal(low), Decimal(point), Decimal(high))


@pytest.mark.parametrize(
    ("percent", "share"), [(25.0, "0.2"), (100.0, "0.5"), (0.0, "0"), (-20.0, "-0.25"), (-100.0, None)]
)
def test_an_effect_of_x_returns_x_over_one_and_x_of_the_hours(percent, share):
    assert share_returned(percent) == (None if share is None else Decimal(share))


def test_hours_value_and_net_are_what_was_worked_out_by_hand():
    found = worth(EFFECT, EXPOSED, SPENT)
    # 0.1 ÷ 1.1, 0.25 ÷ 1.25 and 0.5 ÷ 1.5 of 1,000 hours at 80
    assert found.hours == told("90.9", "200.0", "333.3")
    assert found.value == told("7272.73", "16000.00", "26666.67")
    assert found.net == told("1772.73", "11000.00", "22166.67")  # the low end less the high end of cost
    assert found.net_of_invoice == told("4272.73", "13000.00", "23666.67")
    assert found.ratio(found.net, Decimal(5000)).point == Decimal("2.2")
    assert found.missing == ""


def test_payback_is_what_is_spent_once_over_what_a_month_leaves():
    # besides it 3,500 to 4,500 are spent, so 2,772.73, 12,000 and 23,166.67 are left over in two months
    assert worth(EFFECT, EXPOSED, SPENT).payback == (Decimal("0.1"), Decimal("0.2"), Decimal("0.7"))


def test_what_never_pays_back_has_no_months():
    dear = replace(SPENT, full=told(20000, 21000, 22000))
    assert worth(EFFECT, EXPOSED, dear).payback == (Decimal("0.3"), None, None)
    assert worth(EFFECT, EXPOSED, replace(SPENT, begun=Decimal(0))).payback is None


def test_the_two_net_values_differ_by_the_lines_of_full_cost():
    found = worth(EFFECT, EXPOSED, SPENT)
    assert found.net_of_invoice.point - found.net.point == SPENT.full.point - SPENT.invoice


@pytest.mark.parametrize(
    ("effect", "exposed", "spent", "why"),
    [
        (None, EXPOSED, SPENT, "no effect is known"),
        (replace(EFFECT, verdict=f"{UNKNOWN} (needs about 6 more weeks)"), EXPOSED, SPENT, "6 more weeks"),
        (replace(EFFECT, interval=None), EXPOSED, SPENT, "improved"),
        (replace(EFFECT, label=WEAK), EXPOSED, SPENT, "weak"),
        (replace(EFFECT, label=ASSOCIATION), EXPOSED, SPENT, "association"),
        (replace(EFFECT, metric="cycle_time"), EXPOSED, SPENT, "returns no hours"),
        (EFFECT, None, SPENT, "nobody developed"),
        (EFFECT, replace(EXPOSED, price=None), SPENT, "no rate card"),
        (EFFECT, EXPOSED, replace(SPENT, invoice=None), "no bill"),
        (EFFECT, EXPOSED, replace(SPENT, full=None), "too few authors"),
    ],
)
def test_nothing_is_told_without_effect_interval_comparison_price_and_cost(effect, exposed, spent, why):
    found = worth(effect, exposed, spent)
    assert found.net is None
    assert found.payback is None
    assert why in found.missing


def test_a_guardrail_on_what_is_finished_returns_hours_too():
    own = replace(EFFECT, metric="review_time", guardrails=(EFFECT,))
    assert returning(own) is EFFECT
    assert worth(own, EXPOSED, SPENT).value == worth(EFFECT, EXPOSED, SPENT).value


def test_hours_are_lost_where_less_is_finished():
    fewer = replace(EFFECT, percent=-20.0, interval=(-30.0, -10.0), verdict=WORSE)
    found = worth(fewer, EXPOSED, SPENT)
    assert found.value.point == Decimal("-20000.00")
    assert found.net.high < 0


@pytest.mark.parametrize(
    ("effect", "spent", "word"),
    [
        (EFFECT, SPENT, "scale"),
        (replace(EFFECT, label=RANDOMISED), SPENT, "scale"),
        (EFFECT, replace(SPENT, full=told(9000, 10000, 11000)), "keep"),  # the low end does not cover it
        (EFFECT, replace(SPENT, full=told(30000, 31000, 32000)), "rebalance"),  # no end covers it
        (EFFECT, replace(SPENT, invoice=None), "keep"),
        (replace(EFFECT, verdict=MOVED), SPENT, "rebalance"),
        (replace(EFFECT, verdict=WORSE, percent=-20.0, interval=(-30.0, -10.0)), SPENT, "restrict"),
        (replace(EFFECT, verdict=f"{UNKNOWN} (more)"), SPENT, "cannot tell yet"),
        (replace(EFFECT, label=WEAK), SPENT, "cannot tell yet"),
        (None, SPENT, "cannot tell yet"),
    ],
)
def test_the_signal_follows_from_verdict_and_worth(effect, spent, word):
    found = signal(effect, worth(effect, EXPOSED, spent))
    assert found.word == word
    assert found.why


def test_what_paid_for_it_is_named():
    worse = replace(EFFECT, metric="rework_rate", verdict=WORSE)
    moved = replace(EFFECT, verdict=MOVED, guardrails=(worse,))
    assert "rework_rate" in signal(moved, worth(moved, EXPOSED, SPENT)).why
