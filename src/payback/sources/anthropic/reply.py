"""Replies of Anthropic's reports: page after page to the end, and row by row, the unreadable ones refused with their place."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from payback.errors import SourceError
from payback.ledger.entries import Rejected

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from datetime import datetime

    from payback.ledger.entries import Entry
    from payback.sources.http import Http
    from payback.sources.source import Context, Page

    Row = Mapping[str, Any]
    Params = Sequence[tuple[str, str]]

NOTHING: Mapping[str, Any] = {}


def pages(http: Http, path: str, params: Params, headers: Mapping[str, str] | None = None) -> Iterator[Any]:
    """The replies of a report or list, followed by `next_page` to the last."""
    return _followed(http, path, params, headers, lambda body: ("page", body.get("next_page")))


def listed(http: Http, path: str, params: Params) -> Iterator[Any]:
    """The replies of a list whose pages begin after the last id of the one before."""
    return _followed(
        http, path, params, None, lambda body: ("after_id", body.get("has_more") and body.get("last_id"))
    )


def _followed(
    http: Http,
    path: str,
    params: Params,
    headers: Mapping[str, str] | None,
    onward: Callable[[Mapping[str, Any]], tuple[str, Any]],
) -> Iterator[Any]:
    seen = {""}
    more: list[tuple[str, str]] = []
    while True:
        body = http.get(path, [*params, *more], headers).body
        yield body
        name, cursor = onward(body) if isinstance(body, Mapping) else ("", None)
        if not cursor:
            return
        if str(cursor) in seen:
            raise SourceError(f"{http.name}: {path} never ends: it names a page again that was read before")
        seen.add(str(cursor))
        more = [(name, str(cursor))]


def each(
    page: Page, context: Context, read: Callable[[Row], Iterable[Entry]], name: str = "data"
) -> Iterator[Entry | Rejected]:
    """What `read` makes of every row of a page. A row it cannot read (ValueError) is refused with its place."""
    try:
        rows = within(part(page.body, "the reply").get(name), name)
    except ValueError as error:
        yield Rejected(context.source, str(error), page.what)
        return
    for line, row in enumerate(rows, 1):
        try:
            found = list(read(part(row, "the row")))
        except ValueError as error:
            yield Rejected(context.source, str(error), page.what, line)
        else:
            yield from found


def part(told: Any, name: str) -> Mapping[str, Any]:
    """An object in a reply; absent is an empty one. ValueError where it is something else."""
    if told is None:
        return NOTHING
    if not isinstance(told, Mapping):
        raise ValueError(f"{name} is not an object")  # noqa: TRY004  bad data is told as one kind of error
    return told


def within(told: Any, name: str) -> list[Any]:
    """A list in a reply. ValueError where there is none."""
    if not isinstance(told, list):
        raise ValueError(f"the reply has no list {name}")  # noqa: TRY004  as above
    return told


def word(told: Any) -> str | None:
    """Text that says something; None for null and nothing."""
    return str(told) if told not in {None, ""} else None


def rfc3339(instant: datetime) -> str:
    """A UTC instant as the reports want it."""
    return f"{instant:%Y-%m-%dT%H:%M:%SZ}"
