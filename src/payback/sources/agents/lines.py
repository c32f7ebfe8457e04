"""Lines of a growing log as bytes: read in pieces of bounded size, resumed from an offset, never beyond a torn end.

Knows nothing of what a line says. A line is whole when a newline ends it; what follows the last newline is handed out
apart, and its reader says whether it is consumed.
"""

from __future__ import annotations

from hashlib import blake2b
from typing import TYPE_CHECKING, Any

import orjson

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Iterable, Iterator
    from io import FileIO

PIECE = 1 << 18
LONGEST = 1 << 27
TAIL = 256
BOM = b"\xef\xbb\xbf"
WIDE = (b"\xff\xfe", b"\xfe\xff")
NEWLINE = b"\n"


class UnreadableLineError(ValueError):
    """A line that is not a JSON object. Its sentence never quotes the line."""


class Log:
    """One open log from an offset on. While `windows` runs, `buffer` holds the piece it spoke of last and `offset` says
    where in the file that piece begins. `is_dull` decides from the first bytes of a line that is longer than a piece
    whether it is skipped without being held. `too_long` are the beginnings of lines that nobody may hold, `skipped` says
    how many lines were passed over in all.
    """

    __slots__ = ("_file", "_held", "_is_dull", "_searched", "buffer", "offset", "skipped", "too_long")

    def __init__(
        self, file: FileIO, offset: int, buffer: bytearray, is_dull: Callable[[bytearray], bool]
    ) -> None:
        self._file, self._is_dull = file, is_dull
        self.buffer, self.offset = buffer, offset
        self._held = self._searched = 0
        self.too_long: list[int] = []
        self.skipped = 0
        file.seek(offset)

    def windows(self) -> Iterator[int]:
        """Ends of successive pieces: `buffer[:end]` holds whole lines only."""
        while True:
            at_end = not self._fill()
            end = self.buffer.rfind(NEWLINE, self._searched, self._held) + 1
            if end:
                yield end
                self._drop(end)
            self._searched = self._held
            if at_end:
                return
            if self._held == len(self.buffer):
                self._make_room()

    def torn(self) -> bytes:
        """What follows the last newline, once `windows` has ended; `offset` is then where it begins."""
        return bytes(self.buffer[: self._held])

    def _fill(self) -> int:
        with memoryview(self.buffer) as view:
            got = self._file.readinto(view[self._held :]) or 0
        self._held += got
        return got

    def _drop(self, end: int) -> None:
        self.buffer[: self._held - end] = self.buffer[end : self._held]
        self._held -= end
        self.offset += end

    def _make_room(self) -> None:
        """Skip the line that fills the buffer where it is dull or endless, else hold it in a larger buffer."""
        if len(self.buffer) >= LONGEST:
            self.too_long.append(self.offset)
            self._skip_line()
        elif self._is_dull(self.buffer):
            self._skip_line()
        else:
            larger = bytearray(len(self.buffer) * 2)
            larger[: self._held] = self.buffer
            self.buffer = larger

    def _skip_line(self) -> None:
        """Pass over the rest of a line. Without a newline before the end of the file it stays unread, like any torn one."""
        begin = self.offset
        while True:
            self.offset += self._held
            self._held = 0
            if not self._fill():
                self.offset = begin
                self.too_long = [offset for offset in self.too_long if offset != begin]
                break
            end = self.buffer.find(NEWLINE, 0, self._held) + 1
            if end:
                self._drop(end)
                self.skipped += 1
                break
        self._searched = 0


def parse(line: bytes | bytearray | memoryview) -> dict[str, Any] | None:
    """The JSON object on a line, None for a blank one. A byte order mark, NUL bytes around the object and bytes that are
    not UTF-8 inside texts are tolerated.
    """
    try:
        found = orjson.loads(line)
    except orjson.JSONDecodeError:
        found = _leniently(bytes(line))
    if found is not None and not isinstance(found, dict):
        raise UnreadableLineError("the line is not a JSON object")
    return found


def _leniently(line: bytes) -> Any:
    if line.startswith(WIDE):
        raise UnreadableLineError("the file is UTF-16, not UTF-8")
    bare = line.removeprefix(BOM).strip(b" \t\r\n\x00")
    if not bare:
        if b"\x00" in line:
            raise UnreadableLineError("the line holds nothing but NUL bytes")
        return None
    try:
        return orjson.loads(bare.decode("utf-8", "replace"))
    except orjson.JSONDecodeError:
        raise UnreadableLineError("the line is not valid JSON") from None


def tail_digest(file: FileIO, offset: int) -> str:
    """A digest of the bytes just before an offset, by which a file that was rewritten is told from one that grew."""
    begin = max(0, offset - TAIL)
    file.seek(begin)
    return blake2b(file.read(offset - begin), digest_size=8).hexdigest()


def line_numbers(path: str | os.PathLike[str], offsets: Iterable[int]) -> dict[int, int]:
    """For each offset in a file, the number of the line that begins there, counted from 1."""
    numbers: dict[int, int] = {}
    with open(path, "rb") as file:  # noqa: PTH123  the path may be a plain text on the fast way
        at, number = 0, 1
        for offset in sorted(set(offsets)):
            while at < offset and (piece := file.read(min(PIECE, offset - at))):
                number += piece.count(NEWLINE)
                at += len(piece)
            numbers[offset] = number
    return numbers
