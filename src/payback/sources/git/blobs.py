"""Contents of blobs as texts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from payback.sources.git.command import stream

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from payback.sources.git.command import Git

_MOST_BYTES = 64 << 20


def blobs(git: Git, path: Path, wanted: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Contents of blobs by hash; absent ones and ones too large for a text are left out."""
    asked = sorted(wanted)
    if not asked:
        return
    with stream(git, path, ["cat-file", "--batch"], (f"{sha}\n".encode() for sha in asked)) as chunks:
        buffer = _Buffer(chunks)
        for sha in asked:
            header = buffer.line().split()
            if len(header) != 3:
                continue
            content = buffer.take(int(header[2]) + 1)[:-1]
            if header[1] == b"blob" and len(content) <= _MOST_BYTES:
                yield sha, content.decode("utf-8", "replace")


class _Buffer:
    """Lines and exact lengths out of a stream of chunks."""

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self.chunks, self.held, self.start = chunks, b"", 0

    def line(self) -> bytes:
        while (end := self.held.find(b"\n", self.start)) < 0:
            if not self._more():
                return b""
        found, self.start = self.held[self.start : end], end + 1
        return found

    def take(self, length: int) -> bytes:
        while len(self.held) - self.start < length and self._more():
            pass
        found = self.held[self.start : self.start + length]
        self.start += length
        return found

    def _more(self) -> bool:
        chunk = next(self.chunks, b"")
        self.held, self.start = self.held[self.start :] + chunk, 0
        return bool(chunk)
