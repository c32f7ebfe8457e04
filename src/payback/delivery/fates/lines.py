"""The words of a replay: which lines count, what a commit does to a file, and a file as it stands after a commit.

A file is an array with one number a line: the commit that wrote it, or NOBODY for lines that do not count. Taking a hunk
in is one slice of that array, whatever the size of the file. Contents of lines pass by and are never kept.
"""

from __future__ import annotations

from array import array
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

NOBODY = -1
_SURELY = 12  # a text of more bytes than this has more than three characters, however it is encoded


@dataclass(frozen=True, slots=True)
class Rule:
    """Which lines count: those of more than `over` characters (None: all), in paths that are a person's or an agent's own
    (`own`) or in any; and whether a line that a commit takes from one place to another stays what it was (`moves`).
    """

    id: str
    over: int | None
    moves: bool
    own: bool


LINES = Rule("lines", over=3, moves=True, own=True)
THESEUS = Rule("theseus", over=None, moves=False, own=False)
RULES = {rule.id: rule for rule in (LINES, THESEUS)}


class Hunk(NamedTuple):
    """Lines taken out and put in at a place of the old file, as git counts it; each with its sign before it."""

    start: int
    removed: Sequence[bytes]
    added: Sequence[bytes]


class FileChange(NamedTuple):
    """What a commit did to one file: its path before and after (None: there was none), its contents' name, its hunks.

    `opaque`: the contents are not lines (a binary file, a link).
    """

    old: bytes | None
    new: bytes | None
    blob: bytes | None
    hunks: Sequence[Hunk]
    opaque: bool


class MergedHunk(NamedTuple):
    """Where a merge differs from its parents: the place in each (from 0), and lines with one sign for each parent."""

    starts: tuple[int, ...]
    lines: Sequence[bytes]


class MergedFile(NamedTuple):
    """A file that a merge made out of several: its path in each parent and after, and where it differs."""

    paths: tuple[bytes | None, ...]
    new: bytes | None
    hunks: Sequence[MergedHunk]


class Version(NamedTuple):
    """A file as it stands: the name of its contents, and the commit that wrote each line."""

    blob: bytes | None
    origins: array[int]


class Lost(NamedTuple):
    """Lines taken out of a file (by its number in the commit), and who wrote them."""

    file: int
    lines: Sequence[bytes]
    origins: Sequence[int]


class Fresh(NamedTuple):
    """Lines put into a file (by its number in the commit): its array, where they stand in it, and what they say."""

    file: int
    origins: array[int]
    start: int
    keys: Sequence[bytes]


def none() -> array[int]:
    """No lines."""
    return array("i")


def keys(lines: Sequence[bytes]) -> list[bytes]:
    """What each line says, without its sign, its indentation and its line ending."""
    return [line[1:].strip() for line in lines]


def counts(said: bytes, over: int) -> bool:
    """Whether a text has more than so many characters."""
    if len(said) <= over or said.isascii():
        return len(said) > over
    return len(said.decode("utf-8", "replace")) > over


def written(said: Sequence[bytes], commit: int, over: int | None) -> array[int]:
    """The array of new lines: the commit for those that count."""
    if over is None or commit == NOBODY:
        return array("i", [commit]) * len(said)
    return array(
        "i",
        [commit if len(one) > _SURELY or (len(one) > over and counts(one, over)) else NOBODY for one in said],
    )
