"""What was read before, in one file: a summary to answer from when nothing changed, and all packed rows for when it did.

Holds numbers, offsets, digests and short identifiers; no prompt, answer, code or tool output. Replaced as a whole, so a
reader sees the old one or the new one. A file that is damaged, foreign or of another version is as good as none.
"""

from __future__ import annotations

import os
import struct
from contextlib import suppress
from typing import TYPE_CHECKING, Any, NamedTuple
from zlib import crc32

import orjson

if TYPE_CHECKING:
    from collections.abc import Iterable
    from io import FileIO
    from pathlib import Path

MAGIC = b"payback agents 1"
HEAD = struct.Struct("<16s3Q3I")
NOTHING = struct.error, ValueError, OSError, KeyError, TypeError, IndexError


class Kept(NamedTuple):
    """An opened store: its summary, and where the rest of it lies."""

    path: Path
    summary: dict[str, Any]
    head: tuple[Any, ...]

    def details(self) -> tuple[list[Any], bytes] | None:
        """What is known of each log, and the packed rows of all; None where they are damaged or were replaced."""
        _, short, long, rest, _, second, third = self.head
        try:
            with self.path.open("rb", buffering=0) as file:
                if HEAD.unpack(file.read(HEAD.size)) != self.head:
                    return None
                file.seek(HEAD.size + short)
                details, numbers = _exactly(file, long), _exactly(file, rest)
            if crc32(details) == second and crc32(numbers) == third:
                return orjson.loads(details), numbers
        except NOTHING:
            pass
        return None


def opened(path: Path) -> Kept | None:
    """The store at a path; None where there is none that can be used."""
    try:
        with path.open("rb", buffering=0) as file:
            head = HEAD.unpack(file.read(HEAD.size))
            if head[0] != MAGIC:
                return None
            summary = _exactly(file, head[1])
        return Kept(path, orjson.loads(summary), head) if crc32(summary) == head[4] else None
    except NOTHING:
        return None


def keep(
    path: Path, summary: dict[str, Any], details: list[Any], numbers: Iterable[bytes | memoryview]
) -> bool:
    """Replace the store at a path; False where that cannot be (the next run then reads everything again)."""
    short, long = orjson.dumps(summary), orjson.dumps(details)
    rows = b"".join(numbers)
    head = HEAD.pack(MAGIC, len(short), len(long), len(rows), crc32(short), crc32(long), crc32(rows))
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            for part in (head, short, long, rows):
                file.write(part)
        draft.replace(path)
        for left in path.parent.glob(f"{path.name}.*"):  # by a process that was killed while it wrote
            left.unlink(missing_ok=True)
    except OSError:
        with suppress(OSError):
            draft.unlink()
        return False
    return True


def _exactly(file: FileIO, size: int) -> bytes:
    if size > os.fstat(file.fileno()).st_size:
        raise ValueError(size)
    found = file.read(size)
    if len(found) != size:
        raise ValueError(size)
    return found
