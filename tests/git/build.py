"""Tiny real repositories with fixed dates and authors, for tests."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from payback.sources.git import Git
from payback.sources.git.reading import RepositoryReading, read_repository

if TYPE_CHECKING:
    from pathlib import Path

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
ANA = ("Ana", "ana@acme.example")
GITHUB = ("GitHub", "noreply@github.com")
GIT = Git.within(os.environ)


@dataclass
class Repo:
    """A repository under a folder; each commit is one hour after the one before."""

    path: Path
    clock: int = field(default=0)

    def git(
        self, *words: str, when: datetime | None = None, author=ANA, committer=None, given: str = ""
    ) -> str:
        moment = (when or START).strftime("%Y-%m-%dT%H:%M:%S +0000")
        committer = committer or author
        environ = {
            "PATH": os.environ["PATH"],
            "HOME": str(self.path),
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_CONFIG_GLOBAL": os.devnull,
            "GIT_AUTHOR_NAME": author[0],
            "GIT_AUTHOR_EMAIL": author[1],
            "GIT_AUTHOR_DATE": moment,
            "GIT_COMMITTER_NAME": committer[0],
            "GIT_COMMITTER_EMAIL": committer[1],
            "GIT_COMMITTER_DATE": moment,
        }
        setup = ["-c", "protocol.file.allow=always", "-c", "core.autocrlf=false"]
        done = subprocess.run(
            ["git", *setup, "-C", str(self.path), *words],
            env=environ,
            input=given.encode(),
            capture_output=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr.decode()
        return done.stdout.decode().strip()

    def write(self, name: str, content: str | bytes) -> None:
        target = self.path / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content if isinstance(content, bytes) else content.encode())

    def next_hour(self) -> datetime:
        self.clock += 1
        return START + timedelta(hours=self.clock)

    def commit(self, message: str, files: dict[str, str | bytes] | None = None, **how) -> str:
        """Write the files and commit all; the commit's hash."""
        for name, content in (files if files is not None else {f"f{self.clock}.txt": "one\n"}).items():
            self.write(name, content)
        self.git("add", "-A")
        how.setdefault("when", self.next_hour())
        self.git("commit", "--allow-empty", "--cleanup=verbatim", "-q", "-F", "-", given=message, **how)
        return self.git("rev-parse", "HEAD")

    def branch(self, name: str, start: str = "HEAD") -> None:
        self.git("checkout", "-q", "-b", name, start)

    def to(self, name: str) -> None:
        self.git("checkout", "-q", name)

    def merge(self, message: str, *branches: str, **how) -> str:
        how.setdefault("when", self.next_hour())
        self.git("merge", "-q", "--no-ff", "-m", message, *branches, **how)
        return self.git("rev-parse", "HEAD")

    def squash(self, message: str, branch: str) -> str:
        self.git("merge", "-q", "--squash", branch)
        return self.commit(message, {}, committer=GITHUB)

    def forget(self, branch: str) -> None:
        """The branch is deleted and the diary of HEAD with it."""
        self.git("branch", "-D", branch)
        self.git("reflog", "expire", "--expire=now", "--all")

    def note(self, sha: str, text: str) -> None:
        self.git("notes", "--ref=ai", "add", "-f", "-F", "-", sha, given=text, when=self.next_hour())

    def read(self, cursor: str | None = None) -> RepositoryReading:
        return read_repository(self.path, cursor, NOW, GIT)


def repository(
    folder: Path, remote: str | None = "git@github.com:acme/web.git", branch: str = "main"
) -> Repo:
    """An empty repository."""
    folder.mkdir(parents=True, exist_ok=True)
    repo = Repo(folder)
    repo.git("init", "-q", "-b", branch)
    if remote:
        repo.git("remote", "add", "origin", remote)
    return repo


def by_key(table, key: str) -> dict[str, dict]:
    """Rows of a table by a column; each value once."""
    rows = {row[key]: row for row in table.to_pylist()}
    assert len(rows) == table.num_rows
    return rows


def commits_of(reading: RepositoryReading) -> dict[str, dict]:
    return by_key(reading.commits, "sha")


def pulls_of(reading: RepositoryReading) -> dict[int, dict]:
    return by_key(reading.pull_requests, "number")
