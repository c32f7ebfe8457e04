"""How Cursor's reports are read page by page, so that a page told twice or out of order is noticed and asked for again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from payback.ledger.batches import digest
from payback.sources.http import UnreachableError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from payback.sources.source import Ask

    Send = Callable[[Mapping[str, Any]], Any]

TRIES = 3
VENDOR = "cursor"
TOOL = "cursor"


def pages(ask: Ask, path: str, body: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """The pages of a POST report in order, each one the page that was asked for."""
    return _paged(ask, path, body, lambda told: ask.http.post(path, told).body)


def listed(ask: Ask, path: str, params: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """The pages of a GET list in order, each one the page that was asked for."""
    return _paged(ask, path, params, lambda told: ask.http.get(path, told).body)


def _paged(ask: Ask, path: str, told: Mapping[str, Any], send: Send) -> Iterator[dict[str, Any]]:
    number = 1
    before: set[str] = set()
    while True:
        page = _page(send, {**told, "page": number}, before)
        if page is None:
            raise UnreachableError(
                f"{ask.connection}: page {number} of {path} came {TRIES} times as another one; it is tried again with "
                f"the next sync"
            )
        yield page
        if not _is_followed(page, number):
            return
        number += 1


def _page(send: Send, asked: Mapping[str, Any], before: set[str]) -> dict[str, Any] | None:
    """The page asked for, by the number it carries and by rows that no page before it had; None where it never came."""
    number = asked["page"]
    for _ in range(TRIES):
        told: dict[str, Any] = send(asked) or {}
        paging = told.get("pagination") or told
        rows = [value for value in told.values() if isinstance(value, list) and value]
        here = digest(rows)
        if paging.get("currentPage", paging.get("page", number)) == number and here not in before:
            before |= {here} if rows else set()
            return told
    return None


def _is_followed(told: dict[str, Any], number: int) -> bool:
    paging = told.get("pagination") or {}
    if "hasNextPage" in paging:
        return bool(paging["hasNextPage"])
    if told.get("totalCount") is not None and told.get("pageSize"):
        return number * int(told["pageSize"]) < int(told["totalCount"])
    return number < int(paging.get("numPages") or paging.get("totalPages") or told.get("totalPages") or 1)


def milliseconds(ask: Ask) -> dict[str, int]:
    """The stretch asked for, as the Admin API wants it: to now at most, so that nothing new arrives while it is read."""
    until = min(ask.part.until, ask.now)
    return {
        "startDate": int(ask.part.since.timestamp() * 1000),
        "endDate": max(int(until.timestamp() * 1000) - 1, int(ask.part.since.timestamp() * 1000)),
    }
