"""Branches that a checkout was once on and that are deleted since: git's own diary of HEAD still knows where they ended.

The diary is kept about 90 days, on this machine only. Read as a file: a line of it holds two hashes and what was done.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

LEFT = "left/"
_MOST_BYTES = 8 << 20
_MOVE = re.compile(
    rb"^([0-9a-f]{40,64}) [0-9a-f]{40,64} [^\t]* \d+ [+-]\d{4}\tcheckout: moving from (\S+) to \S+$"
)
_HASH = re.compile(r"^[0-9a-f]{7,64}$")


def branches_left(git_dir: Path) -> dict[str, str]:
    """Where each branch stood when a checkout last left it, by its name. Diaries that are not there tell nothing."""
    found: dict[str, str] = {}
    for diary in (git_dir / "logs" / "HEAD", *sorted(git_dir.glob("worktrees/*/logs/HEAD"))):
        found |= left_in(_lines(diary))
    return found


def left_in(lines: Iterable[bytes]) -> dict[str, str]:
    """The last commit of each branch that lines of a diary move away from; a detached HEAD is no branch."""
    moves = (found for line in lines if (found := _MOVE.match(line)))
    named = ((move[2].decode("utf-8", "replace"), move[1].decode()) for move in moves)
    return {name: sha for name, sha in named if not _HASH.match(name) and name != "HEAD"}


def _lines(diary: Path) -> list[bytes]:
    try:
        with diary.open("rb") as file:
            file.seek(0, 2)
            file.seek(max(0, file.tell() - _MOST_BYTES))
            return file.read(_MOST_BYTES).splitlines()
    except OSError:
        return []
