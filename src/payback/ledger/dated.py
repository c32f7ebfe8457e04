"""Lists with dates: what a source said of a subject before, and what it says now, as rows that hold from when until when.

A list is told whole. Who is not in it any more ended; who is in it with another value of a dated column changed, and both
rows are kept; other columns are brought up to date in place. The same list again gives the same rows. Pure.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from payback.org.who import ALWAYS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from datetime import datetime

    Row = dict[str, Any]
    Subject = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Dated:
    """How rows of a table are told apart: by subject, and by the columns whose change opens a new row.

    `first` is since when what the very first list says without a date holds; None is the time it is told.
    """

    subject: tuple[str, ...]
    changes: tuple[str, ...] = ()
    first: datetime | None = ALWAYS

    def of(self, row: Mapping[str, Any]) -> Subject:
        return tuple(row[name] for name in self.subject)

    def same(self, one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
        """Whether two rows say the same in every dated column."""
        return all(one.get(name) == other.get(name) for name in self.changes)


def renewed(
    stored: Iterable[Row],
    told: Iterable[Row],
    dated: Dated,
    now: datetime,
    ended: Callable[[Subject], datetime | None] = lambda _subject: None,
) -> list[Row]:
    """All rows of a source after it told its list. `ended` says when a subject ended that is told no more, if not now."""
    held, listed = _by_subject(stored, dated), _by_subject(told, dated)
    begin = now if held or dated.first is None else dated.first
    found: list[Row] = []
    for subject, rows in listed.items():
        history = sorted(held.pop(subject, []), key=_start)
        spans = _spans(rows, dated.first or begin)
        found += (
            _overwritten(history, spans, dated) if spans else _gone_on(history, rows[-1], dated, (begin, now))
        )
    for subject, history in held.items():
        found += _closed(history, ended(subject) or now)
    return found


def _start(row: Row) -> datetime:
    start: datetime = row["valid_from"]
    return start


def _by_subject(rows: Iterable[Row], dated: Dated) -> dict[Subject, list[Row]]:
    found: dict[Subject, list[Row]] = defaultdict(list)
    for row in rows:
        found[dated.of(row)].append(row)
    return found


def _spans(rows: list[Row], first: datetime) -> list[Row]:
    """The rows of one subject as a history, each until the next begins at the latest; none where no row has a date."""
    if all(row["valid_from"] is None for row in rows):
        return []
    known = {row["valid_from"] or first: {**row, "valid_from": row["valid_from"] or first} for row in rows}
    spans = [known[start] for start in sorted(known)]
    ends = [*(row["valid_from"] for row in spans[1:]), None]
    return [
        {
            **row,
            "valid_until": min((one for one in (row["valid_until"], end) if one is not None), default=None),
        }
        for row, end in zip(spans, ends, strict=True)
    ]


def _overwritten(history: list[Row], spans: list[Row], dated: Dated) -> list[Row]:
    """What is told with dates, after what was known of the time before it; the same going on is one row."""
    first = spans[0]
    before = _closed([row for row in history if row["valid_from"] < first["valid_from"]], first["valid_from"])
    if before and before[-1]["valid_until"] == first["valid_from"] and dated.same(before[-1], first):
        spans = [{**first, "valid_from": before.pop()["valid_from"]}, *spans[1:]]
    return _real([*before, *spans])


def _gone_on(history: list[Row], row: Row, dated: Dated, when: tuple[datetime, datetime]) -> list[Row]:
    """What is told without a date: the same going on, a change as of now, or a beginning."""
    begin, now = when
    current = history[-1] if history and history[-1]["valid_until"] is None else None
    if current is None:
        start = max([now, history[-1]["valid_until"]]) if history else begin
        return _real([*history, {**row, "valid_from": start}])
    if dated.same(current, row) or current["valid_from"] >= now:
        return _real([*history[:-1], {**current, **row, "valid_from": current["valid_from"]}])
    return _real([*_closed(history, now), {**row, "valid_from": now}])


def _closed(history: list[Row], end: datetime) -> list[Row]:
    """The rows, none of them true after an end."""
    return _real([{**row, "valid_until": min(row["valid_until"] or end, end)} for row in history])


def _real(rows: list[Row]) -> list[Row]:
    """The rows without those that would end before they begin."""
    return [row for row in rows if row["valid_until"] is None or row["valid_until"] > row["valid_from"]]
