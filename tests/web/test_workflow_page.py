from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from starlette.testclient import TestClient

from payback.org.directory import Catalogue, Workflow
from payback.web.site import create_web
from tests.metrics.month import ground_of
from tests.web import invented
from tests.web.conftest import HERE
from tests.web.fake import BERLIN

TRIAGE = "/workflows/triage.json?range=all"


def _tiles(site) -> dict:
    told = site.get(TRIAGE).json()
    return {tile["metric"]: tile for part in ("output", "work", "tiles") for tile in told[part]}


def test_a_piece_of_output_costs_the_workflows_money_over_its_pieces(site):
    own = [row for row in invented.usage() if row["workflow"] == "triage"]
    spent = sum(row["list_usd"] or 0 for row in own)
    tile = _tiles(site)["workflow_unit_cost"]
    assert abs(Decimal(tile["value"]) - spent / 20) < Decimal("1e-9")


def test_only_the_runs_of_the_workflow_are_counted(site):
    own = [row for row in invented.usage() if row["workflow"] == "triage"]
    tiles = _tiles(site)
    runs = {(row["session_id"], row["run_id"]) for row in own}
    assert Decimal(tiles["runs"]["value"]) == len(runs)
    assert Decimal(tiles["requests_per_run"]["value"]) < 3  # of three requests a run, some fail


def test_what_was_corrected_and_sent_on_is_a_share_of_the_pieces(site):
    tiles = _tiles(site)
    assert Decimal(tiles["correction_rate"]["value"]) == Decimal("0.35")  # 7 of 20
    assert Decimal(tiles["reroute_rate"]["value"]) == Decimal("0.25")  # 5 of 20


def test_the_list_of_workflows_leads_to_each_and_an_unknown_one_is_refused(site):
    [row] = site.get("/workflows.json").json()["table"]["rows"]
    assert row["href"] == "/workflows/triage"
    assert site.get("/workflows/none").status_code == 404


def test_each_figure_leads_to_why_it_is_so_for_this_workflow_alone(site):
    tiles = _tiles(site)
    assert tiles["workflow_unit_cost"]["href"] == "/metrics/workflow_unit_cost?range=all&workflow=triage"
    assert all("workflow=triage" in tile["href"] for tile in tiles.values())
    figure = site.get(tiles["workflow_unit_cost"]["href"].replace("?", ".json?")).json()["tile"]
    assert figure["value"] == tiles["workflow_unit_cost"]["value"]
    assert (
        site.get("/metrics/seats_assigned?workflow=triage").status_code == 200
    )  # and says that it cannot be filtered so


def test_changes_of_a_workflow_have_their_review_rework_and_incidents(company):
    rows = [
        {**row, "workflow": "triage", "workflow_by": "requests", "incidents": row["number"] % 2}
        for row in invented.work()
    ]
    told = _with(company, work=rows, usage=invented.usage()).get(TRIAGE).json()
    tiles = {tile["metric"]: Decimal(tile["value"]) for tile in told["work"]}
    merged = [row for row in rows if row["merged_at"]]
    assert tiles["merged_prs"] == len(merged)
    assert abs(
        tiles["rework_rate"] - Decimal(sum(row["reworked"] for row in merged)) / len(merged)
    ) < Decimal("1e-9")
    assert abs(tiles["incident_after_change_rate"] - Decimal(19) / 37) < Decimal(
        "1e-9"
    )  # odd numbers of 1 to 37
    assert _tiles_of(told, "review_time")


def test_work_that_is_tied_to_an_undeclared_workflow_says_what_to_write(company):
    rows = [{**row, "workflow": "triage", "workflow_by": "requests"} for row in invented.work()]
    silent = replace(company.organisation, catalogue=Catalogue(workflows=(Workflow("triage", "Triage"),)))
    site = _with(replace(company, organisation=silent), work=rows, usage=invented.usage())
    sentence = site.get(TRIAGE).json()["sentence"]
    assert sentence["before"].startswith("37 merged changes are tied to it")
    assert 'useful_output = "merged_pr"' in sentence["after"]


def test_hours_that_follow_are_in_the_full_cost_of_a_piece(company):
    hours = {
        "effort_cost_id": "x", "day": invented.TODAY, "kind": "correction", "how": "entered", "basis": "entered", "currency": "USD",
        "replaced": False, "hours": 2.0, "workflow": "triage", "cost": Decimal(100), "source": "ledger", "synced_at": invented.NOW,
    }  # fmt: skip
    told = _with(
        company, usage=invented.usage(), spend=invented.spend(invented.usage()), pieces=invented.pieces(), effort_costs=[hours]
    ).get(TRIAGE).json()  # fmt: skip
    figures = {tile["metric"]: tile["value"] for tile in told["output"]}
    assert Decimal(figures["downstream_cost"]) == 100
    apart = Decimal(figures["workflow_full_unit_cost"]) - Decimal(figures["workflow_unit_cost"])
    assert abs(apart - 5) < Decimal("1e-8")  # 100 over 20 pieces
    (line,) = [row for row in told["lines"]["rows"] if row["id"] == "correction_cost"]
    assert Decimal(line["cost"]) == 100
    assert "with the hours that follow" in told["sentence"]["after"]


def test_the_effect_stands_with_its_verdict_and_what_was_decided_with_its_date(company, site):
    told = site.get(TRIAGE).json()
    says = {row["name"]: row["says"] for row in told["effect"]["rows"]}
    assert says["Verdict"].startswith("cannot tell yet")
    assert told["decisions"]["rows"] == []
    kept, decided = company.found, company.decided
    own = replace(
        kept[0],
        id="downstream-costly:workflow:triage",
        told={**kept[0].told, "kind": "downstream-costly", "subject_kind": "workflow", "subject": "triage"},
    )
    one = replace(decided[0], finding_id=own.id)
    desk = replace(company, found=[own], decided=[one])
    (row,) = TestClient(create_web(desk), base_url=HERE).get(TRIAGE).json()["decisions"]["rows"]
    assert (row["decided"], row["owner"]) == ("do what is recommended", "Bob Ross")
    assert row["href"] == "/decisions/downstream-costly%3Aworkflow%3Atriage"


def _with(company, **tables):
    """The same company over other rows."""
    ground = ground_of(BERLIN, **tables)
    return TestClient(create_web(replace(company, ground=ground)), base_url=HERE)


def _tiles_of(told, metric):
    return [tile for tile in told["work"] if tile["metric"] == metric]
