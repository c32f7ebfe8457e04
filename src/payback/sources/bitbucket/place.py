"""Lists of Bitbucket read to their end, and the repositories that a connection reads."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from payback.errors import SettingsError
from payback.ledger.entries import Rejected
from payback.sources.amounts import instant
from payback.sources.http import RefusedError
from payback.sources.source import DAY, Updated

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from datetime import datetime

    from payback.sources.http import Http
    from payback.sources.source import Context, Page, Plan, Slice

    Told = dict[str, Any]

GONE = frozenset({404, 410})
MISSING = "it is not there, or the token may not see it"


def pages(http: Http, path: str, params: Any = ()) -> Iterator[list[Told]]:
    """The pages of a list: each names the next one by its whole address."""
    body = http.get(path, params).body
    while isinstance(body, dict):
        yield [one for one in body.get("values") or () if isinstance(one, dict)]
        if not body.get("next"):
            return
        body = http.get(str(body["next"])).body


def listed(http: Http, path: str) -> list[Told]:
    """A whole list that belongs to something; empty where that is gone, or the list is switched off."""
    try:
        return [one for page in pages(http, path, {"pagelen": 50}) for one in page]
    except RefusedError as error:
        if error.status not in GONE:
            raise
        return []


@dataclass(frozen=True, slots=True)
class Repository:
    """One repository: `workspace/name`, its number, which a new name does not change (None where it is not to be seen), and
    whether its tracker of issues is on.
    """

    name: str
    number: str | None = None
    has_issues: bool = False

    def at(self, *parts: object) -> str:
        """The path of something in it."""
        return "/".join(["repositories", self.name, *map(str, parts)])


def repositories(http: Http, told: Mapping[str, Any]) -> list[Repository]:
    """The repositories of the workspace that the settings name, else all that the token sees, in the order of their names."""
    workspace, named = str(told["workspace"]), told.get("repositories")
    if named is not None:
        if not isinstance(named, list) or not all(isinstance(one, str) for one in named):
            raise SettingsError('repositories is a list of names: repositories = ["app"]')
        return [
            _named(http, f"{workspace}/{one}") for one in sorted({one.rsplit("/", 1)[-1] for one in named})
        ]
    found = (one for page in pages(http, f"repositories/{workspace}", {"pagelen": 100}) for one in page)
    seen = (_repository(one) for one in found if one.get("full_name"))
    return sorted({one.name: one for one in seen}.values(), key=lambda one: one.name)


def _named(http: Http, name: str) -> Repository:
    try:
        body = http.get(f"repositories/{name}").body
    except RefusedError as error:
        if error.status not in GONE:
            raise
        return Repository(name)
    return _repository(body) if isinstance(body, dict) and "full_name" in body else Repository(name)


def _repository(told: Mapping[str, Any]) -> Repository:
    name = str(told["full_name"])
    return Repository(name, str(told.get("uuid") or name), bool(told.get("has_issues")))


def changed(told: Plan) -> Iterator[Slice]:
    """A slice for each repository: what changed since it was last read. One that is not to be seen keeps no place."""
    for one in repositories(told.http, told.told):
        for part in Updated(overlap=DAY, key=one.name)(told):
            yield replace(part, what=one, mark=part.mark if one.number else "")


def about(one: Repository) -> dict[str, str]:
    """What a page of a repository says of it."""
    return {"repository": one.name}


def repo_name(full_name: str) -> str:
    """`bitbucket.org/workspace/name`, as Git's remotes name it too."""
    return f"bitbucket.org/{full_name}"


def moment(text: Any) -> datetime | None:
    """An instant, where it is told."""
    return instant(text) if text else None


def each(
    page: Page, context: Context, one: Callable[[Told, str, str], list[Any]], what: str
) -> Iterator[Any]:
    """What `one` makes of each entry of a page, all of it or a Rejected with the entry's place."""
    if page.body is None:
        yield Rejected(context.source, f"{page.what}: {MISSING}", page.what)
        return
    repo = repo_name(page.about["repository"])
    for told in page.body:
        try:
            found = one(told, repo, context.source)
        except (ValueError, TypeError, AttributeError, KeyError) as error:
            why = f"{error} is missing" if isinstance(error, KeyError) else str(error)
            name = told.get("id") or told.get("uuid")
            yield Rejected(context.source, f"{what} is not read: {why}", f"{page.what}#{name}")
        else:
            yield from found
