"""Slices of a stream that were read and wait to be written: those that follow on one another, up to a month, go in at once,
with the mark of the last. A day at a time would cost a transaction a day. What is kept by id goes in page by page.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from payback.app.changes import TO_LINK
from payback.ledger.intake import Taken
from payback.ledger.kept import take_kept
from payback.ledger.slices import Stretch, take_slice
from payback.warehouse.contract import Cursor

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from payback.app.application import App
    from payback.ledger.entries import Entry, Rejected
    from payback.sources.source import Slice

    Pages = tuple[str | None, list[Any]]

LONGEST, MOST_ENTRIES = timedelta(days=31), 20_000


@dataclass(slots=True)
class Gathered:
    """What waits, and what became of all that was written. `source` is the name rows carry, `tables` what is replaced."""

    app: App
    source: str
    tables: tuple[str, ...]
    writes: Callable[[Callable[[], Any]], Any]
    parts: list[Slice] = field(default_factory=list)
    entries: list[Entry | Rejected] = field(default_factory=list)
    taken: Taken = field(default_factory=Taken)

    @property
    def rows(self) -> int:
        """What was read so far, written or waiting."""
        return self.taken.usages + len(self.entries)

    def add(self, part: Slice, pages: Iterable[Pages]) -> None:
        """One more slice, once all of it is there; what it does not follow on is written first."""
        entries = [entry for _, held in pages for entry in held]
        if self.parts and not self._is_followed_by(part):
            self.write()
        self.parts.append(part)
        self.entries += entries

    def _is_followed_by(self, part: Slice) -> bool:
        first, last = self.parts[0], self.parts[-1]
        return (
            last.since < last.until == part.since < part.until
            and (last.key, bool(last.mark)) == (part.key, bool(part.mark))
            and part.until - first.since <= LONGEST
            and len(self.entries) < MOST_ENTRIES
        )

    def write(self) -> None:
        """Everything that waits, in place of what the source said of that stretch before."""
        if not self.parts:
            return
        first, last = self.parts[0], self.parts[-1]
        cursors = [Cursor(self.source, last.key, last.mark)] if last.mark else []
        stretch = Stretch(self.source, self.tables, first.since, last.until)
        entries, self.parts, self.entries = self.entries, [], []
        self.taken += self.writes(
            partial(take_slice, entries, stretch, self.app.books, self.app.now(), cursors)
        )


@dataclass(slots=True)
class Kept:
    """A list kept by id, written page by page, and what became of it. `source` is the name rows carry."""

    app: App
    source: str
    writes: Callable[[Callable[[], Any]], Any]
    taken: Taken = field(default_factory=Taken)

    @property
    def rows(self) -> int:
        """What was read so far."""
        return self.taken.usages

    def add(self, part: Slice, pages: Iterable[Pages]) -> None:
        """One more slice: each page as it comes, with its mark, and at the end the mark of the slice."""
        for mark, entries in pages:
            self._write(entries, Cursor(self.source, part.key, mark) if mark else None)
        if part.mark:
            self._write([], Cursor(self.source, part.key, part.mark))

    def write(self) -> None:
        """Nothing waits."""

    def _write(self, entries: list[Any], mark: Cursor | None) -> None:
        cursors = [mark] if mark else []
        books, now = self.app.books, self.app.now()
        self.taken += self.writes(partial(take_kept, entries, books.warehouse, now, cursors, TO_LINK))
