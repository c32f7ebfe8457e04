"""Long lists, a page at a time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from payback.web.filters import Filters

PAGE_SIZE = 50


@dataclass(frozen=True, slots=True)
class Pager:
    """Which rows are shown, and the ways back and on; empty where there is none."""

    first: int
    last: int
    back: str
    on: str


def pager(filters: Filters, found: int) -> Pager:
    """The pager of a list that was asked for one row more than a page holds."""
    start = (filters.page - 1) * PAGE_SIZE
    return Pager(
        first=start + min(found, 1),
        last=start + min(found, PAGE_SIZE),
        back=filters.url(page=filters.page - 1) if filters.page > 1 else "",
        on=filters.url(page=filters.page + 1) if found > PAGE_SIZE else "",
    )
