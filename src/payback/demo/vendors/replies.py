"""Requests and replies of the invented vendors as plain values, and what their pages have in common.

A page cursor holds the query it belongs to and where the next page begins; sent back with another query it is refused.
"""

from __future__ import annotations

import hashlib
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

import orjson

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import date

PAGING = frozenset({"page", "after", "after_id", "continuationToken"})


class Told(NamedTuple):
    """A reply: JSON where the body is an object or a list, bytes as they are."""

    status: int
    body: Any
    headers: dict[str, str] = {}  # noqa: RUF012  replies without headers share an empty one that nobody writes to


class Refused(Exception):  # noqa: N818  it carries the reply to send
    """The vendor's no, as the reply that says it."""

    def __init__(self, told: Told) -> None:
        super().__init__(told.status)
        self.told = told


@dataclass(frozen=True, slots=True)
class Asked:
    """A request. `rights` are those of the key it came with, as the vendor has them on file; None is an unknown key."""

    method: str
    host: str
    path: str
    params: tuple[tuple[str, str], ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Any = None
    rights: tuple[str, ...] | None = None

    def one(self, name: str, default: str = "") -> str:
        return next((value for key, value in self.params if key == name), default)

    def many(self, name: str) -> tuple[str, ...]:
        return tuple(value for key, value in self.params if key in {name, f"{name}[]"})

    def has(self, name: str) -> bool:
        return any(key == name for key, _ in self.params)

    @property
    def query(self) -> str:
        """A digest of what is asked, whichever page of it."""
        told = sorted((key, value) for key, value in self.params if key not in PAGING)
        return hashlib.sha256(orjson.dumps([self.path, told])).hexdigest()[:16]

    def cursor(self, position: int) -> str:
        """Where the next page of this query begins."""
        return "page_" + urlsafe_b64encode(orjson.dumps([self.query, position])).decode().rstrip("=")

    def position(self, name: str, refusal: Told) -> int:
        """Where the page asked for begins; 0 without a cursor, and the refusal for one that is not of this query."""
        told = self.one(name)
        if not told:
            return 0
        text = told.removeprefix("page_")
        try:
            query, position = orjson.loads(urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        except ValueError:
            raise Refused(refusal) from None
        if query != self.query:
            raise Refused(refusal)
        return int(position)

    def number(self, name: str, default: int, most: int, refusal: Told) -> int:
        """A whole number from 1 to the most the vendor gives at once."""
        told = self.one(name, str(default))
        if not told.isdigit() or not 1 <= int(told) <= most:
            raise Refused(refusal)
        return int(told)


def grouped(
    rows: Iterable[Mapping[str, Any]], cuts: Sequence[str], sums: Sequence[str]
) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    """Rows added up by the cuts asked for, in order: what they share, and their sums."""
    found: dict[tuple[Any, ...], dict[str, Any]] = {}
    for row in rows:
        key = tuple(row.get(cut) for cut in cuts)
        held = found.setdefault(key, dict.fromkeys(sums, 0))
        for name in sums:
            held[name] += row.get(name, 0)
    ranked = sorted(found, key=lambda key: tuple(str(part) for part in key))
    return [(dict(zip(cuts, key, strict=True)), found[key]) for key in ranked]


def on_day(held: Mapping[str, Any], name: str, day: date) -> list[dict[str, Any]]:
    """The rows of a list that are of a day. Found once for all days and kept beside the lists."""
    index = held.setdefault("_by_day", {}) if isinstance(held, dict) else {}
    if name not in index:
        by_day: dict[str, list[dict[str, Any]]] = {}
        for row in held[name]:
            by_day.setdefault(row["day"], []).append(row)
        index[name] = by_day
    found: list[dict[str, Any]] = index[name].get(day.isoformat(), [])
    return found
