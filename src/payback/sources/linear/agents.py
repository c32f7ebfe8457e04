"""Signs that an agent was at work on an issue: it is or was delegated to one, or an agent held a session on it. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from payback.delivery.evidence import digest, evidence_rows
from payback.delivery.markers import Sign
from payback.delivery.registry import registry
from payback.delivery.repositories import name_of_remote
from payback.ledger.work_entries import Evidence, Link
from payback.sources.linear.timeline import nodes

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from payback.delivery.markers import AiClass

    Row = Mapping[str, Any]

ASSISTED: AiClass = "agent_assisted"
GRADE = "A"
NOTHING_DONE = frozenset({"pending", "error"})
CHANGE = re.compile(
    r"^(https?://[^/]+/.+?)/(?:-/)?(?:pull|pulls|merge_requests|pull-requests|pullrequest)/(\d+)(?:[/?#]|$)"
)


def evidence(issue: Row, ticket: str, source: str, created: datetime | None) -> Iterator[Evidence]:
    """The signs of one issue."""
    rows = evidence_rows("ticket", ticket, (*_delegates(issue), *_sessions(issue)), created)
    yield from (Evidence(**row, source=source) for row in rows)


def _delegates(issue: Row) -> Iterator[Sign]:
    """The agents that it is or was delegated to; people are assignees, not delegates."""
    for told in (issue.get("delegate"), *(one.get("toDelegate") for one in nodes(issue, "history"))):
        if told and told.get("app") and told.get("displayName"):
            yield Sign("account", ASSISTED, tool_of(told["displayName"]), GRADE, "delegate")


def _sessions(issue: Row) -> Iterator[Sign]:
    """The sessions in which an agent did something."""
    for told in nodes(issue, "agentSessions"):
        user = told.get("appUser") or {}
        name = user.get("displayName") or user.get("name")
        if name and told.get("status") not in NOTHING_DONE:
            yield Sign(
                "session",
                ASSISTED,
                tool_of(name),
                GRADE,
                "agent session",
                told.get("codingHarnessModelLabel"),
                told.get("id"),
            )


def tool_of(name: str) -> str:
    """The tool that an agent's name stands for; a name that is not known is a tool of its own."""
    known = registry()
    found = known.names.get(name.casefold())
    return found.tool if found else known.tool(name)


def links(issue: Row, ticket: str, source: str) -> Iterator[Link]:
    """The changes that belong to an issue, by what is attached to it and what agents opened in their sessions."""
    told = [("attachment", one.get("url")) for one in nodes(issue, "attachments")]
    for session in nodes(issue, "agentSessions"):
        told += [
            ("agent session", (one.get("pullRequest") or {}).get("url"))
            for one in nodes(session, "pullRequests")
        ]
    found = {change: how for how, url in reversed(told) if (change := change_of(url))}
    for change, how in sorted(found.items()):
        yield Link(
            link_id=digest(source, ticket, change), from_kind="ticket", from_id=ticket, to_kind="pull_request",
            to_id=change, how=how, source=source,
        )  # fmt: skip


def change_of(url: Any) -> str | None:
    """The change at an address, as payback names it; None where it is the address of something else."""
    found = CHANGE.match(str(url or ""))
    repo = name_of_remote(found[1]) if found else None
    return f"{repo}#{int(found[2])}" if found and repo else None
