"""Langfuse, the tracing tool: its generations as use. Other observations repeat their children and are not asked for.

Servers of version 4 give fields by group, and neither prompts nor metadata are asked for. Older ones give whole
observations without user, session and tags; those come from the traces, and texts are dropped unread.
"""

from __future__ import annotations

import re
from base64 import b64encode
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from payback.ledger.batches import digest
from payback.ledger.entries import Rejected, Usage
from payback.sources.agents.failures import failure_kind
from payback.sources.amounts import count, instant, money
from payback.sources.calls import Counts, agent_of, api_tool, disjoint, mapping, paid, places
from payback.sources.http import RefusedError
from payback.sources.source import DAY, Every, Page, Setting, Source, Stream

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from payback.ledger.entries import Entry
    from payback.sources.source import Ask, Context

FIELDS = "core,basic,time,model,usage,metrics,trace_context"
PAGE, OLD_PAGE = 1000, 100
NOT_THERE = frozenset({404, 405, 501})
KEPT = (
    "id", "traceId", "startTime", "endTime", "projectId", "type", "name", "userId", "sessionId", "environment", "tags",
    "model", "providedModelName", "usageDetails", "totalCost", "calculatedTotalCost", "costDetails", "latency", "level",
)  # fmt: skip
KINDS = (
    (re.compile(r"total"), None),
    (re.compile(r"reason|thought|thinking"), "reasoning"),
    (re.compile(r"^(?=.*cach)(?=.*(creat|writ))(?=.*1h)"), "cache_write_1h"),
    (re.compile(r"^(?=.*cach)(?=.*(creat|writ))"), "cache_write_5m"),
    (re.compile(r"cach"), "cache_read"),
    (re.compile(r"^(input|prompt)"), "input"),
    (re.compile(r"^(output|completion)"), "output"),
)


def fetch(ask: Ask) -> Iterator[Page]:
    """Generations of a stretch, page by page; a server without the newer list is read by the older one."""
    try:
        yield from _by_cursor(ask)
    except RefusedError as error:
        if error.status not in NOT_THERE:
            raise
        yield from _by_number(ask)


def _by_cursor(ask: Ask) -> Iterator[Page]:
    cursor, number = None, 1
    while cursor or number == 1:
        params = {
            "fields": FIELDS,
            "type": "GENERATION",
            "limit": PAGE,
            "fromStartTime": _stamp(ask.part.since),
            "toStartTime": _stamp(ask.part.until),
            **({"cursor": cursor} if cursor else {}),
        }
        body = mapping(ask.http.get("/api/public/v2/observations", params).body)
        yield Page({"data": [_slim(row) for row in body.get("data") or []]}, f"observations page {number}")
        cursor, number = mapping(body.get("meta")).get("cursor"), number + 1


def _by_number(ask: Ask) -> Iterator[Page]:
    """Observations of older servers, joined with who and what their traces tell; a trace may begin a day earlier."""
    traces = {
        trace.get("id"): {name: trace.get(name) for name in ("userId", "sessionId", "tags")}
        for rows in _numbered(
            ask,
            "/api/public/traces",
            {
                "fields": "core",
                "fromTimestamp": _stamp(ask.part.since - DAY),
                "toTimestamp": _stamp(ask.part.until),
            },
        )
        for trace in rows
    }
    params = {
        "type": "GENERATION",
        "fromStartTime": _stamp(ask.part.since),
        "toStartTime": _stamp(ask.part.until),
    }
    for number, rows in enumerate(_numbered(ask, "/api/public/observations", params), 1):
        slim = [{**traces.get(row.get("traceId"), {}), **_slim(row)} for row in rows]
        yield Page({"data": slim}, f"observations page {number}")


def _numbered(ask: Ask, path: str, params: Mapping[str, object]) -> Iterator[list[dict[str, Any]]]:
    page, last = 1, 1
    while page <= last:
        body = mapping(ask.http.get(path, {**params, "page": page, "limit": OLD_PAGE}).body)
        yield [row for row in body.get("data") or [] if isinstance(row, dict)]
        last, page = int(mapping(body.get("meta")).get("totalPages") or 1), page + 1


def _slim(row: Any) -> dict[str, Any]:
    """An observation without its texts."""
    return {name: row[name] for name in KEPT if name in row} if isinstance(row, dict) else {}


def parse(page: Page, context: Context) -> Iterator[Entry | Rejected]:
    """Generations of one page; what is not a generation repeats what its children say and is passed over."""
    for line, row in enumerate(mapping(page.body).get("data") or [], 1):
        if not isinstance(row, dict) or not row.get("id"):
            yield Rejected(context.source, "the observation has no id", page.what, line)
        elif row.get("type", "GENERATION") == "GENERATION":
            try:
                yield _usage(row, context)
            except ValueError as error:
                yield Rejected(context.source, f"{row['id']}: {error}", page.what, line)


def _usage(row: Mapping[str, Any], context: Context) -> Usage:
    model = row.get("providedModelName") or row.get("model")
    vendor = paid(None, model, "") or context.told.get("vendor")
    failed = row.get("level") == "ERROR"
    began, ended = instant(row.get("startTime")), row.get("endTime")
    return Usage(
        usage_id=digest("langfuse", context.connection, row["id"]),
        occurred_at=began,
        vendor=vendor,
        tool=agent_of(row.get("name")) or str(context.told.get("tool") or api_tool(vendor, "langfuse")),
        source=context.source,
        model=model,
        account=context.told.get("account"),
        project=row.get("projectId") or context.told.get("project"),
        actor=row.get("userId") or None,
        session_id=row.get("sessionId") or None,
        run_id=row.get("traceId") or None,
        precedence="telemetry",
        requests=0 if failed else 1,
        errors=int(failed),
        error=failure_kind() if failed else None,
        duration_seconds=(instant(ended) - began).total_seconds() if ended else None,
        reported_usd=money(_cost(row)),
        **_place(row),
        **_counts(mapping(row.get("usageDetails"))),
    )


def _place(row: Mapping[str, Any]) -> dict[str, Any]:
    """The environment of the observation, and what its tags say."""
    environment, tags = row.get("environment"), row.get("tags")
    known = {} if environment in {None, "", "default"} else {"environment": environment}
    return known | places(tags if isinstance(tags, list) else [])


def _cost(row: Mapping[str, Any]) -> Any:
    told = (
        row.get("totalCost"),
        row.get("calculatedTotalCost"),
        mapping(row.get("costDetails")).get("total"),
    )
    return next((amount for amount in told if amount is not None), None)


def _counts(told: Mapping[str, Any]) -> dict[str, Any]:
    """Counts by what their open-ended names say. ValueError where a name says nothing and the total needs it."""
    found: dict[str, int] = {}
    for name, number in told.items():
        kind = _kind(str(name))
        if kind:
            found[kind] = found.get(kind, 0) + count(number)
    total = None if told.get("total") is None else count(told["total"])
    strange = [name for name in told if _kind(str(name)) == "" and count(told[name])]
    if strange and total is None:
        raise ValueError(
            f"usageDetails has {strange[0][:40]!r}, which is neither input nor output, and no total"
        )
    return {
        **disjoint(Counts(**found), total, holds_cached=(False, True), holds_reasoning=(False, True)),
        "reported_tokens": total,
    }


def _kind(name: str) -> str | None:
    """Which count a name belongs to; None for totals, "" for a name that says nothing."""
    return next((kind for pattern, kind in KINDS if pattern.search(name.lower())), "")


def _stamp(told: Any) -> str:
    return f"{told:%Y-%m-%dT%H:%M:%S}.000Z"


def _headers(secrets: Mapping[str, str], told: Mapping[str, Any]) -> Mapping[str, str]:
    pair = b64encode(f"{told['public_key']}:{secrets['secret_key']}".encode()).decode()
    return {"authorization": f"Basic {pair}"}


SOURCE = Source(
    kind="langfuse",
    title="Langfuse",
    vendor="langfuse",
    base="https://cloud.langfuse.com",
    settings=(
        Setting("public_key", "The project's public key, pk-lf-…", required=True),
        Setting("secret_key", "The project's secret key", secret=True, required=True),
        Setting("project", "The name of this project, where rows do not carry its id"),
        Setting("account", "The account at the vendors that these calls are billed to"),
        Setting("vendor", "The vendor of models whose name does not tell it"),
        Setting("tool", "The tool these calls belong to, where they are no plain API use"),
    ),
    streams=(
        Stream(
            name="generations",
            title="generations",
            tables=("usage",),
            needs="a key pair of the project",
            pages=("Spend by workflow, environment and session",),
            plan=Every(most=timedelta(days=1), restated=timedelta(days=2)),
            fetch=fetch,
            parse=parse,
        ),
    ),
    headers=_headers,
    note="Each project has its own key pair, under Settings, API Keys; connect each project once.",
)
