"""The metric a workflow is to be judged on, and what must not get worse, proposed from its useful output with the reason.

What limits a team is proposed from where its changes wait, once that is known. A proposal is never taken by itself.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Judged:
    """One primary metric, its guardrails, and why."""

    primary_metric: str
    guardrail_metrics: tuple[str, ...]
    reason: str


@dataclass(frozen=True, slots=True)
class Limit:
    """What limits a team or workflow, and why."""

    constraint: str
    reason: str


OUTPUTS: Mapping[str, Judged] = {
    "merged_pr": Judged(
        "cost_per_merged_pr",
        ("rework_rate", "change_fail_rate", "review_time"),
        "its useful output is a merged change",
    ),
    "ticket": Judged(
        "cost_per_ticket", ("rework_rate", "ticket_resolution_time"), "its useful output is a resolved ticket"
    ),
    "story": Judged(
        "cost_per_story", ("rework_rate", "commitment_met"), "its useful output is a finished story"
    ),
    "qa_task": Judged("cost_per_qa_task", ("bug_rate",), "its useful output is a finished test task"),
}
PIECES = Judged(
    "workflow_unit_cost", ("correction_rate", "reroute_rate"), "its useful output is counted in pieces"
)
PHASES: Mapping[str, tuple[str, str]] = {
    "coding_hours": ("throughput", "writing"),
    "pickup_hours": ("review", "waiting for a first review"),
    "review_hours": ("review", "review"),
    "merge_wait_hours": ("release", "waiting to be merged"),
}
THROUGHPUT = Judged(
    "merged_prs", ("rework_rate", "review_time", "change_fail_rate"), "AI is said to bring more changes"
)
BY_CONSTRAINT: Mapping[str, Judged] = {
    "throughput": replace(THROUGHPUT, reason="throughput limits it"),
    "review": Judged("review_time", ("rework_rate", "merged_prs"), "review limits it"),
    "quality": Judged("rework_rate", ("cycle_time", "merged_prs"), "quality limits it"),
    "release": Judged("lead_time_for_changes", ("change_fail_rate", "rework_rate"), "release limits it"),
}
CLEAR = 0.4
ENOUGH = 20


def judged(useful_output: str | None) -> Judged | None:
    """What a workflow with this output is to be judged on; None where nothing is said that could be counted."""
    if not useful_output:
        return None
    return PIECES if useful_output.startswith("output:") else OUTPUTS.get(useful_output)


def judged_team(constraint: str | None) -> Judged:
    """What a team (or the whole organisation) is to be judged on, by what limits it."""
    return BY_CONSTRAINT.get(constraint or "", THROUGHPUT)


def limited(hours: Mapping[str, float | None], changes: int) -> Limit | None:
    """What limits a team, from the median hours of each phase of its changes: the phase that takes at least 40 % of them.

    None with fewer than 20 changes, or where no phase stands out.
    """
    known = {phase: spent for phase, spent in hours.items() if phase in PHASES and spent}
    whole = sum(known.values())
    if changes < ENOUGH or not whole:
        return None
    by_constraint: dict[str, float] = {}
    for phase, spent in known.items():
        by_constraint[PHASES[phase][0]] = by_constraint.get(PHASES[phase][0], 0.0) + spent
    constraint = max(by_constraint, key=lambda name: (by_constraint[name], name))
    share = by_constraint[constraint] / whole
    if share < CLEAR:
        return None
    said = " and ".join(PHASES[phase][1] for phase in known if PHASES[phase][0] == constraint)
    return Limit(constraint, f"{share:.0%} of the time of {changes} changes is {said}")
