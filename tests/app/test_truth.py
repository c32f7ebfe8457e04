"""The invented company: what payback says of it equals what is known of it, to the cent and beyond."""

from __future__ import annotations

import json
from collections import defaultdict
from datetime import date
from decimal import Decimal

import pytest

from payback.access.scope import Scope
from payback.metrics.question import Query
from payback.period import Grain, Period
from tests.app.world import TODAY, invented, opened

ALL = Scope.everything("test", may_see_people=True)
CUTS = ("team", "tool", "workflow", "environment")


@pytest.fixture(scope="module")
def truth(company):
    return json.loads((company / "truth.json").read_text())


def asked(home, *metrics, by=(), grain=None):
    with opened(home) as app:
        first = date(2026, 1, 1)
        return app.answer(Query(metrics, Period(first, TODAY), by=by, grain=grain), ALL)


@pytest.mark.parametrize("basis", ["list", "billed", "amortised"])
def test_spend_by_month_team_tool_workflow_and_environment_is_the_known_one(company, truth, basis):
    known: dict[tuple, Decimal] = defaultdict(Decimal)
    undetermined = set()
    for row in truth["spend"]:
        if row["basis"] == basis:
            key = (row["month"], row["tool"], row["workflow"], row["environment"])
            if row.get("undetermined"):
                undetermined.add(key)
            known[(*key, row["team"])] += Decimal(row["amount"])
    metric = f"spend_{basis}"
    found: dict[tuple, Decimal] = defaultdict(Decimal)
    for row in asked(company, metric, by=CUTS, grain=Grain.MONTH).rows:
        if row[metric] is not None:
            found[
                (f"{row['period']:%Y-%m}", row["tool"], row["workflow"], row["environment"], row["team"])
            ] += row[metric]
    months = {f"{TODAY:%Y-%m}"} | {key[0] for key in known}
    settled = {
        key for key in known.keys() | found.keys() if key[:-1] not in undetermined and key[0] in months
    }
    assert {key: found[key] for key in settled if found[key]} == {
        key: known[key] for key in settled if known[key]
    }
    assert settled


def test_tokens_requests_errors_and_retries_are_the_known_ones(company, truth):
    totals = asked(company, "requests", "errors", "retries", "unpriced_tokens").totals
    assert {name: totals[name].value for name in ("requests", "errors", "retries", "unpriced_tokens")} == {
        "requests": _sum(truth["requests"]),
        "errors": _sum(truth["errors"]),
        "retries": _sum(truth["retries"]),
        "unpriced_tokens": _sum(truth["unpriced_tokens"]),
    }


def _sum(told):
    """A count, or the sum of rows that hold one."""
    if isinstance(told, list):
        return sum(next(value for value in row.values() if isinstance(value, int)) for row in told)
    return told if isinstance(told, int) else sum(told.values())


def test_another_company_adds_up_too(tmp_path):
    invented(tmp_path, months=2, people=8, seed=11)
    with opened(tmp_path) as app:
        app.sync()
    known = sum(
        Decimal(row["amount"])
        for row in json.loads((tmp_path / "truth.json").read_text())["spend"]
        if row["basis"] == "list"
    )
    assert asked(tmp_path, "spend_list").totals["spend_list"].value == known
