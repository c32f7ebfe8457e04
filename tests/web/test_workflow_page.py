from __future__ import annotations

from decimal import Decimal

from tests.web import invented

TRIAGE = "/workflows/triage.json?range=all"


def _tiles(site) -> dict:
    told = site.get(TRIAGE).json()
    return {tile["metric"]: tile for tile in (*told["output"], *told["tiles"])}


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
