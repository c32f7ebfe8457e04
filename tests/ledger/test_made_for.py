"""Use that serves a change which a workflow declares as its own is that workflow's, unless it names another itself."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

from payback.ledger.attribute import Ground
from payback.ledger.batches import table_of
from payback.ledger.derive import rolled_up
from payback.ledger.intake import Batch, take_in
from payback.ledger.placement import Placement
from payback.ledger.spend import rebuilt
from payback.ledger.tables import BY_NAME
from payback.org.directory import Catalogue, Directory, Person, Stage, Workflow
from payback.warehouse.contract import Upsert
from tests.ledger.entries import NOW, START, books, usage
from tests.ledger.test_spend import OCTOBER, PARIS

UPKEEP = Workflow("upkeep", "Upkeep", owner="ana", task_type="debt", stages=(Stage("production"),))
ORGANISATION = Directory([Person("ana", "Ana")], catalogue=Catalogue(workflows=(UPKEEP,)))


def _warehouse(workflow_by="declared", *, trial=False):
    held = books(ORGANISATION)
    take_in(
        Batch(usages=[usage("r1", actor="ana"), usage("r2", actor="ana", workflow="coding"), usage("r3")]),
        held,
        NOW,
    )
    requests = held.warehouse.read(held.warehouse.table("usage")).to_pylist()
    own = [row for row in requests if row["actor"] == "ana"]
    placed = [
        {"usage_id": row["usage_id"], "pull_request_id": "web#1", "how": "branch_commit", "occurred_at": START, "source": "links"}
        for row in own
    ]  # fmt: skip
    work = {
        "pull_request_id": "web#1", "repo": "web", "state": "merged", "ai_class": "agent_assisted", "source": "git",
        "workflow": "upkeep", "workflow_by": workflow_by,
    }  # fmt: skip
    for name, rows in (("assignments", placed), ("work", [work])):
        held.warehouse.apply([Upsert(name, table_of(BY_NAME[name], rows, None, NOW))])
    ground = Ground(PARIS, Placement(ORGANISATION), trial=trial)
    held.warehouse.apply(rebuilt(held.warehouse, OCTOBER, ground, NOW))
    held.warehouse.apply([rolled_up(held.warehouse, START, datetime(2026, 10, 31, tzinfo=UTC))])
    return held.warehouse


def _money(warehouse):
    found = {}
    for row in warehouse.read(warehouse.table("spend")).to_pylist():
        key = (row["workflow"], row["environment"], row["owner"], row["task_type"])
        found[key] = found.get(key, Decimal(0)) + row["list"]
    return found


ONE = Decimal("0.00011")
DECLARED = {
    ("upkeep", "production", "ana", "debt"): ONE,
    ("coding", None, None, None): ONE,
    (None, None, None, None): ONE,
}


def test_what_serves_a_declared_change_is_its_workflows_with_stage_owner_and_task_type():
    assert _money(_warehouse()) == DECLARED
    assert _money(_warehouse(trial=True)) == DECLARED


def test_where_requests_told_the_workflow_of_the_change_the_others_stay_where_they_are():
    assert {key[0]: money for key, money in _money(_warehouse("requests")).items()} == {
        None: 2 * ONE,
        "coding": ONE,
    }


def test_hours_are_rolled_up_by_the_same_workflow():
    warehouse = _warehouse()
    rows = warehouse.read(warehouse.table("usage_hourly")).to_pylist()
    assert sorted((row["workflow"] or "", row["requests"]) for row in rows) == [
        ("", 1),
        ("coding", 1),
        ("upkeep", 1),
    ]
