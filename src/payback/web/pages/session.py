"""One session: its runs with the money of each kind of step, and its requests."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from payback.web import words
from payback.web.blocks import Column, Swatch, Table, Tile
from payback.web.page import Page
from payback.web.pages.sessions import TOKENS, change_href, row_of
from payback.web.palette import hues

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from payback.web.asking import Ask

MOST_REQUESTS = 300
KINDS = ("read", "edit", "test", "shell", "search", "subagent", "other")
RUNS = (
    Column("title", "Run"),
    Column("started_at", "Started", "instant"),
    Column("requests", "Requests", "count"),
    Column("steps_count", "Steps", "count"),
    Column("parts", "Money by kind of step", "parts"),
    Column("list_usd", "List price", "money"),
)
REQUESTS = (
    Column("occurred_at", "When", "instant"),
    Column("model", "Model", "code"),
    Column("input_tokens", "Input", "tokens"),
    Column("cache_read_tokens", "Cache read", "tokens"),
    Column("cache_write", "Cache write", "tokens"),
    Column("output_tokens", "Output", "tokens"),
    Column("duration_seconds", "Took", "seconds"),
    Column("error", "Failure", "code"),
    Column("list_usd", "List price", "money"),
)


def view(ask: Ask, path: Mapping[str, str]) -> dict[str, Any]:
    """The session, or UnknownNameError where there is none by that id."""
    found = ask.desk.session(path["session_id"], ask.scope)
    row = row_of(found)
    runs = [_run(index, run) for index, run in enumerate(found["runs"], 1)]
    requests = found["requests_list"]
    sums = _sums(found["runs"])
    kinds = sorted(sums, key=_rank)
    hue = hues(KINDS)
    return {
        "empty": None,
        "title": f"{row['tool_title']} session",
        "session": row,
        "facts": _facts(row),
        "tiles": _tiles(row),
        "kinds": tuple(
            Swatch(words.title(kind), hue.get(kind, "quiet"), sums[kind], "money") for kind in kinds
        ),
        "runs": Table(
            "Runs: one instruction with all that followed from it", RUNS, tuple(runs), _total(row, runs)
        ),
        "requests": Table(
            "Requests",
            REQUESTS,
            tuple(_request(request) for request in requests[:MOST_REQUESTS]),
            note=f"The first {MOST_REQUESTS} of {len(requests)}." if len(requests) > MOST_REQUESTS else "",
        ),
    }


def _facts(row: Mapping[str, Any]) -> tuple[tuple[str, Any, str], ...]:
    """What is known of it, as term, value and link."""
    return (
        ("Repository", row["repo"], ""),
        ("Branch", row["branch"], ""),
        ("Models", ", ".join(row["models"]) or None, ""),
        ("Change", row["pull_request"], change_href(row["pull_request"])),
        ("From first to last request", _lasted(row), ""),
        ("Session", row["session_id"], ""),
    )


def _lasted(row: Mapping[str, Any]) -> str | None:
    if not row["started_at"] or not row["ended_at"]:
        return None
    return words.span(Decimal(str((row["ended_at"] - row["started_at"]).total_seconds())))


def _tiles(row: Mapping[str, Any]) -> tuple[Tile, ...]:
    read = sum(row[name] or 0 for name in TOKENS[:4])
    cached = Decimal(row["cache_read_tokens"] or 0) / read if read else None
    return (
        Tile(
            "spend_list", "List price", row["list_usd"], "money", "no price known", row["list_usd_at_least"]
        ),
        Tile("requests", "Requests", row["requests"], "count"),
        Tile("", "Tokens of all kinds", row["tokens"], "tokens"),
        Tile("cache_hit_share", "Cache hit share", cached, "share", "nothing was read"),
        Tile(
            "errors",
            "Failed requests",
            row["errors"],
            "count",
            note=words.plural(row["retries"] or 0, "retry", "retries"),
        ),
    )


def _run(index: int, run: Mapping[str, Any]) -> dict[str, Any]:
    hue = hues(KINDS)
    steps = sorted(run["steps"], key=lambda step: _rank(step["kind"]))
    parts = tuple(
        Swatch(
            f"{words.title(step['kind'])}, {words.plural(step['steps'], 'step')}",
            hue.get(step["kind"], "quiet"),
            step["list_usd"],
            "money",
        )
        for step in steps
    )
    return {
        "title": f"Run {index}",
        "run_id": run["run_id"],
        "started_at": run["started_at"],
        "requests": run["requests"],
        "steps_count": sum(step["steps"] for step in steps),
        "parts": parts,
        "list_usd": run["list_usd"],
    }


def _rank(kind: str) -> tuple[int, str]:
    return KINDS.index(kind) if kind in KINDS else len(KINDS), kind


def _request(request: Mapping[str, Any]) -> dict[str, Any]:
    writes = (request["cache_write_5m_tokens"] or 0) + (request["cache_write_1h_tokens"] or 0)
    return {**request, "cache_write": writes, "list_usd_unknown": "unpriced"}


def _sums(runs: Sequence[Mapping[str, Any]]) -> dict[str, Decimal]:
    sums: dict[str, Decimal] = {}
    for run in runs:
        for step in run["steps"]:
            sums[step["kind"]] = sums.get(step["kind"], Decimal(0)) + (step["list_usd"] or 0)
    return sums


def _total(row: Mapping[str, Any], runs: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    return {
        "title": "All",
        "requests": row["requests"],
        "steps_count": sum(run["steps_count"] for run in runs),
        "list_usd": row["list_usd"],
        "list_usd_at_least": row["list_usd_at_least"],
    }


PAGE = Page(
    "session",
    "/sessions/{session_id}",
    "Session",
    "Spend",
    "What did this conversation do?",
    view,
    parent="sessions",
    controls=(),
    example=(("session_id", "s-1"),),
)
