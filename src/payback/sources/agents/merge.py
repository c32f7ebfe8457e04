"""One response, one row: copies of a response become one, whatever the order in which they are met.

The numbers are those of the copy with the largest output (ties: a final one, then one that names its speed, then the
earliest); session, folder and branch are those of the copy outside a side chain with the smallest session id. A side
chain that replays a response under another request id is dropped.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from payback.sources.agents.copies import merged

if TYPE_CHECKING:
    from collections.abc import Iterable

    from payback.ledger.entries import Usage
    from payback.sources.agents.copies import Copy
    from payback.sources.agents.rows import Digested

MINE = ("session_id", "run_id", "working_directory", "project", "repo", "branch", "commit", "agent", "actor")


def resolved(copies: Iterable[Digested]) -> list[Copy]:
    """The responses behind copies, given by the digest of their id and by what tells requests under it apart."""
    groups: dict[int, dict[int, Copy]] = {}
    for group, sub, copy in copies:
        requests = groups.setdefault(group, {})
        requests[sub] = merged(requests[sub], copy) if sub in requests else copy
    return [copy for requests in groups.values() for copy in _billed(list(requests.values()))]


def _billed(requests: list[Copy]) -> list[Copy]:
    if len(requests) > 1 and not all(place[0] for _, place in requests):
        return [copy for copy in requests if not copy[1][0]]
    return requests


def merge(usages: Iterable[Usage]) -> list[Usage]:
    """Rows of one response as one row; rows of different responses in the order of their ids."""
    copies: dict[str, Usage] = {}
    for usage in usages:
        known = copies.get(usage.usage_id)
        copies[usage.usage_id] = usage if known is None else _one(known, usage)
    main = {_response(usage) for usage in copies.values() if usage.response_id and not usage.is_subagent}
    return [
        copies[usage_id]
        for usage_id in sorted(copies)
        if not (copies[usage_id].is_subagent and _response(copies[usage_id]) in main)
    ]


def _response(usage: Usage) -> tuple[str, str | None]:
    return usage.tool, usage.response_id


def _one(one: Usage, other: Usage) -> Usage:
    used, place = max(one, other, key=_size), min(one, other, key=_place)
    if used is place:
        return used
    return replace(used, is_subagent=place.is_subagent, **{name: getattr(place, name) for name in MINE})


def _size(usage: Usage) -> tuple[Any, ...]:
    return (
        usage.output_tokens,
        usage.is_final,
        usage.speed or "",
        -usage.occurred_at.timestamp(),
        usage.input_tokens,
        usage.cache_read_tokens,
        usage.cache_write_5m_tokens,
        usage.cache_write_1h_tokens,
        usage.reasoning_tokens,
        usage.web_searches,
        (usage.requests, usage.errors, usage.retries, usage.attempt),
        tuple(
            str(word) for word in (usage.model, usage.vendor, usage.service_tier, usage.region, usage.error)
        ),
        tuple(
            str(word) for word in (usage.source, usage.quality, usage.reported_usd, usage.duration_seconds)
        ),
    )


def _place(usage: Usage) -> tuple[Any, ...]:
    return (
        usage.is_subagent,
        *((value is None, value or "") for value in (getattr(usage, name) for name in MINE)),
    )
