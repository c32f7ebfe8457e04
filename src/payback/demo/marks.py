"""What a change shows of AI, and whether AI had a hand in it. The two differ: marks can be left out.

A mark is a trailer, an agent's account, a branch's prefix, a line in the description or what a vendor tells of a commit. Knows no rule of payback's: an
agent's own account means that the agent wrote it, any other mark that it helped.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from payback.demo.span import month_in

if TYPE_CHECKING:
    from collections.abc import Iterable

    from payback.demo.records import Change

AUTHORED, ASSISTED, NONE = "agent_authored", "agent_assisted", "none_detected"
CLASSES = (AUTHORED, ASSISTED, NONE)
PREFIXES = ("claude/", "codex/")


def of_commit(change: Change) -> str:
    """What the commits on a change's branch show: their author, their trailers, and what Cursor tells of them."""
    if change.kind == "agent":
        return AUTHORED
    return ASSISTED if change.mark or change.tracked else NONE


def of_squash(change: Change) -> str:
    """What a squash shows: its author and trailers, and what its pull request shows besides."""
    return ASSISTED if change.branch.startswith(PREFIXES) else of_commit(change)


def of_change(change: Change) -> str:
    """What a pull request shows with all that belongs to it."""
    return of_squash(change)


def with_ai(change: Change) -> bool:
    """Whether AI had a hand in it: an agent wrote it, a conversation led to a commit, or an editor left its mark."""
    last = change.commits[-1]
    return (
        change.kind == "agent"
        or bool(change.mark)
        or any(session.ended_at <= last for session in change.sessions)
    )


def rows(changes: Iterable[Change]) -> list[dict[str, Any]]:
    """Merged changes by month and team: all, those with AI, those with marks, and those with both. Both ÷ with AI is the
    recall of marks, both ÷ with marks their precision.
    """
    found: dict[tuple[str, str | None], Counter[str]] = {}
    for change in changes:
        if change.ended_at is None:
            continue
        counts = found.setdefault((month_in(change.ended_at), change.merged_by_team), Counter())
        made, marked = with_ai(change), of_change(change) != NONE
        counts.update(changes=1, with_ai=made, marked=marked, both=made and marked)
    ranked = sorted(found.items(), key=lambda one: (one[0][0], one[0][1] or ""))
    return [{"month": month, "team": team, **counts} for (month, team), counts in ranked]
