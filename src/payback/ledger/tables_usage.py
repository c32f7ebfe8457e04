"""Use: requests, agent steps, outputs, seats' activity, and the hourly roll-up that pages read."""

from __future__ import annotations

from payback.ledger.columns import PROVENANCE, count, day, flag, instant, key, real, text
from payback.warehouse.contract import MONEY, REQUEST_USD, Column, Table

WHERE = (
    text("vendor", "who ran the model: anthropic, openai, google, aws, azure, ..."),
    text("account", "the vendor's account or organisation"),
    text("project", "the vendor's project or workspace, or an agent's project folder name"),
    text("tool", "the tool that asked: claude_code, codex, cursor, ..."),
    text("model", "the model's name as the source wrote it"),
    text("actor", "the identity that asked, as the source knows it"),
    text("session_id", "one conversation with a tool"),
    text("run_id", "one instruction given to an agent with all that followed from it"),
    text("agent", "the agent or subagent type, where named"),
    text("repo", "the repository, as host/owner/name where a remote is known, else its folder name"),
    text("branch", "the branch checked out at the time"),
    text("person", "the person behind the actor that day, where known"),
    text("team", "the team: tagged on the request, else the person's team that day"),
    text("cost_center", "the cost centre: tagged on the request, else that of the person or team"),
    text("workflow", "workflow tagged on the request itself, or found by a rule"),
    text("environment", "experiment or production"),
    text("task_type", "what the request was for"),
)
TOKENS = (
    count("input_tokens", "input tokens that no cache served or stored", required=True),
    count("cache_read_tokens", "input tokens served from the vendor's cache", required=True),
    count("cache_write_5m_tokens", "input tokens written to the five-minute cache", required=True),
    count("cache_write_1h_tokens", "input tokens written to the one-hour cache", required=True),
    count("output_tokens", "output tokens, reasoning included", required=True),
    count("reasoning_tokens", "the part of output_tokens that was reasoning", required=True),
    count("web_searches", "billed web searches", required=True),
    count("requests", "answered requests", required=True),
    count("errors", "requests that failed for good", required=True),
    count("retries", "failed attempts that were tried again", required=True),
)

USAGE = Table(
    "usage",
    "One model request, or the vendor's finest bucket.",
    (
        key(
            "usage_id",
            "deterministic: the same request has the same id from whichever file or page it is read",
        ),
        instant("occurred_at", "when the request was answered", required=True),
        count("bucket_seconds", "0 for one request, else the length of the vendor's bucket", required=True),
        *WHERE,
        text("team_tag", "team tagged on the request itself"),
        text("cost_center_tag", "cost centre tagged on the request itself"),
        text("response_id", "the vendor's id of the response"),
        flag("is_subagent", "the request was made by a subagent (side chain)"),
        text("working_directory", "the folder the agent worked in"),
        text("commit", "the commit checked out at the time"),
        *TOKENS,
        text("error", "kind of failure: rate_limit, overloaded, ...; NULL when answered"),
        count("attempt", "1 for a first attempt"),
        real("duration_seconds", "from request to last token"),
        text("service_tier", "standard, batch, priority, flex"),
        text("speed", "standard or fast"),
        text("region", "where inference ran, if priced apart"),
        text("prompt_digest", "keyed digest of the prompt, only where the organisation turned it on"),
        flag("is_final", "the response had ended when it was written down"),
        Column("reported_usd", REQUEST_USD, "the source's own estimate of list price, USD"),
        Column("list_usd", REQUEST_USD, "units × public price at that instant, USD; NULL is unpriced"),
        text("price_book", "the book, block and date that priced it"),
        text("quality", "exact, session_total or estimated", required=True),
        *PROVENANCE,
    ),
    key=("usage_id",),
    time="occurred_at",
)

USAGE_HOURLY = Table(
    "usage_hourly",
    "Requests rolled up by hour (UTC) and every cut; what pages read.",
    (
        instant("hour", "start of the hour, UTC", required=True),
        *WHERE,
        flag("is_subagent", "made by subagents"),
        text("error", "kind of failure"),
        text("quality", "exact, session_total or estimated"),
        text("source", "the source that brought the rows", required=True),
        *TOKENS,
        count("unpriced_tokens", "tokens of requests whose model had no price", required=True),
        Column("list_usd", MONEY, "sum over priced requests, USD"),
        count("rows", "rows of `usage` behind this one", required=True),
    ),
    key=("hour", *(column.name for column in WHERE), "is_subagent", "error", "quality", "source"),
    time="hour",
    derived=True,
)

STEPS = Table(
    "steps",
    "One step of an agent.",
    (
        key("step_id", "deterministic"),
        instant("occurred_at", "when the step was taken", required=True),
        text("tool", "the agent", required=True),
        text("session_id", "the conversation", required=True),
        text("run_id", "the instruction it served"),
        text("usage_id", "the request that decided on the step"),
        text("kind", "read, edit, test, shell, search, subagent, other", required=True),
        text("name", "the tool's own name of the call", required=True),
        flag("is_error", "the call failed"),
        text("arguments_digest", "keyed digest of its arguments"),
        count("output_tokens", "tokens it brought back into the context (estimated from size)"),
        *PROVENANCE,
    ),
    key=("step_id",),
    time="occurred_at",
)

STEP_SPEND = Table(
    "step_spend",
    "Money of requests by the kind of step they decided on, per run and hour.",
    (
        instant("hour", "start of the hour, UTC", required=True),
        text("tool", "the agent"),
        text("vendor", "who ran the model"),
        text("model", "the model"),
        text("session_id", "the conversation"),
        text("run_id", "the instruction"),
        text("repo", "the repository"),
        text("branch", "the branch"),
        text("project", "the project"),
        text("actor", "the identity that asked"),
        text("team", "the team of that person that day"),
        text(
            "kind",
            "read, edit, test, shell, search, subagent, other, or answer where no step followed",
            required=True,
        ),
        Column("list_usd", MONEY, "list-price share of the requests; NULL is unpriced"),
        count("steps", "steps", required=True),
        count("errors", "steps that failed", required=True),
        count("output_tokens", "tokens they brought back into the context (estimated)", required=True),
        *PROVENANCE,
    ),
    key=(
        "hour",
        "tool",
        "vendor",
        "model",
        "session_id",
        "run_id",
        "repo",
        "branch",
        "project",
        "actor",
        "team",
        "kind",
        "source",
    ),
    time="hour",
    derived=True,
)

ASSIGNMENTS = Table(
    "assignments",
    "One request placed on the change it worked for, at most one; requests without a change have no row.",
    (
        key("usage_id", "the request"),
        text("repo", "the repository"),
        text("branch", "the branch"),
        text("commit_id", "the commit it led to"),
        text("pull_request_id", "the change that commit went in with"),
        text("how", "the rule that placed it", required=True),
        instant("occurred_at", "when the request was answered", required=True),
        *PROVENANCE,
    ),
    key=("usage_id",),
    time="occurred_at",
    derived=True,
)

OUTPUTS = Table(
    "outputs",
    "One piece of useful output of a workflow that is neither a pull request nor a ticket.",
    (
        key("output_id", "vendor id"),
        text("workflow", "the workflow that made it", required=True),
        text("run_id", "the run that made it"),
        text("kind", "draft, triage, test_case, runbook, ..."),
        instant("produced_at", "when it was made", required=True),
        instant("accepted_at", "when a person took it"),
        flag("corrected", "a person had to correct it"),
        flag("reopened", "it came back"),
        flag("rerouted", "it had to go to someone else"),
        text("link", "where it can be seen"),
        *PROVENANCE,
    ),
    key=("output_id",),
    time="produced_at",
)

ACTIVITY = Table(
    "activity",
    "One person × tool × day.",
    (
        day("day", "day of the organisation's zone", required=True),
        text("person", "the person or identity", required=True),
        text("tool", "the tool", required=True),
        flag("active", "used it at all"),
        count("sessions", "conversations"),
        count("suggestions", "suggestions shown"),
        count("acceptances", "suggestions accepted"),
        count("lines_suggested", "lines shown"),
        count("lines_accepted", "lines accepted"),
        count("chats", "chat turns"),
        count("edits_accepted", "agent edits accepted"),
        count("edits_rejected", "agent edits rejected"),
        *PROVENANCE,
    ),
    key=("day", "person", "tool", "source"),
    time=None,
)

REJECTED = Table(
    "rejected",
    "A row that could not be read, counted and shown. Its text is not kept.",
    (
        key("rejected_id", "deterministic: source, file, line, why"),
        text("file", "the file or page"),
        count("line", "the line or row in it"),
        text("why", "what is wrong with it", required=True),
        *PROVENANCE,
    ),
    key=("rejected_id",),
)

TABLES = (USAGE, USAGE_HOURLY, STEPS, STEP_SPEND, ASSIGNMENTS, OUTPUTS, ACTIVITY, REJECTED)
