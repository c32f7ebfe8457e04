"""Who develops: on each day, the people of whom a change was merged in the 28 days up to it. Pure.

Counting licences or accounts instead would make every rate per developer look smaller than it is.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import date

    import pyarrow as pa

    from payback.delivery.delivered import Delivered

TRAILING = 28


def developer_rows(held: Delivered, works: Iterable[Mapping[str, Any]]) -> pa.Table:
    """The `developer_days` table; `works` are rows of `work`. No day lies after today. Automations are nobody."""
    bots = {pull["pull_request_id"] for pull in held.pulls if pull["author_kind"] in {"bot", "agent"}}
    merged: dict[str, set[date]] = defaultdict(set)
    for work in works:
        who = work["person"] or work["author"]
        if who and work["merged_day"] and work["state"] == "merged" and work["pull_request_id"] not in bots:
            merged[who].add(work["merged_day"])
    today = held.now.astimezone(held.zone).date()
    return held.stamped(
        (
            {"day": day, "person": who, "team": held.people.team_of(who, _noon(day))}
            for who, days in sorted(merged.items())
            for day in sorted({first + timedelta(days=n) for first in days for n in range(TRAILING)})
            if day <= today
        ),
        "developer_days",
    )


def _noon(day: date) -> datetime:
    return datetime.combine(day, time(12), UTC)
