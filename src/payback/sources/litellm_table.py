"""LiteLLM's spend log read from its PostgreSQL. Only named columns: never messages, responses or request bodies.

The mark of a slice says: every row that began before it has been read, at that time or later. So what was written or
corrected since is found by `updated_at`, however old the request is.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import sqlalchemy as sa

from payback.sources.database import Database
from payback.sources.litellm_rows import COLUMNS, marked, slim
from payback.sources.source import DAY, Page, Slice

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from payback.sources.database import Reading
    from payback.sources.source import Ask, Plan

TABLE = "LiteLLM_SpendLogs"
KEY = "database"  # marks of the proxy's pages mean something else
MARGIN = timedelta(hours=2)  # clocks differ, and rows are written in batches
PART = 5000


def plan(plan: Plan, windows: Callable[[Plan], Iterator[Slice]]) -> Iterator[Slice]:
    """The days to read: those in which a row changed since the mark, then all from the mark on."""
    begun = plan.marks.get(KEY)
    if begun is None or plan.window:
        for part in windows(replace(plan, marks={})):
            yield replace(part, key=KEY, mark=min(part.until, plan.now).isoformat() if part.mark else "")
        return
    mark = datetime.fromisoformat(begun)
    database = Database(plan.http.name, plan.secrets["database"])
    log = database.table(TABLE, (*COLUMNS, "updated_at"))
    today = mark.replace(hour=0, minute=0, second=0, microsecond=0)
    if log.has("updated_at"):
        for day in _changed(database, log, mark, today):
            yield Slice(day, day + DAY, "")
    else:
        today -= 2 * DAY
    while today <= plan.now:
        yield Slice(today, today + DAY, min(today + DAY, plan.now).isoformat(), KEY)
        today += DAY


def _changed(database: Database, log: Reading, mark: datetime, before: datetime) -> list[datetime]:
    """Days before `before` in which a row was written or corrected since the mark."""
    began, updated = log.table.c["startTime"], log.table.c["updated_at"]
    asked = sa.select(began).where(updated >= _plain(mark - MARGIN), began < _plain(before)).distinct()
    days = {
        told.replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=UTC) for told in database.values(asked)
    }
    return sorted(days)


def fetch(ask: Ask) -> Iterator[Page]:
    """One slice of the table, the latest request first."""
    database = Database(ask.connection, ask.secrets["database"])
    log = database.table(TABLE, COLUMNS)
    began = log.table.c["startTime"]
    where = sa.and_(began >= _plain(ask.part.since), began < _plain(ask.part.until))
    rows = (slim(row) for part in database.rows(log, where, latest="startTime") for row in part)
    held: list[dict[str, object]] = []
    for row in marked(rows):
        held.append(row)
        if len(held) == PART:
            yield Page({"data": held}, f"{TABLE} of {ask.part.since:%Y-%m-%d}")
            held = []
    yield Page({"data": held}, f"{TABLE} of {ask.part.since:%Y-%m-%d}")


def _plain(told: datetime) -> datetime:
    """An instant as LiteLLM writes it: UTC without saying so."""
    return told.astimezone(UTC).replace(tzinfo=None)
