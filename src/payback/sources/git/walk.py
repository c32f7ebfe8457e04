"""How a history is walked for its lines: parents first, outlines and patches in the same order. Light to import, so that git
begins to write patches, which is what takes the time, before anything else is loaded.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from payback.sources.git.command import ahead, stream

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from payback.sources.git.command import Git

START = b"\x01"
FORMAT = "%x01%H"
WALK = ("log", "--stdin", "--topo-order", "--reverse", "--no-color", "--no-notes")
_PATCHES = (
    *WALK, "--no-merges", "-p", "-U0", "-M", "-l1000", "--full-index", "--no-ext-diff", "--no-textconv",
    "--ignore-submodules=all", "--src-prefix=a/", "--dst-prefix=b/", "--inter-hunk-context=0", "--no-relative",
    "--indent-heuristic", f"--format={FORMAT}",
)  # fmt: skip


def between(tip: str, known: str | None) -> bytes:
    """What git is given to walk from a tip, down to what is known already."""
    return (f"{tip}\n^{known}\n" if known else f"{tip}\n").encode()


@contextmanager
def written(git: Git, path: Path, tip: str, known: str | None) -> Iterator[Iterator[bytes]]:
    """The patches of commits with one parent as git writes them. GitError at the end if it failed."""
    given = [between(tip, known)]
    with stream(git, path, _PATCHES, given) as chunks, ahead(chunks) as read:
        yield read
