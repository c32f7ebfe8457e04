"""Lists of Bitbucket read to their end, and the repositories that a connection reads."""

from __future__ import annotations

from dataclasses import replace
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


def repositories(http: Http, told: Mapping[str, Any]) -> list[str]:
    """The repositories as `workspace/name`, in the order of their names."""
    workspace, named = str(told["workspace"]), told.get("repositories")
    if named is not None:
        if not isinstance(named, list) or not all(isinstance(one, str) for one in named):
            raise SettingsError('repositories is a list of names: repositories = ["app"]')
        return sorted({f"{workspace}/{one.rsplit('/', 1)[-1]}" for one in named})
    found = (one for page in pages(http, f"repositories/{workspace}", {"pagelen": 100}) for one in page)
    return sorted({str(one["full_name"]) for one in found if one.get("full_name")})


def changed(told: Plan) -> Iterator[Slice]:
    """A slice for each repository: what changed since it was last read."""
    for one in repositories(told.http, told.told):
        for part in Updated(overlap=DAY, key=one)(told):
            yield replace(part, what=one)


def repo_name(full_name: str) -> str:
    """`bitbucket.org/workspace/name`, as Git's remotes name it too."""
    return f"bitbucket.org/{full_name}"


def moment(text: Any) -> datetime | None:
    """An instant, where it is told."""
    return instant(text) if text else None


def who(user: Mapping[str, Any] | None) -> str | None:
    """Whose account; None where it was deleted. Names and addresses are not told."""
    found = (user or {}).get("account_id") or (user or {}).get("uuid")
    return str(found) if found else None


def is_bot(user: Mapping[str, Any] | None) -> bool:
    """Whether an account is an app or an access token, not a person."""
    return (user or {}).get("type") in {"app_user", "team", "AppUser"}


def each(
    page: Page, context: Context, one: Callable[[Told, str, str], list[Any]], what: str
) -> Iterator[Any]:
    """What `one` makes of each entry of a page, all of it or a Rejected with the entry's place."""
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
