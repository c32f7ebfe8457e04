"""Helicone, the observing proxy: its requests as use. Bodies are never asked for (`includeInputs` is false)."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from payback.ledger.batches import digest
from payback.ledger.entries import Rejected, Usage
from payback.sources.agents.failures import failure_kind
from payback.sources.amounts import count, instant, money
from payback.sources.calls import Counts, api_tool, disjoint, mapping, paid, places
from payback.sources.source import Every, Page, Setting, Source, Stream

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from payback.ledger.entries import Entry
    from payback.sources.source import Ask, Context

PAGE = 1000
KEPT = (
    "request_id", "request_created_at", "request_model", "response_model", "model", "provider", "status",
    "response_status", "request_user_id", "request_properties", "properties", "prompt_tokens", "completion_tokens",
    "total_tokens", "prompt_cache_read_tokens", "prompt_cache_write_tokens", "cost", "costUSD", "delay_ms",
)  # fmt: skip
SESSION, SESSION_NAME = "Helicone-Session-Id", "Helicone-Session-Name"


def fetch(ask: Ask) -> Iterator[Page]:
    """Requests of one day, oldest first, by offset until a page is not full."""
    offset, full = 0, True
    while full:
        body = {
            "filter": _between(ask.part.since, ask.part.until),
            "offset": offset,
            "limit": PAGE,
            "sort": {"created_at": "asc"},
            "includeInputs": False,
        }
        rows = mapping(ask.http.post("/v1/request/query-clickhouse", body).body).get("data") or []
        slim = [
            {name: row[name] for name in KEPT if name in row} if isinstance(row, dict) else {} for row in rows
        ]
        yield Page({"data": slim}, f"requests from {offset + 1}")
        full, offset = len(rows) >= PAGE, offset + PAGE


def _between(since: datetime, until: datetime) -> dict[str, Any]:
    def bound(word: str, at: datetime) -> dict[str, Any]:
        return {"request_response_rmt": {"request_created_at": {word: f"{at:%Y-%m-%dT%H:%M:%SZ}"}}}

    return {"left": bound("gte", since), "operator": "and", "right": bound("lt", until)}


def parse(page: Page, context: Context) -> Iterator[Entry | Rejected]:
    """Requests of one page."""
    for line, row in enumerate(mapping(page.body).get("data") or [], 1):
        if not isinstance(row, dict) or not row.get("request_id"):
            yield Rejected(context.source, "the request has no request_id", page.what, line)
            continue
        try:
            yield _usage(row, context)
        except ValueError as error:
            yield Rejected(context.source, f"{row['request_id']}: {error}", page.what, line)


def _usage(row: Mapping[str, Any], context: Context) -> Usage:
    model = row.get("request_model") or row.get("model") or row.get("response_model")
    vendor = paid(row.get("provider"), model, "gpu_cluster")
    properties = mapping(row.get("request_properties")) or mapping(row.get("properties"))
    status = count(row.get("status") or row.get("response_status"))
    failed = status >= 400
    cost = row["cost"] if row.get("cost") is not None else row.get("costUSD")
    return Usage(
        usage_id=digest("helicone", context.connection, row["request_id"]),
        occurred_at=instant(row.get("request_created_at")),
        vendor=vendor,
        tool=str(context.told.get("tool") or api_tool(vendor, "helicone")),
        source=context.source,
        model=model,
        response_id=str(row["request_id"]),
        account=context.told.get("account"),
        actor=row.get("request_user_id") or None,
        session_id=properties.get(SESSION) or None,
        agent=properties.get(SESSION_NAME) or None,
        precedence="telemetry",
        requests=0 if failed else 1,
        errors=int(failed),
        error=failure_kind(status) if failed else None,
        duration_seconds=None if row.get("delay_ms") is None else count(row["delay_ms"]) / 1000,
        reported_usd=money(cost),
        **places((), {str(key).replace("-", "_"): value for key, value in properties.items()}),
        **_counts(row),
    )


def _counts(row: Mapping[str, Any]) -> dict[str, Any]:
    told = Counts(
        input=count(row.get("prompt_tokens")),
        cache_read=count(row.get("prompt_cache_read_tokens")),
        cache_write_5m=count(row.get("prompt_cache_write_tokens")),
        output=count(row.get("completion_tokens")),
    )
    total = None if row.get("total_tokens") is None else count(row["total_tokens"])
    found = disjoint(told, total, holds_cached=(False, True), holds_reasoning=(True,))
    return {**found, "reported_tokens": total}


SOURCE = Source(
    kind="helicone",
    title="Helicone",
    vendor="helicone",
    base="https://api.helicone.ai",
    settings=(
        Setting("key", "An API key with the right to read", secret=True, required=True),
        Setting("account", "The account at the vendors that these calls are billed to"),
        Setting("tool", "The tool these calls belong to, where they are no plain API use"),
    ),
    streams=(
        Stream(
            name="requests",
            title="requests",
            tables=("usage",),
            needs="a key with the right to read requests",
            pages=("Spend by workflow, environment and session",),
            plan=Every(most=timedelta(days=1), restated=timedelta(days=2), history=timedelta(days=90)),
            fetch=fetch,
            parse=parse,
        ),
    ),
    headers=lambda secrets, _told: {"authorization": f"Bearer {secrets['key']}"},
    note="Make a key under Settings, API Keys; organisations in the EU set base_url to https://eu.api.helicone.ai.",
)
