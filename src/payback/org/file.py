"""The organisation as payback.toml tells it: [[people]] with accounts and memberships, [[teams]], [[accounts]].

[[teams]]
id = "payments"
name = "Payments"
parent = "product"            # optional
cost_center = "CC-120"        # optional

[[people]]
id = "ana"
name = "Ana Duarte"
email = "ana@example.com"
accounts = ["ana-gh", "ana@users.example"]
memberships = [{ team = "payments", from = 2025-10-01, until = 2026-06-01 }, { team = "search", from = 2026-06-01 }]

Tools, workflows, owners, repositories and rate cards are read by `org.file_catalogue`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from payback.errors import SettingsError
from payback.org.file_catalogue import catalogue
from payback.org.file_entries import entries, refuse_twice, span, texts
from payback.org.organisation import Organisation
from payback.org.who import PEOPLE_KINDS, Account, Membership, Person, Team

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from zoneinfo import ZoneInfo

    from payback.org.directory import Directory


def directory(told: Mapping[str, Any], tz: ZoneInfo) -> Directory:
    """The directory that a parsed payback.toml describes. Raises SettingsError naming the entry that cannot be."""
    return organisation(told, tz).directory()


def organisation(told: Mapping[str, Any], tz: ZoneInfo) -> Organisation:
    """The organisation that a parsed payback.toml describes. Raises SettingsError naming the entry that cannot be."""
    teams = tuple(_team(entry, tz) for entry in entries(told, "teams"))
    known = {team.team_id for team in teams}
    people = []
    memberships: list[Membership] = []
    for entry in entries(told, "people"):
        person = _person(entry, tz)
        people.append(person)
        memberships.extend(_memberships(entry, person, known, tz))
    refuse_twice("people", [person.person_id for person in people])
    refuse_twice("teams", [team.team_id for team in teams])
    return Organisation(
        tuple(people), teams, tuple(memberships), dict(_accounts(told, known)), catalogue(told, tz)
    )


def _accounts(told: Mapping[str, Any], known: set[str]) -> Iterator[tuple[Account, str]]:
    found = told.get("accounts", [])
    if not isinstance(found, list) or not all(
        isinstance(entry, dict) and {"vendor", "team"} <= set(entry) for entry in found
    ):
        raise SettingsError("each [[accounts]] of payback.toml needs a vendor and a team")
    for entry in found:
        if known and entry["team"] not in known:
            raise SettingsError(f"[[accounts]] names team {entry['team']!r}, which no [[teams]] entry names")
        yield (
            (str(entry["vendor"]).casefold(), entry.get("account"), entry.get("sub_account")),
            str(entry["team"]),
        )


def _team(entry: dict[str, Any], tz: ZoneInfo) -> Team:
    return Team(
        str(entry["id"]),
        str(entry.get("name", entry["id"])),
        entry.get("parent"),
        entry.get("cost_center"),
        span(entry, tz),
        entry.get("constraint"),
        entry.get("primary_metric"),
        texts(entry, "guardrail_metrics"),
    )


def _person(entry: dict[str, Any], tz: ZoneInfo) -> Person:
    kind = str(entry.get("kind", "person"))
    if kind not in PEOPLE_KINDS:
        raise SettingsError(f"[[people]] {entry['id']!r} has kind {kind!r}; it is {', '.join(PEOPLE_KINDS)}")
    return Person(
        person_id=str(entry["id"]),
        name=str(entry.get("name", entry["id"])),
        kind=kind,
        email=entry.get("email"),
        cost_center=entry.get("cost_center"),
        accounts=(*texts(entry, "accounts"), *texts(entry, "git_emails")),
        span=span(entry, tz),
    )


def _memberships(
    entry: dict[str, Any], person: Person, known: set[str], tz: ZoneInfo
) -> Iterator[Membership]:
    told = entry.get("memberships", [{"team": entry["team"]}] if entry.get("team") else [])
    for membership in told:
        team = str(membership.get("team"))
        if known and team not in known:
            raise SettingsError(
                f"{person.person_id} is said to be in team {team!r}, which no [[teams]] entry names"
            )
        yield Membership(person.person_id, team, span(membership, tz))
