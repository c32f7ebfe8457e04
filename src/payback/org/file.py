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
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

from payback.errors import SettingsError
from payback.org.directory import ALWAYS, Account, Directory, Membership, Person, Span, Team
from payback.period import midnight

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from zoneinfo import ZoneInfo


def directory(told: Mapping[str, Any], tz: ZoneInfo) -> Directory:
    """The directory that a parsed payback.toml describes. Raises SettingsError naming the entry that cannot be."""
    teams = tuple(_team(entry, tz) for entry in _entries(told, "teams"))
    known = {team.team_id for team in teams}
    people = []
    memberships: list[Membership] = []
    for entry in _entries(told, "people"):
        person = _person(entry, tz)
        people.append(person)
        memberships.extend(_memberships(entry, person, known, tz))
    _refuse_twice("people", [person.person_id for person in people])
    _refuse_twice("teams", [team.team_id for team in teams])
    return Directory(people, teams, memberships, dict(_accounts(told, known)))


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


def _entries(told: Mapping[str, Any], kind: str) -> list[dict[str, Any]]:
    found = told.get(kind, [])
    if not isinstance(found, list) or not all(isinstance(entry, dict) and entry.get("id") for entry in found):
        raise SettingsError(f"each [[{kind}]] of payback.toml needs an id")
    return found


def _refuse_twice(kind: str, ids: list[str]) -> None:
    if twice := {one for one in ids if ids.count(one) > 1}:
        raise SettingsError(f"[[{kind}]] of payback.toml names {', '.join(sorted(twice))} more than once")


def _team(entry: dict[str, Any], tz: ZoneInfo) -> Team:
    return Team(
        str(entry["id"]),
        str(entry.get("name", entry["id"])),
        entry.get("parent"),
        entry.get("cost_center"),
        _span(entry, tz),
    )


def _person(entry: dict[str, Any], tz: ZoneInfo) -> Person:
    return Person(
        person_id=str(entry["id"]),
        name=str(entry.get("name", entry["id"])),
        kind=str(entry.get("kind", "person")),
        email=entry.get("email"),
        cost_center=entry.get("cost_center"),
        accounts=tuple(
            str(account) for account in (*entry.get("accounts", ()), *entry.get("git_emails", ()))
        ),
        span=_span(entry, tz),
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
        yield Membership(person.person_id, team, _span(membership, tz))


def _span(entry: Mapping[str, Any], tz: ZoneInfo) -> Span:
    since, until = entry.get("from"), entry.get("until")
    return Span(_instant(since, tz) or ALWAYS, _instant(until, tz))


def _instant(told: object, tz: ZoneInfo) -> datetime | None:
    match told:
        case None:
            return None
        case datetime():
            return told.astimezone(UTC) if told.tzinfo else told.replace(tzinfo=tz).astimezone(UTC)
        case date():
            return midnight(told, tz)
        case _:
            raise SettingsError(f"{told!r} is not a date; write 2026-11-23 without quotes")
