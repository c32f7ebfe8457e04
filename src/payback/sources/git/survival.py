"""A repository's lines followed through the history of its default branch, from where the last reading left them.

New commits cost what they are; nothing new costs a look at the tip. Read whole where there is nothing to go on from: the
first time, after a force-push, when rules or .gitattributes changed, or when a branch came in that had left the default
branch before what is remembered (half a year). Light to import; what is needed is loaded while git writes.
"""

from __future__ import annotations

from hashlib import blake2b
from typing import TYPE_CHECKING

from payback.delivery.fates.history import History, Survival
from payback.delivery.fates.lines import LINES
from payback.errors import SourceError
from payback.sources.git.repository import trunk
from payback.sources.git.walk import written

if TYPE_CHECKING:
    from pathlib import Path

    from payback.delivery.fates.lines import Rule
    from payback.sources.git.command import Git
    from payback.sources.git.repository import Trunk


def followed(git: Git, path: Path, rule: Rule = LINES, folder: Path | None = None) -> Survival:
    """The history of a repository's lines. `folder` is where it is left for the next time (None: nowhere).

    SourceError if it cannot be read: no repository, damaged, or a clone without contents.
    """
    at = trunk(git, path)
    if at is None:
        return Survival(History(), None, 0)
    file = _file(at, rule, folder)
    found: Survival | None = None
    if file is not None and file.exists():
        from payback.sources.git.following import Asked, gone_on

        found = gone_on(Asked(git, path, at, rule, file))
    if found is None:
        with written(git, path, at.tip, None) as chunks:
            from payback.sources.git.following import Asked, whole

            found = whole(Asked(git, path, at, rule, file), chunks)
    if found is None:
        raise SourceError(f"git left out a commit of {path}; run `git fsck` there")
    return found


def standing(git: Git, path: Path, rule: Rule, folder: Path | None) -> Survival | None:
    """The history as it was left, where nothing has come since; None where there is something to read."""
    from payback.sources.git.following import Asked, held

    at = trunk(git, path)
    if at is None:
        return Survival(History(), None, 0)
    return held(Asked(git, path, at, rule, _file(at, rule, folder)))


def _file(at: Trunk, rule: Rule, folder: Path | None) -> Path | None:
    place = str(at.git_dir).encode("utf-8", "surrogateescape")
    return folder / f"{blake2b(place, digest_size=8).hexdigest()}.{rule.id}" if folder else None
