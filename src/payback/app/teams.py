"""Teams as a tree: who was in them on the last of some days, what they spent, and what limits them."""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from payback.access.facts import open as opened
from payback.access.scope import Sight
from payback.errors import UnknownNameError
from payback.org.proposing import PHASES, Limit, limited

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from payback.app.holdings import View
    from payback.org.who import Team

    Row = dict[str, Any]

NOBODY = {"team_id": None, "name": None, "parent": None, "depth": 0, "members": None}


def teams(view: View) -> list[Row]:
    """Every team the scope may see, each below the one it is part of; money of its own and with the teams within it.

    Money of no team stands last.
    """
    money, limits, at = view.money("team"), _limits(view), last_instant(view)
    rows = [_row(view, team, depth, money, at) for team, depth in _tree(view)]
    for row in rows:
        limit = limits.get(row["team_id"])
        row |= {"limit": limit.constraint if limit else None, "limit_reason": limit.reason if limit else None}
    listed, billed = _nobodys(view)
    if view.scope.sight is Sight.EVERYTHING and (listed or billed):
        rows.append(
            {**NOBODY, "list_usd": listed, "billed": billed, "list_within": listed, "billed_within": billed}
        )
    return rows


def team(view: View, team_id: str) -> Row:
    """One team: its row, and `memberships` with their dates; names only with the right to people. UnknownNameError."""
    found = next((row for row in teams(view) if row["team_id"] == team_id), None)
    if found is None or team_id is None:
        raise UnknownNameError(
            "team", team_id, view.directory.teams if view.scope.sight is Sight.EVERYTHING else ()
        )
    people = view.directory.people
    memberships = [
        {
            "person_id": one.person_id,
            "name": people[one.person_id].name if one.person_id in people else one.person_id,
            "valid_from": one.span.since,
            "valid_until": one.span.until,
        }
        for one in view.directory.memberships
        if one.team_id == team_id
    ]
    memberships.sort(key=lambda row: (row["valid_until"] is not None, str(row["name"]).casefold()))
    return {**found, "memberships": memberships if view.scope.may_see_people else []}


def last_instant(view: View) -> datetime:
    """The last instant of the days looked at, or now where they go on."""
    _, until = view.period.instants(view.ground.zone)
    return min(until - timedelta(microseconds=1), view.now)


def _tree(view: View) -> Iterator[tuple[Team, int]]:
    """Teams with their depth, parents before children, by name."""
    held = view.directory.teams
    below: dict[str | None, list[Team]] = defaultdict(list)
    for one in sorted(held.values(), key=lambda one: one.name.casefold()):
        looped = one.team_id in view.directory.teams_above(one.parent) or one.parent == one.team_id
        below[one.parent if one.parent in held and not looped else None].append(one)

    def down(parent: str | None, depth: int) -> Iterator[tuple[Team, int]]:
        for one in below[parent]:
            if view.scope.sight is Sight.EVERYTHING or one.team_id in view.scope.teams:
                yield one, depth
            yield from down(one.team_id, depth + 1)

    yield from down(None, 0)


def _row(
    view: View,
    one: Team,
    depth: int,
    money: Mapping[str, tuple[Decimal | None, Decimal | None]],
    at: datetime,
) -> Row:
    within = [one.team_id, *view.directory.descendants(one.team_id)]
    own = money.get(one.team_id, (None, None))
    sums = [
        sum(
            (amount for team in within if (amount := money.get(team, (None, None))[basis]) is not None),
            Decimal(0),
        )
        if any(money.get(team, (None, None))[basis] is not None for team in within)
        else None
        for basis in (0, 1)
    ]
    members = {
        person.person_id
        for person in view.directory.memberships
        if person.team_id == one.team_id and person.span.holds(at)
    }
    return {
        "team_id": one.team_id,
        "name": one.name,
        "parent": one.parent,
        "depth": depth,
        "members": len(members),
        "cost_center": one.cost_center,
        "constraint": one.constraint,
        "primary_metric": one.primary_metric,
        "list_usd": own[0],
        "billed": own[1],
        "list_within": sums[0],
        "billed_within": sums[1],
    }


def _nobodys(view: View) -> tuple[Decimal | None, Decimal | None]:
    rows = view.spend
    rows = rows.filter(rows["team"].isnull())
    told = rows.aggregate(
        listed=rows["list"].sum(), billed=rows["billed"].sum(where=rows["currency"] == view.ground.currency)
    )
    [row] = view.read(told)
    return row["listed"], row["billed"]


def _limits(view: View) -> dict[str, Limit]:
    """What limits each team, from the phases of the changes it merged in these days."""
    work = opened(view.ground, "work", view.scope)
    since, until = view.period.instants(view.ground.zone)
    merged = work.filter(work["team"].notnull(), work["merged_at"] >= since, work["merged_at"] < until)
    phases = {phase: merged[phase].median() for phase in PHASES}
    found = {}
    for row in view.read(merged.group_by("team").aggregate(changes=merged.count(), **phases)):
        if limit := limited({phase: row[phase] for phase in PHASES}, row["changes"]):
            found[row["team"]] = limit
    return found
