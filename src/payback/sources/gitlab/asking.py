"""A list of GitLab read to its end: the `Link` header leads from page to page, whichever way the list is paged."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from payback.sources.http import Http

MOST = 100


def pages(
    http: Http, path: str, params: Mapping[str, object] | None = None
) -> Iterator[list[dict[str, Any]]]:
    """The pages of a list, in its order."""
    reply = http.get(path, {**(params or {}), "per_page": MOST})
    yield reply.body or []
    while address := reply.link("next"):
        reply = http.get(address)
        yield reply.body or []


def listed(http: Http, path: str, params: Mapping[str, object] | None = None) -> list[dict[str, Any]]:
    """A whole list, each entry once where it says which it is."""
    found = [one for page in pages(http, path, params) for one in page]
    return list({one.get("id", place): one for place, one in enumerate(found)}.values())
