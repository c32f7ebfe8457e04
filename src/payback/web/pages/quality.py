"""Quality and risk: what had to be done again, what reviews sent back, what broke; with AI beside none detected."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from payback.web.page import Page
from payback.web.pages.delivery import nothing_delivered
from payback.web.scorecards import Shown, is_nothing, period_words, table, tiles

if TYPE_CHECKING:
    from collections.abc import Mapping

    from payback.web.asking import Ask

TILES = ("rework_rate", "review_rejection_rate", "bug_rate", "change_fail_rate", "incident_rate")
REWORK = (
    Shown("merged_prs", "Merged", bar=True),
    Shown("rework_rate", "Reworked"),
    Shown("revert_rate", "Reverted"),
    Shown("follow_up_fix_rate", "Fixed within 14 days"),
    Shown("rewrite_rate", "Rewritten in review"),
    Shown("reopen_rate", "Ticket reopened"),
    Shown("review_rejection_rate", "Sent back"),
    Shown("review_rounds", "Rounds"),
    Shown("bug_rate", "Bugs per change"),
    Shown("pr_size", "Lines, median"),
    Shown("evidence_coverage", "Evidence read"),
)
BROKE = (
    Shown("deployment_frequency", "Deployments", bar=True),
    Shown("change_fail_rate", "Failed"),
    Shown("incident_rate", "Incidents per deployment"),
    Shown("failed_deployment_recovery_time", "Recovery"),
    Shown("deployment_rework_rate", "Mending another"),
)
NOTE = (
    "No sign of AI does not mean that none took part, and what AI is used for differs from what it is not used for: "
    "a difference in this table is no effect of AI."
)


def view(ask: Ask, _path: Mapping[str, str]) -> dict[str, Any]:
    """Rework by AI class, size, kind and team; failures by the share of AI in a deployment."""
    if is_nothing(ask, "merged_prs", "deployment_frequency"):
        return {"empty": nothing_delivered(ask)}
    return {
        "empty": None,
        "tiles": tiles(ask, *TILES),
        "note": NOTE,
        "classes": table(
            ask, "ai_class", REWORK, caption=f"With AI and none detected, in {period_words(ask)}"
        ),
        "broke": table(ask, "ai_share", BROKE, caption="Deployments by the share of their changes with AI"),
        "sizes": table(ask, "size_band", REWORK, caption="By size of the change"),
        "teams": table(ask, "team", REWORK, caption="By team"),
    }


PAGE = Page(
    "quality",
    "/quality",
    "Quality and risk",
    "Delivery",
    "What had to be done again, and what broke?",
    view,
    controls=("days", "compare"),
    dimensions=("team", "repo"),
)
