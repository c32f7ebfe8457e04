"""The teams that are read: those that the settings name, or all that the key's owner may see."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from payback.errors import SettingsError
from payback.sources.linear.asking import Question, pages
from payback.sources.linear.queries import TEAMS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from payback.sources.http import Http


@dataclass(frozen=True, slots=True)
class Team:
    """One team by the id that a renamed key leaves alone."""

    id: str
    key: str


def teams(http: Http, told: Mapping[str, Any]) -> tuple[Team, ...]:
    """The teams, by key."""
    wanted = named(told)
    rows = [one for page in pages(http, Question(TEAMS, "teams", {})) for one in page]
    seen = [Team(str(one["id"]), str(one["key"])) for one in rows if "id" in one and "key" in one]
    return tuple(sorted((one for one in seen if not wanted or one.key in wanted), key=lambda one: one.key))


def unseen(told: Mapping[str, Any], seen: Iterable[Team]) -> None:
    """SettingsError where the settings name a team that is not there to be seen."""
    keys = {one.key for one in seen}
    if lost := [key for key in named(told) if key not in keys]:
        raise SettingsError(
            f"linear has no team {lost[0]!r} that the key's owner may see; correct teams or the right"
        )


def named(told: Mapping[str, Any]) -> tuple[str, ...]:
    """The keys that the setting `teams` holds."""
    held = told.get("teams") or ()
    parts = held.split(",") if isinstance(held, str) else held
    if not isinstance(parts, list | tuple):
        raise SettingsError("teams is a list of team keys")
    return tuple(key for part in parts if (key := str(part).strip()))
