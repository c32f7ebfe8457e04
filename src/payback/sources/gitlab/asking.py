"""Lists of GitLab read to their end.

A list in the order of an instant is asked for from the last instant on, never by place: what changes while it is read would
push others over the edge of a page. It also goes past 50 000 rows, where GitLab refuses to count pages.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from payback.errors import SourceError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from payback.sources.http import Http, Reply

    Rows = list[dict[str, Any]]

MOST = 100
API = "api/v4"


def pages(http: Http, path: str, params: Mapping[str, object] | None = None) -> Iterator[Rows]:
    """The pages of a list, in its order: the `Link` header leads from one to the next."""
    reply = http.get(f"{API}/{path}", {**(params or {}), "per_page": MOST})
    yield _rows(http, reply)
    while address := reply.link("next"):
        reply = http.get(address)
        yield _rows(http, reply)


def listed(http: Http, path: str, params: Mapping[str, object] | None = None) -> Rows:
    """A whole list, each entry once where it says which it is."""
    found = [one for page in pages(http, path, params) for one in page]
    return list({one.get("id", place): one for place, one in enumerate(found)}.values())


def walked(http: Http, path: str, params: Mapping[str, object], by: str, since: str) -> Iterator[Rows]:
    """The pages of a list from `since` on, oldest first, ordered `by` updated or created; each entry once as it stands."""
    page, seen, at = 1, set[tuple[object, object]](), f"{by}_at"
    order = {"order_by": at, "sort": "asc", "per_page": MOST}
    while True:
        reply = http.get(f"{API}/{path}", {**params, **order, f"{by}_after": since, "page": page})
        found = _rows(http, reply)
        fresh = [one for one in found if (one.get("id"), one.get(at)) not in seen]
        seen |= {(one.get("id"), one.get(at)) for one in fresh}
        yield fresh
        if reply.link("next") is None and not reply.headers.get("x-next-page"):
            return
        last = next((str(one[at]) for one in reversed(found) if one.get(at)), since)
        page, since = (page + 1, since) if last == since or not fresh else (1, last)


def _rows(http: Http, reply: Reply) -> Rows:
    if reply.body is None:
        return []
    if not isinstance(reply.body, list):
        raise SourceError(f"{http.name}: a list was asked for and none came; is base_url a GitLab?")
    return [one for one in reply.body if isinstance(one, dict)]
