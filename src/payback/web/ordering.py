"""Rows of a table in the order that the URL asks for. What is unknown comes last, whichever way."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from payback.errors import UnknownNameError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from payback.web.blocks import Column


def sort_key(sort: str, columns: Iterable[Column]) -> str:
    """The key of a sort order such as -spend; UnknownNameError where no column sorts by it."""
    key = sort.removeprefix("-")
    known = {column.sort for column in columns if column.sort}
    if key not in known:
        raise UnknownNameError("order", key, known)
    return key


def ordered(
    rows: Iterable[Mapping[str, Any]], sort: str, columns: Iterable[Column]
) -> list[Mapping[str, Any]]:
    """The rows by the key of `sort`, greatest first with a leading `-`; ties keep their order."""
    key = sort_key(sort, columns)
    given = list(rows)
    known = [row for row in given if row.get(key) is not None]
    known.sort(
        key=lambda row: row[key].casefold() if isinstance(row[key], str) else row[key],
        reverse=sort.startswith("-"),
    )
    return [*known, *(row for row in given if row.get(key) is None)]
