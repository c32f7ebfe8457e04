"""One response, one row: copies of the same response merged, whichever file, session, fork or archive told of it.

The result depends neither on the order of the copies nor on how they are portioned, since both orders that decide are
total. Rule 2 of the ledger.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

    from payback.ledger.entries import Usage

PLACE = (
    "session_id", "run_id", "account", "project", "actor", "agent", "working_directory", "repo", "branch", "commit",
    "team", "cost_center", "workflow", "environment", "task_type", "source",
)  # fmt: skip
COUNTS = (
    "input_tokens", "cache_read_tokens", "cache_write_5m_tokens", "cache_write_1h_tokens", "reasoning_tokens",
    "web_searches", "requests", "errors", "retries", "attempt",
)  # fmt: skip
WORDS = (
    "model", "vendor", "service_tier", "region", "error", "quality", "reported_usd", "duration_seconds", "prompt_digest",
)  # fmt: skip


def merge(usages: Iterable[Usage]) -> list[Usage]:
    """The requests, each once, in the order of their ids.

    Copies of one id become one row. Copies outside side chains come before those inside. What was used, and when, is
    told by the copy with the largest output (a finished one before an unfinished one), where it belongs by the copy of
    the smallest session id. A side chain that replays a response of the main conversation under another request is not
    a request of its own, and is dropped.
    """
    rows: dict[str, tuple[Usage, Usage]] = {}
    for usage in usages:
        known = rows.get(usage.usage_id)
        if known is None:
            rows[usage.usage_id] = (usage, usage)
        else:
            rows[usage.usage_id] = (max(known[0], usage, key=_size), min(known[1], usage, key=_place))
    settled = [
        used if used is place else _joined(used, place)
        for _, (used, place) in sorted(rows.items(), key=_first)
    ]
    return _without_replays(settled)


def _first(item: tuple[str, Any]) -> str:
    return item[0]


def _joined(used: Usage, place: Usage) -> Usage:
    return replace(used, is_subagent=place.is_subagent, **{name: getattr(place, name) for name in PLACE})


def _without_replays(usages: list[Usage]) -> list[Usage]:
    """Side-chain copies go where the same response stands outside side chains under another request."""
    outside: dict[tuple[str, str], set[str]] = defaultdict(set)
    for usage in usages:
        if usage.response_id and not usage.is_subagent:
            outside[usage.tool, usage.response_id].add(usage.usage_id)
    return [usage for usage in usages if not _is_replay(usage, outside)]


def _is_replay(usage: Usage, outside: dict[tuple[str, str], set[str]]) -> bool:
    return bool(usage.is_subagent and usage.response_id and outside.get((usage.tool, usage.response_id)))


def _size(usage: Usage) -> tuple[Any, ...]:
    """How much a copy tells of the response: output first, then whether it had ended; then anything, but always alike."""
    return (
        not usage.is_subagent,
        usage.output_tokens,
        usage.is_final,
        usage.speed or "",
        -usage.occurred_at.timestamp(),
        tuple(getattr(usage, name) for name in COUNTS),
        tuple(str(getattr(usage, name)) for name in WORDS),
    )


def _place(usage: Usage) -> tuple[Any, ...]:
    """Which copy says where a response belongs: outside side chains, then by names, an unknown one last."""
    return (
        usage.is_subagent,
        *((value is None, value or "") for value in (getattr(usage, name) for name in PLACE)),
    )
