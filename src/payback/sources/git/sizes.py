"""Commits of a repository with their messages and changed paths, in the order asked for, whatever is missing.

A blob that is not there (a damaged or partial clone) costs the size of its own commit only: that commit comes without
changes, the others go on.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from payback.sources.git.command import GitError, stream
from payback.sources.git.history import COMMIT_FORMAT, commits

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from payback.sources.git.command import Git
    from payback.sources.git.history import Commit

_MOST_RETRIES = 200
_LOG = ("log", "--stdin", "--no-walk=unsorted", "-z", "--encoding=UTF-8", "--no-color", "--no-notes")
_SIZES = (
    "--numstat",
    "-M",
    "--diff-merges=first-parent",
    "--no-ext-diff",
    "--no-textconv",
    "--ignore-submodules=all",
)


@dataclass(frozen=True, slots=True)
class Sized:
    """A commit, and why its size could not be read (None: its changes are complete)."""

    commit: Commit
    unsized: str | None = None


def sized_commits(git: Git, path: Path, shas: Sequence[str], *, sizes: bool) -> Iterator[Sized]:
    """Each commit once. `sizes` False: none is measured (a partial clone). SourceError if a commit itself is broken."""
    start, retries = 0, 0
    while start < len(shas):
        if not sizes or retries > _MOST_RETRIES:
            why = "sizes are not in a partial clone" if not sizes else "too many objects are missing"
            yield from (Sized(one, why) for one in _log(git, path, shas[start:], ()))
            return
        told = 0
        try:
            for one in _whole(_log(git, path, shas[start:], _SIZES)):
                yield Sized(one)
                told += 1
            start = len(shas)
        except GitError as error:
            start, retries = start + told, retries + 1
            if told == 0:
                yield from (Sized(one, error.said) for one in _log(git, path, shas[start : start + 1], ()))
                start += 1


def _whole(found: Iterator[Commit]) -> Iterator[Commit]:
    """Commits one behind the stream, so that one whose changes were cut off by a failure is not told."""
    held: Commit | None = None
    for one in found:
        if held is not None:
            yield held
        held = one
    if held is not None:
        yield held


def _log(git: Git, path: Path, shas: Sequence[str], extra: Sequence[str]) -> Iterator[Commit]:
    words = [*_LOG, *(extra or ("-s",)), f"--format={COMMIT_FORMAT}"]
    with stream(git, path, words, (f"{sha}\n".encode() for sha in shas)) as chunks:
        yield from commits(chunks)
