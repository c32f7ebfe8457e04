"""The invented company's delivery: what payback says of every month and team is what happened there, in every cell."""

from __future__ import annotations

import json
import os
from collections import defaultdict
from datetime import date

import pytest
import stamina

from payback.access.scope import Scope
from payback.demo.wire import Faults
from payback.metrics.question import Query
from payback.period import Grain, Period
from tests.app.world import TODAY, invented, opened

ALL = Scope.everything("test", may_see_people=True)
SEEDS = tuple(int(seed) for seed in os.environ.get("PAYBACK_DELIVERY_SEEDS", "11").split(","))
ASKED = Period(date(2025, 1, 1), TODAY)
CLOSE = 1e-6


@pytest.fixture(autouse=True)
def _no_waiting():
    stamina.set_testing(True, attempts=6)
    yield
    stamina.set_testing(False)


def known(home):
    """The known values by metric, month and team."""
    found: dict[str, dict] = defaultdict(dict)
    for row in json.loads((home / "truth.json").read_text())["delivery"]:
        found[row["metric"]][row["month"], row["team"]] = row["value"]
    return found


def told(app, metric):
    """What payback says, likewise."""
    query = Query((metric,), ASKED, by=("team",), grain=Grain.MONTH)
    return {
        (str(row["period"])[:7], row["team"]): float(row[metric])
        for row in app.answer(query, ALL).rows
        if row[metric] is not None
    }


def wrong(app, home):
    """Cells in which they differ, with both values."""
    differ = {}
    for metric, true in known(home).items():
        found = told(app, metric)
        for cell in found.keys() | true.keys():
            if cell not in found or cell not in true or abs(found[cell] - true[cell]) > CLOSE:
                differ[metric, *cell] = (found.get(cell), true.get(cell))
    return differ


def test_every_cell_of_delivery_is_the_known_one(company):
    with opened(company) as app:
        assert wrong(app, company) == {}


def test_the_truth_tells_of_every_phase_of_a_change(company):
    assert known(company).keys() >= {
        "merged_prs", "coding_time", "draft_time", "pickup_time", "review_time", "merge_wait", "deploy_wait",
        "cycle_time", "lead_time_for_changes", "deployment_frequency", "review_rejection_rate", "revert_rate", "change_fail_rate", "incident_rate",
        "failed_deployment_recovery_time", "reopen_rate", "rewrite_rate", "tickets_resolved", "stories_completed", "commitment_met", "unplanned_completed",
    }  # fmt: skip


@pytest.mark.parametrize("seed", SEEDS)
def test_it_holds_for_other_seeds_over_a_bad_wire_and_when_synced_again(tmp_path, seed):
    invented(tmp_path, months=2, people=8, seed=seed)
    with opened(tmp_path, Faults(seed)) as app:
        app.sync()
        assert wrong(app, tmp_path) == {}
        app.sync()
        assert wrong(app, tmp_path) == {}
