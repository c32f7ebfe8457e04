"""What a workflow is judged on and what limits a team are proposed with their reason, or not at all."""

from __future__ import annotations

import pytest

from payback.org.proposing import OUTPUTS, PIECES, judged, limited


@pytest.mark.parametrize("output", sorted(OUTPUTS))
def test_an_output_that_is_counted_has_a_metric_and_guardrails(output):
    found = judged(output)
    assert found.primary_metric.startswith("cost_per_")
    assert found.guardrail_metrics
    assert found.reason


def test_pieces_are_judged_by_their_unit_cost_and_nothing_by_nothing():
    assert judged("output:triage") is PIECES
    assert judged("applause") is None
    assert judged(None) is None


def test_the_phase_that_takes_most_of_the_time_limits():
    hours = {"coding_hours": 10.0, "pickup_hours": 20.0, "review_hours": 10.0, "merge_wait_hours": None}
    found = limited(hours, 25)
    assert found.constraint == "review"
    assert found.reason == "75% of the time of 25 changes is waiting for a first review and review"


def test_few_changes_or_even_phases_say_nothing():
    assert limited({"review_hours": 9.0}, 19) is None
    assert limited({"coding_hours": 1.0, "review_hours": 1.0, "merge_wait_hours": 1.0}, 30) is None
    assert limited({}, 30) is None
