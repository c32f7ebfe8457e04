"""What is true of the company's delivery, by month and team: counts, shares, and hours as the median that occurred.

Follows from what happened alone: from the courses of changes and from what went to production when.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Any

from payback.demo import marks, survival
from payback.demo.mending import mending
from payback.demo.records import whole
from payback.demo.repositories import WITH_PULL_REFS
from payback.demo.shipments import team_of
from payback.demo.span import day_in, month_in
from payback.demo.tickets import DONE, keys_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from payback.demo.books import Books
    from payback.demo.incidents import Breakage
    from payback.demo.mending import Mending
    from payback.demo.records import Change, Look
    from payback.demo.shipments import Shipment

Row = dict[str, Any]
Cell = tuple[str, str, str | None]
MEDIANS = (
    "coding_time", "draft_time", "pickup_time", "review_time", "merge_wait", "deploy_wait", "cycle_time",
    "lead_time_for_changes", "failed_deployment_recovery_time",
)  # fmt: skip
MAJOR = 0.3
SHARES = frozenset(
    {
        "review_rejection_rate",
        "revert_rate",
        "rewrite_rate",
        "change_fail_rate",
        "incident_rate",
        "reopen_rate",
        "commitment_met",
        "rework_rate",
        "follow_up_fix_rate",
        "bug_rate",
        "review_rounds",
        "deployment_rework_rate",
    }
)


def rows(held: Books, until: datetime) -> list[Row]:
    """Every known cell, in order. A row with `ai_class` tells of the changes or lines whose marks show that class."""
    mended = mending(held.changes, [*held.tickets, *held.issues], held.brought)
    told: dict[Cell, list[float]] = defaultdict(list)
    for cell, value in (*_of_changes(held, mended), *_of_shipments(held, mended), *_of_tickets(held, until)):
        told[cell].append(value)
    found: list[Row] = [
        {"metric": metric, "month": month, "team": team, "value": _reduced(metric, values)}
        for (metric, month, team), values in told.items()
    ]
    for metric, (month, team, ai_class), value in (
        *_by_class(held),
        *survival.shares(held.brought, day_in(until)),
    ):
        row = {"metric": metric, "month": month, "team": team, "value": value}
        found.append(row | ({} if ai_class is None else {"ai_class": ai_class}))
    return sorted(
        found, key=lambda row: (row["metric"], row["month"], row["team"] or "", row.get("ai_class", ""))
    )


def _by_class(held: Books) -> Iterator[tuple[str, tuple[str, str | None, str], int]]:
    """Merged changes by what their marks show."""
    counts = Counter(
        (month_in(change.ended_at), change.merged_by_team, marks.of_change(change))
        for change in held.changes
        if change.ended_at is not None
    )
    for cell, count in counts.items():
        yield "merged_prs", cell, count


def _of_changes(held: Books, mended: Mending) -> Iterator[tuple[Cell, float]]:
    undone = {id(change.reverts) for change in held.changes if change.ended_at is not None}
    lost = _lost(held.changes)
    reopened = {ticket.key for ticket in (*held.tickets, *held.issues) if ticket.reopened}
    for change in held.changes:
        if change.ended_at is None:
            continue
        month, team = month_in(change.ended_at), change.merged_by_team
        signs = {
            "revert_rate": id(change) in undone,
            "follow_up_fix_rate": mended.is_followed(change),
            "reopen_rate": bool(keys_of(change) & reopened),
            **dict(_rewritten(change, lost)),
        }
        known = any(signs.values()) or "rewrite_rate" in signs
        again = (("rework_rate", any(signs.values())),) if known else ()
        for metric, value in (*_merged(change), *signs.items(), *again, ("bug_rate", mended.bugs(change))):
            yield (metric, month, team), value


def _of_shipments(held: Books, mended: Mending) -> Iterator[tuple[Cell, float]]:
    """What counts is what came to production; it failed where something broke, and was mended with the last of that."""
    broken: dict[int, list[Breakage]] = defaultdict(list)
    for each in held.broken:
        broken[id(each.cause)].append(each)
    failed: dict[str, bool] = {}
    for one in held.shipped:
        if one.succeeded:
            yield from _shipped(one)
            yield from _failed(one, broken[id(one)])
            mends = failed.get(one.repo, False) and all(id(change) in mended.mends for change in one.holds)
            yield ("deployment_rework_rate", month_in(one.finished_at), team_of(one)), mends
            failed[one.repo] = bool(broken[id(one)])


def _failed(one: Shipment, broken: list[Breakage]) -> Iterator[tuple[Cell, float]]:
    month, team = month_in(one.finished_at), team_of(one)
    yield ("change_fail_rate", month, team), bool(broken)
    yield ("incident_rate", month, team), len(broken)
    ends = [each.resolved_at for each in broken if each.resolved_at is not None]
    if ends and len(ends) == len(broken):
        for metric, value in _hours("failed_deployment_recovery_time", one.finished_at, max(ends)):
            yield (metric, month, team), value


def _reduced(metric: str, values: list[float]) -> float | int:
    """The nearest rank of a duration, the mean of what is 0 or 1, the sum of what is counted."""
    if metric in MEDIANS:
        return sorted(values)[(len(values) + 1) // 2 - 1]
    if metric in SHARES:
        return sum(values) / len(values)
    return int(sum(values))


def _of_tickets(held: Books, until: datetime) -> Iterator[tuple[Cell, float]]:
    """What was done for good, and of each sprint that ended what was promised and what was done by its end."""
    for ticket in (*held.tickets, *held.issues):
        if ticket.resolved_at is not None:
            month = month_in(ticket.resolved_at)
            yield ("tickets_resolved", month, ticket.team), 1
            yield ("stories_completed", month, ticket.team), ticket.kind == "Story"
        for joined, sprint in ticket.joined:
            if sprint.ends_at >= until:
                continue
            month, done = month_in(sprint.ends_at), ticket.status_at(sprint.ends_at) == DONE
            promised = joined <= sprint.starts_at
            yield ("unplanned_completed", month, ticket.team), done and not promised
            if promised:
                yield ("commitment_met", month, ticket.team), done


def _merged(change: Change) -> Iterator[tuple[str, float]]:
    """What one merged change adds."""
    course, merged = change.course, change.ended_at
    if course is None or merged is None:
        return
    yield "merged_prs", 1
    looks = course.human
    approvals = [look.at for look in looks if look.state == "APPROVED"]
    first, approved = (looks[0].at if looks else None), (approvals[0] if approvals else None)
    yield from _hours("coding_time", change.begun_at, course.ready_at)
    yield from _hours("draft_time", course.opened_at, course.ready_at)
    yield from _hours("pickup_time", course.ready_at, first)
    yield from _hours("review_time", first, approved)
    yield from _hours("merge_wait", approved, merged)
    yield from _hours("cycle_time", change.begun_at, merged)
    if course.looks:
        yield "review_rounds", _rounds(change, looks)
    if looks:
        yield "review_rejection_rate", any(look.state in {"CHANGES_REQUESTED", "DISMISSED"} for look in looks)


def _rounds(change: Change, looks: list[Look]) -> int:
    """How often a look that did not approve was answered with commits, or a branch rewritten by force, before the approval."""
    pushed = [whole(at) for at in change.commits]
    if change.course and change.course.forced_at:
        pushed.append(change.course.forced_at)
    approved = next((look.at for look in looks if look.state == "APPROVED"), None)
    if approved is None:
        return 0
    before = [look.at for look in looks if look.at < approved]
    ends = [*before[1:], approved]
    return sum(any(begin <= at < end for at in pushed) for begin, end in zip(before, ends, strict=False))


def _rewritten(change: Change, names_used_again: set[int]) -> Iterator[tuple[str, float]]:
    """Whether over 30 % of its lines came after the first look; unknown where Git no longer has its commits."""
    looks, sizes = change.course.human if change.course else (), change.written.sizes
    if looks and sum(sizes) and id(change) not in names_used_again:
        late = sum(part for part, at in zip(sizes, change.commits, strict=True) if whole(at) > looks[0].at)
        yield "rewrite_rate", late > MAJOR * sum(sizes)


def _lost(changes: list[Change]) -> set[int]:
    """Squashed changes whose branch got other commits under the same name later, so that no clone has theirs."""
    last = {(change.repo, change.branch): id(change) for change in changes}
    return {
        id(change)
        for change in changes
        if change.squashed
        and change.repo not in WITH_PULL_REFS
        and last[change.repo, change.branch] != id(change)
    }


def _hours(metric: str, begin: datetime | None, end: datetime | None) -> Iterator[tuple[str, float]]:
    """Hours between two instants; nothing where one is unknown or they run backwards."""
    if begin is not None and end is not None and begin <= end:
        yield metric, (end - begin).total_seconds() / 3600


def _shipped(one: Shipment) -> Iterator[tuple[Cell, float]]:
    month = month_in(one.finished_at)
    yield ("deployment_frequency", month, team_of(one)), 1
    for change in one.holds:
        team = change.merged_by_team
        for metric, begin in (("deploy_wait", change.ended_at), ("lead_time_for_changes", change.begun_at)):
            for name, value in _hours(metric, begin, one.finished_at):
                yield (name, month, team), value
