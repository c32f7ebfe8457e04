"""Who held a seat of which tool when, as the ledger asks: is this use covered by a flat fee, how many seats has a team."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Any

from payback.org.directory import Span
from payback.period import midnight

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date, datetime

    from payback.ledger.attribute import Ground
    from payback.org.directory import Directory


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

    def by_team(self, day: date, ground: Ground) -> dict[str, int]:
        """Seats held at the start of a day, by the holder's team."""
        instant = midnight(day, ground.zone)
        found: Counter[str] = Counter()
        for (_, person), spans in self._held.items():
            team = ground.placement.directory.team_of(person, instant)
            if team and any(span.holds(instant) for span in spans):
                found[team] += 1
        return dict(found)

    def __bool__(self) -> bool:
        return bool(self._held)
