"""Team health: delivery, review load, work in progress, rework and what people say, side by side and never one score."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from payback.web.page import Page
from payback.web.pages.delivery import nothing_delivered
from payback.web.scorecards import Shown, is_nothing, period_words, table

if TYPE_CHECKING:
    from collections.abc import Mapping

    from payback.web.asking import Ask

GROUPS = (
    ("Delivery", (
        Shown("lead_time_for_changes", "Lead time"), Shown("deploys_per_dev_week", "Deployments per developer-week"),
        Shown("change_fail_rate", "Failed"), Shown("failed_deployment_recovery_time", "Recovery"),
        Shown("deployment_rework_rate", "Mending another"),
    )),
    ("Review load", (
        Shown("prs_waiting_review", "Waiting now"), Shown("review_queue_age", "Age of the queue"),
        Shown("time_to_first_review", "To first review"), Shown("review_time", "Review"),
        Shown("review_rounds", "Rounds"),
    )),
    ("Rework", (
        Shown("rework_rate", "Reworked"), Shown("review_rejection_rate", "Sent back"), Shown("bug_rate", "Bugs per change"),
        Shown("reopen_rate", "Ticket reopened"),
    )),
    ("Work", (
        Shown("merged_prs_per_dev_week", "Merged per developer-week"), Shown("tickets_resolved", "Tickets done"),
        Shown("commitment_met", "Commitment met"), Shown("unplanned_completed", "Unplanned done"),
        Shown("debt_tasks", "Debt"),
    )),
    ("What people say", (
        Shown("reported_health", "Health, share of 4 and 5"), Shown("trust", "Trust in AI, share of 4 and 5"),
    )),
)  # fmt: skip


def view(ask: Ask, _path: Mapping[str, str]) -> dict[str, Any]:
    """One table per group, the same teams in each."""
    if is_nothing(ask, "merged_prs", "deployment_frequency", "tickets_resolved"):
        return {"empty": nothing_delivered(ask)}
    return {
        "empty": None,
        "tables": tuple(
            table(ask, "team", shown, caption=f"{title} in {period_words(ask)}") for title, shown in GROUPS
        ),
    }


PAGE = Page(
    "team-health",
    "/team-health",
    "Team health",
    "Delivery",
    "How are teams doing?",
    view,
    controls=("days",),
    dimensions=("team",),
)
