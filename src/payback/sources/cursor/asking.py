"""How Cursor's reports are read page by page, so that a page told twice or out of order is noticed and asked for again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from payback.ledger.batches import digest
from payback.sources.http import UnreachableError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from payback.sources.source import Ask

TRIES = 3
VENDOR = "cursor"
TOOL = "cursor"


def pages(ask: Ask, path: str, body: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """The pages of a POST report in order, each one the page that was asked for."""
    number = 1
    before: set[str] = set()
    while True:
        told = _page(ask, path, {**body, "page": number}, before)
        yield told
        if not _is_followed(told, number):
            return
        number += 1


def _page(ask: Ask, path: str, body: Mapping[str, Any], before: set[str]) -> dict[str, Any]:
    """The page asked for, by the number it carries and by rows that no page before it had."""
    number = body["page"]
    for _ in range(TRIES):
        told: dict[str, Any] = ask.http.post(path, body).body or {}
        paging = told.get("pagination") or {}
        rows = [value for value in told.values() if isinstance(value, list) and value]
        here = digest(rows)
        if paging.get("currentPage", paging.get("page", number)) == number and here not in before:
            before |= {here} if rows else set()
            return told
    raise UnreachableError(
        f"{ask.connection}: page {number} of {path} came {TRIES} times as another one; it is tried again with the next sync"
    )


def _is_followed(told: dict[str, Any], number: int) -> bool:
    paging = told.get("pagination") or {}
    if "hasNextPage" in paging:
        return bool(paging["hasNextPage"])
    return number < int(paging.get("numPages") or paging.get("totalPages") or told.get("totalPages") or 1)


def milliseconds(ask: Ask) -> dict[str, int]:
    """The stretch asked for, as the Admin API wants it: to now at most, so that nothing new arrives while it is read."""
    until = min(ask.part.until, ask.now)
    return {
        "startDate": int(ask.part.since.timestamp() * 1000),
        "endDate": max(int(until.timestamp() * 1000) - 1, int(ask.part.since.timestamp() * 1000)),
    }
