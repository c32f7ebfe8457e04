"""Files of one JSON record a line that only grow: each reading goes on where the last one ended.

The offset in a Mark is the end of the last whole line. A torn last line waits; one that merely lacks its line feed is
read, but the offset stays before it. All rows have ids of their own, so reading a line twice changes nothing. Formats
that append a record again when it changes (Gemini CLI) need no more than that: the later copy has the same id.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from payback.sources.agents.fields import mapping
from payback.sources.agents.lines import UnreadableLineError, parse
from payback.sources.agents.reader import Mark
from payback.sources.agents.whole_file import reason, unchanged

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Mapping
    from pathlib import Path
    from typing import BinaryIO

    from payback.sources.agents.intake import Intake
    from payback.sources.agents.reader import Reading

    Digest = Callable[[bytes], str]

TAIL = 256
LONGEST_OPENING = 1 << 20


class Records(Protocol):
    """What understands the lines of one file. `needles`: a line holding none of these byte strings is not parsed."""

    @property
    def intake(self) -> Intake:
        """Where the rows go."""

    @property
    def needles(self) -> tuple[bytes, ...]:
        """See above."""

    def opening(self, record: Mapping[str, Any]) -> None:
        """The file's first record, handed over before any line of each reading (also of one that resumes)."""

    def line(self, record: Mapping[str, Any], number: int) -> None:
        """One record and its line number, from 1."""

    def state(self) -> dict[str, Any]:
        """What the next reading needs to go on: numbers and short identifiers."""


def read_lines(
    path: Path,
    mark: Mark | None,
    digest: Digest | None,
    intake: Intake,
    make: Callable[[Mapping[str, Any]], Records],
) -> Reading:
    """Read what was appended since the mark; `make` gets the remembered state (empty when reading from the start)."""
    try:
        with path.open("rb") as file:
            _read(file, _stat(file), mark, digest, intake, make)
    except OSError as failed:
        intake.refuse(f"cannot be opened: {reason(failed)}")
        intake.reading.mark = mark
    return intake.finished()


def _stat(file: BinaryIO) -> os.stat_result:
    import os

    return os.fstat(file.fileno())


def _read(  # noqa: PLR0913, PLR0917 - one pass over one open file
    file: BinaryIO,
    stat: os.stat_result,
    mark: Mark | None,
    digest: Digest | None,
    intake: Intake,
    make: Callable[[Mapping[str, Any]], Records],
) -> None:
    if mark is not None and unchanged(stat, mark):
        intake.reading.mark = mark
        return
    start = mark if mark is not None and _continues(file, stat, mark, digest) else None
    state = mapping(start.state if start else None)
    intake.carry(state.get("calls"))
    records = make(state)
    _opening(file, records)
    offset, number = (start.offset, int(state.get("line", 0))) if start else (0, 0)
    file.seek(offset)
    kept: dict[str, Any] | None = None
    while offset < stat.st_size and (raw := file.readline(stat.st_size - offset)):
        if not raw.endswith(b"\n"):
            kept = _remembered(records, number)  # before the torn line, which will be read again
            _take(raw, number + 1, records, torn=True)
            break
        offset, number = offset + len(raw), number + 1
        _take(raw, number, records)
    state_after = kept if kept is not None else _remembered(records, number)
    end = _digest(file, offset, digest)
    intake.reading.mark = Mark(stat.st_ino, stat.st_size, stat.st_mtime_ns, offset, end, state_after)


def _remembered(records: Records, number: int) -> dict[str, Any]:
    calls = records.intake.unended()
    return {**records.state(), "line": number, **({"calls": calls} if calls else {})}


def _continues(file: BinaryIO, stat: os.stat_result, mark: Mark, digest: Digest | None) -> bool:
    if stat.st_ino != mark.inode or stat.st_size < mark.size or stat.st_size < mark.offset:
        return False
    return _digest(file, mark.offset, digest) == mark.digest


def _digest(file: BinaryIO, offset: int, digest: Digest | None) -> str:
    if digest is None or not offset:
        return ""
    file.seek(max(0, offset - TAIL))
    return digest(file.read(min(TAIL, offset)))


def _opening(file: BinaryIO, records: Records) -> None:
    file.seek(0)
    first = file.readline(LONGEST_OPENING)
    try:
        found = parse(first)
    except UnreadableLineError:
        found = None
    with records.intake.row(1):
        records.opening(found or {})


def _take(raw: bytes, number: int, records: Records, *, torn: bool = False) -> None:
    if not any(needle in raw for needle in records.needles):
        return
    try:
        record = parse(raw)
    except UnreadableLineError as bad:
        if not torn:
            records.intake.refuse(str(bad), number)
        return
    if record:
        with records.intake.row(number):
            records.line(record, number)
