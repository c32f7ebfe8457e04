"""What becomes of GitHub's facts: a change with its phases, its class, its ticket and its deployment, worked out by hand."""

from __future__ import annotations

from tests.sources.github.hub import TOLD, Hub, commit, event, issue, pull, review, who
from tests.sources.installation import opened, rows

APP = "github.com/acme/app"


def test_an_agents_change_from_its_first_commit_to_production(tmp_path):
    change = pull(
        7,
        "2026-11-03T10:30:00Z",
        createdAt="2026-11-02T09:00:00Z",
        author=who("copilot-swe-agent", "Bot", 198982749),
        headRefName="copilot/fix-export",
        state="MERGED",
        mergedAt="2026-11-03T10:30:00Z",
        closedAt="2026-11-03T10:30:00Z",
        mergeCommit={"oid": "mm"},
        closing=[12],
        commits=[commit("aa", "2026-11-02T09:00:00Z"), commit("bb", "2026-11-02T17:00:00Z")],
        reviews=[
            review(1, "COMMENTED", "2026-11-02T12:00:00Z", who("coderabbitai", "Bot")),
            review(2, "CHANGES_REQUESTED", "2026-11-02T15:00:00Z", who("bob", number=2)),
            review(3, "COMMENTED", "2026-11-02T17:30:00Z", who("copilot-swe-agent", "Bot", 198982749)),
            review(4, "APPROVED", "2026-11-03T09:00:00Z", who("bob", number=2)),
        ],
        timelineItems=[event("ReadyForReviewEvent", "2026-11-02T11:00:00Z")],
    )
    deployment = {
        "id": "D1", "databaseId": 1, "task": "deploy", "environment": "production", "state": "INACTIVE",
        "createdAt": "2026-11-03T11:00:00Z", "commitOid": "mm", "ref": {"name": "main"}, "latestStatus": None,
        "statuses": lambda first: {"nodes": [
            {"state": "INACTIVE", "createdAt": "2026-11-09T11:30:00Z"},
            {"state": "SUCCESS", "createdAt": "2026-11-03T11:30:00Z"},
        ]},
    }  # fmt: skip
    hub = Hub(app={"pullRequests": [change], "deployments": [deployment], "issues": [issue(12)]})
    with opened(tmp_path / "home", TOLD, hub) as app:
        app.sync(["github"])
        [work] = rows(app, "work")
    told = {
        "ai_class": "agent_authored",
        "ai_tools": "copilot",
        "evidence_complete": True,
        "coding_hours": 2.0,
        "pickup_hours": 4.0,
        "review_hours": 18.0,
        "merge_wait_hours": 1.5,
        "cycle_hours": 25.5,
        "deploy_wait_hours": 1.0,
        "lead_hours": 26.5,
        "review_rounds": 1,
        "human_reviews": 2,
        "tickets": f"{APP}#12",
        "deployment_id": f"{APP}/deployments/1",
    }
    assert {name: work[name] for name in told} == told
