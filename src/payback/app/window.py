"""A stretch of days to read again, as `sync --since --until` asks for it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from payback.app.questions import day
from payback.period import Period

if TYPE_CHECKING:
    from datetime import date, datetime
    from zoneinfo import ZoneInfo

    from payback.ledger.intake import Batch


@dataclass(frozen=True, slots=True)
class Window:
    """Instants from `since` up to but not including `until`, in UTC. What lies outside is neither read nor forgotten."""

    since: datetime
    until: datetime

    @classmethod
    def told(cls, since: str | None, until: str | None, today: date, zone: ZoneInfo) -> Window | None:
        """The window of two days as typed; None when neither is."""
        if since is None and until is None:
            return None
        period = Period(day(since or "1970-01-02", today), day(until or "tomorrow", today))
        return cls(*period.instants(zone))

    def holds(self, instant: datetime) -> bool:
        return self.since <= instant < self.until

    def kept(self, batch: Batch) -> Batch:
        """The entries of a batch within the window; how far files are read is not noted, since part of them is left out."""
        return replace(
            batch,
            usages=[usage for usage in batch.usages if self.holds(usage.occurred_at)],
            steps=[step for step in batch.steps if self.holds(step.occurred_at)],
            cursors=[],
        )
