"""Findings about the invented company's workflows: figures reach the finders, and nothing is made up."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal

import pytest

from payback.access.scope import Scope
from payback.app.finders import circled
from payback.app.waste import compared, wasted, worked
from payback.insight.waste import costly_pieces, downstream
from payback.metrics.question import Query
from payback.period import Period
from tests.app.world import TODAY, invented, opened

ALL = Scope.everything("test", may_see_people=True)
SPAN = Period(TODAY.replace(month=9, day=1), TODAY)


@pytest.fixture(scope="module")
def app(company):
    with opened(company) as found:
        yield found


def test_every_output_told_of_is_a_piece_of_its_workflow_and_no_money_is_lost(app):
    asked = Query(("useful_outputs", "outputs", "workflow_unit_cost", "spend_list"), SPAN, by=("workflow",))
    rows = {row["workflow"]: row for row in app.answer(asked, ALL).rows}
    assert rows["ticket-triage"]["useful_outputs"] == rows["ticket-triage"]["outputs"] > 100
    figures = rows["ticket-triage"].figures
    assert figures["workflow_unit_cost"].numerator == figures["spend_list"].value > 0


def test_every_piece_of_the_company_was_made_with_a_model(app):
    rows = app.answer(Query(("useful_outputs",), SPAN, by=("workflow", "model")), ALL).rows
    assert {row["workflow"] for row in rows if row["model"] is None} == set()


def test_figures_of_workflows_carry_what_is_declared_of_them(app):
    flows = {one.workflow: one for one in worked(app, ALL, SPAN)}
    triage = flows["ticket-triage"]
    assert (triage.name, triage.task_type, triage.output) == ("Ticket triage", "triage", "output:triage")
    assert triage.now.unit_cost is not None
    assert 0.1 < triage.came_back["correction_rate"].share < 0.3  # one in five
    assert triage.came_back["correction_rate"].n == triage.now.pieces
    assert triage.owner


def test_models_of_each_kind_of_work_are_held_against_each_other(app):
    assert {one.work for one in compared(app, ALL, SPAN)} >= {"feature", "debt", "documentation"}


def test_what_is_planted_among_workflows_is_found_and_nothing_else(app, company):
    planted = {
        (row["kind"], row["subject"])
        for row in json.loads((company / "truth.json").read_text()).get("planted", ())
    }
    found = {(one.kind, one.subject) for one in wasted(app, ALL, SPAN)}
    assert found <= planted
    assert found >= {one for one in planted if one[0] in {costly_pieces.KIND, downstream.KIND}}


def test_agents_that_go_round_in_circles_are_found_for_what_that_costs(app, company):
    told = json.loads((company / "truth.json").read_text())["waste"]
    cost = {row["owner"]: Decimal(row["usd"]) for row in told if row["kind"] == "retries"}
    found = {one.subject: one for one in circled(app, ALL, Period(date(2026, 1, 1), TODAY))}
    assert "infrastructure" in found
    assert {team: one.stake for team, one in found.items()} == {team: cost[team] for team in found}
    assert "ran again what had just failed" in found["infrastructure"].sentence


def test_nothing_is_found_in_the_quiet_company(tmp_path):
    invented(tmp_path, seed=0)
    with opened(tmp_path) as quiet:
        quiet.sync()
        assert wasted(quiet, ALL, SPAN) == ()
        assert circled(quiet, ALL, SPAN) == ()


def test_a_reader_of_nothing_is_told_nothing(app):
    assert worked(app, Scope.nothing("test"), SPAN) == ()
