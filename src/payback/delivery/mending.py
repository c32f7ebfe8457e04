"""What had to be mended after it went in: reverts, follow-up fixes, rewrites after review, reopened tickets. Pure.

Each is told apart, and `reworked` is any of them. A follow-up fix is a change of kind `fix` that merged within 14 days and
either rewrote lines of this change (known where Git was read) or belongs to one of its tickets. Where lines were not
read and no ticket ties a fix to it, it is unknown whether a fix followed, not no.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from payback.delivery.delivered import Delivered

FOLLOWS_WITHIN = timedelta(days=14)
FIXES = frozenset({"fix", "revert"})


@dataclass(frozen=True, slots=True)
class Mended:
    """What became of one change."""

    reverted: bool = False
    followed_by_fix: bool | None = None
    ticket_reopened: bool = False
    bugs: int | None = None

    def columns(self, held: Delivered, pull: Mapping[str, Any]) -> dict[str, Any]:
        """Its columns of `work`."""
        rewritten = held.phases[pull["pull_request_id"]].major_rework
        signs = (self.reverted, self.followed_by_fix, rewritten, self.ticket_reopened)
        known = any(signs) or None not in signs
        return {
            "reverted": self.reverted,
            "followed_by_fix": self.followed_by_fix,
            "ticket_reopened": self.ticket_reopened,
            "reworked": any(signs) if known else None,
            "bugs": self.bugs,
            "fix": is_fix(held, pull),
        }


def mended(held: Delivered) -> dict[str, Mended]:
    """What became of each merged change."""
    reverted, fixed, reopened = _reverted(held), _followed(held), _reopened(held)
    bugs = _bugs(held, fixed)
    found = {}
    for key, told in held.told.items():
        if told.pull["merged_at"] is None:
            continue
        read = told.pull["repo"] in held.read_lines
        outcome = Mended(key in reverted, True if fixed.get(key) else False if read else None)
        found[key] = replace(
            outcome,
            ticket_reopened=bool(reopened & set(held.tickets_of.get(key, ()))),
            bugs=len(bugs.get(key, ())) if read or key in bugs else None,
        )
    return found


def is_fix(held: Delivered, pull: Mapping[str, Any]) -> bool:
    """Whether a change mends something: by its kind of work, or because its tickets are bugs."""
    if held.work_type({**pull, "branch": pull["head_branch"], "kind": None}) in FIXES:
        return True
    tickets = held.tickets_of.get(pull["pull_request_id"], ())
    return any(is_bug(held, one) for one in tickets)


def is_bug(held: Delivered, ticket: str) -> bool:
    """Whether a ticket is a bug: by its kind, or where that says nothing of the work, by its labels."""
    return held.type_of_ticket(held.tickets[ticket]) == "fix"


def _reverted(held: Delivered) -> set[str]:
    """Changes that a later one reverts, or whose merge or one of whose commits a later commit reverts."""
    found = {pull["reverts"] for pull in held.pulls if pull["reverts"] and pull["state"] == "merged"}
    pull_of = {commit["commit_id"]: commit["pull_request_id"] for commit in held.commits}
    for pull in held.pulls:
        if pull["merge_commit"]:
            pull_of[f"{pull['repo']}@{pull['merge_commit']}"] = pull["pull_request_id"]
    targets = (commit["reverts"] for commit in held.commits if commit["reverts"])
    return found | {change for commit in targets if (change := pull_of.get(commit))}


def _followed(held: Delivered) -> dict[str, set[str]]:
    """Fixes by the change they mend, merged within 14 days after it."""
    merged = {
        pull["pull_request_id"]: pull["merged_at"] for pull in held.pulls if pull["merged_at"] is not None
    }
    of_ticket: dict[str, list[str]] = defaultdict(list)
    for change in merged:
        for ticket in held.tickets_of.get(change, ()):
            of_ticket[ticket].append(change)
    found: dict[str, set[str]] = defaultdict(set)
    for pull in held.pulls:
        fix = pull["pull_request_id"]
        if fix not in merged or not is_fix(held, pull):
            continue
        same = {change for one in held.tickets_of.get(fix, ()) for change in of_ticket[one]}
        for change in same | set(held.replaced.get(fix, ())):
            if _follows(merged.get(change), merged[fix]) and change != fix:
                found[change].add(fix)
    return found


def _follows(before: datetime | None, after: datetime) -> bool:
    return before is not None and before < after <= before + FOLLOWS_WITHIN


def _reopened(held: Delivered) -> set[str]:
    """Tickets that were done and then not done."""
    moved = {
        move["ticket_id"]
        for move in held.rows("ticket_moves")
        if move["from_category"] == "done" and move["to_category"] in {"to_do", "in_progress"}
    }
    return moved | {key for key, ticket in held.tickets.items() if ticket["reopened"]}


def _bugs(held: Delivered, fixed: Mapping[str, set[str]]) -> dict[str, set[str]]:
    """Bugs by the change they lie in: those whose fix mended it."""
    return {
        change: bugs
        for change, fixes in fixed.items()
        if (
            bugs := {
                ticket for fix in fixes for ticket in held.tickets_of.get(fix, ()) if is_bug(held, ticket)
            }
        )
    }
