"""Git repositories on disk as a source: commits, the pull requests git can tell of, AI evidence, and what became of lines.

Light to import: `reading` brings the columnar engine, `survival` does not.
"""

from __future__ import annotations

from payback.sources.git.command import Git, GitError
from payback.sources.git.discovery import discover, repository_of

SOURCE = "git"

__all__ = ["SOURCE", "Git", "GitError", "discover", "repository_of"]
