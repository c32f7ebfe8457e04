"""Who there is: people with their team today, their accounts and what their use cost in the last 90 days."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

import ibis

from payback.access.facts import open as opened
from payback.access.scope import Sight
from payback.app.unmatched import SEEN_FOR
from payback.errors import UnknownNameError
from payback.period import day_of
from payback.state.watched import Audited, record_audit

if TYPE_CHECKING:
    from datetime import datetime
    from decimal import Decimal

    from payback.access.facts import Ground
    from payback.access.scope import Scope
    from payback.org.directory import Directory
    from payback.state import State

    Row = dict[str, Any]


def people(ground: Ground, directory: Directory, scope: Scope, now: datetime) -> list[Row]:
    """One row per person the scope may see, by name: people are not ranked. None for a reader without the right to figures of people."""
    if not scope.may_see_people:
        return []
    money = _money(ground, scope, now)
    accounts = _accounts(directory)
    rows = [
        {
            "person_id": one.person_id,
            "name": one.name,
            "kind": one.kind,
            "email": one.email,
            "team": directory.team_of(one.person_id, now),
            "accounts": accounts.get(one.person_id, []),
            "list_usd": money.get(one.person_id),
        }
        for one in directory.people.values()
        if _sees(scope, directory, one.person_id, now)
    ]
    return sorted(rows, key=lambda row: (row["name"].casefold(), row["person_id"]))


def person(ground: Ground, directory: Directory, scope: Scope, now: datetime, person_id: str) -> Row:
    """One person: their row, `memberships` by date and `identities`; UnknownNameError where the scope sees none."""
    found = next(
        (row for row in people(ground, directory, scope, now) if row["person_id"] == person_id), None
    )
    if found is None:
        raise UnknownNameError("person", person_id, ())
    memberships = [
        {
            "team_id": one.team_id,
            "team": directory.teams[one.team_id].name if one.team_id in directory.teams else one.team_id,
            "valid_from": one.span.since,
            "valid_until": one.span.until,
        }
        for one in directory.memberships_of(person_id)
    ]
    identities = [
        {
            "system": one.system,
            "identity": one.identity,
            "kind": one.kind,
            "reason": one.reason,
            "source": one.source,
            "valid_from": one.span.since,
            "valid_until": one.span.until,
        }
        for one in directory.accounts.identities
        if one.person_id == person_id and one.state == "confirmed"
    ]
    merged = sorted(one for one, into in directory.accounts.aliases.items() if into == person_id)
    told = directory.people[person_id].accounts
    return {
        **found,
        "memberships": memberships,
        "identities": identities,
        "told": list(told),
        "merged": merged,
    }


def record_look(state: State, scope: Scope, action: str, subject: str, now: datetime) -> None:
    """Write down that somebody looked at figures of others. Rule 16."""
    if scope.may_see_people and scope.sight is not Sight.PERSON:
        record_audit(state, Audited(now, scope.reason, action, subject))


def _sees(scope: Scope, directory: Directory, person_id: str, now: datetime) -> bool:
    if scope.sight is Sight.EVERYTHING:
        return True
    if scope.sight is Sight.TEAMS:
        return directory.team_of(person_id, now) in scope.teams
    return person_id in scope.people


def _accounts(directory: Directory) -> dict[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for one in directory.people.values():
        found[one.person_id] += one.accounts
    for told in directory.accounts.identities:
        if told.person_id and told.state == "confirmed" and told.identity not in found[told.person_id]:
            found[told.person_id].append(told.identity)
    return found


def _money(ground: Ground, scope: Scope, now: datetime) -> dict[str, Decimal | None]:
    """What the use of each person cost at list price in the last 90 days."""
    spend = opened(ground, "spend", scope)
    since = day_of(now - SEEN_FOR, ground.zone)
    recent = spend.filter(spend["day"] >= ibis.literal(since), spend["person"].notnull())
    rows = ground.warehouse.read(recent.group_by("person").aggregate(list_usd=spend["list"].sum()))
    return dict(zip(rows["person"].to_pylist(), rows["list_usd"].to_pylist(), strict=True))
