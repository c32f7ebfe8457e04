"""How Jira's lists are read to their end: searches by token, older ones by place; histories of many issues at once.

A page token that comes twice would never end, and is an error. Where the site is too slow for a page, a smaller one is asked.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from payback.errors import SourceError
from payback.sources.http import RefusedError, UnreachableError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from payback.sources.http import Http
    from payback.sources.source import Ask

LARGEST, SMALLEST = 100, 10
MOST_KEYS, MOST_CHANGES, MOST_LISTED = 5000, 1000, 50
CHANGES = ("status", "resolution", "project")
NOT_THERE = frozenset({401, 403, 404})


@dataclass(frozen=True, slots=True)
class Deployment:
    """Where a site's API lies and which of two generations it is."""

    api: str
    is_cloud: bool


@dataclass(frozen=True, slots=True)
class Search:
    """What is searched for, and which fields of it are wanted. `size` is how many at once."""

    jql: str
    fields: Sequence[str]
    size: int = LARGEST


def searched(ask: Ask, where: Deployment, search: Search) -> Iterator[list[dict[str, Any]]]:
    """The issues of a search, page by page."""
    size, told = search.size, {"jql": search.jql, "fields": list(search.fields)}
    if where.is_cloud:
        pages = _tokens(ask, f"{where.api}/search/jql", told, size)
    else:
        pages = _places(ask, f"{where.api}/search", {**told, "expand": ["changelog"]}, size)
    for page in pages:
        yield [one if isinstance(one, dict) else {} for one in page.get("issues") or ()]


def _tokens(ask: Ask, path: str, told: Mapping[str, Any], size: int) -> Iterator[dict[str, Any]]:
    """Pages whose tokens follow on one another; the last has none, or says so."""
    seen: set[str] = set()
    body = dict(told)
    while True:
        page, size = _patient(ask, path, body, size)
        yield page
        token = page.get("nextPageToken")
        if not token or page.get("isLast"):
            return
        if token in seen:
            raise UnreachableError(
                f"{ask.connection}: {path} gave the same page token twice; it is tried again with the next sync"
            )
        seen.add(token)
        body = {**told, "nextPageToken": token}


def _places(ask: Ask, path: str, told: Mapping[str, Any], size: int) -> Iterator[dict[str, Any]]:
    """Pages that begin at a place in the list."""
    start = 0
    while True:
        page, size = _patient(ask, path, {**told, "startAt": start}, size)
        yield page
        start += len(page.get("issues") or ())
        if not page.get("issues") or start >= int(page.get("total") or 0):
            return


def _patient(ask: Ask, path: str, body: Mapping[str, Any], size: int) -> tuple[dict[str, Any], int]:
    """One page, smaller from here on where the site gave none of the size asked for; and the size that went well."""
    while True:
        try:
            return _object(ask.http, path, ask.http.post(path, {**body, "maxResults": size}).body), size
        except UnreachableError:
            if size <= SMALLEST:
                raise
            size = max(SMALLEST, size // 2)


def histories(
    ask: Ask, where: Deployment, issues: Sequence[Mapping[str, Any]], sprint: str | None
) -> dict[str, list[dict[str, Any]]]:
    """What happened to each issue's status, resolution, project and sprints, by the issue's id."""
    if not where.is_cloud:
        return {
            str(one["id"]): (one.get("changelog") or {}).get("histories") or []
            for one in issues
            if "id" in one
        }
    found: dict[str, list[dict[str, Any]]] = defaultdict(list)
    wanted = [str(one["id"]) for one in issues if "id" in one]
    if not wanted:
        return found
    fields = [*CHANGES, *([sprint] if sprint else [])]
    told = {"issueIdsOrKeys": wanted, "fieldIds": fields}
    for page in _tokens(ask, f"{where.api}/changelog/bulkfetch", told, MOST_CHANGES):
        for one in page.get("issueChangeLogs") or ():
            found[str(one.get("issueId"))] += one.get("changeHistories") or ()
    return found


def listed(http: Http, path: str, params: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """The values of a list that pages by place: boards, sprints, projects."""
    start = 0
    while True:
        page = _object(http, path, http.get(path, {**params, "startAt": start}).body)
        values = [one for one in page.get("values") or () if isinstance(one, dict)]
        yield from values
        start += len(values)
        if not values or page.get("isLast", start >= int(page.get("total") or 0)):
            return


def sprint(http: Http, number: str) -> dict[str, Any] | None:
    """One sprint; None where it was deleted, or the key may not read it."""
    path = f"/rest/agile/1.0/sprint/{number}"
    try:
        return thing(http, path)
    except RefusedError as error:
        if error.status not in NOT_THERE:
            raise
        return None


def thing(http: Http, path: str) -> dict[str, Any]:
    """One object. SourceError where what answers is no Jira."""
    return _object(http, path, http.get(path).body)


def rows(http: Http, path: str, params: Mapping[str, Any] | None = None) -> list[dict[str, Any]]:
    """A list that comes whole. SourceError where what answers is no Jira."""
    body = http.get(path, params or ()).body
    if not isinstance(body, list):
        raise SourceError(f"{http.name}: {path} gave no list; is base_url the address of a Jira site?")
    return [one for one in body if isinstance(one, dict)]


def _object(http: Http, path: str, body: Any) -> dict[str, Any]:
    if not isinstance(body, dict):
        raise SourceError(f"{http.name}: {path} gave no object; is base_url the address of a Jira site?")
    return body
