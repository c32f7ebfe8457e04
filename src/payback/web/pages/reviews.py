"""Reviews: what waits and for how long, how reviews go, and how the load lies on teams."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from payback.app.delivery_views import review_load, review_queue
from payback.web import words
from payback.web.blocks import Column, Table
from payback.web.page import Page
from payback.web.pages.delivery import nothing_delivered
from payback.web.pages.sessions import change_href
from payback.web.palette import hues
from payback.web.scorecards import Shown, is_nothing, period_words, table, tiles
from payback.web.series import spoken

if TYPE_CHECKING:
    from collections.abc import Mapping

    from payback.web.asking import Ask

TILES = (
    "prs_waiting_review",
    "review_queue_age",
    "time_to_first_review",
    "review_time",
    "review_rejection_rate",
)
COLUMNS = (
    Shown("merged_prs", "Merged", bar=True),
    Shown("time_to_first_review", "To first review"),
    Shown("pickup_time_p90", "Pickup, p90"),
    Shown("review_time", "Review"),
    Shown("review_time_p90", "Review, p90"),
    Shown("review_rounds", "Rounds"),
    Shown("review_comments", "Comments per change"),
    Shown("review_rejection_rate", "Sent back"),
    Shown("pr_size", "Lines, median"),
)
QUEUE = (
    Column("name", "Change", "code"),
    Column("title", "Title"),
    Column("team", "Team"),
    Column("size_band", "Size"),
    Column("ai", "AI evidence", "badge"),
    Column("waiting_hours", "Waiting", "hours", bar=True),
)
LOAD = (
    Column("name", "Reviewers' team"),
    Column(
        "reviews", "Reviews", "count", bar=True, help="What one person says to a change in one sitting is one"
    ),
    Column("reviewers", "Reviewers", "count"),
    Column("changes", "Changes", "count"),
    Column("per_reviewer", "Reviews per reviewer", "number"),
    Column(
        "most", "Given by the busiest one", "share", help="Part of the team's reviews that one person gave"
    ),
)


def view(ask: Ask, _path: Mapping[str, str]) -> dict[str, Any]:
    """The queue, the course of reviews by team, and load."""
    if is_nothing(ask, "merged_prs", "prs_waiting_review"):
        return {"empty": nothing_delivered(ask)}
    looked = ask.desk.view(ask.filters.period, ask.scope)
    teams = ask.names("team")
    queue = tuple(_waiting(row, teams) for row in review_queue(looked, ask.where))
    load = tuple(
        {
            **row,
            "name": spoken("team", row["team"], teams),
            "per_reviewer": Decimal(str(round(row["per_reviewer"], 2))),
            "most": None if row["most"] is None else Decimal(str(round(row["most"], 4))),
            "quiet": row["team"] is None,
        }
        for row in review_load(looked, ask.where)
    )
    return {
        "empty": None,
        "tiles": tiles(ask, *TILES),
        "queue": Table("Waiting for a first review now", QUEUE, queue, empty="Nothing waits."),
        "teams": table(ask, "team", COLUMNS, caption=f"Changes of teams in {period_words(ask)}"),
        "load": Table(
            "Load on reviewers by team",
            LOAD,
            load,
            empty="No review is known: Git alone tells of none.",
            note="By the team of who reviewed. Nobody is named or ranked.",
        ),
        "classes": table(ask, "ai_class", COLUMNS, caption="By AI evidence"),
    }


def _waiting(row: Mapping[str, Any], teams: Mapping[str, str]) -> dict[str, Any]:
    return {
        **row,
        "name": words.tail(row["pull_request_id"]),
        "href": change_href(row["pull_request_id"]),
        "team": spoken("team", row["team"], teams),
        "ai": words.title(row["ai_class"]),
        "ai_hue": hues([row["ai_class"]])[row["ai_class"]],
        "waiting_hours": Decimal(str(round(row["waiting_hours"], 2))),
    }


PAGE = Page(
    "reviews",
    "/reviews",
    "Reviews",
    "Delivery",
    "What waits for a review, and on whom does it lie?",
    view,
    controls=("days", "compare"),
    dimensions=("team", "repo"),
)
