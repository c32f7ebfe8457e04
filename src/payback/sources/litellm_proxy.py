"""LiteLLM's spend log read from the proxy: `/spend/logs/v2` page by page, or `/spend/logs` of older proxies.

Both count and cut at 10,000 rows. So a stretch that holds as many is read in halves, and what arrived is held against the
total that the proxy states.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from payback.errors import SourceError
from payback.sources.amounts import instant
from payback.sources.http import RefusedError
from payback.sources.litellm_rows import marked, slim
from payback.sources.source import Page

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from payback.sources.source import Ask

PAGE = 1000
CUT = 10_000
NOT_THERE = frozenset({404, 405})
SHORTEST = timedelta(seconds=2)
Rows = dict[str, dict[str, Any]]


def fetch(ask: Ask) -> Iterable[Page]:
    """One day of the log as one page, the latest request first."""
    try:
        rows = _within(ask, ask.part.since, ask.part.until)
    except RefusedError as error:
        if error.status not in NOT_THERE:
            raise
        rows = _unpaged(ask)
    inside = [row for row in rows.values() if _begins(row, ask.part.until)]
    latest_first = sorted(inside, key=lambda row: str(row.get("startTime")), reverse=True)
    yield Page({"data": list(marked(iter(latest_first)))}, f"spend log of {ask.part.since:%Y-%m-%d}")


def _within(ask: Ask, since: datetime, until: datetime) -> Rows:
    """The rows of a stretch by their id. Both ends belong to it, so halves overlap in an instant and not in rows."""
    told = _page(ask, since, until, 1)
    if int(told.get("total") or 0) >= CUT and until - since >= SHORTEST:
        middle = since + timedelta(seconds=(until - since).total_seconds() // 2)
        return _within(ask, since, middle) | _within(ask, middle, until)
    rows, page = _by_id(told.get("data") or [], 1), 1
    while len(told.get("data") or []) >= int(told.get("page_size") or PAGE):
        page += 1
        told = _page(ask, since, until, page)
        rows |= _by_id(told.get("data") or [], page)
    total = int(told.get("total") or 0)
    if len(rows) < total:
        raise SourceError(
            f"{ask.connection}: {len(rows)} of {total} requests of {since:%Y-%m-%d %H:%M} arrived, for the log changed "
            "while it was read; it is read again with the next sync"
        )
    return rows


def _page(ask: Ask, since: datetime, until: datetime, page: int) -> Mapping[str, Any]:
    params = {
        "start_date": f"{since:%Y-%m-%d %H:%M:%S}",
        "end_date": f"{until:%Y-%m-%d %H:%M:%S}",
        "page": page,
        "page_size": PAGE,
        "sort_by": "startTime",
        "sort_order": "asc",
    }
    body = ask.http.get("/spend/logs/v2", params).body
    if not isinstance(body, dict):
        raise SourceError(
            f"{ask.connection}: /spend/logs/v2 gave no page of rows; is base_url a LiteLLM proxy?"
        )
    return body


def _unpaged(ask: Ask) -> Rows:
    """`/spend/logs` of older proxies: one day, cut at 10,000 rows without a word."""
    params = {
        "start_date": f"{ask.part.since:%Y-%m-%d}",
        "end_date": f"{ask.part.until:%Y-%m-%d}",
        "summarize": "false",
    }
    told = ask.http.get("/spend/logs", params).body
    rows = told if isinstance(told, list) else []
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
    return _by_id(rows, 1)


def _by_id(rows: Iterable[Any], page: int) -> Rows:
    """Rows without what payback does not read; those without an id are kept apart by their place."""
    kept = [slim(row) if isinstance(row, dict) else {"metadata": {}} for row in rows]
    return {
        str(row.get("request_id") or f"row {place} of page {page}"): row for place, row in enumerate(kept)
    }


def _begins(row: Mapping[str, Any], until: datetime) -> bool:
    """Whether a request began before the end of the day; one that does not say when is judged by `parse`."""
    try:
        return instant(row.get("startTime")) < until
    except ValueError:
        return True
