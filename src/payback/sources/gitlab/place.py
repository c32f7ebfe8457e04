"""Where a GitLab is, which of its projects a connection reads, and what they are called in payback."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit

from payback.delivery.repositories import name_of_remote
from payback.errors import SettingsError
from payback.ledger.entries import Rejected
from payback.sources.gitlab.asking import API, listed
from payback.sources.http import RefusedError
from payback.sources.source import DAY, Page, Updated

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from datetime import timedelta

    from payback.sources.http import Http
    from payback.sources.source import Ask, Context, Plan, Slice

    Told = dict[str, Any]

BASE = "https://gitlab.com"
MISSING = "it is not there, or the key's owner may not see it"
GONE = frozenset({404})


@dataclass(frozen=True, slots=True)
class Project:
    """One project: its path, its number, which a move to another path does not change (None where it is not to be seen), and
    its default branch.
    """

    path: str
    number: int | None = None
    branch: str | None = None

    def at(self, *parts: object) -> str:
        """The path of something in it."""
        return "/".join(["projects", str(self.number), *map(str, parts)])


@dataclass(frozen=True, slots=True)
class Changed:
    """What changed in each project since it was last read; under another path it is read anew."""

    overlap: timedelta = DAY

    def __call__(self, told: Plan) -> Iterator[Slice]:
        """A slice for each project, in the order of their paths."""
        for one in projects(told.http, told.told):
            for part in Updated(overlap=self.overlap, key=one.path if one.number else "")(told):
                yield replace(part, what=one, mark=part.mark if one.number else "")


def projects(http: Http, told: Mapping[str, Any]) -> list[Project]:
    """The projects that the settings name and those of the groups that they name; else those the key's owner is a member of."""
    named, groups = (names(told, setting) for setting in ("projects", "groups"))
    found = [_named(http, path) for path in named]
    inside: dict[str, Any] = {"include_subgroups": "true", "with_shared": "false"}
    if not named and not groups:
        found += _all(http, "projects", {"membership": "true"})
    for group in groups:
        found += _all(http, f"groups/{quote(group, safe='')}/projects", inside)
    return sorted({one.path: one for one in found}.values(), key=lambda one: one.path)


def names(told: Mapping[str, Any], setting: str) -> list[str]:
    """The paths that a setting names. SettingsError where it is no list of them, and where the address is no GitLab's."""
    if "/api" in urlsplit(str(told.get("base_url") or BASE)).path:
        raise SettingsError("base_url of a GitLab ends before /api; write https://gitlab.acme.example")
    found = told.get(setting) or []
    if not isinstance(found, list) or not all(isinstance(one, str) for one in found):
        raise SettingsError(f'{setting} is a list of paths: {setting} = ["acme/app"]')
    return [one.strip("/") for one in found]


def _named(http: Http, path: str) -> Project:
    try:
        body = http.get(f"{API}/projects/{quote(path, safe='')}").body
    except RefusedError as error:
        if error.status not in GONE:
            raise
        return Project(path)
    return _project(body) if isinstance(body, dict) and "id" in body else Project(path)


def _all(http: Http, path: str, params: Mapping[str, object]) -> list[Project]:
    order = {"order_by": "id", "sort": "asc", "simple": "true"}
    return [_project(one) for one in listed(http, path, {**params, **order}) if "id" in one]


def _project(told: Mapping[str, Any]) -> Project:
    return Project(str(told["path_with_namespace"]), int(told["id"]), told.get("default_branch"))


def host(told: Mapping[str, Any]) -> str:
    return urlsplit(str(told.get("base_url") or BASE)).hostname or ""


def repo_name(told: Mapping[str, Any], path: str) -> str:
    """`host/group/project` with all groups of the path, as Git's remotes name it too."""
    return name_of_remote(f"https://{host(told)}/{path}") or path


def read(ask: Ask, pages: Callable[[Ask, Project], Iterator[list[Told]]]) -> Iterator[Page]:
    """The pages of the slice's project, each with the mark to go on from; a project that is not there has no body."""
    one: Project = ask.part.what
    about = {"path": one.path, "branch": one.branch or ""}
    if one.number is None:
        yield Page(None, one.path, about)
        return
    try:
        for found in pages(ask, one):
            last = next((str(told["updated_at"]) for told in reversed(found) if told.get("updated_at")), None)
            yield Page(found, one.path, about, last if ask.part.mark else None)
    except RefusedError as error:
        if error.status not in GONE:
            raise
        yield Page(None, one.path, about)


def until(ask: Ask) -> dict[str, str]:
    """The end of a window that lies in the past."""
    return {"updated_before": ask.part.until.isoformat()} if ask.part.until < ask.now else {}


def each(
    page: Page, context: Context, one: Callable[[Told, str, Context], list[Any]], what: str
) -> Iterator[Any]:
    """What `one` makes of each entry of a page, all of it or a Rejected with the entry's place."""
    if page.body is None:
        yield Rejected(context.source, f"{page.what}: {MISSING}", page.what)
        return
    repo = repo_name(context.told, page.about["path"])
    for told in page.body:
        try:
            found = one(told, repo, context)
        except (ValueError, TypeError, AttributeError, KeyError) as error:
            number = told.get("iid") or told.get("tag_name") if isinstance(told, dict) else None
            why = f"{error} is missing" if isinstance(error, KeyError) else str(error)
            yield Rejected(context.source, f"{what} is not read: {why}", f"{page.what}#{number}")
        else:
            yield from found
