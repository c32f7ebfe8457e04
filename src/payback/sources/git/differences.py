"""What changed between two states of a repository, compared without keeping a line of it.

Pairs of trees go in; out come the paths with a digest of their contents, and where that is asked for a digest of the
lines added and removed, which is the same for one change made on two different grounds. Knows nothing of branches.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from hashlib import blake2b
from typing import TYPE_CHECKING, TypeVar

from payback.sources.git.command import GitError, stream
from payback.sources.git.history import tokens

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from pathlib import Path

    from payback.sources.git.command import Git

Pair = tuple[str, str]
_Found = TypeVar("_Found")
MOST_PATHS = 2_000
_HEADER = re.compile(rb"^([0-9a-f]{40,64}) ([0-9a-f]{40,64})$")
_RAW = ("diff-tree", "--stdin", "-r", "--raw", "-z", "--no-renames", "--no-abbrev", "--no-ext-diff")
_PATCH = (
    "diff-tree", "--stdin", "-r", "-p", "-U0", "--no-renames", "--full-index", "--no-ext-diff", "--no-textconv",
    "--no-color", "--ignore-submodules=none",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Difference:
    """The paths that differ, and a digest of their contents before and after."""

    paths: frozenset[str]
    contents: bytes


@dataclass(frozen=True, slots=True)
class Differences:
    """A repository asked for differences. `has_contents` False: its files are not here (a partial clone), trees are."""

    git: Git
    path: Path
    has_contents: bool

    def between(self, pairs: Sequence[Pair]) -> dict[Pair, Difference]:
        """The difference of each pair of trees. Pairs without one, with too many paths or with a tree that is not here
        are left out.
        """
        return dict(_attempt(self, _RAW, pairs, _raw))

    def lines(self, pairs: Sequence[Pair]) -> dict[Pair, bytes]:
        """A digest of the lines added and removed by path, wherever in the file; pairs that cannot be read are left
        out.
        """
        return dict(_attempt(self, _PATCH, pairs, patches)) if self.has_contents else {}


def _attempt(
    whose: Differences,
    words: Sequence[str],
    pairs: Sequence[Pair],
    read: Callable[[Iterable[bytes]], Iterator[_Found]],
) -> Iterator[_Found]:
    """What git could tell before it failed; a damaged object costs a comparison, never the reading."""
    if not pairs:
        return
    given = (f"{old} {new}\n".encode() for old, new in dict.fromkeys(pairs))
    try:
        with stream(whose.git, whose.path, words, given) as chunks:
            yield from read(chunks)
    except GitError:
        return


def _raw(chunks: Iterable[bytes]) -> Iterator[tuple[Pair, Difference]]:
    pair, entries = None, list[tuple[bytes, bytes]]()
    pieces = tokens(chunks)
    for piece in pieces:
        *headers, meta = piece.split(b"\n")
        for header in headers:
            if pair is not None and 0 < len(entries) <= MOST_PATHS:
                yield pair, _difference(entries)
            pair, entries = _pair(header), []
        path = next(pieces, None)
        if path is not None and len(entries) <= MOST_PATHS:
            entries.append((path, meta))
    if pair is not None and 0 < len(entries) <= MOST_PATHS:
        yield pair, _difference(entries)


def patches(chunks: Iterable[bytes]) -> Iterator[tuple[Pair, bytes]]:
    """Pair and digest of each patch of a stream. Where a file is binary its contents' names stand for its lines."""
    pair, digest, index = None, blake2b(digest_size=16), b""
    for line in _lines(chunks):
        if found := _HEADER.match(line):
            if pair is not None:
                yield pair, digest.digest()
            pair, digest = (found[1].decode(), found[2].decode()), blake2b(digest_size=16)
        elif line.startswith(b"index "):
            index = line
        elif not line.startswith(b"@@"):
            told = index + line if line.startswith(b"Binary files ") else line
            digest.update(told + b"\n")
    if pair is not None:
        yield pair, digest.digest()


def _difference(entries: list[tuple[bytes, bytes]]) -> Difference:
    digest = blake2b(digest_size=16)
    for path, meta in entries:
        digest.update(path + b"\0" + meta + b"\0")
    return Difference(frozenset(path.decode("utf-8", "replace") for path, _ in entries), digest.digest())


def _pair(header: bytes) -> Pair | None:
    found = _HEADER.match(header)
    return (found[1].decode(), found[2].decode()) if found else None


def _lines(chunks: Iterable[bytes]) -> Iterator[bytes]:
    rest = b""
    for chunk in chunks:
        *whole, rest = (rest + chunk).split(b"\n")
        yield from whole
    if rest:
        yield rest
