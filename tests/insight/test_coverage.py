"""Panels with a known effect: how often the interval holds it, and how often the naive comparisons do."""

from __future__ import annotations

import os

import numpy as np
import pytest

from tests.insight.soak import BEGIN, END, PAGE, TRIALS, UNGUARDED, WITHOUT_EFFECT, kept, run, table

FULL = 2000
SOAK = bool(os.environ.get("PAYBACK_SOAK"))
PANELS = FULL if SOAK else FULL // 100
FAILS = {
    "no effect": ("before_after",),
    "no effect, users ahead before": ("users_others",),
    "chosen in bad weeks, those left out": ("before_after",),
    "small pieces multiply, at fixed mix": ("before_after", "users_others"),
    "keen authors are faster, matched": ("users_others",),
}


def ran(name):
    return (kept if SOAK else run)(name, PANELS)


def error(rate, errors):
    """So many Monte-Carlo standard errors of a rate."""
    return errors * np.sqrt(rate * (1 - rate) / PANELS)


@pytest.mark.soak
@pytest.mark.parametrize("name", TRIALS)
def test_the_interval_holds_the_truth_as_often_as_it_says_and_naive_comparisons_do_not(name):
    found = ran(name)
    assert (0.93 if SOAK else 0.93 - error(0.95, 3)) <= found["held"] <= (0.97 if SOAK else 1)
    if name in WITHOUT_EFFECT:
        assert found["improved"] <= 0.05 + error(0.05, 2 if SOAK else 3)
    if "burst" in name:
        assert found["improved"] <= 0.05 + error(0.05, 2 if SOAK else 3)
    for naive in FAILS.get(name, ()):
        assert found[naive] < 0.8


@pytest.mark.soak
@pytest.mark.parametrize("name", UNGUARDED)
def test_without_its_guard_the_interval_does_not_hold_the_truth(name):
    assert ran(name)["held"] < 0.8


def test_the_table_of_the_page_is_that_of_the_last_soak():
    text = PAGE.read_text()
    assert text.split(BEGIN)[1].split(END)[0] == table()
