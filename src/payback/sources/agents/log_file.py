"""A growing log read for the ledger: every line once, from where the last reading ended, with a mark for the next.

Knows how files grow, are rewritten and tear; what a line says is the business of whoever is handed it.
"""

from __future__ import annotations

import os
from io import FileIO
from typing import TYPE_CHECKING, Any, Protocol

from payback.ledger.entries import Rejected
from payback.sources.agents.fields import BadFieldError
from payback.sources.agents.intake import SOURCE
from payback.sources.agents.lines import (
    LONGEST,
    PIECE,
    Log,
    UnreadableLineError,
    line_numbers,
    parse,
    tail_digest,
)
from payback.sources.agents.reader import Mark

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from payback.sources.agents.reader import Reading

MOST_REJECTED = 1000


class Lines(Protocol):
    """What understands the lines of one log. `reading` is what they gave so far."""

    @property
    def reading(self) -> Reading: ...
    def line(self, line: dict[str, Any]) -> None:
        """Take one line in; raises BadFieldError for one that cannot be counted."""

    def finish(self) -> dict[str, Any]:
        """Complete the reading; what a later one must remember."""


def read_log(
    path: Path,
    mark: Mark | None,
    made: Callable[[Mapping[str, Any]], Lines],
    is_dull: Callable[[bytearray], bool],
) -> Reading:
    """Read a log from its mark, or from the beginning where it was rewritten. `made` gets what the mark remembers."""
    try:
        with FileIO(path) as file:
            status = os.fstat(file.fileno())
            if mark is not None and _is_unchanged(status, mark):
                lines = made({})
                lines.reading.mark = mark
                return lines.reading
            start = mark if mark is not None and _continues(file, status, mark) else None
            lines = made(start.state if start else {})
            number = int(start.state.get("line", 0)) if start else 0
            log = Log(file, start.offset if start else 0, bytearray(PIECE), is_dull)
            number = _whole_lines(path, log, lines, number)
            end = log.offset + _last(path, log, lines, number)
            state = {**lines.finish(), "line": number}
            lines.reading.mark = Mark(
                status.st_ino, status.st_size, status.st_mtime_ns, end, tail_digest(file, end), state
            )
    except OSError as failed:
        lines = made({})
        why = f"the log cannot be read: {failed.strerror or type(failed).__name__}"
        lines.reading.rejected.append(Rejected(SOURCE, why, str(path)))
        lines.reading.mark = mark
    return lines.reading


def _is_unchanged(status: os.stat_result, mark: Mark) -> bool:
    return (status.st_ino, status.st_size, status.st_mtime_ns) == (mark.inode, mark.size, mark.modified_ns)


def _continues(file: FileIO, status: os.stat_result, mark: Mark) -> bool:
    is_same = status.st_ino == mark.inode and status.st_size >= max(mark.offset, mark.size)
    return is_same and tail_digest(file, mark.offset) == mark.digest


def _whole_lines(path: Path, log: Log, lines: Lines, number: int) -> int:
    skipped = 0
    for end in log.windows():
        number, skipped, start = number + log.skipped - skipped, log.skipped, 0
        with memoryview(log.buffer) as view:
            while start < end:
                stop = log.buffer.find(b"\n", start, end)
                number += 1
                _take(path, number, view[start:stop], lines)
                start = stop + 1
    for line in line_numbers(path, log.too_long).values():
        _refuse(path, line, f"the line is longer than {LONGEST >> 20} MiB", lines)
    return number + log.skipped - skipped


def _last(path: Path, log: Log, lines: Lines, number: int) -> int:
    """Bytes consumed of what follows the last newline: all of it where it is a whole object, else none."""
    torn = log.torn()
    try:
        is_whole = parse(torn) is not None
    except UnreadableLineError:
        return 0
    if is_whole:
        _take(path, number + 1, torn, lines)
    return len(torn) if is_whole else 0


def _take(path: Path, number: int, raw: bytes | memoryview, lines: Lines) -> None:
    try:
        found = parse(raw)
        if found is not None:
            lines.line(found)
    except (UnreadableLineError, BadFieldError) as why:
        _refuse(path, number, str(why), lines)


def _refuse(path: Path, number: int | None, why: str, lines: Lines) -> None:
    if len(lines.reading.rejected) < MOST_REJECTED:
        lines.reading.rejected.append(Rejected(SOURCE, why, str(path), number))
