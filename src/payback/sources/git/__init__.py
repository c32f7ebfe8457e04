"""Git repositories on disk as a source: commits, the pull requests git can tell of, and AI evidence."""

from __future__ import annotations

from payback.sources.git.command import Git, GitError
from payback.sources.git.discovery import discover, repository_of
from payback.sources.git.reading import SOURCE, RepositoryReading, read_repository

__all__ = ["SOURCE", "Git", "GitError", "RepositoryReading", "discover", "read_repository", "repository_of"]
