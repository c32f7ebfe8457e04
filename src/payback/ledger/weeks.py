"""`user_weeks`: who used which tool on how many days of each ISO week, and whether it had become a habit."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import ibis

from payback.ledger.batches import table_of
from payback.ledger.tables_work import USER_WEEKS
from payback.warehouse.contract import Replace

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from payback.period import Period
    from payback.warehouse.contract import Warehouse

SOURCE = "ledger"
HABIT_DAYS = 3
HABIT_WEEKS = 3
LOOKED_BACK = 4
WEEK = timedelta(weeks=1)


def user_weeks(warehouse: Warehouse, days: Period, now: datetime) -> Replace:
    """The weeks that days of use touch, and the three after them: a habit looks back four weeks."""
    since = _monday(days.since)
    until = _monday(days.until - timedelta(days=1)) + LOOKED_BACK * WEEK
    use = warehouse.table("use_days")
    use = use.filter(
        use["active"],
        use["day"] >= ibis.literal(since - (LOOKED_BACK - 1) * WEEK),
        use["day"] < ibis.literal(until),
    )
    asked = use.group_by("who", "person", "tool", "day").aggregate(
        requests=use["requests"].sum(),
        team=use["team"].max(),
        suggestions=use["suggestions"].sum(),
        acceptances=use["acceptances"].sum(),
    )
    found = (row for row in weeks(warehouse.read(asked).to_pylist()) if since <= row["week"] < until)
    return Replace(USER_WEEKS.name, table_of(USER_WEEKS, found, SOURCE, now), since=since, until=until)


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def weeks(days: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Rows per person, tool and ISO week from rows per day; several rows of one day count as one day."""
    found: dict[tuple[str, str, date], list[dict[str, Any]]] = defaultdict(list)
    for row in days:
        found[row["who"], row["tool"], _monday(row["day"])].append(row)
    counts = {key: len({row["day"] for row in rows}) for key, rows in found.items()}
    for (who, tool, week), rows in sorted(
        found.items(), key=lambda item: (item[0][2], item[0][0], item[0][1])
    ):
        recent = [counts.get((who, tool, week - back * WEEK), 0) for back in range(LOOKED_BACK)]
        yield {
            "week": week,
            "person": who,
            "tool": tool,
            "team": max(rows, key=lambda row: row["day"]).get("team"),
            "days": counts[who, tool, week],
            "requests": sum(row.get("requests") or 0 for row in rows),
            "active": True,
            "habitual": sum(count >= HABIT_DAYS for count in recent) >= HABIT_WEEKS,
            "suggestions": _sum(rows, "suggestions"),
            "acceptances": _sum(rows, "acceptances"),
        }


def _sum(rows: Iterable[dict[str, Any]], name: str) -> int | None:
    told = [row[name] for row in rows if row.get(name) is not None]
    return sum(told) if told else None
