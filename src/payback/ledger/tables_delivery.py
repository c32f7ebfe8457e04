"""Delivery: changes, reviews, commits, tickets, deployments, incidents, AI evidence, links, and what became of lines."""

from __future__ import annotations

from payback.ledger.columns import PROVENANCE, count, flag, instant, key, real, text
from payback.warehouse.contract import Table

PULL_REQUESTS = Table(
    "pull_requests",
    "One change offered for review.",
    (
        key("pull_request_id", "repo#number"),
        text("repo", "the repository", required=True),
        count("number", "its number"),
        text("title", "its title"),
        text("author", "the identity that opened it"),
        text("author_kind", "person, bot or agent, as far as the host tells"),
        text("merged_by", "the identity that merged it"),
        text("vendor_id", "the host's own id, which a transfer or a rename does not change"),
        text("head_branch", "the branch it comes from"),
        text("base_branch", "the branch it goes to"),
        text("state", "open, merged, closed", required=True),
        flag("is_draft", "draft now"),
        instant("created_at", "opened"),
        instant("updated_at", "last changed, as the host tells"),
        instant("first_commit_at", "first commit authored"),
        instant("ready_at", "ready for review"),
        instant("first_review_at", "first review by another person"),
        instant("approved_at", "first approval"),
        instant("merged_at", "merged"),
        instant("closed_at", "closed"),
        instant("deployed_at", "in production"),
        text("merge_commit", "the commit that merged it"),
        text("merge_method", "merge, squash, rebase"),
        count("commits", "commits in it"),
        count("additions", "lines added, without generated and vendored paths"),
        count("deletions", "lines removed, likewise"),
        count("files", "files touched, likewise"),
        text("sized_by", "git, where lines were counted without generated and vendored paths; else the host"),
        count("comments", "review comments"),
        count("review_rounds", "review ↔ commit switches before the first approval"),
        text("reverts", "the pull request it reverts"),
        text("tickets", "the tickets that it names or closes, comma-separated"),
        text("labels", "labels, comma-separated"),
        text("url", "where it can be seen"),
        *PROVENANCE,
    ),
    key=("pull_request_id",),
)

REVIEWS = Table(
    "reviews",
    "One review of a pull request.",
    (
        key("review_id", "vendor id"),
        text("pull_request_id", "of which change", required=True),
        text("reviewer", "the identity that looked"),
        text("state", "approved, changes_requested, commented, dismissed"),
        flag("is_bot", "an automation"),
        count("comments", "comments made with it"),
        text("commit_sha", "the commit that was looked at"),
        instant("submitted_at", "when", required=True),
        *PROVENANCE,
    ),
    key=("review_id",),
)

PULL_REQUEST_MOVES = Table(
    "pull_request_moves",
    "One thing that happened to a pull request between its opening and its end.",
    (
        key("move_id", "vendor id"),
        text("pull_request_id", "of which change", required=True),
        text(
            "kind",
            "ready, draft, pushed, force_pushed, review_requested, closed, reopened, work_started, work_finished",
            required=True,
        ),
        text("actor", "who did it, or was asked"),
        instant("moved_at", "when", required=True),
        *PROVENANCE,
    ),
    key=("move_id",),
)

COMMITS = Table(
    "commits",
    "One commit.",
    (
        key("commit_id", "repo@sha"),
        text("repo", "the repository", required=True),
        text("sha", "the full hash", required=True),
        text("author_name", "author's name"),
        text("author_email", "author's address"),
        text("committer_email", "committer's address"),
        instant("authored_at", "author date", required=True),
        instant("committed_at", "committer date", required=True),
        text("subject", "first line of the message"),
        text("branch", "the branch it was made on, where known"),
        text("pull_request_id", "the change it went in with"),
        count("parents", "number of parents"),
        count("additions", "lines added, without generated and vendored paths"),
        count("deletions", "lines removed, likewise"),
        count("files", "files touched, likewise"),
        count("excluded_lines", "lines of generated, lock and vendored paths"),
        flag("is_merge", "has more than one parent"),
        flag("on_default_branch", "reachable from the default branch by first parent"),
        text("reverts", "the commit it reverts"),
        *PROVENANCE,
    ),
    key=("commit_id",),
    time="committed_at",
)

TICKETS = Table(
    "tickets",
    "One work item.",
    (
        key("ticket_id", "vendor key"),
        text("project", "its project"),
        text("title", "its title"),
        text("kind", "story, bug, task, ..."),
        text("work_type", "by the organisation's rules"),
        text("priority", "its priority"),
        text("status", "now"),
        text("status_category", "to_do, in_progress, done, cancelled"),
        text("assignee", "who has it"),
        text("team", "whose it is"),
        text("labels", "labels, comma-separated"),
        text("vendor_id", "the vendor's own id, which a move to another project does not change"),
        text("parent", "its epic or parent"),
        real("points", "estimate"),
        instant("created_at", "created"),
        instant("updated_at", "last changed, as the vendor tells"),
        instant("started_at", "first in progress"),
        instant("resolved_at", "done"),
        count("reopened", "times reopened"),
        text("url", "where it can be seen"),
        *PROVENANCE,
    ),
    key=("ticket_id",),
)

TICKET_MOVES = Table(
    "ticket_moves",
    "One status change of a ticket.",
    (
        key("move_id", "vendor id"),
        text("ticket_id", "the ticket", required=True),
        instant("moved_at", "when", required=True),
        text("from_status", "from"),
        text("to_status", "to"),
        text("from_category", "from category"),
        text("to_category", "to category"),
        text("actor", "who"),
        *PROVENANCE,
    ),
    key=("move_id",),
)

SPRINTS = Table(
    "sprints",
    "One commitment: a ticket in a sprint.",
    (
        text("sprint_id", "vendor id", required=True),
        text("ticket_id", "the ticket", required=True),
        text("name", "the sprint's name"),
        text("team", "whose sprint"),
        instant("started_at", "began"),
        instant("ended_at", "ended"),
        flag("committed", "in the sprint at its start"),
        flag("completed", "done by its end"),
        *PROVENANCE,
    ),
    key=("sprint_id", "ticket_id"),
)

DEPLOYMENTS = Table(
    "deployments",
    "One release to an environment.",
    (
        key("deployment_id", "vendor id"),
        text("repo", "the repository", required=True),
        text("environment", "production, staging, ..."),
        text("sha", "the commit"),
        text("status", "success, failure, running, cancelled"),
        text("kind", "deployment, release, workflow_run, merge: what the vendor calls it"),
        text("name", "the workflow, pipeline or release"),
        text("ref", "the branch or tag"),
        text("url", "where it can be seen"),
        instant("created_at", "began"),
        instant("finished_at", "ended"),
        flag("is_rework", "unplanned, to mend a failure"),
        *PROVENANCE,
    ),
    key=("deployment_id",),
)

INCIDENTS = Table(
    "incidents",
    "One failure in production.",
    (
        key("incident_id", "vendor id"),
        text("title", "its title"),
        text("service", "the service"),
        text("severity", "its severity"),
        text("team", "whose it is"),
        text("repo", "the repository, where told"),
        text("deployment_id", "the deployment that caused it"),
        text("url", "where it can be seen"),
        instant("opened_at", "opened", required=True),
        instant("acknowledged_at", "somebody took it up"),
        instant("resolved_at", "resolved"),
        *PROVENANCE,
    ),
    key=("incident_id",),
)

EVIDENCE = Table(
    "evidence",
    "One sign that AI took part in a commit, a pull request or a ticket.",
    (
        key("evidence_id", "deterministic"),
        text("subject_kind", "commit, pull_request or ticket", required=True),
        text("subject_id", "commit_id, pull_request_id or ticket_id", required=True),
        text(
            "kind",
            "note, account, branch, trailer, pr_marker, text, session, label, vendor, trace",
            required=True,
        ),
        text("ai_class", "agent_authored or agent_assisted", required=True),
        text("tool", "the tool it names", required=True),
        text("model", "the model it names"),
        text("grade", "A, B or C", required=True),
        text("seen_in", "where it was seen"),
        count("lines", "lines it attests, for line-level records"),
        text("session_id", "the session it names"),
        instant("occurred_at", "date of the subject"),
        *PROVENANCE,
    ),
    key=("evidence_id",),
)

LINKS = Table(
    "links",
    "How one thing belongs to another: session, branch, commit, pull request, ticket, deployment, incident.",
    (
        key("link_id", "deterministic"),
        text("from_kind", "session, commit, pull_request, ...", required=True),
        text("from_id", "its id", required=True),
        text("to_kind", "branch, commit, pull_request, ticket, ...", required=True),
        text("to_id", "its id", required=True),
        text("how", "the rule that made the link", required=True),
        real("weight", "share of the first that belongs to the second"),
        instant("valid_from", "the slice of the first it covers: from"),
        instant("valid_until", "until, exclusive"),
        *PROVENANCE,
    ),
    key=("link_id",),
)

CODE_FATES = Table(
    "code_fates",
    "Per commit and age: lines added and lines still alive.",
    (
        text("commit_id", "the commit", required=True),
        count("age_days", "age at which lines are counted", required=True),
        text("repo", "the repository", required=True),
        text("ai_class", "class of the commit"),
        text("tool", "tool of the commit"),
        text("team", "team of the author"),
        count("added", "lines added", required=True),
        count("alive", "lines still there at that age"),
        instant("committed_at", "commit date"),
        *PROVENANCE,
    ),
    key=("commit_id", "age_days"),
)

LINE_REPLACEMENTS = Table(
    "line_replacements",
    "One commit that took away lines of an earlier one within 14 days.",
    (
        text("commit_id", "the commit that took them away", required=True),
        text("replaced_commit_id", "the commit they had come with", required=True),
        text("repo", "the repository", required=True),
        count("lines", "how many", required=True),
        *PROVENANCE,
    ),
    key=("commit_id", "replaced_commit_id"),
)

TABLES = (
    PULL_REQUESTS, REVIEWS, PULL_REQUEST_MOVES, COMMITS, TICKETS, TICKET_MOVES, SPRINTS, DEPLOYMENTS, INCIDENTS,
    EVIDENCE, LINKS, CODE_FATES, LINE_REPLACEMENTS,
)  # fmt: skip
