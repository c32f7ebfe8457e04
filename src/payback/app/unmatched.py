"""Accounts that nobody stands behind yet: where they were seen, what they cost in the last 90 days, who they may be.

Figures of individuals are given only to a reader with the right to them; everybody else gets the sums.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import ibis

from payback.access.facts import open as opened
from payback.access.scope import Sight
from payback.org.matching import Seen, is_machine, proposals
from payback.org.who import CONFIRMED
from payback.period import day_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from collections.abc import Set as AbstractSet
    from datetime import datetime

    from payback.access.facts import Ground
    from payback.access.scope import Scope
    from payback.org.directory import Directory

    Row = dict[str, Any]

SEEN_FOR = timedelta(days=90)
LISTED = ("user", "service_account", "bot", "key", "principal")


@dataclass(frozen=True, slots=True)
class Unmatched:
    """The queue, dearest first, and its sums. `rows` is empty for a reader without the right to figures of people."""

    rows: tuple[Row, ...]
    accounts: int
    list_usd: Decimal
    billed: Decimal


@dataclass(slots=True)
class Found:
    """What is known of one account without a person."""

    system: str = ""
    kind: str = "user"
    name: str | None = None
    email: str | None = None
    seen_in: set[str] = field(default_factory=set)
    last_seen_at: datetime | None = None
    list_usd: dict[str | None, Decimal] = field(default_factory=lambda: defaultdict(Decimal))
    billed: Decimal | None = None

    @property
    def listed(self) -> Decimal | None:
        """At list price: where several sources tell of the same use, the one that tells most."""
        return max(self.list_usd.values(), default=None)


def unmatched(
    ground: Ground,
    directory: Directory,
    scope: Scope,
    now: datetime,
    refused: AbstractSet[tuple[str, str]] = frozenset(),
) -> Unmatched:
    """Accounts of the last 90 days that no person stands behind, dearest first, each with proposals."""
    found = _found(ground, directory, scope, now)
    seen = {
        Seen(account, one.system or _system(account), one.kind, one.name, one.email): one
        for account, one in found.items()
    }
    proposed = proposals(seen, directory, refused) if scope.may_see_people else {}
    rows = [_row(one, known, proposed.get(one, ()), directory) for one, known in seen.items()]
    rows.sort(key=lambda row: (-max(row["list_usd"] or 0, row["billed"] or 0), row["account"]))
    return Unmatched(
        tuple(rows) if scope.may_see_people else (),
        len(rows),
        sum((row["list_usd"] or Decimal(0) for row in rows), Decimal(0)),
        sum((row["billed"] or Decimal(0) for row in rows), Decimal(0)),
    )


def _system(account: str) -> str:
    return "email" if "@" in account else "login"


def _row(seen: Seen, known: Found, proposed: Any, directory: Directory) -> Row:
    return {
        "account": seen.account,
        "system": seen.system,
        "kind": known.kind,
        "name": known.name,
        "email": known.email,
        "seen_in": sorted(known.seen_in),
        "last_seen_at": known.last_seen_at,
        "list_usd": known.listed,
        "billed": known.billed,
        "is_machine": is_machine(seen),
        "proposals": [
            {
                "person_id": one.person_id,
                "person": directory.people[one.person_id].name,
                "reason": one.reason,
                "confidence": one.confidence,
            }
            for one in proposed
        ],
    }


def _found(ground: Ground, directory: Directory, scope: Scope, now: datetime) -> Mapping[str, Found]:
    found: dict[str, Found] = defaultdict(Found)
    for account, where, row in _told(ground, scope, now):
        if account and directory.person_of(account) is None:
            one = found[account]
            one.seen_in.add(where)
            one.kind = row.get("kind", one.kind)
            one.name = one.name or row.get("name")
            last = row.get("last")
            one.last_seen_at = max((at for at in (one.last_seen_at, last) if at), default=None)
            if row.get("list_usd") is not None:
                one.list_usd[row["precedence"]] += row["list_usd"]
            if row.get("billed") is not None:
                one.billed = (one.billed or Decimal(0)) + row["billed"]
    if scope.sight is Sight.EVERYTHING:
        _add_listed(found, directory, now)
    return found


def _add_listed(found: dict[str, Found], directory: Directory, now: datetime) -> None:
    """What vendors list and nobody was seen with, and what they say of accounts that were."""
    for told in directory.accounts.identities:
        if told.state == CONFIRMED or told.kind not in LISTED or not told.span.holds(now):
            continue
        if directory.person_of(told.identity, now, told.system) is not None:
            continue  # somebody is told with this account, or another list says whose it is
        one = found[told.identity]
        one.system, one.kind = told.system, told.kind
        one.name, one.email = one.name or told.name, told.email
        one.seen_in.add(f"{told.system} list")


def _told(ground: Ground, scope: Scope, now: datetime) -> Iterator[tuple[str | None, str, Row]]:
    """Accounts as facts name them, with where and with which money."""
    since = now - SEEN_FOR
    for row in _use(ground, scope, since):
        account, kind = (row["actor"], "user") if row["actor"] else (row["api_key"], "key")
        yield account, row["tool"] or "use", {**row, "kind": kind}
    for row in _bills(ground, scope, since):
        account, kind = (row["actor"], "user") if row["actor"] else (row["api_key"], "key")
        yield account, f"{row['vendor']} bill", {**row, "kind": kind}
    seats = opened(ground, "seats", scope)
    held = seats.filter(seats["valid_until"].isnull()).group_by("person", "tool")
    for row in _rows(ground, held.aggregate(last=seats["last_active_at"].max())):
        yield row["person"], f"{row['tool']} seat", row
    activity = opened(ground, "activity", scope)
    days = activity.filter(activity["day"] >= ibis.literal(day_of(since, ground.zone)))
    for row in _rows(ground, days.select("person", "tool").distinct()):
        yield row["person"], f"{row['tool']} activity", row
    commits = opened(ground, "commits", scope)
    recent = commits.filter(commits["authored_at"] >= ibis.literal(since)).group_by("author_email")
    made = recent.aggregate(last=commits["authored_at"].max(), name=commits["author_name"].max())
    for row in _rows(ground, made):
        yield row["author_email"], "commits", row


def _use(ground: Ground, scope: Scope, since: datetime) -> list[Row]:
    usage = opened(ground, "usage_hourly", scope)
    recent = usage.filter(usage["hour"] >= ibis.literal(since))
    grouped = recent.group_by("actor", "api_key", "tool", "precedence")
    return _rows(ground, grouped.aggregate(list_usd=usage["list_usd"].sum(), last=usage["hour"].max()))


def _bills(ground: Ground, scope: Scope, since: datetime) -> list[Row]:
    charges = opened(ground, "charges", scope)
    recent = charges.filter(
        charges["charge_period_end"] > ibis.literal(since), charges["currency"] == ground.currency
    )
    grouped = recent.group_by("actor", "api_key", "vendor")
    return _rows(ground, grouped.aggregate(billed=charges["billed_cost"].sum()))


def _rows(ground: Ground, expression: Any) -> list[Row]:
    rows: list[Row] = ground.warehouse.read(expression).to_pylist()
    return rows
