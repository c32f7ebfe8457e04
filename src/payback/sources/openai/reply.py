"""Replies of OpenAI's organisation API: page after page to the end, and row by row, the unreadable ones refused with their place."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from payback.errors import SourceError
from payback.ledger.entries import Rejected

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from payback.ledger.entries import Entry
    from payback.sources.http import Http
    from payback.sources.source import Context, Page

Params = list[tuple[str, str]]
VENDOR = "openai"


def pages(http: Http, path: str, params: Params, cursor: str, after: str) -> Iterator[dict[str, Any]]:
    """Replies until there are no more: `cursor` is the parameter, `after` the field of a reply that continues it."""
    following: Params = []
    seen: set[str] = set()
    while True:
        body = http.get(path, [*params, *following]).body
        if not isinstance(body, dict):
            raise SourceError(f"{http.name}: {path} did not answer with an object")
        yield body
        token = body.get(after)
        if not body.get("has_more"):
            return
        if not token:
            raise SourceError(
                f"{http.name}: {path} says there is more and not where; nothing of it is taken in"
            )
        if token in seen:
            raise SourceError(f"{http.name}: {path} gives the same page again and does not end")
        seen.add(token)
        following = [(cursor, str(token))]


def each(
    rows: Any, page: Page, context: Context, read: Callable[[dict[str, Any]], Iterable[Entry]]
) -> Iterator[Entry | Rejected]:
    """The entries of each row; one that does not read is refused with its place."""
    if not isinstance(rows, list):
        yield Rejected(context.source, "the reply holds no list", page.what)
        return
    for line, row in enumerate(rows, 1):
        try:
            found = list(read(mapping(row)))
        except ValueError as error:
            yield Rejected(context.source, str(error), page.what, line)
        else:
            yield from found


def mapping(told: Any) -> dict[str, Any]:
    """An object as it is; ValueError for anything else."""
    if not isinstance(told, dict):
        raise ValueError("the row is no object")  # noqa: TRY004  bad data is told as one kind of error
    return told


def word(told: Any) -> str | None:
    """A name that is there, as text."""
    return str(told) if told not in (None, "") else None
