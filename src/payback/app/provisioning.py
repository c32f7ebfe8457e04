"""People and teams as an identity provider pushes them: users become people, groups become teams, members memberships.

A change holds from when it was pushed on; what was true before stays true. The first team that is said of a person holds for
all days before too, since nobody said otherwise. Who is deactivated or deleted keeps their past and gets an end.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from payback.ledger.batches import digest, table_of
from payback.ledger.tables import BY_NAME
from payback.org import decisions
from payback.org.matching import Seen
from payback.org.who import ALWAYS, PEOPLE_KINDS
from payback.state import provisioned as kept
from payback.state.provisioned import Provisioned
from payback.state.watched import Audited, record_audit, token_for
from payback.warehouse.contract import Change, Upsert

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from datetime import datetime

    from payback.org.directory import Directory
    from payback.state import State
    from payback.warehouse.contract import Warehouse

    Row = dict[str, Any]

SOURCE = "scim"
SCOPE = "scim"
REASON = "pushed by the identity provider"
USERS, GROUPS = "Users", "Groups"
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"


@dataclass(frozen=True, slots=True)
class Provisioning:
    """Where pushed users and groups are kept and become people and teams. `settled` is told that places may have changed."""

    warehouse: Warehouse
    state: State
    directory: Callable[[], Directory]
    clock: Callable[[], datetime]
    settled: Callable[[], None]

    def admits(self, secret: str) -> str | None:
        """The name of the token, if its secret opens this door now."""
        token = token_for(self.state, secret, self.clock())
        return token.name if token is not None and token.scope == SCOPE else None

    def all(self, kind: str) -> tuple[Provisioned, ...]:
        """All users or all groups, in the order they came."""
        return kept.provisioned(self.state, kind)

    def one(self, kind: str, id_: str) -> Provisioned | None:
        """The user or group with an id; None when there is none."""
        return kept.provisioned_as(self.state, kind, id_)

    def named(self, kind: str, name: str) -> Provisioned | None:
        """The user of a userName, or the group of a displayName; None when there is none."""
        return kept.provisioned_named(self.state, kind, name)

    def create(self, kind: str, resource: Mapping[str, Any], by: str) -> Provisioned:
        """A new user or group, which is the person or team that is known by that name, else a new one."""
        now, name = self.clock(), _name(kind, resource)
        subject = self._person(resource) if kind == USERS else self._team(name)
        one = Provisioned(digest(kind, name.casefold(), now), kind, name, subject, resource, 1, now, now)
        return self._put(one, by, "scim.create")

    def replace(self, one: Provisioned, resource: Mapping[str, Any], by: str) -> Provisioned:
        """The user or group as it is now; untouched where nothing changed."""
        if resource == one.resource:
            return one
        name = _name(one.kind, resource)
        changed = replace(one, name=name, resource=resource, version=one.version + 1, changed_at=self.clock())
        return self._put(changed, by, "scim.replace")

    def remove(self, one: Provisioned, by: str) -> None:
        """The user or group is gone; the person or team has an end and keeps its past."""
        ended: dict[str, Any] = {"active": False} if one.kind == USERS else {"members": []}
        self._put(replace(one, resource={**one.resource, **ended}), by, "scim.delete")
        if one.kind == GROUPS:
            rows = [row | {"valid_until": self.clock()} for row in self._open("teams", team_id=one.subject)]
            self._apply({"teams": rows})
        kept.forget(self.state, one.id)

    def _put(self, one: Provisioned, by: str, action: str) -> Provisioned:
        kept.keep(self.state, one)
        if one.kind == USERS:
            self._apply(self._user_rows(one))
            self._apply({"memberships": self._memberships(one)})
        else:
            self._apply({"teams": self._team_rows()})
            self._apply({"memberships": self._memberships(one)})
        details = {"id": one.id, "name": one.name, "active": one.resource.get("active")}
        record_audit(
            self.state, Audited(self.clock(), f"token {by}", action, f"{one.kind}:{one.subject}", details)
        )
        self.settled()
        return one

    def _person(self, resource: Mapping[str, Any]) -> str:
        """The person that one of the accounts is known to be, else a new id."""
        held, accounts = self.directory(), _accounts(resource)
        for account in accounts:
            if known := held.person_of(account):
                return known
        address = _address(resource) or accounts[0]
        short = address.partition("@")[0].casefold()
        return short if held.person_of(short) is None else address.casefold()

    def _team(self, name: str) -> str:
        held = self.directory().teams
        slug = re.sub(r"[^a-z0-9]+", "-", name.casefold()).strip("-") or digest(name)
        by_name = {team.name.casefold(): team.team_id for team in held.values()}
        return by_name.get(name.casefold(), slug)

    def _user_rows(self, one: Provisioned) -> dict[str, list[Row]]:
        told, now = one.resource, self.clock()
        before = self._rows("people", person_id=one.subject)
        last = before[-1] if before else {"person_id": one.subject, "valid_from": ALWAYS}
        ended = None if told.get("active", True) else last.get("valid_until") or now
        kind = str(told.get("userType", "person")).casefold()
        person = last | {
            "name": _called(told),
            "kind": kind if kind in PEOPLE_KINDS else last.get("kind") or "person",
            "email": _address(told) or last.get("email"),
            "cost_center": told.get(ENTERPRISE, {}).get("costCenter") or last.get("cost_center"),
            "valid_until": ended,
            "source": SOURCE,
        }
        return {"people": [person], "identities": self._identities(one, now)}

    def _identities(self, one: Provisioned, now: datetime) -> list[Row]:
        """Every account of a user, whose it is from now on where it was somebody else's."""
        found: list[Row] = []
        for account in _accounts(one.resource):
            rows = self._rows("identities", system=SOURCE, identity=account)
            holder = rows[-1]["person_id"] if rows else one.subject
            if not rows or holder != one.subject:
                since = None if holder == one.subject else now
                found += decisions.confirmed(rows, Seen(account, SOURCE), one.subject, REASON, since)
        return [row | {"source": SOURCE} for row in found]

    def _team_rows(self) -> list[Row]:
        """The rows of teams that differ from what is stored: names, and which is part of which."""
        groups = self.all(GROUPS)
        by_id = {group.id: group for group in groups}
        parents = {
            by_id[member["value"]].subject: group.subject
            for group in groups
            for member in group.resource.get("members", ())
            if member["value"] in by_id and member["value"] != group.id
        }
        stored = {row["team_id"]: row for row in self._rows("teams")}
        wanted = []
        for group in groups:
            before = stored.get(group.subject)
            start = before or {"team_id": group.subject, "valid_from": ALWAYS}
            parent = parents.get(
                group.subject, start.get("parent") if start.get("source") != SOURCE else None
            )
            told = {"name": group.resource["displayName"], "parent": parent, "valid_until": None}
            if before is None or any(before[key] != value for key, value in told.items()):
                wanted.append({**start, **told, "source": SOURCE})
        return wanted

    def _memberships(self, one: Provisioned) -> list[Row]:
        """The rows that begin and end because a user, or the members of a group, changed."""
        now = self.clock()
        column, told = ("person_id", self._teams_of) if one.kind == USERS else ("team_id", self._members_of)
        wanted = told(one)
        held = {
            (row["person_id"], row["team_id"]): row
            for row in self._open("memberships", **{column: one.subject})
            if row["source"] == SOURCE
        }
        directory = self.directory()
        began = [
            {"person_id": person, "team_id": team, "source": SOURCE}
            | {"valid_from": now if directory.memberships_of(person) else ALWAYS}
            for person, team in sorted(wanted - held.keys())
        ]
        return began + [held[pair] | {"valid_until": now} for pair in sorted(held.keys() - wanted)]

    def _teams_of(self, user: Provisioned) -> set[tuple[str, str]]:
        """The teams of a user as the groups say now; who is not active is in none."""
        if not user.resource.get("active", True):
            return set()
        return {(user.subject, group.subject) for group in self.all(GROUPS) if user.id in _member_ids(group)}

    def _members_of(self, group: Provisioned) -> set[tuple[str, str]]:
        ids = _member_ids(group)
        return {
            (user.subject, group.subject)
            for user in (self.all(USERS) if ids else ())
            if user.id in ids and user.resource.get("active", True)
        }

    def _open(self, table: str, **where: str | None) -> list[Row]:
        return [row for row in self._rows(table, **where) if row["valid_until"] is None]

    def _rows(self, table: str, **where: str | None) -> list[Row]:
        rows = self.warehouse.table(table)
        for column, value in where.items():
            rows = rows.filter(rows[column] == value)
        found: list[Row] = self.warehouse.read(rows.order_by("valid_from")).to_pylist()
        return found

    def _apply(self, rows: Mapping[str, Iterable[Row]]) -> None:
        held: dict[str, list[Row]] = defaultdict(list)
        for table, told in rows.items():
            held[table] += told
        changes: list[Change] = [
            Upsert(
                table,
                table_of(BY_NAME[table], [{**row, "synced_at": self.clock()} for row in told], None, None),
            )
            for table, told in held.items()
            if told
        ]
        if changes:
            self.warehouse.apply(changes)


def _member_ids(group: Provisioned) -> set[str]:
    return {member["value"] for member in group.resource.get("members", ())}


def _name(kind: str, resource: Mapping[str, Any]) -> str:
    return str(resource["userName" if kind == USERS else "displayName"])


def _accounts(resource: Mapping[str, Any]) -> list[str]:
    """The names a user is known by: userName and addresses, each once."""
    told = [resource["userName"], *(one["value"] for one in resource.get("emails", ()) if one.get("value"))]
    return list({str(account).casefold(): str(account) for account in told}.values())


def _address(resource: Mapping[str, Any]) -> str | None:
    """The main e-mail address: the primary one, else the first, else a userName that is one."""
    emails = [one for one in resource.get("emails", ()) if one.get("value")]
    main = next((one for one in emails if one.get("primary")), emails[0] if emails else None)
    if main:
        return str(main["value"])
    return resource["userName"] if "@" in resource["userName"] else None


def _called(resource: Mapping[str, Any]) -> str:
    name = resource.get("name", {})
    whole = " ".join(part for part in (name.get("givenName"), name.get("familyName")) if part)
    return str(resource.get("displayName") or name.get("formatted") or whole or resource["userName"])
