"""Sessions: conversations with agents, what each used and cost at list price, and the change it belongs to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from payback.web import words
from payback.web.blocks import Column, Table
from payback.web.emptiness import nothing_in_range, nothing_yet
from payback.web.ordering import sort_key
from payback.web.page import Page
from payback.web.paging import PAGE_SIZE, pager
from payback.web.palette import hues

if TYPE_CHECKING:
    from collections.abc import Mapping

    from payback.web.asking import Ask

COLUMNS = (
    Column("started_at", "Started", "instant", sort="started_at"),
    Column("tool_title", "Tool", sort="tool"),
    Column("place", "Repository and branch", sort="repo"),
    Column("models", "Models", "names"),
    Column("requests", "Requests", "count", sort="requests"),
    Column("tokens", "Tokens", "tokens", sort="tokens"),
    Column("errors", "Errors", "count", sort="errors"),
    Column("list_usd", "List price", "money", sort="list_usd", bar=True),
    Column("pull_request", "Change", "code"),
)
TOKENS = (
    "input_tokens",
    "cache_read_tokens",
    "cache_write_5m_tokens",
    "cache_write_1h_tokens",
    "output_tokens",
)


def view(ask: Ask, _path: Mapping[str, str]) -> dict[str, Any]:
    """One page of sessions, in the order asked for."""
    if ask.span is None:
        return {"empty": nothing_yet(ask)}
    sort = ask.filters.sort or "-started_at"
    sort_key(sort, COLUMNS)
    start = (ask.filters.page - 1) * PAGE_SIZE
    rows = ask.desk.sessions(ask.filters.period, ask.where, ask.scope, PAGE_SIZE + 1, start, sort=sort)
    if not rows and ask.filters.page == 1:
        return {"empty": nothing_in_range(ask, "session")}
    shown = tuple(row_of(row) for row in rows[:PAGE_SIZE])
    caption = f"Sessions in {words.days(ask.filters.period)}"
    note = "List price is what the same use would cost on the meter, in USD."
    table = Table(caption, COLUMNS, shown, sort=sort, note=note)
    return {"empty": None, "table": table, "pager": pager(ask.filters, len(rows))}


def row_of(row: Mapping[str, Any]) -> dict[str, Any]:
    """A session as a row of a table."""
    unpriced = row.get("unpriced_tokens") or 0
    return {
        **row,
        "models": list(row["models"] or ()),
        "tool_title": words.title(row["tool"]),
        "tool_title_hue": hues([row["tool"]])[row["tool"]],
        "bar_hue": hues([row["tool"]])[row["tool"]],
        "place": " · ".join(part for part in (words.tail(row["repo"]), row["branch"]) if part) or None,
        "tokens": sum(row[name] or 0 for name in TOKENS),
        "list_usd_at_least": bool(unpriced) and row["list_usd"] is not None,
        "list_usd_unknown": "unpriced" if unpriced else words.UNKNOWN,
        "href": f"/sessions/{quote(row['session_id'], safe='')}",
        "pull_request": row.get("pull_request"),
        "pull_request_href": change_href(row.get("pull_request")),
    }


def change_href(reference: str | None) -> str:
    """The page of a change; empty without one."""
    return f"/changes/{quote(reference, safe='')}" if reference else ""


PAGE = Page(
    "sessions", "/sessions", "Sessions", "Spend", "Which conversations cost what?", view, controls=("days",)
)
