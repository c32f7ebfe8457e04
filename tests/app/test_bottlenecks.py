"""The invented company's bottlenecks: one planted per phase is found with its phase, and none on the quiet seed."""

from __future__ import annotations

from datetime import timedelta

import pytest

from payback.access.scope import Scope
from payback.app import bottlenecks
from payback.app.finders import Finder
from payback.insight.bottleneck import KIND
from payback.period import Period
from tests.app.world import invented, opened

ALL = Scope.everything("test")
PLANTED = {
    "mobile": "coding_time",
    "storefront": "pickup_time",
    "data": "review_time",
    "payments": "review_rejection_rate",
    "infrastructure": "deploy_wait",
}


def taken_in(home, seed):
    """A company of seven months whose changes alone are taken in."""
    invented(home, months=7, people=60, seed=seed)
    with opened(home) as app:
        app.sync(["github"])
    return home


@pytest.fixture(scope="module")
def busy(tmp_path_factory):
    return taken_in(tmp_path_factory.mktemp("busy"), 7)


@pytest.fixture(scope="module")
def quiet(tmp_path_factory):
    return taken_in(tmp_path_factory.mktemp("quiet"), 0)


def test_one_bottleneck_per_phase_is_found_with_its_phase_a_cause_and_one_step(busy):
    with opened(busy) as app:
        found = [one for one in bottlenecks.found(app, ALL) if one.kind == KIND]
    assert {one.subject: one.metric for one in found} == PLANTED
    assert all(one.action and one.evidence and one.owner == one.subject for one in found)


def test_none_is_found_on_the_quiet_seed(quiet):
    with opened(quiet) as app:
        assert bottlenecks.found(app, ALL) == ()


def test_a_lead_sees_the_own_bottleneck_as_it_was_found_and_no_other(busy):
    lead = Scope.of_teams("lead", ["storefront"])
    with opened(busy) as app:
        app.findings.look([Finder((KIND,), "Bottlenecks", bottlenecks.found)])
        assert {one.id for one in app.findings.open(lead)} == {"bottleneck:team:storefront"}
        until = app.today() + timedelta(days=1)
        own = bottlenecks.way(app.view(Period(until - timedelta(days=182), until), lead), {})
    assert {one.team for one in own.held.rows} == {"storefront"}
    assert bottlenecks.standing_out(own) == ()
