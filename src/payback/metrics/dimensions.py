"""The ways a number can be cut, one value each, and the other words people use for them."""

from __future__ import annotations

from dataclasses import dataclass

from payback.errors import UnknownNameError
from payback.period import Grain


@dataclass(frozen=True, slots=True)
class Dimension:
    """One cut. `singles_out` marks those whose groups are one person or one person's doing (rule 16)."""

    id: str
    title: str
    singles_out: bool = False
    also: tuple[str, ...] = ()


DIMENSIONS: dict[str, Dimension] = {
    dimension.id: dimension
    for dimension in (
        Dimension("team", "Team"),
        Dimension("person", "Person", singles_out=True, also=("user",)),
        Dimension("tool", "Tool"),
        Dimension("vendor", "Vendor"),
        Dimension("model", "Model"),
        Dimension("workflow", "Workflow"),
        Dimension("environment", "Environment"),
        Dimension("task_type", "Task type"),
        Dimension("owner", "Owner"),
        Dimension("repo", "Repository", also=("repository",)),
        Dimension("branch", "Branch"),
        Dimension("work_type", "Work type"),
        Dimension("size_band", "Size band"),
        Dimension("ai_class", "AI class"),
        Dimension("exposure", "Author used AI then (no evidence)"),
        Dimension("ai_share", "Share of its changes with AI"),
        Dimension("sprint", "Sprint"),
        Dimension("output", "Kind of output"),
        Dimension("agent", "Agent"),
        Dimension("account", "Account"),
        Dimension("project", "Project", also=("workspace",)),
        Dimension("api_key", "API key"),
        Dimension("cost_center", "Cost centre", also=("cost_centre",)),
        Dimension("source", "Source"),
        Dimension("session", "Session", singles_out=True, also=("session_id",)),
        Dimension("run", "Run", singles_out=True, also=("run_id",)),
        Dimension("pull_request", "Pull request", also=("pr",)),
        Dimension("ticket", "Ticket"),
        Dimension("metric", "Metric"),
        Dimension("question", "Question of a survey"),
        Dimension("kind", "Kind of step"),
        Dimension("line", "Line of cost"),
        Dimension("how", "How it is known"),
        Dimension("error", "Kind of failure"),
        Dimension("quality", "Quality of the record"),
        Dimension("basis", "Rule that placed it"),
        Dimension("allocation", "Rule that split it", also=("rule",)),
        Dimension("reconciled", "Standing against the bill"),
        Dimension("currency", "Currency"),
    )
}
_ALSO = {word: dimension.id for dimension in DIMENSIONS.values() for word in dimension.also}


def dimension(word: str) -> str:
    """The id of a dimension by its id or another word for it. UnknownNameError for any other word."""
    found = _ALSO.get(word, word)
    if found not in DIMENSIONS:
        raise UnknownNameError("dimension", word, (*DIMENSIONS, *Grain))
    return found
