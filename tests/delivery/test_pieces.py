from __future__ import annotations

from datetime import UTC, date, datetime

from payback.delivery.pieces import Made, piece_rows
from payback.org.what import Workflow

NOW = datetime(2026, 3, 31, tzinfo=UTC)
DAY = date(2026, 3, 2)


def flow(name: str, output: str | None, **told) -> Workflow:
    return Workflow(name, name, useful_output=output, **told)


def change(number: int, workflow: str | None, work_type: str = "feature", **told) -> dict:
    plain = {
        "pull_request_id": f"web#{number}", "repo": "web", "state": "merged", "merged_day": DAY, "team": "red", "reworked": False,
        "main_tool": "codex", "main_model": "gpt", "cost_list": None, "source": "git",
    }  # fmt: skip
    return {**plain, "workflow": workflow, "work_type": work_type, **told}


def ticket(key: str, workflow: str, **told) -> dict:
    plain = {
        "ticket_id": key,
        "workflow": workflow,
        "resolved_day": DAY,
        "is_story": False,
        "reopened": 0,
        "source": "jira",
    }
    return {**plain, **told}


def output(key: str, workflow: str, kind: str | None, **told) -> dict:
    plain = {
        "output_id": key,
        "workflow": workflow,
        "kind": kind,
        "run_id": None,
        "produced_at": NOW,
        "source": "files",
    }
    return {**plain, **dict.fromkeys(("corrected", "reopened", "rerouted")), **told}


def pieces(workflows, **told) -> dict:
    made = Made(
        workflows={one.workflow_id: one for one in workflows}, team_of=lambda name: f"team of {name}", **told
    )
    return {row["piece_id"]: row for row in piece_rows(made, NOW).to_pylist()}


def test_only_what_a_workflow_declares_as_its_output_counts():
    flows = [
        flow("coding", "merged_pr"),
        flow("tests", "qa_task"),
        flow("stories", "story"),
        flow("desk", "ticket"),
    ]
    flows += [flow("ship", "deploy"), flow("triage", "output:triage"), flow("silent", None)]
    found = pieces(
        flows,
        work=[
            change(1, "coding"), change(2, "tests", "docs_qa"), change(3, "tests"), change(4, "desk"), change(5, "silent"),
            change(6, "coding", state="closed"), change(7, None), change(8, "coding", merged_day=None),
        ],
        items=[
            ticket("A", "stories", is_story=True), ticket("B", "stories"), ticket("C", "desk"), ticket("D", "desk", resolved_day=None),
            ticket("E", "coding"),
        ],
        deployments=[
            {"deployment_id": "d1", "workflow": "ship", "finished_day": DAY, "failed": True, "source": "git"},
            {"deployment_id": "d2", "workflow": "coding", "finished_day": DAY, "failed": False, "source": "git"},
        ],
        outputs=[output("o1", "triage", "triage"), output("o2", "triage", "summary"), output("o3", "silent", None)],
    )  # fmt: skip
    assert set(found) == {
        "merged_pr:web#1", "qa_task:web#2", "story:A", "ticket:C", "deploy:d1", "triage:o1", "output:o3",
    }  # fmt: skip
    assert found["deploy:d1"]["came_back"] is True
    assert (found["merged_pr:web#1"]["team"], found["merged_pr:web#1"]["model"]) == ("red", "gpt")


def test_a_piece_came_back_where_anything_of_it_did_and_is_unknown_where_nobody_said():
    told = [
        output("a", "triage", "triage", corrected=False, rerouted=True),
        output("b", "triage", "triage", corrected=False),
        output("c", "triage", "triage"),
    ]
    found = pieces([flow("triage", "output:triage", task_type="triage")], outputs=told)
    assert [found[f"triage:{key}"]["came_back"] for key in "abc"] == [True, False, None]
    assert {(row["team"], row["task_type"]) for row in found.values()} == {("team of triage", "triage")}


def test_a_piece_was_made_with_the_model_of_its_run_else_with_that_of_its_workflow_that_day():
    told = [
        output("a", "triage", "triage", run_id="r1"),
        output("b", "triage", "triage", run_id="r2"),
        output("c", "other", "x"),
    ]
    found = pieces(
        [], outputs=told, of_run={"r1": ("api", "haiku")}, of_day={("triage", NOW.date()): ("api", "opus")}
    )
    assert [row["model"] for row in found.values()] == ["haiku", "opus", None]
