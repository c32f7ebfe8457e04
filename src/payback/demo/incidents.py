"""What breaks at the invented company after a deployment, and when it is mended. Each comes before the next deployment there."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from payback.demo.shipments import Shipment
    from payback.demo.span import Span

BREAKS, BREAKS_OFTEN, TWICE = 0.06, 0.16, 0.2
FRAGILE = frozenset({"billing"})
LATEST = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Breakage:
    """One incident, on the deployment that caused it. `resolved_at` is None while it lasts."""

    id: str
    cause: Shipment
    opened_at: datetime
    taken_up_at: datetime
    resolved_at: datetime | None


def breakages(span: Span, shipped: Iterable[Shipment]) -> list[Breakage]:
    """All incidents, in order of opening."""
    by_repo: dict[str, list[Shipment]] = {}
    for one in shipped:
        if one.succeeded:
            by_repo.setdefault(one.repo, []).append(one)
    found = [
        each
        for own in by_repo.values()
        for one, after in zip(own, [*own[1:], None], strict=True)
        for each in _of(span, one, after)
    ]
    return sorted(found, key=lambda each: (each.opened_at, each.id))


def _of(span: Span, one: Shipment, after: Shipment | None) -> Iterator[Breakage]:
    chance = span.chance("incident", one.repo, one.number)
    often = one.repo in FRAGILE and not span.is_quiet
    if chance.random() >= (BREAKS_OFTEN if often else BREAKS):
        return
    end = min(one.finished_at + LATEST, after.finished_at if after else span.until)
    for _ in range(2 if chance.random() < TWICE else 1):
        opened = (one.finished_at + (end - one.finished_at) * chance.uniform(0.05, 0.6)).replace(
            microsecond=0
        )
        resolved = opened + timedelta(seconds=chance.randint(900, 30_000))
        taken_up = opened + timedelta(seconds=chance.randint(60, 600))
        key = f"Q{chance.getrandbits(52):013X}"
        if taken_up < span.until:
            yield Breakage(key, one, opened, taken_up, resolved if resolved < span.until else None)
