"""How Azure DevOps' lists are read to their end: by place, or by the token that a header gives. Every request tells its version."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from payback.sources.amounts import count
from payback.sources.http import UnreachableError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from payback.sources.http import Http

    Rows = list[dict[str, Any]]

VERSION, PREVIEW = "7.1", "7.1-preview.1"
CLOUD = "https://dev.azure.com"
RELEASES = "https://vsrm.dev.azure.com"
TOKEN = "x-ms-continuationtoken"  # noqa: S105  a header's name
PER_PAGE = 100
FILES_PER_PAGE = 2000


def path(told: Mapping[str, Any], *parts: object) -> str:
    """An address under the organisation, every part written as an address wants it."""
    return "/" + "/".join(quote(str(part), safe="/_") for part in (told["organisation"], *parts))


def thing(http: Http, address: str, params: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """One object; an empty one where something else came."""
    body = http.get(address, {**(params or {}), "api-version": VERSION}).body
    return body if isinstance(body, dict) else {}


def rows(http: Http, address: str, params: Mapping[str, Any] | None = None) -> Rows:
    """A list that comes whole."""
    return _values(thing(http, address, params))


def placed(http: Http, address: str, params: Mapping[str, Any]) -> Iterator[Rows]:
    """A list that is asked for from a place on."""
    start = 0
    while True:
        found = rows(http, address, {**params, "$top": PER_PAGE, "$skip": start})
        yield found
        start += PER_PAGE
        if len(found) < PER_PAGE:
            return


def tokened(http: Http, address: str, params: Mapping[str, Any], version: str = VERSION) -> Iterator[Rows]:
    """A list whose next page a header names. A token told twice would never end, and is an error."""
    token, seen = "", set[str]()
    while True:
        told = {**params, "api-version": version, **({"continuationToken": token} if token else {})}
        reply = http.get(address, told, headers=http.headers)
        yield _values(reply.body)
        token = reply.headers.get(TOKEN, "")
        if not token:
            return
        if token in seen:
            raise UnreachableError(
                f"{http.name}: {address} gave the same page token twice; it is tried again with the next sync"
            )
        seen.add(token)


def once(found: Iterable[dict[str, Any]], key: str) -> Rows:
    """Each thing of a list once, for a page may be told twice; what has no key stays."""
    told = list(found)
    return list({one.get(key, place): one for place, one in enumerate(told)}.values())


def changed_files(http: Http, address: str) -> int:
    """How many files an iteration of a pull request changes, a renamed one once. Each page is counted and let go; a page that
    names no later one as the next would never end, and is an error.
    """
    counted, start = 0, 0
    while True:
        told = thing(http, address, {"$top": FILES_PER_PAGE, "$skip": start})
        counted += sum(_is_file(one) for one in told.get("changeEntries") or () if isinstance(one, dict))
        after = count(told.get("nextSkip"))
        if not after:
            return counted
        if after <= start:
            raise UnreachableError(
                f"{http.name}: {address} gave the same page twice; it is tried again with the next sync"
            )
        start = after


def _is_file(change: Mapping[str, Any]) -> bool:
    """Not a folder, and not the old name of a renamed file."""
    is_folder = (change.get("item") or {}).get("isFolder")
    return not is_folder and "sourceRename" not in str(change.get("changeType"))


def _values(body: Any) -> Rows:
    held = body.get("value") if isinstance(body, dict) else None
    return [one for one in held if isinstance(one, dict)] if isinstance(held, list) else []


def release_host(base: str) -> str:
    """Where releases are asked for: a host of their own in the cloud, the same one on a server."""
    return RELEASES if base.rstrip("/") == CLOUD else base.rstrip("/")
