"""What a source of delivery hands over: a change, who looked at it, a ticket and its moves, a deployment, an incident.

As light as `ledger.entries`; field names are the columns of `ledger.tables_delivery`. A source says what it was told and
no more: phases, classes and links are derived, once for all sources.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime


@dataclass(slots=True, kw_only=True)
class PullRequest:
    """One change offered for review. `pull_request_id` is `repo#number`, with `repo` as `delivery.repositories` names it.

    What reviews, moves and commits tell (first review, approval, rounds) is left None where those are handed over.
    """

    pull_request_id: str
    repo: str
    number: int
    state: str
    source: str
    title: str | None = None
    author: str | None = None
    author_kind: str | None = None
    merged_by: str | None = None
    vendor_id: str | None = None
    head_branch: str | None = None
    base_branch: str | None = None
    is_draft: bool | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None
    first_commit_at: datetime | None = None
    ready_at: datetime | None = None
    first_review_at: datetime | None = None
    approved_at: datetime | None = None
    merged_at: datetime | None = None
    closed_at: datetime | None = None
    deployed_at: datetime | None = None
    merge_commit: str | None = None
    merge_method: str | None = None
    commits: int | None = None
    additions: int | None = None
    deletions: int | None = None
    files: int | None = None
    sized_by: str | None = None
    comments: int | None = None
    review_rounds: int | None = None
    reverts: str | None = None
    tickets: str | None = None
    labels: str | None = None
    url: str | None = None


@dataclass(slots=True, kw_only=True)
class Review:
    """One look at a change. `state` is approved, changes_requested, commented or dismissed."""

    review_id: str
    pull_request_id: str
    submitted_at: datetime
    source: str
    reviewer: str | None = None
    state: str | None = None
    is_bot: bool | None = None
    comments: int | None = None
    commit_sha: str | None = None


@dataclass(slots=True, kw_only=True)
class PullRequestMove:
    """One thing that happened to a change: ready, draft, pushed, force_pushed, review_requested, closed, reopened, ..."""

    move_id: str
    pull_request_id: str
    kind: str
    moved_at: datetime
    source: str
    actor: str | None = None


@dataclass(slots=True, kw_only=True)
class Commit:
    """One commit as a host tells it. What Git itself says of the same commit stands before it."""

    commit_id: str
    repo: str
    sha: str
    authored_at: datetime
    committed_at: datetime
    source: str
    author_name: str | None = None
    author_email: str | None = None
    committer_email: str | None = None
    subject: str | None = None
    branch: str | None = None
    pull_request_id: str | None = None
    parents: int | None = None
    additions: int | None = None
    deletions: int | None = None
    files: int | None = None
    excluded_lines: int | None = None
    is_merge: bool | None = None
    on_default_branch: bool | None = None
    reverts: str | None = None


@dataclass(slots=True, kw_only=True)
class Ticket:
    """One work item. `ticket_id` is the key that people write (PAY-17, host/owner/name#7, project/42)."""

    ticket_id: str
    source: str
    project: str | None = None
    title: str | None = None
    kind: str | None = None
    work_type: str | None = None
    priority: str | None = None
    status: str | None = None
    status_category: str | None = None
    assignee: str | None = None
    team: str | None = None
    labels: str | None = None
    vendor_id: str | None = None
    parent: str | None = None
    points: float | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None
    started_at: datetime | None = None
    resolved_at: datetime | None = None
    reopened: int | None = None
    url: str | None = None


@dataclass(slots=True, kw_only=True)
class TicketMove:
    """One change of a ticket's status. Categories are to_do, in_progress, done and cancelled."""

    move_id: str
    ticket_id: str
    moved_at: datetime
    source: str
    from_status: str | None = None
    to_status: str | None = None
    from_category: str | None = None
    to_category: str | None = None
    actor: str | None = None


@dataclass(slots=True, kw_only=True)
class SprintTicket:
    """One ticket in one sprint."""

    sprint_id: str
    ticket_id: str
    source: str
    name: str | None = None
    team: str | None = None
    started_at: datetime | None = None
    ended_at: datetime | None = None
    committed: bool | None = None
    completed: bool | None = None


@dataclass(slots=True, kw_only=True)
class Deployment:
    """One thing that may count as a deployment. `kind` is deployment, release, workflow_run or merge."""

    deployment_id: str
    repo: str
    source: str
    kind: str = "deployment"
    environment: str | None = None
    sha: str | None = None
    status: str | None = None
    name: str | None = None
    ref: str | None = None
    url: str | None = None
    created_at: datetime | None = None
    finished_at: datetime | None = None
    is_rework: bool | None = None


@dataclass(slots=True, kw_only=True)
class Incident:
    """One failure in production."""

    incident_id: str
    opened_at: datetime
    source: str
    title: str | None = None
    service: str | None = None
    severity: str | None = None
    team: str | None = None
    repo: str | None = None
    deployment_id: str | None = None
    url: str | None = None
    acknowledged_at: datetime | None = None
    resolved_at: datetime | None = None


@dataclass(slots=True, kw_only=True)
class Evidence:
    """One sign that AI took part in a commit, a pull request or a ticket. `delivery.evidence` makes its id."""

    evidence_id: str
    subject_kind: str
    subject_id: str
    kind: str
    ai_class: str
    tool: str
    grade: str
    source: str
    model: str | None = None
    seen_in: str | None = None
    lines: int | None = None
    session_id: str | None = None
    occurred_at: datetime | None = None


@dataclass(slots=True, kw_only=True)
class Link:
    """How one thing belongs to another, as a vendor tells it (the changes of a deployment, the ticket of a change)."""

    link_id: str
    from_kind: str
    from_id: str
    to_kind: str
    to_id: str
    how: str
    source: str
    weight: float | None = None
    valid_from: datetime | None = None
    valid_until: datetime | None = None


@dataclass(slots=True, kw_only=True)
class Output:
    """One piece of useful output of a workflow that is neither a change nor a ticket (a triage, a draft, a runbook)."""

    output_id: str
    workflow: str
    produced_at: datetime
    source: str
    run_id: str | None = None
    kind: str | None = None
    accepted_at: datetime | None = None
    corrected: bool | None = None
    reopened: bool | None = None
    rerouted: bool | None = None
    link: str | None = None


@dataclass(frozen=True, slots=True)
class Census:
    """All keys of a table that the vendor still has where `column` is `value`: other rows of the connection are gone. Where
    `kind` is told, of the rows of that kind alone.
    """

    table: str
    column: str
    value: str
    keys: tuple[str, ...]
    source: str
    kind: str | None = None


WorkEntry = (
    PullRequest | Review | PullRequestMove | Commit | Ticket | TicketMove | SprintTicket | Deployment | Incident
    | Evidence | Link | Output
)  # fmt: skip
