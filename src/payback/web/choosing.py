"""The values a filter can take, asked for only when somebody opens it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from payback.errors import UnknownNameError
from payback.web.asking import NOBODY, number
from payback.web.filters import DIMENSIONS
from payback.web.series import spoken

if TYPE_CHECKING:
    from payback.web.asking import Ask

MOST = 100


def choices(ask: Ask, dimension: str, path: str) -> dict[str, Any]:
    """The values of a dimension in the days chosen, most used first, each with the view that adds or drops it."""
    if dimension not in DIMENSIONS:
        raise UnknownNameError("filter", dimension, DIMENSIONS)
    chosen = ask.filters.where.get(dimension, ())
    rows = ask.answer("requests", by=(dimension,)).rows
    names = [row.keys[dimension] for row in rows]
    known = {name or NOBODY for name in names}
    values = [*(value for value in chosen if value not in known), *(name or NOBODY for name in names[:MOST])]
    requests = {row.keys[dimension] or NOBODY: number(row.figures["requests"]) for row in rows}
    called = ask.names(dimension)
    return {
        "dimension": dimension,
        "chosen": chosen,
        "values": [
            {
                "name": spoken(dimension, None if value == NOBODY else value, called),
                "id": value,
                "chosen": value in chosen,
                "requests": requests.get(value),
                "href": ask.filters.url(path, **{dimension: _toggled(chosen, value)}),
            }
            for value in values
        ],
        "more": max(0, len(names) - MOST),
        "clear": ask.filters.url(path, **{dimension: None}),
    }


def _toggled(chosen: tuple[str, ...], value: str) -> list[str] | None:
    return [one for one in chosen if one != value] or None if value in chosen else [*chosen, value]
