"""How changes of the invented company reach production: deployments, releases or runs of a workflow, repository by repository.

Each repository goes out on its own beat; one of them, where a deployment is the bottleneck, only once a week.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Literal

from payback.demo.span import at_work

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime
    from random import Random

    from payback.demo.records import Change
    from payback.demo.span import Span

Kind = Literal["deployment", "release", "workflow_run"]
BEAT = 20.0
BEATS = {"billing": 2.0, "shop-web": 8.0, "mobile-app": 30.0, "platform-infra": 168.0}
KINDS: dict[str, Kind] = {"mobile-app": "release", "accounts": "workflow_run", "test-harness": "workflow_run"}
REFUSED = 0.06
DEPLOY = "Deploy to production"


@dataclass(slots=True)
class Shipment:
    """One attempt to bring the main branch as it was after `last` to production. `holds` are the changes new in it."""

    repo: str
    kind: Kind
    number: int
    last: Change
    created_at: datetime
    finished_at: datetime
    succeeded: bool = True
    holds: list[Change] = field(default_factory=list)


def shipments(span: Span, changes: Iterable[Change]) -> list[Shipment]:
    """All attempts, in order of time within each repository."""
    merged: dict[str, list[Change]] = {}
    for change in changes:
        if change.ended_at is not None:
            merged.setdefault(change.repo, []).append(change)
    found: list[Shipment] = []
    for repo, own in sorted(merged.items()):
        own.sort(key=lambda change: (change.ended_at, change.number))
        found += _of_repository(span, repo, own)
    return found


def _of_repository(span: Span, repo: str, own: list[Change]) -> Iterator[Shipment]:
    chance, free, waiting = span.chance("shipments", repo), own[0].begun_at, list(own)
    beat = BEAT if span.is_quiet else BEATS.get(repo, BEAT)
    number = 0
    while waiting:
        number += 1
        begin = max(free, _end(waiting[0])) + timedelta(seconds=60 + int(beat * 3600 * chance.random()))
        one = _attempt(repo, number, at_work(begin, chance), waiting, chance)
        if one.finished_at >= span.until:
            return
        free = one.finished_at + timedelta(seconds=1)
        if one.succeeded:
            waiting = waiting[len(one.holds) :]
        yield one


def _attempt(repo: str, number: int, begin: datetime, waiting: list[Change], chance: Random) -> Shipment:
    begin = begin.replace(microsecond=0)
    holds = [change for change in waiting if _end(change) <= begin]
    kind = KINDS.get(repo, "deployment")
    succeeded = kind == "release" or chance.random() >= REFUSED
    end = begin + timedelta(seconds=chance.randint(120, 900))
    return Shipment(repo, kind, number, holds[-1], begin, end, succeeded, holds if succeeded else [])


def _end(change: Change) -> datetime:
    if change.ended_at is None:
        raise ValueError(f"{change.branch} was never merged")
    return change.ended_at


def team_of(one: Shipment) -> str | None:
    """The team of most of its changes, of equals the first by name."""
    teams = [change.merged_by_team for change in one.holds if change.merged_by_team]
    return min(sorted(set(teams)), key=lambda team: -teams.count(team), default=None)
