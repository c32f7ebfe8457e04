"""Files of requests, or of a vendor's buckets of them."""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING, Any, cast, get_args

from payback.ledger.batches import digest
from payback.ledger.entries import Usage, UsagePrecedence
from payback.sources.files.fields import COUNT, INSTANT, MONEY, REAL, TEXT, Field, FileRows, Kind, Line

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from decimal import Decimal


LARGEST_USD = 10**9
GATEWAY: UsagePrecedence = "gateway"
PRECEDENCES = get_args(UsagePrecedence)


def put(found: FileRows, values: Mapping[str, Any], line: Line) -> None:
    """Add the request of a row."""
    found.usages.append(usage(values, line.identity, line.source))


def usage(values: Mapping[str, Any], identity: str, source: str) -> Usage:
    """One request or bucket. A total input that holds the cached part is made disjoint here, where it is known."""
    counts = {name: values[name] or 0 for name in COUNTS}
    total = values["total_input_tokens"]
    if total is not None and values["input_tokens"] is None:
        cached = (
            counts["cache_read_tokens"] + counts["cache_write_5m_tokens"] + counts["cache_write_1h_tokens"]
        )
        if cached > total:
            raise ValueError(f"the cached input ({cached}) is more than the whole input ({total})")
        counts["input_tokens"] = total - cached
    if values["reported_usd"] is not None and abs(values["reported_usd"]) >= LARGEST_USD:
        raise ValueError(f"{values['reported_usd']:f} is more than requests cost")
    texts: dict[str, Any] = {name: values[name] for name in TEXTS}
    errors = counts["errors"] or (1 if values["error"] else 0)
    requests = values["requests"] if values["requests"] is not None else int(not errors)
    whole: dict[str, Any] = {**counts, "errors": errors, "requests": requests}
    return Usage(
        usage_id=digest("usage", source, values["usage_id"] or identity),
        occurred_at=cast("datetime", values["occurred_at"]).astimezone(UTC),
        tool=values["tool"] or "api",
        source=source,
        duration_seconds=values["duration_seconds"],
        reported_usd=cast("Decimal | None", values["reported_usd"]),
        reported_tokens=values["reported_tokens"],
        attempt=values["attempt"] or 1,
        precedence=_precedence(values["precedence"]),
        quality="exact",
        **whole,
        **texts,
    )


def _precedence(told: str | None) -> UsagePrecedence:
    """Who tells of it. A file that says nothing stands like a gateway's log: above logs of machines, below the vendor."""
    if told is None:
        return GATEWAY
    if told not in PRECEDENCES:
        raise ValueError(f"precedence {told!r} is none of {', '.join(PRECEDENCES)}")
    return cast("UsagePrecedence", told)


COUNTS = (
    "bucket_seconds", "input_tokens", "cache_read_tokens", "cache_write_5m_tokens", "cache_write_1h_tokens",
    "output_tokens", "reasoning_tokens", "web_searches", "errors",
)  # fmt: skip
TEXTS = (
    "vendor", "model", "account", "project", "actor", "session_id", "run_id", "repo", "branch", "team", "cost_center",
    "workflow", "environment", "task_type", "error", "service_tier", "region",
)  # fmt: skip


USAGE = Kind(
    "usage",
    "Model requests or a vendor's buckets of them",
    (
        Field("usage_id", TEXT, ("id", "requestid")),
        Field("occurred_at", INSTANT, ("timestamp", "time", "date", "day", "createdat", "starttime", "datetime", "usagedate"), required=True),
        Field("vendor", TEXT, ("provider", "modelprovider", "customllmprovider", "providername")),
        Field("tool", TEXT, ("app", "application", "client", "product", "source")),
        Field("model", TEXT, ("modelname", "modelid", "snapshot", "modelversion"), required=True),
        Field("account", TEXT, ("organization", "organisation", "org", "orgid")),
        Field("project", TEXT, ("projectid", "projectname", "workspace", "workspaceid", "workspacename", "apikeyname")),
        Field("actor", TEXT, ("user", "useremail", "email", "userid", "member", "login", "username")),
        Field("session_id", TEXT, ("session", "conversation", "conversationid")),
        Field("run_id", TEXT, ("run", "traceid")),
        Field("repo", TEXT, ("repository",)),
        Field("branch", TEXT, ("gitbranch",)),
        Field("team", TEXT, ("teamid", "teamname", "squad", "department")),
        Field("cost_center", TEXT, ("costcentre",)),
        Field("workflow", TEXT, ("workflowname", "feature", "usecase")),
        Field("environment", TEXT, ("env", "stage")),
        Field("task_type", TEXT, ("task",)),
        Field("bucket_seconds", COUNT, ("bucketwidthseconds",)),
        Field("input_tokens", COUNT, ("uncachedinputtokens", "inputnocache", "prompttokensuncached", "inputwithoutcachewrite", "contexttokens")),
        Field("cache_read_tokens", COUNT, ("cacheread", "cachereadinputtokens", "cachedinputtokens", "inputcachedtokens", "cachedtokens")),
        Field("cache_write_5m_tokens", COUNT, ("cachewrite", "cachewritetokens", "cachecreationinputtokens", "ephemeral5minputtokens")),
        Field("cache_write_1h_tokens", COUNT, ("ephemeral1hinputtokens",)),
        Field("output_tokens", COUNT, ("output", "completiontokens", "outputs", "generatedtokens")),
        Field("reasoning_tokens", COUNT, ("reasoning", "reasoningoutputtokens")),
        Field("web_searches", COUNT, ("websearchrequests", "numwebsearchrequests")),
        Field("requests", COUNT, ("numrequests", "nummodelrequests", "calls", "count", "numcalls")),
        Field("errors", COUNT, ("failedrequests",)),
        Field("error", TEXT, ("errortype", "failurereason")),
        Field("attempt", COUNT, ()),
        Field("duration_seconds", REAL, ("duration", "latencyseconds", "latency")),
        Field("service_tier", TEXT, ("tier",)),
        Field("region", TEXT, ("inferencegeo", "location")),
        Field("precedence", TEXT, ()),
        Field("reported_usd", MONEY, ("cost", "costusd", "spend", "price", "totalcost", "responsecost")),
        Field("total_input_tokens", COUNT, ("prompttokens", "inputtokensincludingcache", "totalinputtokens", "inputtokenstotal")),
        Field("reported_tokens", COUNT, ("totaltokens", "tokens", "totaltoken")),
    ),
    put,
)  # fmt: skip
