"""Git's patches without context (`-p -U0`) as values, read from a stream while git writes it.

Every commit begins with a line of its own (`%x01%H`), which no line of a patch begins with. The counts in a hunk's header
say how many lines are its contents, so that no content is ever taken for a header.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from payback.delivery.fates.lines import FileChange, Hunk, MergedFile, MergedHunk
from payback.sources.git.walk import START

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_LINK = b"120000"
_REMARK = b"\\ No newline at end of file"
_SIGNS = frozenset({b" ", b"+", b"-"})
_HEADER = 10
_HUNK = re.compile(rb"@@ -(\d+)(?:,(\d+))? \+\d+(?:,(\d+))? @@")
_RANGE = re.compile(rb"-(\d+)(?:,(\d+))?")
_ESCAPE = re.compile(rb"\\([0-7]{3}|.)")
_LETTERS = {b"a": b"\a", b"b": b"\b", b"f": b"\f", b"n": b"\n", b"r": b"\r", b"t": b"\t", b"v": b"\v"}


class Lines:
    """Lines of a stream: those at hand, and the place of the next among them."""

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self.chunks, self.rest = chunks, b""
        self.held: list[bytes] = []
        self.place = 0

    def has(self, count: int) -> bool:
        """Whether so many more lines are at hand now; False only at the end of the stream."""
        while len(self.held) - self.place < count:
            if not self._more():
                return False
        return True

    def peek(self) -> bytes | None:
        """The next line, which stays; None at the end."""
        return self.held[self.place] if self.has(1) else None

    def next(self) -> bytes | None:
        """The next line; None at the end."""
        line = self.peek()
        self.place += 1
        return line

    def _more(self) -> bool:
        chunk = next(self.chunks, None)
        if chunk is None:
            new, self.rest = ([self.rest] if self.rest else []), b""
        else:
            new = (self.rest + chunk).split(b"\n")
            self.rest = new.pop()
        self.held = self.held[self.place :] + new
        self.place = 0
        return chunk is not None or bool(new)


class Patch(NamedTuple):
    """One commit's patch."""

    sha: str
    files: Sequence[FileChange]


class MergePatch(NamedTuple):
    """One merge's combined patch."""

    sha: str
    files: Sequence[MergedFile]


def patches(chunks: Iterator[bytes]) -> Iterator[Patch]:
    """Each commit of a stream with what it changed, in the order of the stream."""
    lines = Lines(chunks)
    sha, files = "", list[FileChange]()
    while lines.has(1):
        line = lines.held[lines.place]
        lines.place += 1
        if line.startswith(b"diff --git "):
            files.append(_file(lines, line))
        elif line.startswith(START):
            if sha:
                yield Patch(sha, files)
            sha, files = line[1:].decode(), []
    if sha:
        yield Patch(sha, files)


def merge_patches(chunks: Iterator[bytes]) -> Iterator[MergePatch]:
    """Each merge of a stream of combined patches (`-c --combined-all-paths`)."""
    lines = Lines(chunks)
    for sha in _commits(lines):
        files = []
        while (line := lines.peek()) is not None and not line.startswith(START):
            lines.next()
            if line.startswith(b"diff --combined "):
                files.append(_merged(lines, line))
        yield MergePatch(sha, files)


def _commits(lines: Lines) -> Iterator[str]:
    while (line := lines.next()) is not None:
        if line.startswith(START):
            yield line[1:].decode()


def _file(lines: Lines, head: bytes) -> FileChange:
    """One file of a patch, after its `diff --git` line."""
    old = new = _same(head)
    blob, opaque = None, False
    lines.has(_HEADER)
    for line in lines.held[lines.place : lines.place + _HEADER]:
        kind = line[:3]
        if kind == b"@@ " or not line or kind == b"dif" or line.startswith(START):
            break
        lines.place += 1
        if kind == b"ind":
            blob, opaque = line[6:].split(b"..", 1)[1].split(b" ")[0], opaque or line.endswith(_LINK)
        elif kind == b"new":
            old, opaque = (None, line.endswith(_LINK)) if line.startswith(b"new file") else (old, opaque)
        elif kind == b"del":
            new = None
        elif kind in {b"ren", b"cop"}:
            old, new = _renamed(line, old, new)
        elif kind == b"Bin":
            opaque = True
    return FileChange(old, new, blob, _hunks(lines), opaque)


def _hunks(lines: Lines) -> list[Hunk]:
    """The hunks that follow. Git's remark that a file has no newline at its end is no line."""
    found, match = [], _HUNK.match
    while lines.place < len(lines.held) or lines.has(1):
        head = match(lines.held[lines.place])
        if head is None:
            break
        start, gone, came = head.groups()
        removed = 1 if gone is None else int(gone)
        added = 1 if came is None else int(came)
        if len(lines.held) - lines.place < removed + added + 3:
            lines.has(removed + added + 3)
        held, place = lines.held, lines.place + 1
        out = held[place : place + removed]
        place += removed
        if removed and place < len(held) and held[place] == _REMARK:
            place += 1
        put = held[place : place + added]
        place += added
        if added and place < len(held) and held[place] == _REMARK:
            place += 1
        lines.place = place
        found.append(Hunk(int(start), out, put))
    return found


def _renamed(line: bytes, old: bytes | None, new: bytes | None) -> tuple[bytes | None, bytes | None]:
    for word in (b"rename from ", b"copy from "):
        if line.startswith(word):
            return _unquoted(line[len(word) :]), new
    for word in (b"rename to ", b"copy to "):
        if line.startswith(word):
            return old, _unquoted(line[len(word) :])
    return old, new


def _merged(lines: Lines, head: bytes) -> MergedFile:
    """One file of a combined patch, after its `diff --combined` line."""
    new: bytes | None = _unquoted(head[len(b"diff --combined ") :])
    paths: list[bytes | None] = []
    hunks = []
    while (line := lines.peek()) is not None:
        if line.startswith(b"@@@"):
            lines.next()
            hunks.append(_merged_hunk(lines, line))
            continue
        if not line or line.startswith((b"diff ", START)):
            break
        lines.next()
        if line.startswith(b"--- "):
            paths.append(_named(line[4:]))
        elif line.startswith(b"+++ "):
            new = _named(line[4:])
    return MergedFile(tuple(paths), new, hunks)


def _merged_hunk(lines: Lines, head: bytes) -> MergedHunk:
    ranges = head.strip(b"@").split(b"@@", 1)[0]
    starts = tuple(max(int(start) - 1, 0) for start, _ in _RANGE.findall(ranges))
    found: list[bytes] = []
    while lines.has(1):
        held, place = lines.held, lines.place
        while place < len(held) and held[place][:1] in _SIGNS:
            place += 1
        found += held[lines.place : place]
        lines.place = place
        if place < len(held):
            break
    return MergedHunk(starts, found)


def _same(head: bytes) -> bytes | None:
    """The path of `diff --git a/path b/path` where both are the same; other lines say so where they are not."""
    told = head[len(b"diff --git ") :]
    if told.startswith(b'"'):
        return _unquoted(told[: len(told) // 2])[2:]
    return told[2 : len(told) // 2]


def _named(path: bytes) -> bytes | None:
    """The path of a `---` or `+++` line; None for /dev/null."""
    if path == b"/dev/null":
        return None
    return _unquoted(path.rstrip(b"\t") if not path.startswith(b'"') else path)[2:]


def _unquoted(path: bytes) -> bytes:
    """A path as git quotes it where it holds a quote, a backslash or a control character."""
    if not path.startswith(b'"'):
        return path
    return _ESCAPE.sub(lambda found: _letter(found[1]), path.rstrip(b"\t")[1:-1])


def _letter(escaped: bytes) -> bytes:
    if len(escaped) == 3:
        return bytes([int(escaped, 8) & 255])
    return _LETTERS.get(escaped, escaped)
