"""Delivery in the invented month: what happened to the changes of `month`, and the numbers worked out by hand."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

SYNCED = datetime(2026, 4, 1, tzinfo=UTC)
PLAIN = {"source": "github", "synced_at": SYNCED}
THIRD = Decimal("0.333333333333")


def utc(text: str) -> datetime:
    return datetime.fromisoformat(f"2026-{text}:00+00:00")


def hours(coding, draft, pickup, review, merge, cycle) -> dict:
    names = ("coding_hours", "draft_hours", "pickup_hours", "review_hours", "merge_wait_hours", "cycle_hours")
    return dict(zip(names, (coding, draft, pickup, review, merge, cycle), strict=True))


def deployed(day: date, wait: float, lead: float) -> dict:
    return {"deployed_day": day, "deploy_wait_hours": wait, "lead_hours": lead}


def size(additions: int, deletions: int, files: int) -> dict:
    return {"additions": additions, "deletions": deletions, "files": files}


def seen(rejected, rounds, comments) -> dict:
    return {"rejected": rejected, "review_rounds": rounds, "comments": comments}


def mended(reverted, followed, rewritten, reopened, reworked, bugs) -> dict:
    names = ("reverted", "followed_by_fix", "major_rework", "ticket_reopened", "reworked", "bugs")
    return dict(zip(names, (reverted, followed, rewritten, reopened, reworked, bugs), strict=True))


def queued(ready: str, looked: str | None, closed: str | None) -> dict:
    return {
        "created_at": utc(ready),
        "ready_at": utc(ready),
        "first_review_at": looked and utc(looked),
        "closed_at": closed and utc(closed),
    }


CHANGES = {
    1: {
        **hours(4.0, 1.0, 2.0, 3.0, 1.0, 10.0), **deployed(date(2026, 3, 4), 5.0, 15.0), **size(40, 10, 3),
        **seen(True, 2, 6), **mended(False, False, False, False, False, 1), "work_type": "docs_qa", "partial": False, "incidents": 2,
        "churned_list": Decimal("0.40"), "devlake_hours": 14.0, "middleware_hours": 12.0, **queued("03-02T08:00", "03-02T10:00", "03-03T08:00"),
    },
    2: {
        **hours(8.0, None, 6.0, None, None, 30.0), **deployed(date(2026, 3, 13), 1.0, 31.0), **size(200, 100, 9),
        **seen(None, None, None), **mended(True, False, None, False, True, 0), "work_type": "debt", "partial": True, "incidents": 0,
        "devlake_hours": 32.0, "middleware_hours": 9.0, **queued("03-11T00:00", "03-11T06:00", "03-12T08:00"),
    },
    3: {
        **hours(2.0, 0.0, 1.0, 5.0, 3.0, 11.0), **size(5, 0, 1), **seen(False, 0, 0),
        **mended(False, None, False, False, None, None), "work_type": "feature", "partial": False,
        **queued("03-14T09:00", "03-14T10:00", "03-15T08:00"),
    },
    4: {
        **hours(16.0, 2.0, 4.0, 1.0, 2.0, 23.0), **deployed(date(2026, 4, 2), 50.0, 73.0), **size(900, 300, 20),
        **seen(False, 1, 3), **mended(False, True, True, True, True, 2), "work_type": "docs_qa", "partial": False,
        **queued("03-29T09:00", "03-29T13:00", "03-30T08:00"),
    },
    5: {**hours(99.0, 99.0, 99.0, 99.0, 99.0, 99.0), **queued("03-31T12:00", "03-31T20:00", "04-01T08:00")},
    6: queued("03-30T22:00", None, None),
}  # fmt: skip
WAITING = {
    "pull_request_id": "shop#7", "repo": "shop", "number": 7, "team": "blue", "state": "open",
    "ai_class": "none_detected", **queued("03-31T10:00", None, None), **PLAIN,
}  # fmt: skip


def deployment(name: str, day: date, team: str, ai_class: str, **told) -> dict:
    cost = told.pop("cost", None)
    return {
        "deployment_id": name, "repo": "shop", "finished_at": SYNCED, "finished_day": day, "team": team,
        "ai_class": ai_class, "cost_list": cost and Decimal(cost), **told, **PLAIN,
    }  # fmt: skip


DEPLOYMENTS = [
    deployment("d1", date(2026, 3, 4), "red", "agent_assisted", failed=True, incidents=2, recovery_hours=6.0, is_rework=False, cost="1.00"),
    deployment("d2", date(2026, 3, 13), "blue", "none_detected", failed=True, incidents=1, is_rework=True),  # not over
    deployment("d3", date(2026, 3, 20), "blue", "agent_authored", failed=False, incidents=0, is_rework=False, cost="1.20"),
    deployment("d4", date(2026, 4, 1), "blue", "agent_authored", failed=True, incidents=9, is_rework=True, cost="99"),  # outside
]  # fmt: skip


def ticket(key: str, day: date | None, team: str, ai_class: str, spent: tuple, **told) -> dict:
    cost = told.pop("cost", None)
    names = ("active_hours", "queue_hours", "resolution_hours")
    plain = {"ticket_id": key, "resolved_day": day, "team": team, "ai_class": ai_class, **PLAIN}
    return plain | dict(zip(names, spent, strict=True)) | told | {"cost_list": cost and Decimal(cost)}


def worked(started: str, resolved: str | None) -> dict:
    return {
        "status_category": "done" if resolved else "in_progress",
        "started_at": utc(started),
        "resolved_at": resolved and utc(resolved),
    }


NEVER = {"would_not_have_been_done": True}
TICKETS = [
    ticket("T1", date(2026, 3, 5), "red", "agent_assisted", (8.0, 16.0, 24.0), is_story=True, cost="2.00", **NEVER, **worked("03-04T09:00", "03-05T09:00")),
    ticket("T2", date(2026, 3, 6), "blue", "none_detected", (None, None, 100.0), is_story=False),
    ticket("T3", date(2026, 3, 7), "red", "agent_authored", (4.0, 2.0, 6.0), is_story=True, **worked("03-07T08:00", "03-07T12:00")),  # no known cost
    ticket("T4", date(2026, 4, 1), "red", "agent_authored", (99.0, 99.0, 99.0), is_story=True, **NEVER, **worked("03-31T09:00", "04-01T09:00")),  # outside
    ticket("T5", None, "red", "agent_authored", (None, None, None), is_story=True, **worked("03-30T09:00", None)),  # open
]  # fmt: skip


def commitment(key: str, committed: bool, completed: bool, day: date = date(2026, 3, 14)) -> dict:  # noqa: FBT001
    told = {"committed": committed, "completed": completed, "ended_day": day}
    return {"sprint_id": "1", "ticket_id": key, "team": "red", **told, **PLAIN}


COMMITMENTS = [
    commitment("T1", True, True),
    commitment("T2", True, False),
    commitment("T3", False, True),
    commitment("T4", True, True, date(2026, 4, 1)),  # outside
]


def developing(person: str, team: str, first: date, days: int) -> list[dict]:
    return [{"day": first + timedelta(days=n), "person": person, "team": team, **PLAIN} for n in range(days)]


DEVELOPERS = [
    *developing("ann", "red", date(2026, 3, 3), 14),
    *developing("bob", "blue", date(2026, 3, 25), 7),
    *developing("ann", "red", date(2026, 4, 1), 5),  # outside
]


def output(key: str, produced: str, corrected=None, reopened=None, rerouted=None) -> dict:
    told = {"corrected": corrected, "reopened": reopened, "rerouted": rerouted}
    return {"output_id": key, "workflow": "triage", "produced_at": utc(produced), **told, **PLAIN}


OUTPUTS = [
    output("o1", "03-02T09:00", corrected=True, reopened=False, rerouted=True),
    output("o2", "03-02T09:00", corrected=False, rerouted=False),
    output("o3", "03-02T09:00"),
    output("o4", "03-31T22:00", corrected=True, reopened=True, rerouted=True),  # outside
]


def piece(key: str, day: date, workflow: str, kind: str, came_back=None, **told) -> dict:
    row = {"piece_id": f"{kind}:{key}", "subject": key, "day": day, "workflow": workflow, "kind": kind}
    return {**row, "came_back": came_back, **told, **PLAIN}


PIECES = [
    piece("o1", date(2026, 3, 2), "triage", "triage", True, task_type="triage"),
    piece("o2", date(2026, 3, 2), "triage", "triage", False, task_type="triage"),
    piece("o3", date(2026, 3, 2), "triage", "triage"),
    piece("shop#2", date(2026, 3, 12), "upkeep", "merged_pr", True, team="blue", tool="codex", model="gpt"),
    piece("o4", date(2026, 4, 1), "triage", "triage", True),  # outside
]  # fmt: skip


def spread(name: str, median, p75, p90, n: int, excluded: int = 0) -> dict:
    values = {"": median, "_p75": p75, "_p90": p90}
    return {f"{name}{suffix}": (value, n, excluded) for suffix, value in values.items()}


EXPECTED = {  # metric: (value, n, excluded n)
    **spread("coding_time", 4.0, 8.0, 16.0, 4),  # 2 [4] 8 16
    **spread("draft_time", 1.0, 2.0, 2.0, 3, 1),  # 0 [1] 2
    **spread("pickup_time", 2.0, 4.0, 6.0, 4),  # 1 [2] 4 6
    **spread("review_time", 3.0, 5.0, 5.0, 3, 1),  # 1 [3] 5
    **spread("merge_wait", 2.0, 3.0, 3.0, 3, 1),  # 1 [2] 3
    **spread("cycle_time", 11.0, 23.0, 30.0, 4),  # 10 [11] 23 30
    **spread("deploy_wait", 1.0, 5.0, 5.0, 2),  # [1] 5, of shop#1 and shop#2
    **spread("lead_time_for_changes", 15.0, 31.0, 31.0, 2),
    **spread("ticket_active_time", 4.0, 8.0, 8.0, 2, 1),
    **spread("ticket_queue_time", 2.0, 16.0, 16.0, 2, 1),
    **spread("ticket_resolution_time", 24.0, 100.0, 100.0, 3),
    **spread("failed_deployment_recovery_time", 6.0, 6.0, 6.0, 1, 1),  # d2 is not over
    "deployment_frequency": (3, 3, 0),
    "deploys_per_dev_week": (Decimal(1), 21, 0),  # 3 over 21 days of developers, times 7
    "merged_prs_per_dev_week": (Decimal("1.333333333333"), 21, 0),  # 4 over 21, times 7
    "change_fail_rate": (Decimal("0.666666666667"), 3, 0),
    "deployment_rework_rate": (THIRD, 3, 0),
    "incident_rate": (Decimal(1), 3, 0),  # 3 ÷ 3
    "rework_rate": (Decimal("0.666666666667"), 3, 1),  # shop#2 and #4 of three that are known
    "revert_rate": (Decimal("0.25"), 4, 0),
    "follow_up_fix_rate": (THIRD, 3, 1),
    "rewrite_rate": (THIRD, 3, 1),
    "reopen_rate": (Decimal("0.25"), 4, 0),
    "lead_time_as_devlake": (14.0, 2, 0),  # [14] 32, of shop#1 and shop#2
    "lead_time_as_middleware": (Decimal("10.5"), 2, 2),  # (12 + 9) ÷ 2
    "churned_spend": (Decimal("0.40"), 1, 3),  # shop#1 alone has a known cost and is old enough
    "partial_share": (Decimal("0.25"), 4, 0),
    "prs_waiting_review": (2, 7, 0),  # shop#6 and #7 at the end of March
    "open_prs": (3, 7, 0),  # shop#5, #6 and #7
    "tickets_in_progress": (2, 4, 0),  # T4, done on 1 April, and T5; T1 and T3 are done
    "review_queue_age": (12.0, 2, 0),  # [12] 24
    "time_to_first_review": (6.0, 7, 0),  # 1 2 4 6 8 ended, 14 and 26 last: 6/7 5/7 4/7 [3/7]
    "review_rejection_rate": (THIRD, 3, 1),
    "incident_after_change_rate": (Decimal("0.5"), 2, 2),  # shop#1 of #1 and #2
    "review_rounds": (Decimal(1), 3, 1),  # 2 + 0 + 1
    "review_rounds_p90": (2, 3, 1),
    "bug_rate": (Decimal(1), 3, 1),  # 1 + 0 + 2
    "pr_size": (50, 4, 0),  # 5 [50] 300 1200
    "pr_size_p90": (1200, 4, 0),
    "pr_files": (3, 4, 0),  # 1 [3] 9 20
    "review_comments": (Decimal(3), 3, 1),  # 6 + 0 + 3
    "reported_health": (Decimal(1), 1, 0),
    "tickets_resolved": (3, 3, 0),
    "stories_completed": (2, 2, 0),
    "would_not_have_been_done": (1, 1, 0),
    "commitment_met": (Decimal("0.5"), 2, 0),
    "unplanned_completed": (1, 1, 0),
    "debt_tasks": (1, 1, 0),
    "docs_qa_tasks": (2, 2, 0),
    "outputs": (3, 3, 0),
    "useful_outputs": (4, 4, 0),
    "came_back_rate": (Decimal("0.666666666667"), 3, 1),  # o1 and shop#2 of three that are known
    "workflow_cost": (Decimal("0.90"), 1, 0),  # b
    "downstream_cost": (Decimal(30), 1, 0),  # e9
    "workflow_unit_cost": (Decimal("0.225"), 4, 0),  # 0.90 ÷ 4
    "workflow_full_unit_cost": (Decimal("7.725"), 4, 0),  # 30.90 ÷ 4
    "correction_rate": (Decimal("0.5"), 2, 1),
    "reopened_output_rate": (Decimal(0), 1, 2),
    "reroute_rate": (Decimal("0.5"), 2, 1),
    "cost_per_ticket": (Decimal("2.00"), 1, 1),
    "cost_per_story": (Decimal("2.00"), 1, 1),
    "cost_per_qa_task": (Decimal("1.00"), 1, 1),  # shop#1; shop#4 has no known cost
    "cost_per_deploy": (Decimal("1.10"), 2, 0),  # 1.00 + 1.20
    "cost_per_ticket_all_in": (Decimal("1.00"), 3, 4),  # 3.00 ÷ 3
    "cost_per_story_all_in": (Decimal("1.50"), 2, 4),
    "cost_per_qa_task_all_in": (Decimal("1.50"), 2, 4),
    "cost_per_deploy_all_in": (Decimal("1.00"), 3, 4),
}
