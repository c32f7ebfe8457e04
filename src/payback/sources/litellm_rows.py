"""One row of LiteLLM's spend log as a request. Same columns from the spend API and from the table; prompts are not read.

`prompt_tokens` holds cached tokens (LiteLLM adds them in for every provider); rows of old versions that kept them apart
are known by their total. A cached answer used no model and costs nothing.
"""

from __future__ import annotations

import json
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from payback.ledger.batches import digest
from payback.ledger.entries import Rejected, Usage
from payback.sources.agents.failures import failure_kind
from payback.sources.amounts import count, instant, money
from payback.sources.calls import (
    SELF_HOSTED,
    Counts,
    agent_of,
    disjoint,
    first_count,
    mapping,
    paid,
    places,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from payback.ledger.entries import Entry
    from payback.sources.source import Context, Page

COLUMNS = (
    "request_id", "call_type", "api_key", "spend", "total_tokens", "prompt_tokens", "completion_tokens", "startTime",
    "endTime", "request_duration_ms", "model", "custom_llm_provider", "user", "metadata", "cache_hit", "request_tags",
    "team_id", "organization_id", "session_id", "status", "agent_id", "litellm_call_id",
)  # fmt: skip
TOLD = (
    "user_api_key_team_alias", "user_api_key_project_id", "user_api_key_org_id", "user_api_key_user_email",
    "spend_logs_metadata", "usage_object", "additional_usage_values", "attempted_retries", "used_client_oauth_token",
    "billed_retry_attempt", "status", "error_information", "user_agent", "litellm_call_id",
)  # fmt: skip
TRIED_AGAIN = "tried_again"
NO_MODEL = frozenset({"call_mcp_tool", "list_mcp_tools"})  # tools that the proxy serves, not models


def slim(row: Mapping[str, Any]) -> dict[str, Any]:
    """What payback reads of a row: everything else, prompts and answers first of all, goes before it is looked at."""
    kept = {name: row[name] for name in COLUMNS if name in row}
    told = _told(row.get("metadata"))
    kept["metadata"] = {name: told[name] for name in TOLD if name in told}
    failure = mapping(told.get("error_information"))
    kept["metadata"]["error_information"] = {
        name: failure[name] for name in ("error_code", "error_class") if name in failure
    }
    return kept


def marked(latest_first: Iterator[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Failures that another attempt of the same call followed are marked as tried again."""
    later = set()
    for row in latest_first:
        call = _call(row)
        if call is not None:
            if _failed(row) and call in later:
                row[TRIED_AGAIN] = True
            later.add(call)
        yield row


def parse_logs(page: Page, context: Context) -> Iterator[Entry | Rejected]:
    """Requests of one page of the spend log; a row that does not read or add up is refused."""
    body = page.body
    rows = body.get("data") if isinstance(body, dict) else body
    if not isinstance(rows, list):
        yield Rejected(context.source, "the page holds no list of rows", file=page.what)
        return
    for line, row in enumerate(rows, 1):
        if not isinstance(row, dict) or not row.get("request_id"):
            yield Rejected(context.source, "the row has no request_id", page.what, line)
            continue
        if row.get("call_type") in NO_MODEL:
            continue
        try:
            yield _usage(slim(row) | {TRIED_AGAIN: row.get(TRIED_AGAIN)}, context)
        except ValueError as error:
            yield Rejected(context.source, f"{row['request_id']}: {error}", page.what, line)


def _key(told: Any) -> str | None:
    """The key's id, which is its SHA-256; where a row holds the key itself, as rows of failed sign-ins may, it is made so."""
    text = str(told) if told else None
    return sha256(text.encode()).hexdigest() if text and text.startswith("sk-") else text


def _usage(row: dict[str, Any], context: Context) -> Usage:
    told = row["metadata"]
    began, ended = instant(row.get("startTime")), _instant(row.get("endTime"))
    cached_answer = str(row.get("cache_hit")).lower() == "true"
    failed, again = _failed(row), bool(row.get(TRIED_AGAIN) or told.get("billed_retry_attempt"))
    provider, model = row.get("custom_llm_provider"), _model(row)
    return Usage(
        usage_id=digest("litellm", context.connection, row["request_id"]),
        occurred_at=began,
        vendor=paid(provider, model, str(context.told.get("self_hosted_vendor", "gpu_cluster"))),
        tool=_tool(row, provider),
        source=context.source,
        model=model,
        response_id=str(row["request_id"]),
        account=context.told.get("account"),
        api_key=_key(row.get("api_key")),
        actor=told.get("user_api_key_user_email") or row.get("user") or None,
        session_id=row.get("session_id") or None,
        run_id=_call(row),
        agent=row.get("agent_id") or None,
        payment="seat" if told.get("used_client_oauth_token") else None,
        precedence="gateway",
        requests=0 if failed else 1,
        errors=int(failed and not again),
        retries=int(failed and again),
        error=_failure(told) if failed else None,
        attempt=1 + count(told.get("attempted_retries")),
        duration_seconds=_seconds(row, began, ended),
        reported_usd=money(row.get("spend")),
        **_place(row, context),
        **({} if cached_answer else _counts(row)),
    )


def _counts(row: dict[str, Any]) -> dict[str, Any]:
    """The five disjoint counts, reasoning, web searches, and LiteLLM's own total."""
    told = row["metadata"]
    usages = [mapping(told.get("usage_object")), mapping(told.get("additional_usage_values"))]
    asked = [mapping(usage.get("prompt_tokens_details")) for usage in usages]
    answered = [mapping(usage.get("completion_tokens_details")) for usage in usages]
    lives = [mapping(details.get("cache_creation_token_details")) for details in asked]
    searches = [mapping(usage.get("server_tool_use")) for usage in usages]
    written = first_count(usages, "cache_creation_input_tokens") or first_count(
        asked, "cache_write_tokens", "cache_creation_tokens"
    )
    for_an_hour = min(written, first_count(lives, "ephemeral_1h_input_tokens"))
    counts = Counts(
        input=count(row.get("prompt_tokens")),
        cache_read=first_count(usages, "cache_read_input_tokens") or first_count(asked, "cached_tokens"),
        cache_write_5m=written - for_an_hour,
        cache_write_1h=for_an_hour,
        output=count(row.get("completion_tokens")),
        reasoning=first_count(answered, "reasoning_tokens"),
    )
    total = None if row.get("total_tokens") is None else count(row["total_tokens"])
    return {
        **disjoint(counts, total, holds_cached=(True, False), holds_reasoning=(True,)),
        "web_searches": first_count(searches, "web_search_requests"),
        "reported_tokens": total,
    }


def _place(row: dict[str, Any], context: Context) -> dict[str, Any]:
    """Whose use it is: tags of the request, then the caller's own keys, then the team that LiteLLM knows."""
    told = row["metadata"]
    found: dict[str, Any] = places(_tags(row), _told(told.get("spend_logs_metadata")))
    team, alias = row.get("team_id") or None, told.get("user_api_key_team_alias") or None
    names = mapping(context.told.get("teams"))
    by_key = names.get(str(team)) or names.get(str(alias)) or alias
    found.setdefault("team", by_key)
    project = told.get("user_api_key_project_id")
    return {**found, "project": project or (None if by_key else team)}


def _tags(row: Mapping[str, Any]) -> list[Any]:
    told = row.get("request_tags")
    if isinstance(told, str):
        try:
            told = json.loads(told)
        except json.JSONDecodeError:
            return []
    return told if isinstance(told, list) else []


def _tool(row: Mapping[str, Any], provider: object) -> str:
    """The agent that asked, where its user agent is known; else the self-hosted cluster or the gateway itself."""
    known = agent_of(row["metadata"].get("user_agent"), *_tags(row))
    return known or ("self_hosted" if str(provider).lower() in SELF_HOSTED else "litellm")


def _model(row: Mapping[str, Any]) -> str | None:
    provider, model = row.get("custom_llm_provider"), row.get("model")
    return str(model).removeprefix(f"{provider}/") or None if model else None


def _call(row: Mapping[str, Any]) -> str | None:
    return row.get("litellm_call_id") or row["metadata"].get("litellm_call_id") or None


def _failed(row: Mapping[str, Any]) -> bool:
    return "failure" in {row.get("status"), row["metadata"].get("status")}


def _failure(told: Mapping[str, Any]) -> str:
    failure = mapping(told.get("error_information"))
    return failure_kind(failure.get("error_code"), failure.get("error_class"))


def _seconds(row: Mapping[str, Any], began: datetime, ended: datetime | None) -> float | None:
    if row.get("request_duration_ms") is not None:
        return count(row["request_duration_ms"]) / 1000
    return max((ended - began).total_seconds(), 0.0) if ended else None


def _instant(told: Any) -> datetime | None:
    return None if told in {None, ""} else instant(told)


def _told(metadata: Any) -> Mapping[str, Any]:
    """A JSON column, which some proxies hand over as text."""
    if isinstance(metadata, str):
        try:
            return mapping(json.loads(metadata))
        except json.JSONDecodeError:
            return {}
    return mapping(metadata)
