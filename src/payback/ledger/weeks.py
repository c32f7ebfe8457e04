"""`user_weeks`: who used which tool on how many days of each ISO week, from requests and from vendors' activity."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import ibis

from payback.ledger.batches import table_of
from payback.ledger.tables_delivery import USER_WEEKS
from payback.warehouse.contract import Replace
from payback.warehouse.days import local_day

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime
    from zoneinfo import ZoneInfo

    from payback.period import Period
    from payback.warehouse.contract import Warehouse

SOURCE = "ledger"
HABIT_DAYS = 3
HABIT_WEEKS = 3
LOOKED_BACK = 4


def user_weeks(warehouse: Warehouse, period: Period, zone: ZoneInfo, now: datetime) -> Replace:
    """All weeks anew: a habit looks back four weeks, and one week's use may arrive late."""
    since, until = period.instants(zone)
    usage = warehouse.table("usage")
    usage = usage.mutate(who=ibis.coalesce(usage["person"], usage["actor"]))
    usage = usage.filter(usage["who"].notnull(), usage["requests"] > 0, usage["tool"].notnull())
    usage = usage.mutate(day=local_day(usage["occurred_at"], zone, since, until))
    asked = usage.group_by("who", "tool", "day").aggregate(
        requests=usage["requests"].sum(), team=usage["team"].max(), source=usage["source"].max()
    )
    days = warehouse.read(asked).to_pylist()
    activity = warehouse.table("activity")
    told = activity.filter(activity["active"]).select(who="person", tool="tool", day="day", source="source")
    days += warehouse.read(told).to_pylist()
    return Replace(USER_WEEKS.name, table_of(USER_WEEKS, weeks(days), SOURCE, now))


def weeks(days: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Rows per person, tool and ISO week from rows per day; several rows of one day count as one day."""
    found: dict[tuple[str, str, date], list[dict[str, Any]]] = defaultdict(list)
    for row in days:
        day = row["day"]
        found[row["who"], row["tool"], day - timedelta(days=day.weekday())].append(row)
    counts = {key: len({row["day"] for row in rows}) for key, rows in found.items()}
    for (who, tool, week), rows in sorted(
        found.items(), key=lambda item: (item[0][2], item[0][0], item[0][1])
    ):
        recent = [counts.get((who, tool, week - timedelta(weeks=back)), 0) for back in range(LOOKED_BACK)]
        yield {
            "week": week,
            "person": who,
            "tool": tool,
            "team": max(rows, key=lambda row: row["day"]).get("team"),
            "days": counts[who, tool, week],
            "requests": sum(row.get("requests") or 0 for row in rows),
            "active": True,
            "habitual": sum(count >= HABIT_DAYS for count in recent) >= HABIT_WEEKS,
        }
