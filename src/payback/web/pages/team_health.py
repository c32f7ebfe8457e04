"""Team health: delivery, review load, work in progress, rework and what people say, side by side and never one score."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from payback.web.page import Page
from payback.web.pages.delivery import nothing_delivered
from payback.web.scorecards import Shown, is_nothing, period_words, table

if TYPE_CHECKING:
    from collections.abc import Mapping

    from payback.web.asking import Ask
    from payback.web.blocks import Table

SIDE_BY_SIDE = (
    ("Delivery", (
        Shown("lead_time_for_changes", "Lead time"), Shown("deploys_per_dev_week", "Deploys per dev-week"),
        Shown("change_fail_rate", "Failed"), Shown("failed_deployment_recovery_time", "Recovery"),
        Shown("deployment_rework_rate", "Mending another"),
    )),
    ("In progress", (
        Shown("open_prs", "Changes"), Shown("tickets_in_progress", "Tickets"),
    )),
    ("Review load", (
        Shown("prs_waiting_review", "Waiting now"), Shown("review_queue_age", "Age of queue"),
        Shown("time_to_first_review", "To first review"),
    )),
    ("Rework", (
        Shown("rework_rate", "Reworked"), Shown("review_rejection_rate", "Sent back"), Shown("reopen_rate", "Tickets reopened"),
    )),
    ("People say", (
        Shown("reported_health", "Health"), Shown("trust", "Trust in AI"),
    )),
)  # fmt: skip
DONE = (
    Shown("merged_prs_per_dev_week", "Merged per developer-week"), Shown("tickets_resolved", "Tickets done", bar=True),
    Shown("commitment_met", "Commitment met"), Shown("unplanned_completed", "Unplanned done"), Shown("debt_tasks", "Debt"),
)  # fmt: skip
NOTE = (
    "In progress and waiting are as they stood at the end of these days. What people say is the share of answers of 4 and 5. "
    "Teams stand by name: these figures differ with what a team works on, and make no score and no ranking."
)


def view(ask: Ask, _path: Mapping[str, str]) -> dict[str, Any]:
    """A line per team with all groups of figures in it, and what was done."""
    if is_nothing(ask, "merged_prs", "deployment_frequency", "tickets_resolved"):
        return {"empty": nothing_delivered(ask)}
    shown = tuple(replace(one, group=group) for group, members in SIDE_BY_SIDE for one in members)
    words = period_words(ask)
    return {
        "empty": None,
        "tables": (
            replace(_by_name(table(ask, "team", shown, caption=f"Teams in {words}")), note=NOTE),
            _by_name(table(ask, "team", DONE, caption=f"Work done in {words}")),
        ),
    }


def _by_name(told: Table) -> Table:
    """The teams by name, those of nobody last."""
    return replace(told, rows=tuple(sorted(told.rows, key=lambda row: (row["quiet"], row["name"]))))


PAGE = Page(
    "team-health",
    "/team-health",
    "Team health",
    "Delivery",
    "How are teams doing?",
    view,
    controls=("days",),
    days="90d",
    dimensions=("team",),
)
