"""Who held a seat of which tool when, as the ledger asks: is this use covered by a flat fee, how many seats has a team."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from datetime import datetime
from typing import TYPE_CHECKING, Any

from payback.ledger.owing import LEDGER, owed
from payback.org.directory import Span
from payback.period import midnight
from payback.warehouse.contract import Cursor

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    from payback.ledger.attribute import Ground
    from payback.org.directory import Directory
    from payback.warehouse.contract import Change, Warehouse


class Licences:
    """The seats of all tools, by tool and person."""

    def __init__(self, seats: Iterable[dict[str, Any]] = (), directory: Directory | None = None) -> None:
        self._held: dict[tuple[str, str], list[Span]] = defaultdict(list)
        for seat in seats:
            person = (directory.person_of(seat["person"]) if directory else None) or seat["person"]
            if person:
                self._held[seat["tool"], person].append(Span(seat["valid_from"], seat["valid_until"]))

    def holds(self, tool: str | None, person: str | None, instant: datetime) -> bool:
        """Whether a person held a seat of a tool at an instant."""
        return any(span.holds(instant) for span in self._held.get((tool or "", person or ""), ()))

    def by_team(self, day: date, ground: Ground, tool: str | None = None) -> dict[str, int]:
        """Seats held at the start of a day, by the holder's team: those of a tool, or of all where it has none ever."""
        instant = midnight(day, ground.zone)
        found: Counter[str] = Counter()
        is_licensed = any(held == tool for held, _ in self._held)
        for (held, person), spans in self._held.items():
            if is_licensed and held != tool:
                continue
            team = ground.placement.directory.team_of(person, instant)
            if team and any(span.holds(instant) for span in spans):
                found[team] += 1
        return dict(found)

    def __bool__(self) -> bool:
        return bool(self._held)


HELD = "seats_held"


def changed(warehouse: Warehouse, now: datetime) -> list[Change]:
    """What is owed since seats were looked at last: use and money of the days on which somebody held a seat, or does not
    any more. Empty where nobody's seat began or ended otherwise than was known; when a seat was last used changes nothing.
    """
    seats = warehouse.table("seats").select("tool", "person", "valid_from", "valid_until").distinct()
    rows = warehouse.read(seats.order_by(seats.columns)).to_pylist()
    held = [
        [
            row["tool"],
            row["person"],
            row["valid_from"].isoformat(),
            row["valid_until"] and row["valid_until"].isoformat(),
        ]
        for row in rows
    ]
    before = json.loads(warehouse.cursors(LEDGER).get(HELD) or "[]")
    if held == before:
        return []
    note = Cursor(LEDGER, HELD, json.dumps(held))
    ends = _known(warehouse)
    if not ends:
        return [note]
    moved = [one for one in held if one not in before] + [one for one in before if one not in held]
    since = max(ends[0], min(datetime.fromisoformat(one[2]) for one in moved))
    until = min(ends[-1], max(datetime.fromisoformat(one[3]) if one[3] else now for one in moved))
    return [note, owed([since, until])] if since <= until else [note]


def _known(warehouse: Warehouse) -> list[datetime]:
    """The ends of what is known of use and money, in order; empty where there is neither."""
    found: list[datetime] = []
    for table, first, last in (
        ("usage", "occurred_at", "occurred_at"),
        ("charges", "charge_period_start", "charge_period_end"),
    ):
        rows = warehouse.table(table)
        told = warehouse.read(rows.aggregate(first=rows[first].min(), last=rows[last].max())).to_pylist()[0]
        found += [end for end in told.values() if end is not None]
    return sorted(found)
