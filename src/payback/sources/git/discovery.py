"""Which folders are Git repositories: under given roots, and the one a working directory belonged to.

Looks at folder names only and never raises: what may not be read is not there. Bounded in depth and in folders seen.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

DEPTH = 6
MOST_FOLDERS = 200_000
_NEVER = frozenset({
    "node_modules", "__pycache__", ".venv", "venv", "site-packages", ".cache", ".npm", ".cargo", ".rustup", ".gradle",
    ".m2", ".Trash", "Library", "AppData", "proc", "sys", "dev",
})  # fmt: skip


def discover(roots: Iterable[Path], depth: int = DEPTH) -> list[Path]:
    """Repositories at or under the roots, each place once, sorted; submodules and worktrees have their own `.git` file
    and are found as folders of their own.
    """
    found: dict[Path, None] = {}
    for root in roots:
        for place in _under(root, depth):
            found.setdefault(_resolved(place))
    return sorted(found)


def repository_of(working_directory: Path | str) -> Path | None:
    """The nearest folder at or above a working directory that holds a repository; None if there is none.

    The directory itself may be gone: its nearest existing parent is asked. A worktree that is gone answers with the
    repository it lay in, if it lay in one.
    """
    here = Path(working_directory)
    if not here.is_absolute():
        return None
    for folder in (here, *here.parents):
        if is_repository(folder):
            return _resolved(folder)
    return None


def is_repository(folder: Path) -> bool:
    """Whether a folder is a checkout, a worktree, a submodule or a bare repository, by the files it must hold."""
    try:
        mark = folder / ".git"
        if mark.is_file() or (mark.is_dir() and (mark / "HEAD").is_file()):
            return True
        return (folder / "HEAD").is_file() and (folder / "objects").is_dir() and (folder / "refs").is_dir()
    except OSError:
        return False


def _is_bare(folder: Path) -> bool:
    return is_repository(folder) and not (folder / ".git").exists()


def _under(root: Path, depth: int) -> Iterator[Path]:
    queue, seen = [(root, 0)], 0
    while queue and seen < MOST_FOLDERS:
        folder, level = queue.pop()
        seen += 1
        if folder.name != ".git" and is_repository(folder):
            yield folder
        if level < depth and not _is_bare(folder):
            queue.extend((child, level + 1) for child in _children(folder))


def _children(folder: Path) -> list[Path]:
    try:
        with os.scandir(folder) as entries:
            return [
                Path(entry.path)
                for entry in entries
                if entry.name not in _NEVER and entry.name != ".git" and _is_folder(entry)
            ]
    except OSError:
        return []


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir(follow_symlinks=False)
    except OSError:
        return False


def _resolved(folder: Path) -> Path:
    try:
        return folder.resolve()
    except (OSError, RuntimeError):
        return folder
