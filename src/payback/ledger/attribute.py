"""Money put on teams, people, tools and changes: the rows of `spend`. Rules 3 to 6 and 9 of the ledger.

Requests give rows at list price; each counted charge is split over the requests it paid for (integer shares by list
price, by tokens where nothing is priced), or spread over its days where it paid for time. What nobody can place stays
as a row without a team. Money is moved, never made: the parts of a charge add up to it exactly.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from payback.ledger.batches import digest
from payback.money import shares, split
from payback.period import day_of, midnight

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from zoneinfo import ZoneInfo

    from payback.org.directory import Directory

Row = dict[str, Any]
Amounts = tuple[Decimal | None, Decimal | None, Decimal | None]

SHARED = (
    "day", "vendor", "account", "project", "tool", "model", "team", "person", "cost_center", "workflow", "task_type",
    "environment", "owner", "agent", "run_id", "session_id", "repo", "branch", "pull_request", "ticket", "deployment",
    "output_id", "ai_class",
)  # fmt: skip
SELECTS = (
    ("account", "account"),
    ("sub_account", "project"),
    ("tool", "tool"),
    ("model", "model"),
    ("actor", "actor"),
)
NOTHING = Decimal(0)  # list money of a charge whose requests stand for themselves
NANO = Decimal(10) ** 9


@dataclass(frozen=True, slots=True)
class Ground:
    """What the splitting of charges needs to know besides the charges."""

    zone: ZoneInfo
    directory: Directory


def attributed(charges: Iterable[Row], requests: Sequence[Row], ground: Ground) -> Iterator[Row]:
    """Rows of `spend` for counted charges. `requests` are the list-price rows (one per day and cut, with `actor`)."""
    by_vendor: Mapping[str, list[Row]] = _by(requests, "vendor")
    for charge in charges:
        days = _days(charge, ground.zone)
        metered = [row for row in by_vendor.get(charge["vendor"], []) if days[0] <= row["day"] <= days[-1]]
        paid_for = _paid_for(charge, metered, ground.directory)
        if paid_for:
            yield from _split_over(charge, paid_for)
        else:
            yield from _spread({**charge, "list_cost": NOTHING} if metered else charge, days, ground)


def _by(rows: Iterable[Row], column: str) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        found[row[column]].append(row)
    return found


def _days(charge: Row, zone: ZoneInfo) -> list[date]:
    """The days of the organisation's zone that a charge covers: at least its first."""
    first = day_of(charge["charge_period_start"], zone)
    last = day_of(charge["charge_period_end"] - timedelta(microseconds=1), zone)
    return [first + timedelta(days=offset) for offset in range(max((last - first).days, 0) + 1)]


def _paid_for(charge: Row, metered: Sequence[Row], directory: Directory) -> list[Row]:
    """The requests a charge can have paid for: same vendor and days, and whatever else the charge names.

    A part of an account that belongs to a team paid for that team's requests.
    """
    if charge["charge_category"] != "Usage":
        return []
    team = directory.team_of_account(charge["vendor"], charge["account"], charge["sub_account"])
    named = [(column, charge[name]) for name, column in SELECTS if charge.get(name) is not None]
    if team is not None:
        named = [("team", team), *((column, value) for column, value in named if column != "project")]
    found = metered
    for column, value in named:
        found = [row for row in found if row.get(column) in ({value} if column == "team" else {value, None})]
    return sorted(found, key=lambda row: str(row["spend_id"]))


def weights(rows: Sequence[Row]) -> list[int]:
    """By list price in nano-units; by tokens where nothing has a price; alike where there are none either."""
    priced = [int((row["list"] or Decimal(0)) * NANO) for row in rows]
    return priced if any(priced) else [row["tokens"] for row in rows]


def _split_over(charge: Row, paid_for: Sequence[Row]) -> Iterator[Row]:
    parts = shares(weights(paid_for))
    billed = _parts(charge["billed_cost"], parts)
    amortised = _parts(charge["effective_cost"], parts)
    for row, cash, spread in zip(paid_for, billed, amortised, strict=True):
        place = {name: row.get(name) for name in SHARED}
        rule = f"share of usage by list price; {row['basis']}"
        yield _spend(charge, {**place, "share": row["spend_id"]}, (cash, spread, NOTHING), rule)


def _spread(charge: Row, days: Sequence[date], ground: Ground) -> Iterator[Row]:
    """Cash on the first day, cost over the days covered; placed by the person the charge names, else by nobody."""
    amortised = _parts(charge["effective_cost"], shares([1] * len(days)))
    for index, (day, cost) in enumerate(zip(days, amortised, strict=True)):
        first = index == 0
        if not first and cost is None:
            break
        place, rule = _named(charge, ground, day)
        cash = charge["billed_cost"] if first else None
        listed = charge["list_cost"] if first else None
        yield _spend(charge, {**place, "day": day, "share": day.isoformat()}, (cash, cost, listed), rule)


def _named(charge: Row, ground: Ground, day: date) -> tuple[Row, str]:
    person = ground.directory.person_of(charge.get("actor"))
    owning = ground.directory.team_of_account(charge["vendor"], charge["account"], charge["sub_account"])
    team = owning or ground.directory.team_of(person, midnight(day, ground.zone))
    tags = dict(charge.get("tags") or {})
    place = {
        "vendor": charge["vendor"],
        "account": charge["account"],
        "project": charge["sub_account"],
        "tool": charge["tool"],
        "model": charge["model"],
        "person": person,
        "team": tags.get("team") or team,
        "cost_center": tags.get("cost_center") or ground.directory.cost_center_of(person, team),
        "workflow": tags.get("workflow"),
        "environment": tags.get("environment"),
    }
    rules = (("team by tag", tags.get("team")), ("team by account", owning), ("team by membership", team))
    return place, next((rule for rule, found in rules if found), "team unattributed")


def _parts(amount: Decimal | None, parts: Sequence[int]) -> Sequence[Decimal | None]:
    return [None] * len(parts) if amount is None else split(amount, parts)


def _spend(charge: Row, place: Row, amounts: Amounts, rule: str) -> Row:
    billed, amortised, listed = amounts
    return {
        **place,
        "spend_id": digest(charge["charge_id"], place["share"]),
        "vendor": charge["vendor"],
        "tool": place.get("tool") or charge["tool"],
        "source": charge["source"],
        "billed": billed,
        "amortised": amortised,
        "list": listed,
        "currency": charge["currency"],
        "unpriced_tokens": 0,
        "tokens": 0,
        "requests": 0,
        "basis": rule,
        "charge_id": charge["charge_id"],
    }
