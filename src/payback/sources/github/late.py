"""Deployments of which GitHub says something long after they were made: an approval that took weeks, a success at last.

The list of deployments is in the order of their making, and only its newest ones are read again. The daily count goes
through all of them and asks when their last status came; those with a new one are then read whole.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from payback.sources.github.asking import asked
from payback.sources.github.deployments import UNFINISHED
from payback.sources.github.queries import DEPLOYMENTS_NAMED
from payback.sources.source import DAY, since_told

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from payback.sources.source import Ask

    Node = dict[str, Any]

AT_ONCE = 50


def late(ask: Ask, nodes: Sequence[Node], counted_at: datetime | None) -> Iterator[Node]:
    """Deployments, whole, that the list no longer reads and that have a status since the last count, less a day."""
    since = (counted_at or ask.now) - DAY
    oldest = since_told(ask.told, datetime.min.replace(tzinfo=ask.now.tzinfo))
    named = [
        node["id"]
        for node in nodes
        if (told := _told_at(node)) is not None
        and told >= since
        and oldest <= datetime.fromisoformat(node["createdAt"]) < ask.now - UNFINISHED
    ]
    for begin in range(0, len(named), AT_ONCE):
        found = asked(ask.http, DEPLOYMENTS_NAMED, {"ids": named[begin : begin + AT_ONCE]}, depth=1)
        yield from (node for node in found["nodes"] or () if node)


def _told_at(node: Node) -> datetime | None:
    at = (node.get("latestStatus") or {}).get("createdAt")
    return datetime.fromisoformat(at) if at else None
