"""LiteLLM, the gateway: its spend log as use (never as money: providers bill that), its keys, users and teams as identities.

The log is read from the database where the setting `database` gives one, else page by page from the proxy.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from payback.errors import SettingsError, SourceError
from payback.sources import litellm_table
from payback.sources.amounts import instant
from payback.sources.http import RefusedError
from payback.sources.litellm_directory import DIRECTORY
from payback.sources.litellm_rows import marked, parse_logs, slim
from payback.sources.source import Every, Page, Setting, Source, Stream

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from payback.sources.source import Ask, Plan, Slice

PAGE = 1000
CUT = 10_000
NOT_THERE = frozenset({404, 405})
WINDOWS = Every(most=timedelta(days=1), restated=timedelta(days=2))


def plan_logs(plan: Plan) -> Iterator[Slice]:
    """Days of the log: all of the last two again, or, from the database, those in which a row changed."""
    if "database" in plan.secrets:
        yield from litellm_table.plan(plan, WINDOWS)
    else:
        yield from WINDOWS(plan)


def fetch_logs(ask: Ask) -> Iterator[Page]:
    """One day of the log, the latest request first, so that a failure is known to have been tried again."""
    if "database" in ask.secrets:
        yield from litellm_table.fetch(ask)
        return
    try:
        pages = list(_paged(ask))
    except RefusedError as error:
        if error.status not in NOT_THERE:
            raise
        pages = [_unpaged(ask)]
    once = {str(row.get("request_id")): row for page in pages for row in page if _begins(row, ask.part.until)}
    latest_first = sorted(once.values(), key=lambda row: str(row.get("startTime")), reverse=True)
    yield Page({"data": list(marked(iter(latest_first)))}, f"spend log of {ask.part.since:%Y-%m-%d}")


def _paged(ask: Ask) -> Iterator[list[dict[str, Any]]]:
    """`/spend/logs/v2` to its last page. The end is inclusive there; a request at midnight is kept by the next day."""
    page, last = 1, 1
    while page <= last:
        told = ask.http.get(
            "/spend/logs/v2",
            {
                "start_date": _stamp(ask.part.since),
                "end_date": _stamp(ask.part.until),
                "page": page,
                "page_size": PAGE,
                "sort_by": "startTime",
                "sort_order": "asc",
            },
        ).body
        yield [_slim(row) for row in told.get("data") or []]
        last = int(told.get("total_pages") or 1)
        page += 1


def _unpaged(ask: Ask) -> list[dict[str, Any]]:
    """`/spend/logs` of older proxies: one day, cut at 10,000 rows without a word."""
    rows = ask.http.get(
        "/spend/logs",
        {
            "start_date": f"{ask.part.since:%Y-%m-%d}",
            "end_date": f"{ask.part.until:%Y-%m-%d}",
            "summarize": "false",
        },
    ).body
    rows = rows if isinstance(rows, list) else []
    if len(rows) >= CUT:
        raise SourceError(
            f"{ask.connection}: this LiteLLM gives at most 10,000 rows a day and {ask.part.since:%Y-%m-%d} has more; "
            "update it to one with /spend/logs/v2, or give payback its database (setting database)"
        )
    if any(isinstance(row, dict) and "request_id" not in row and "users" in row for row in rows):
        raise SourceError(
            f"{ask.connection}: this LiteLLM gives sums by day only; update it, or give payback its database "
            "(setting database)"
        )
    return [_slim(row) for row in rows]


def _begins(row: Mapping[str, Any], until: datetime) -> bool:
    """Whether a request began before the end of the day; one that does not say when is judged by `parse`."""
    try:
        return instant(row.get("startTime")) < until
    except ValueError:
        return True


def _slim(row: Any) -> dict[str, Any]:
    return slim(row) if isinstance(row, dict) else {"metadata": {}}


def _stamp(told: datetime) -> str:
    return f"{told:%Y-%m-%d %H:%M:%S}"


def _headers(secrets: Mapping[str, str], _told: Mapping[str, Any]) -> Mapping[str, str]:
    if not {"key", "database"} & set(secrets):
        raise SettingsError(
            "a LiteLLM source needs key (an admin key of the proxy) or database (its PostgreSQL)"
        )
    return {"authorization": f"Bearer {secrets['key']}"} if "key" in secrets else {}


LOGS = Stream(
    name="logs",
    title="requests",
    tables=("usage",),
    needs="a key of a proxy admin or proxy admin viewer, or SELECT on LiteLLM_SpendLogs",
    pages=("Spend by tool, model, team and workflow", "Runs"),
    plan=plan_logs,
    fetch=fetch_logs,
    parse=parse_logs,
)


def _streams() -> Iterable[Stream]:
    yield LOGS
    yield from DIRECTORY


SOURCE = Source(
    kind="litellm",
    title="LiteLLM",
    vendor="litellm",
    base="http://localhost:4000",
    settings=(
        Setting("key", "An admin key of the proxy (proxy_admin_viewer is enough)", secret=True),
        Setting("database", "The proxy's PostgreSQL, as postgresql://user:password@host/name", secret=True),
        Setting("account", "The account at the vendors that this proxy's requests are billed to"),
        Setting("teams", "A table: LiteLLM's team id or alias to the team's id in payback"),
        Setting(
            "self_hosted_vendor",
            "The vendor of models that run on the organisation's own GPUs",
            default="gpu_cluster",
        ),
    ),
    streams=tuple(_streams()),
    headers=_headers,
    note="Make a key for a user with the role proxy_admin_viewer, or a database user with SELECT on the columns listed in the docs.",
)
