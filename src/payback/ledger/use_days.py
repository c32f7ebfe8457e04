"""`use_days`: who used which tool on which day, from requests and from what vendors tell of people.

Sources that tell of the same person's day are not added up: each counter stands in the row of the source that counts most,
so that a second connection, a file or a report beside another never doubles it.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import ibis

from payback.ledger.batches import table_of
from payback.ledger.derive import moment
from payback.ledger.tables_adoption import COUNTERS, USE_DAYS
from payback.period import midnight
from payback.warehouse.contract import Replace
from payback.warehouse.days import local_day

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import date, datetime
    from zoneinfo import ZoneInfo

    from payback.org.directory import Directory
    from payback.period import Period
    from payback.warehouse.contract import Warehouse

DAY = timedelta(days=1)
Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Ground:
    """What adoption needs to know besides its facts: days of which zone, who is who, and the organisation's currency."""

    zone: ZoneInfo
    directory: Directory
    currency: str = "USD"

    def person(self, account: str | None, day: date) -> str | None:
        """The person behind an account on a day."""
        return self.directory.person_of(account, midnight(day, self.zone))

    def team(self, person: str | None, day: date) -> str | None:
        """The team of a person on a day."""
        return self.directory.team_of(person, midnight(day, self.zone))


def use_days(warehouse: Warehouse, days: Period, ground: Ground, now: datetime) -> Replace:
    """The days of a period anew."""
    told = [*_asked(warehouse, days, ground), *_reported(warehouse, days, ground)]
    return Replace(
        USE_DAYS.name, table_of(USE_DAYS, merged(told), None, now), since=days.since, until=days.until
    )


def _asked(warehouse: Warehouse, days: Period, ground: Ground) -> Iterator[Row]:
    """Days with answered requests."""
    since, until = (end + shift for end, shift in zip(days.instants(ground.zone), (-DAY, DAY), strict=True))
    usage = warehouse.table("usage")
    usage = usage.filter(
        usage["occurred_at"] >= ibis.literal(since),
        usage["occurred_at"] < ibis.literal(until),
        usage["requests"] > 0,
        usage["tool"].notnull(),
        ibis.coalesce(usage["person"], usage["actor"]).notnull(),
    )
    usage = usage.mutate(day=local_day(moment(usage), ground.zone, since, until + DAY))
    usage = usage.filter(usage["day"] >= ibis.literal(days.since), usage["day"] < ibis.literal(days.until))
    keys = ["day", "person", "actor", "tool", "team", "source"]
    found = usage.group_by(keys).aggregate(
        requests=usage["requests"].sum(where=~usage["told_elsewhere"].fill_null(False)).fill_null(0),
        cost_center=usage["cost_center"].max(),
    )
    for row in warehouse.read(found).to_pylist():
        person = row["person"] or ground.person(row["actor"], row["day"])
        yield {**row, "person": person, "who": who(person, row.pop("actor")), "active": True}


def _reported(warehouse: Warehouse, days: Period, ground: Ground) -> Iterator[Row]:
    """Days that vendors or files tell of."""
    activity = warehouse.table("activity")
    rows = activity.filter(
        activity["day"] >= ibis.literal(days.since), activity["day"] < ibis.literal(days.until)
    )
    kept = rows.select("day", "person", "tool", "source", "active", *COUNTERS)
    for row in warehouse.read(kept).to_pylist():
        person = ground.person(row["person"], row["day"])
        team = ground.team(person, row["day"])
        active = row["active"] or any(row[name] for name in COUNTERS)
        yield {
            **row,
            "who": who(person, row["person"]),
            "person": person,
            "team": team,
            "cost_center": ground.directory.cost_center_of(person, team),
            "active": True if active else row["active"],
            "requests": 0,
        }


def who(person: str | None, account: str | None) -> str | None:
    """The person, or an account that nobody matched; addresses are compared without case."""
    return person or (account.casefold() if account and "@" in account else account)


def merged(told: Iterable[Row]) -> Iterator[Row]:
    """One row per day, person, tool, team and source: counters of several accounts of one source are added up, those of
    several sources stand where they are largest.
    """
    groups: dict[tuple[Any, ...], dict[tuple[Any, ...], Row]] = defaultdict(dict)
    for row in told:
        rows = groups[row["day"], row["who"], row["tool"]]
        key = row["team"], row["source"]
        rows[key] = _added(rows[key], row) if key in rows else row
    for day_rows in groups.values():
        held = [day_rows[key] for key in sorted(day_rows, key=repr)]
        for name in COUNTERS:
            _largest_only(held, name)
        yield from held


def _added(first: Row, second: Row) -> Row:
    counted = {name: _sum(first.get(name), second.get(name)) for name in (*COUNTERS, "requests")}
    active = first["active"] or second["active"] if first["active"] is not None else second["active"]
    return {**second, **first, **counted, "active": active}


def _sum(first: int | None, second: int | None) -> int | None:
    return second if first is None else first if second is None else first + second


def _largest_only(rows: Sequence[Row], name: str) -> None:
    told = [row for row in rows if row.get(name) is not None]
    for row in told:
        if row is not max(told, key=lambda one: one[name]):
            row[name] = None
