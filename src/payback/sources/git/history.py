"""Git's own output as values: refs, topology, commits with their changed paths. Pure: bytes in, values out.

Knows the exact formats asked for with git's `--format` and `-z`; runs nothing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_START = b"\x02commit"
_FIELDS = 9
COMMIT_FORMAT = "%x02commit%x00%H%x00%P%x00%an%x00%ae%x00%at%x00%cn%x00%ce%x00%ct%x00%B%x00"
OUTLINE_FORMAT = "%x02commit%x00%H%x00%P%x00%T%x00%at%x00%ct%x00%an%x00%ae%x00%ce%x00%B%x00"
_OUTLINE_FIELDS = 9
_STAT = re.compile(rb"^\n?(\d+|-)\t(\d+|-)\t(.*)\Z", re.DOTALL)
_FIRST = datetime(1970, 1, 1, tzinfo=UTC)
_LAST_SECOND = 253402300799


@dataclass(frozen=True, slots=True)
class PathChange:
    """One path of a commit: lines added and removed, None for binary content."""

    path: str
    added: int | None
    removed: int | None


@dataclass(slots=True)
class Commit:
    """One commit as git tells it. `changes` are against the first parent."""

    sha: str
    parents: tuple[str, ...]
    author_name: str
    author_email: str
    authored_at: datetime
    committer_name: str
    committer_email: str
    committed_at: datetime
    message: str
    changes: list[PathChange] = field(default_factory=list)


class Outline(NamedTuple):
    """As much of a commit as the shape of history needs; the message is looked at and dropped by whoever reads this."""

    sha: str
    parents: tuple[str, ...]
    tree: str
    authored: int
    committed: int
    author_name: str
    author_email: str
    committer_email: str
    message: str


def tokens(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """NUL-ended pieces of a stream; the last piece if it is not empty."""
    rest = b""
    for chunk in chunks:
        pieces = (rest + chunk).split(b"\0")
        rest = pieces.pop()
        yield from pieces
    if rest:
        yield rest


def outlines(chunks: Iterable[bytes]) -> Iterator[Outline]:
    """Commits in OUTLINE_FORMAT; a record cut short at the end of the stream is left out."""
    pieces = tokens(chunks)
    for piece in pieces:
        if not piece.endswith(_START):
            continue
        fields = tuple(islice(pieces, _OUTLINE_FIELDS))
        if len(fields) == _OUTLINE_FIELDS:
            sha, parents, tree, authored, committed, *texts = fields
            yield Outline(
                sha.decode(),
                tuple(parents.decode().split()),
                tree.decode(),
                _second(authored),
                _second(committed),
                *map(_text, texts),
            )


def commits(chunks: Iterable[bytes]) -> Iterator[Commit]:
    """Commits in COMMIT_FORMAT with `--numstat -z`, each once its paths are complete."""
    pieces, current = tokens(chunks), None
    for piece in pieces:
        if piece.endswith(_START):
            if current is not None:
                yield current
            current = _commit([next(pieces, None) for _ in range(_FIELDS)])
        elif current is not None and (found := _STAT.match(piece)):
            path = found[3]
            if not path:
                next(pieces, None)
                path = next(pieces, b"")
            current.changes.append(PathChange(_text(path), _lines(found[1]), _lines(found[2])))
    if current is not None:
        yield current


def instant(second: int) -> datetime:
    """The instant of a Unix second, held inside what a date can say."""
    return datetime.fromtimestamp(min(max(second, 0), _LAST_SECOND), tz=UTC) if second > 0 else _FIRST


def _commit(fields: list[bytes | None]) -> Commit | None:
    if fields[-1] is None:
        return None
    sha, parents, author, email, authored, committer, address, committed, message = (
        text or b"" for text in fields
    )
    return Commit(
        sha.decode(),
        tuple(parents.decode().split()),
        _text(author),
        _text(email),
        instant(_second(authored)),
        _text(committer),
        _text(address),
        instant(_second(committed)),
        _text(message),
    )


def _second(text: bytes) -> int:
    return int(text) if text.lstrip(b"-").isdigit() else 0


def _lines(text: bytes) -> int | None:
    return None if text == b"-" else int(text)


def _text(piece: bytes) -> str:
    return piece.decode("utf-8", "replace")
