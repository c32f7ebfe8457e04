"""The seats that can be given back: paid, unused for 30 days, and not cancelled yet, in the order in which they renew.

Whoever may see people sees each seat with its holder. Everybody else sees tools and teams, and a team with fewer than five
such seats of a tool is folded into the others (rule 16).
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from payback.access.facts import open as open_facts
from payback.metrics.reading import FOLDED
from payback.period import add_months

if TYPE_CHECKING:
    from collections.abc import Iterable

    from payback.access.facts import Ground
    from payback.access.scope import Scope

SMALLEST_GROUP = 5
MONTHS = {"month": 1, "year": 12}


@dataclass(frozen=True, slots=True)
class Reclaimable:
    """Idle seats of one tool that renew on one day: one seat with its holder, or (`holder` None) several of a team.

    `a_month` is what they cost a month, None where a price is unknown. `last_used` is the last day of use known.
    `renews_on` is the next renewal; of a monthly plan that tells none, the first of the next month.
    """

    tool: str
    team: str | None
    holder: str | None
    seats: int
    last_used: date | None
    a_month: Decimal | None
    currency: str
    renews_on: date | None


def reclaimable(ground: Ground, scope: Scope, today: date) -> list[Reclaimable]:
    """Idle seats as the scope may see them; the ones that renew first, then the dearest, stand first."""
    rows = open_facts(ground, "seat_days", scope)
    rows = rows.filter(rows["is_latest"], rows["idle_30"], rows["ends_on"].isnull())
    found = [_seat(row, today) for row in ground.warehouse.read(rows).to_pylist()]
    return sorted(found if scope.may_see_people else _by_team(found), key=_rank)


def _rank(one: Reclaimable) -> tuple[Any, ...]:
    names = one.tool, one.team or "", one.holder or ""
    return one.renews_on or date.max, -(one.a_month or Decimal(0)), names


def _seat(row: dict[str, Any], today: date) -> Reclaimable:
    return Reclaimable(
        tool=row["tool"],
        team=row["team"],
        holder=row["person"] or row["holder"],
        seats=1,
        last_used=row["last_used"],
        a_month=a_month(row["price"], row["interval"]),
        currency=row["currency"],
        renews_on=next_renewal(row["renews_on"], row["interval"], today),
    )


def a_month(price: Decimal | None, interval: str | None) -> Decimal | None:
    """What a price comes to in a month, to the nearest billionth; None where it is unknown or of no known interval."""
    if price is None or interval not in MONTHS:
        return None
    months, nano = MONTHS[interval], int(price.scaleb(9))
    return Decimal((2 * nano + months) // (2 * months)).scaleb(-9)


def next_renewal(told: date | None, interval: str | None, today: date) -> date | None:
    """The first renewal after today, by the one that was told; a monthly plan that tells none renews with the month."""
    if told is None:
        return add_months(today, 1) if interval == "month" else None
    step, month, count = MONTHS.get(interval or "", 0), told, 0
    while month <= today and step:
        count += step
        month = _months_later(told, count)
    return month if month > today else None


def _months_later(day: date, months: int) -> date:
    """The same day of a later month, or that month's last day."""
    first, after = add_months(day, months), add_months(day, months + 1)
    return min(first + timedelta(days=day.day - 1), after - timedelta(days=1))


def _by_team(seats: Iterable[Reclaimable]) -> list[Reclaimable]:
    """Seats by tool and team, small teams folded, then by renewal."""
    seats = list(seats)
    sizes: dict[tuple[str, str | None], int] = defaultdict(int)
    for one in seats:
        sizes[one.tool, one.team] += 1
    groups: dict[tuple[Any, ...], list[Reclaimable]] = defaultdict(list)
    for one in seats:
        team = one.team if sizes[one.tool, one.team] >= SMALLEST_GROUP else FOLDED
        groups[one.tool, team, one.currency, one.renews_on].append(one)
    return [_together(team, alike) for (_, team, _, _), alike in groups.items()]


def _together(team: str | None, alike: list[Reclaimable]) -> Reclaimable:
    prices = [one.a_month for one in alike]
    return Reclaimable(
        tool=alike[0].tool,
        team=team,
        holder=None,
        seats=len(alike),
        last_used=None,
        a_month=None if None in prices else sum((price for price in prices if price), Decimal(0)),
        currency=alike[0].currency,
        renews_on=alike[0].renews_on,
    )
