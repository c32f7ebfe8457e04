"""The `work` table: one row per pull request with its phases, size, AI class, cost and outcome. Pure.

Phases come from real end points only; one that is missing or runs backwards is NULL, never zero. Team and person are
the organisation's to fill in. `evidence_complete` is true only where the description was read (so never from git alone)
and every commit is known: only such rows may serve as a comparison.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from payback.delivery.markers import strongest
from payback.ledger.tables import BY_NAME

if TYPE_CHECKING:
    from datetime import datetime, tzinfo
    from decimal import Decimal

    from payback.delivery.links import Work

SOURCE = "delivery"
SIZE_BANDS = (("XS", 10), ("S", 50), ("M", 250), ("L", 1000))
_PHASES = {
    "coding_hours": ("first_commit_at", "ready_at"),
    "pickup_hours": ("ready_at", "first_review_at"),
    "review_hours": ("first_review_at", "approved_at"),
    "merge_wait_hours": ("approved_at", "merged_at"),
    "cycle_hours": ("first_commit_at", "merged_at"),
}
_TAKEN = (
    "pull_request_id", "repo", "number", "title", "author", "state", "head_branch", "created_at", "merged_at",
    "additions", "deletions", "files",
)  # fmt: skip


@dataclass(slots=True)
class _Cost:
    list_usd: Decimal | None = None
    billed_usd: Decimal | None = None
    sessions: set[str] = field(default_factory=set)


@dataclass(slots=True)
class _Signs:
    classes: set[str] = field(default_factory=set)
    tools: set[str] = field(default_factory=set)


def work_rows(work: Work, assigned_usage: pa.Table, zone: tzinfo, now: datetime) -> pa.Table:
    """The `work` table. `assigned_usage` needs pull_request_id, session_id, list_usd (and billed_usd where known);
    `zone` is the organisation's, for the day of the merge. Cost is NULL where no priced request is linked.
    """
    costs, signs, commits = _costs(assigned_usage), _signs(work), _commits_of(work)
    reverted = _reverted(work)
    rows = []
    for pull in work.pull_requests.to_pylist():
        key = pull["pull_request_id"]
        cost, found = costs.get(key, _Cost()), signs.get(key, _Signs())
        rows.append({
            **{name: pull[name] for name in _TAKEN},
            **{phase: hours(pull[begin], pull[end]) for phase, (begin, end) in _PHASES.items()},
            "merged_day": pull["merged_at"].astimezone(zone).date() if pull["merged_at"] else None,
            "size_band": size_band(pull["additions"], pull["deletions"]),
            "ai_class": strongest(found.classes),
            "ai_tools": ",".join(sorted(found.tools)) or None,
            "evidence_complete": _is_complete(pull, commits.get(key, 0)),
            "cost_list": cost.list_usd,
            "cost_billed": cost.billed_usd,
            "sessions": len(cost.sessions),
            "reverted": key in reverted,
            "source": SOURCE,
            "synced_at": now,
        })  # fmt: skip
    return pa.Table.from_pylist(rows, schema=BY_NAME["work"].schema)


def size_band(additions: int | None, deletions: int | None) -> str | None:
    """XS under 10 changed lines, S under 50, M under 250, L under 1000, XL above; None where the size is unknown."""
    if additions is None or deletions is None:
        return None
    return next((band for band, limit in SIZE_BANDS if additions + deletions < limit), "XL")


def hours(begin: datetime | None, end: datetime | None) -> float | None:
    """Hours between two instants; None if one is unknown or they run backwards."""
    if begin is None or end is None or end < begin:
        return None
    return (end - begin).total_seconds() / 3600


def _costs(usage: pa.Table) -> dict[str, _Cost]:
    costs: dict[str, _Cost] = defaultdict(_Cost)
    known = usage.column_names
    billed = usage["billed_usd"].to_pylist() if "billed_usd" in known else [None] * usage.num_rows
    columns = (usage[name].to_pylist() for name in ("pull_request_id", "session_id", "list_usd"))
    for pull, session, price, share in zip(*columns, billed, strict=True):
        if pull is None:
            continue
        cost = costs[pull]
        cost.list_usd = _plus(cost.list_usd, price)
        cost.billed_usd = _plus(cost.billed_usd, share)
        if session is not None:
            cost.sessions.add(session)
    return costs


def _plus(total: Decimal | None, amount: Decimal | None) -> Decimal | None:
    return total if amount is None else amount if total is None else total + amount


def _signs(work: Work) -> dict[str, _Signs]:
    """Signs of a pull request: its own and those of the commits that went in with it."""
    pull_of = dict(
        zip(work.commits["commit_id"].to_pylist(), work.commits["pull_request_id"].to_pylist(), strict=True)
    )
    signs: dict[str, _Signs] = defaultdict(_Signs)
    columns = (work.evidence[name].to_pylist() for name in ("subject_kind", "subject_id", "ai_class", "tool"))
    for kind, subject, ai_class, tool in zip(*columns, strict=True):
        pull = subject if kind == "pull_request" else pull_of.get(subject)
        if pull is not None:
            signs[pull].classes.add(ai_class)
            signs[pull].tools.add(tool)
    return signs


def _commits_of(work: Work) -> dict[str, int]:
    """Commits known per pull request, without the one that merged it."""
    merges = set(work.pull_requests["merge_commit"].to_pylist())
    counts: dict[str, int] = defaultdict(int)
    for sha, pull in zip(
        work.commits["sha"].to_pylist(), work.commits["pull_request_id"].to_pylist(), strict=True
    ):
        if pull is not None and sha not in merges:
            counts[pull] += 1
    return counts


def _is_complete(pull: dict[str, Any], known: int) -> bool:
    return pull["source"] != "git" and pull["commits"] is not None and known >= pull["commits"]


def _reverted(work: Work) -> set[str]:
    """Pull requests that a later one reverts, or whose merge or one of whose commits a later commit reverts."""
    found = {pull for pull in work.pull_requests["reverts"].to_pylist() if pull}
    pull_of = dict(
        zip(work.commits["commit_id"].to_pylist(), work.commits["pull_request_id"].to_pylist(), strict=True)
    )
    merges = zip(
        *(work.pull_requests[name].to_pylist() for name in ("repo", "merge_commit", "pull_request_id")),
        strict=True,
    )
    pull_of |= {f"{repo}@{sha}": pull for repo, sha, pull in merges if sha}
    targets = (commit for commit in work.commits["reverts"].to_pylist() if commit)
    return found | {pull for commit in targets if (pull := pull_of.get(commit))}
