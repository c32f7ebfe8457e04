"""The organisation, effective-dated: people, identities, teams, memberships, tools, workflows, owners."""

from __future__ import annotations

from payback.ledger.columns import PROVENANCE, flag, instant, key, money, text
from payback.warehouse.contract import Table

SPAN = (
    instant("valid_from", "true from", required=True),
    instant("valid_until", "true until, exclusive; NULL while true"),
)

PEOPLE = Table(
    "people",
    "One person, bot or service account.",
    (
        key("person_id", "the organisation's id"),
        text("name", "name"),
        text("kind", "person, bot or service", required=True),
        text("email", "main address"),
        text("cost_center", "cost centre"),
        text("manager", "whom they report to: id or address"),
        *SPAN,
        *PROVENANCE,
    ),
    key=("person_id", "valid_from"),
)

IDENTITIES = Table(
    "identities",
    "One account of a person somewhere.",
    (
        text("system", "email, github, gitlab, cursor, jira, anthropic, openai, aws, ...", required=True),
        text("identity", "login, address or key id there", required=True),
        text("kind", "user, service_account, bot, key, principal, project, group"),
        text("name", "the name it has there"),
        text("email", "the address it has there"),
        text("belongs_to", "the identity there that owns it, such as a key's user or a project's parent"),
        text("account", "the vendor's account it was listed in"),
        instant("last_seen_at", "last use as the vendor reports it"),
        text("person_id", "whose; NULL while nobody confirmed a match"),
        text("state", "proposed, confirmed, refused", required=True),
        text("reason", "why the match is proposed"),
        *SPAN,
        *PROVENANCE,
    ),
    key=("system", "identity", "valid_from", "source"),
)

TEAMS = Table(
    "teams",
    "One team, which may be part of another.",
    (
        key("team_id", "the organisation's id"),
        text("name", "name", required=True),
        text("parent", "the team it is part of"),
        text("cost_center", "cost centre"),
        text("constraint", "what limits it: review, release stability, throughput, ..."),
        text("primary_metric", "the delivery metric it is judged on"),
        text("guardrail_metrics", "metrics that must not get worse, comma-separated"),
        *SPAN,
        *PROVENANCE,
    ),
    key=("team_id", "valid_from"),
)

MEMBERSHIPS = Table(
    "memberships",
    "One person in one team over one interval.",
    (
        text("person_id", "who", required=True),
        text("team_id", "where", required=True),
        *SPAN,
        *PROVENANCE,
    ),
    key=("person_id", "team_id", "valid_from"),
)

TOOLS = Table(
    "tools",
    "One AI tool.",
    (
        key("tool_id", "its id"),
        text("name", "name", required=True),
        text("vendor", "who sells it"),
        text("purpose", "what it is for"),
        text("owner", "who answers for it"),
        text("team", "the team it belongs to"),
        text("data_class", "the most sensitive data it may see"),
        flag("approved", "approved for use"),
        *SPAN,
        *PROVENANCE,
    ),
    key=("tool_id", "valid_from"),
)

WORKFLOWS = Table(
    "workflows",
    "One use of AI with an owner and a useful output.",
    (
        key("workflow_id", "its id"),
        text("name", "name", required=True),
        text("owner", "who answers for it"),
        text("team", "the team it belongs to"),
        text("stage", "experiment or production", required=True),
        text("useful_output", "merged_pr, ticket, story, qa_task, output:<kind>"),
        text("task_type", "kind of task"),
        text("risk", "low, medium, high"),
        text("data_class", "the most sensitive data it sees"),
        text("constraint", "what limits it"),
        text("primary_metric", "the metric it is judged on"),
        text("guardrail_metrics", "metrics that must not get worse, comma-separated"),
        money("budget", "per month"),
        text("currency", "of the budget"),
        *SPAN,
        *PROVENANCE,
    ),
    key=("workflow_id", "valid_from"),
)

OWNERS = Table(
    "owners",
    "Who answers for a tool, licence, key, project, workflow, repository or account.",
    (
        text("kind", "tool, licence, key, project, workflow, repository, account", required=True),
        text("subject", "its id", required=True),
        text("owner", "person or team", required=True),
        text("team", "the team it belongs to"),
        *SPAN,
        *PROVENANCE,
    ),
    key=("kind", "subject", "valid_from"),
)

RATE_CARDS = Table(
    "rate_cards",
    "What an hour costs: of a kind of work, of a team, or of anybody.",
    (
        key("rate_card_id", "deterministic: one card of one kind of work and team"),
        text("kind", "kind of work; NULL is any"),
        text("team", "the team; NULL is any"),
        money("rate", "price of one hour"),
        text("currency", "its currency", required=True),
        *SPAN,
        *PROVENANCE,
    ),
    key=("rate_card_id", "valid_from"),
)

TABLES = (PEOPLE, IDENTITIES, TEAMS, MEMBERSHIPS, TOOLS, WORKFLOWS, OWNERS, RATE_CARDS)
