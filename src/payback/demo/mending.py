"""What had to be mended after it went in: which later change fixed which, as far as lines and tickets tie them together.

A fix is a revert, a change whose branch says so, or one that a bug was filed for. It follows a change that it replaces
lines of within a fortnight of their writing, or that belongs to the same ticket and went in within a fortnight before it.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

from payback.demo.tickets import keys_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from payback.demo.lines import Brought
    from payback.demo.records import Change
    from payback.demo.tickets import Ticket

FORTNIGHT = timedelta(days=14)
FIXING = "fix/"


@dataclass(slots=True)
class Mending:
    """Fixes by the `id()` of the change that they follow; and which changes are fixes, of which bugs."""

    fixes: dict[int, list[Change]] = field(default_factory=lambda: defaultdict(list))
    mends: set[int] = field(default_factory=set)
    bugs_of: dict[int, frozenset[str]] = field(default_factory=dict)

    def is_followed(self, change: Change) -> bool:
        return bool(self.fixes.get(id(change)))

    def bugs(self, change: Change) -> int:
        """How many bugs lay in it."""
        return len(frozenset().union(*(self.bugs_of[id(fix)] for fix in self.fixes.get(id(change), ()))))


def mending(changes: Iterable[Change], tickets: Iterable[Ticket], brought: Iterable[Brought]) -> Mending:
    """What mends what."""
    found = Mending()
    merged = [change for change in changes if change.ended_at is not None]
    kinds = {ticket.key: ticket.kind for ticket in tickets}
    for change in merged:
        bugs = frozenset(key for key in keys_of(change) if kinds.get(key) == "Bug")
        found.bugs_of[id(change)] = bugs
        if change.kind == "revert" or change.branch.startswith(FIXING) or bugs:
            found.mends.add(id(change))
    pairs = {*_by_ticket(merged, kinds), *_by_lines(brought)}
    by_id = {id(change): change for change in merged}
    for before, after in pairs:
        if after in found.mends and _follows(by_id[before], by_id[after]):
            found.fixes[before].append(by_id[after])
    return found


def _follows(before: Change, after: Change) -> bool:
    first, second = before.ended_at, after.ended_at
    return first is not None and second is not None and first < second <= first + FORTNIGHT


def _by_ticket(merged: Iterable[Change], kinds: Mapping[str, str]) -> set[tuple[int, int]]:
    """Changes of one ticket."""
    named: dict[str, list[int]] = defaultdict(list)
    for change in merged:
        for key in keys_of(change) & kinds.keys():
            named[key].append(id(change))
    return {(one, other) for same in named.values() for one in same for other in same if one != other}


def _by_lines(brought: Iterable[Brought]) -> set[tuple[int, int]]:
    """A change and one that took lines of it away within a fortnight of their writing."""
    return {
        (id(one.change), id(moved.by))
        for one in brought
        if one.change is not None
        for moved in one.moved
        if moved.lines < 0 and moved.by is not one.change and moved.at - one.at <= FORTNIGHT
    }
