"""When Copilot's coding agent worked on a pull request: only the REST timeline tells, so only its own pull requests are asked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from payback.ledger.work_entries import PullRequestMove
from payback.sources.amounts import instant
from payback.sources.github.place import rest
from payback.sources.http import RefusedError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from payback.ledger.work_entries import PullRequest
    from payback.sources.github.repositories import Repository
    from payback.sources.source import Ask

COPILOT = 198982749
KINDS = {
    "copilot_work_started": "work_started",
    "copilot_work_finished": "work_finished",
    "copilot_work_finished_failure": "work_finished",
}
HELD = "agentWork"


def with_work(ask: Ask, one: Repository, node: dict[str, Any]) -> dict[str, Any]:
    """The entry with the agent's beginnings and ends, where the agent opened it and the key may see them."""
    if (node.get("author") or {}).get("databaseId") != COPILOT:
        return node
    path: str | None = rest(ask.told, f"repos/{one.name}/issues/{node['number']}/timeline")
    params: tuple[tuple[str, object], ...] = (("per_page", 100),)
    found: list[Any] = []
    try:
        while path is not None:
            reply = ask.http.get(path, params)
            found += reply.body or ()
            path, params = reply.link("next"), ()
    except RefusedError as error:
        if error.status not in {403, 404}:
            raise
    return {**node, HELD: [told for told in found if told.get("event") in KINDS]}


def work_moves(node: dict[str, Any], pull: PullRequest) -> Iterator[PullRequestMove]:
    """The agent's beginnings and ends as moves."""
    for told in node.get(HELD) or ():
        yield PullRequestMove(
            move_id=f"{pull.repo}/moves/{told['id']}",
            pull_request_id=pull.pull_request_id,
            kind=KINDS[told["event"]],
            moved_at=instant(told["created_at"]),
            source=pull.source,
            actor=pull.author,
        )
