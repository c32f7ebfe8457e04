"""Projects and repositories of an organisation, as the settings and the key's rights leave them, and what they are called."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from payback.delivery.repositories import name_of_remote
from payback.errors import SettingsError
from payback.sources.amounts import instant
from payback.sources.azure_devops.asking import path, placed, rows

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from payback.sources.http import Http

BRANCHES, TAGS = "refs/heads/", "refs/tags/"
SERVICES = ("aadsp.", "svc.", "s2s.")


@dataclass(frozen=True, slots=True)
class Repository:
    """One repository: the id that the API asks for, and the name that Git knows it by."""

    project: str
    id: str
    name: str


def projects(http: Http, told: Mapping[str, Any]) -> list[str]:
    """The projects named in the settings, else all that the key may see."""
    named = told.get("projects")
    if named is None:
        return [
            str(one["name"])
            for page in placed(http, path(told, "_apis/projects"), {})
            for one in page
            if one.get("name")
        ]
    if not isinstance(named, list) or not all(isinstance(one, str) for one in named):
        raise SettingsError('projects is a list of names: projects = ["Shop"]')
    return named


def repositories(http: Http, told: Mapping[str, Any], project: str) -> list[Repository]:
    """The repositories of a project, without those that are switched off."""
    found = rows(http, path(told, project, "_apis/git/repositories"))
    return [
        Repository(project, str(one["id"]), name_of(one, told, project))
        for one in found
        if "id" in one and not one.get("isDisabled")
    ]


def name_of(one: Mapping[str, Any], told: Mapping[str, Any], project: str) -> str:
    """`host/organisation/project/name`, as its clone address says it."""
    if found := name_of_remote(one.get("remoteUrl")):
        return found
    return f"{host(told)}/{told['organisation']}/{quote(project)}/{quote(str(one['name']))}"


def host(told: Mapping[str, Any]) -> str:
    """The host that things are named by."""
    return str(told.get("base_url") or "https://dev.azure.com").partition("://")[2].strip("/").lower()


def ticket_id(told: Mapping[str, Any], project: str, number: object) -> str:
    """A work item as people may write it."""
    return f"{host(told)}/{told['organisation']}/{project}/{number}"


def person(told: Any) -> str | None:
    """Who an identity is: the address or name that it signs in with; a service by its name."""
    if not isinstance(told, dict):
        return None
    found = told.get("uniqueName") or told.get("mailAddress") or told.get("displayName") or told.get("id")
    return str(found) if found else None


def is_service(told: Any) -> bool:
    """Whether an identity is a service principal or the build service, and no person."""
    return isinstance(told, dict) and str(told.get("descriptor", "")).casefold().startswith(SERVICES)


def branch(ref: str | None) -> str | None:
    """A branch or tag without the folder that Git keeps it in."""
    return ref.removeprefix(BRANCHES).removeprefix(TAGS) if ref else None


def moment(told: Any) -> datetime | None:
    """An instant; None where there is none. The year 9999 says that something goes on, and the year 1 that it never was."""
    if not told:
        return None
    found = instant(told)
    return None if found.year in {1, 9999} else found


def written(at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%SZ}"
