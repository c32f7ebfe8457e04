"""What merges did, asked of git beside the patches: which paths differ from the first parent, and how the files that differ
from every parent were made.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from payback.delivery.fates.replay import Entry
from payback.sources.git.command import stream
from payback.sources.git.history import tokens
from payback.sources.git.patches import merge_patches
from payback.sources.git.walk import FORMAT, START

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from contextlib import ExitStack
    from pathlib import Path

    from payback.delivery.fates.lines import MergedFile
    from payback.sources.git.command import Git

_LOG = (
    "log",
    "--stdin",
    "--no-walk=unsorted",
    "--no-color",
    "--no-notes",
    "--ignore-submodules=all",
    f"--format={FORMAT}",
)
_RAW = ("--raw", "-z", "--no-abbrev", "--no-renames")
_PATHS = (*_LOG, *_RAW, "--diff-merges=first-parent")
# with -U0 git joins hunks of a combined difference over lines that it does not print
_PATCHES = (
    *_LOG, "-c", "-p", "-U3", "-M", "-l1000", "--combined-all-paths", "--full-index", "--no-ext-diff", "--no-textconv",
    "--src-prefix=a/", "--dst-prefix=b/", "--inter-hunk-context=0", "--indent-heuristic",
)  # fmt: skip
_LINK = b"160000"


class Merges:
    """The merges of a list, told in its order."""

    def __init__(self, git: Git, path: Path, shas: Sequence[str], open_now: ExitStack) -> None:
        given = [f"{sha}\n".encode() for sha in shas]

        def asked(words: Sequence[str]) -> Iterator[bytes]:
            return open_now.enter_context(stream(git, path, words, given))

        self.paths = _entries(asked(_PATHS)) if shas else iter(())
        self.patches = merge_patches(asked(_PATCHES)) if shas else iter(())

    def of(self, sha: str) -> tuple[list[Entry], Mapping[bytes, MergedFile]] | None:
        """The paths of the next merge that differ from its first parent, and files made out of several; None where git
        told of another.
        """
        told, patch = next(self.paths, None), next(self.patches, None)
        if told is None or patch is None or not told[0] == patch.sha == sha:
            return None
        return told[1], {file.new: file for file in patch.files if file.new is not None}

    def drain(self) -> None:
        """All that is left, so that git comes to its end."""
        for _ in self.paths:
            pass
        for _ in self.patches:
            pass


def _entries(chunks: Iterable[bytes]) -> Iterator[tuple[str, list[Entry]]]:
    pieces = tokens(chunks)
    sha, found = None, list[Entry]()
    for piece in pieces:
        told = piece.lstrip(b"\n")
        if told.startswith(START):
            if sha is not None:
                yield sha, found
            sha, found = told[1:].decode(), []
        elif told.startswith(b":"):
            _, mode, _, blob, status = told.split(b" ")
            path = next(pieces, b"")
            found.append(Entry(path, None if status == b"D" or mode == _LINK else blob))
    if sha is not None:
        yield sha, found
