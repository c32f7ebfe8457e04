"""What must be known of a Jira site before its issues are read: projects, what its fields and statuses mean, and the clock
that its searches go by.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from payback.errors import SettingsError
from payback.sources.jira.asking import Deployment, listed, rows, thing

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from payback.sources.http import Http
    from payback.sources.source import Plan

CATEGORIES = {"new": "to_do", "indeterminate": "in_progress", "done": "done"}
DEPLOYMENTS = {
    "cloud": Deployment("/rest/api/3", is_cloud=True),
    "data_center": Deployment("/rest/api/2", is_cloud=False),
}
SPRINT = "com.pyxis.greenhopper.jira:gh-sprint"
POINTS = "com.pyxis.greenhopper.jira:jsw-story-points"
NUMBER = ":float"
MOST_NAMED = 50
TEAM = ":atlassian-team"
NAMES_OF_POINTS = frozenset({"story points", "story point estimate"})


@dataclass(frozen=True, slots=True)
class Fields:
    """The ids of the fields that a site made for itself; there may be two for estimates."""

    sprint: str | None = None
    points: tuple[str, ...] = ()
    team: str | None = None

    @property
    def ids(self) -> tuple[str, ...]:
        return tuple(filter(None, (self.sprint, *self.points, self.team)))


@dataclass(frozen=True, slots=True)
class Site:
    """One site as its key's owner sees it. `categories` gives a category of payback by the id of a status."""

    deployment: Deployment
    zone: ZoneInfo
    fields: Fields
    categories: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Project:
    """One project by the id that a renamed key leaves alone."""

    id: str
    key: str


def deployment(told: Mapping[str, Any]) -> Deployment:
    """Cloud or Data Center, by the settings. SettingsError for anything else."""
    name = str(told.get("deployment", "cloud"))
    if name not in DEPLOYMENTS:
        raise SettingsError(f"deployment = {name!r} is neither cloud nor data_center")
    return DEPLOYMENTS[name]


def site(plan: Plan) -> Site:
    """The site, by four requests."""
    where = deployment(plan.told)
    fields, statuses = (rows(plan.http, f"{where.api}/{name}") for name in ("field", "status"))
    myself = thing(plan.http, f"{where.api}/myself")
    return Site(where, zone(myself.get("timeZone")), found(fields, plan.told), categories(statuses))


def zone(name: str | None) -> ZoneInfo:
    """The zone of the key's owner, whose wall clock searches go by; UTC where it is not told."""
    try:
        return ZoneInfo(name or "UTC")
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo("UTC")


def categories(statuses: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """Categories by the id of a status: names differ from project to project."""
    told = {str(one["id"]): category(one) for one in statuses if "id" in one}
    return {status: kind for status, kind in told.items() if kind}


def category(status: Mapping[str, Any]) -> str | None:
    """What a status means to payback; None where Jira does not say."""
    return CATEGORIES.get(str((status.get("statusCategory") or {}).get("key")))


def found(fields: Iterable[Mapping[str, Any]], told: Mapping[str, Any]) -> Fields:
    """The site's own fields, by their kind; an estimate also by its name."""
    sprint, team, points = None, None, []
    for one in fields:
        custom = str((one.get("schema") or {}).get("custom", ""))
        if custom == SPRINT:
            sprint = str(one["id"])
        elif custom.endswith(TEAM):
            team = str(one["id"])
        elif custom == POINTS or (
            custom.endswith(NUMBER) and str(one.get("name")).casefold() in NAMES_OF_POINTS
        ):
            points.append(str(one["id"]))
    if own := told.get("points_field"):
        points = [str(own)]
    return Fields(sprint, tuple(sorted(points)), team)


def projects(http: Http, told: Mapping[str, Any]) -> tuple[Project, ...]:
    """The projects that the settings name, or all that the key's owner may browse, by key."""
    where, wanted = deployment(told), named(told, "projects")
    if where.is_cloud:
        asked = {"maxResults": 100} | ({"keys": list(wanted)} if 0 < len(wanted) <= MOST_NAMED else {})
        told_of = list(listed(http, f"{where.api}/project/search", asked))
    else:
        told_of = rows(http, f"{where.api}/project")
    seen = [Project(str(one["id"]), str(one["key"])) for one in told_of if "id" in one and "key" in one]
    return tuple(sorted((one for one in seen if not wanted or one.key in wanted), key=lambda one: one.key))


def unseen(told: Mapping[str, Any], seen: Iterable[Project]) -> None:
    """SettingsError where the settings name a project that is not there to be seen, or none is."""
    keys = {one.key for one in seen}
    if not keys and not named(told, "projects"):
        raise SettingsError("jira shows the key's owner no project; let them browse those that count")
    if lost := [key for key in named(told, "projects") if key not in keys]:
        raise SettingsError(
            f"jira has no project {lost[0]!r} that the key's owner may browse; correct projects or the right"
        )


def named(told: Mapping[str, Any], setting: str) -> tuple[str, ...]:
    """The names that a setting holds: a list, or text with commas."""
    held = told.get(setting) or ()
    parts = held.split(",") if isinstance(held, str) else held
    if not isinstance(parts, list | tuple):
        raise SettingsError(f"{setting} is a list of names")
    return tuple(name for part in parts if (name := str(part).strip()))
