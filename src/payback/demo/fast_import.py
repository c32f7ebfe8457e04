"""One git repository being written through `git fast-import`. Calls git; knows nothing of what is written.

The environment's own git settings stay out: the folder is named on every call, hooks and templates are off.
"""

from __future__ import annotations

import subprocess
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self

from payback.demo.span import ZONE
from payback.errors import SourceError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import datetime
    from pathlib import Path
    from types import TracebackType

BATCH = 200


@dataclass(frozen=True, slots=True)
class Commit:
    """One commit to be written on a ref. `files` are the whole new lines of the paths it changes.

    `author` and `committer` are `Name <e-mail>`; `notes` are texts attached to commits by mark.
    """

    ref: str
    author: str
    committer: str
    instant: datetime
    message: str
    files: Mapping[str, Iterable[str]] = field(default_factory=dict)
    parents: tuple[int, ...] = ()
    notes: Mapping[int, str] = field(default_factory=dict)


class Import:
    """A running import into an empty folder; leaving it ends the import. Raises SourceError where git refuses."""

    def __init__(self, place: Path) -> None:
        self.place, self.marks = place, 0
        git(place, "init", "--quiet", "--template=", "--initial-branch=main")

    def __enter__(self) -> Self:
        words = _command(self.place, "fast-import", "--quiet", "--force", "--date-format=raw")
        try:
            self.process = subprocess.Popen(
                words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=self.place
            )
        except OSError as error:
            raise SourceError(f"git cannot be run: {error}; install git") from error
        if self.process.stdin is None or self.process.stdout is None:
            raise SourceError("git fast-import cannot be spoken to")
        self.told, self.heard = self.process.stdin, self.process.stdout
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.process.communicate()
        if kind is None and self.process.returncode:
            raise SourceError(f"git fast-import refused the invented history of {self.place.name}")

    def commit(self, commit: Commit) -> int:
        """Writes it; its mark comes back, by which later commits name it."""
        self.marks += 1
        moment = when(commit.instant)
        head = (
            f"commit {commit.ref}\nmark :{self.marks}\n"
            f"author {commit.author} {moment}\ncommitter {commit.committer} {moment}\n"
        )
        parts = [head.encode(), _data(commit.message)]
        for word, parent in zip(("from", "merge"), commit.parents, strict=False):
            parts.append(f"{word} :{parent}\n".encode())
        for path, lines in commit.files.items():
            parts += [f"M 100644 inline {path}\n".encode(), _data("".join(f"{line}\n" for line in lines))]
        for mark, text in commit.notes.items():
            parts += [f"N inline :{mark}\n".encode(), _data(text)]
        self.told.write(b"".join(parts))
        return self.marks

    def point(self, ref: str, mark: int) -> None:
        """Sets a ref to a commit."""
        self.told.write(f"reset {ref}\nfrom :{mark}\n\n".encode())

    def name(self, mark: int) -> str:
        """The object name of a commit already written."""
        self.told.write(f"get-mark :{mark}\n".encode())
        self.told.flush()
        return self.heard.readline().decode().strip()

    def names(self, marks: Sequence[int]) -> Iterator[str]:
        """The object names of commits already written, asked for in batches that a pipe holds."""
        for start in range(0, len(marks), BATCH):
            batch = marks[start : start + BATCH]
            self.told.write("".join(f"get-mark :{mark}\n" for mark in batch).encode())
            self.told.flush()
            for _ in batch:
                yield self.heard.readline().decode().strip()

    def refs(self, marks: Mapping[str, int]) -> None:
        """Sets many refs at once, in one file as `git pack-refs` would; for refs that the import itself did not set."""
        ranked = sorted(marks)
        names = self.names([marks[ref] for ref in ranked])
        lines = "".join(f"{name} {ref}\n" for name, ref in zip(names, ranked, strict=True))
        packed = self.place / ".git" / "packed-refs"
        packed.write_text("# pack-refs with: sorted \n" + lines, encoding="utf-8")


def git(place: Path, *words: str) -> None:
    """Runs one git command in a repository. Raises SourceError if git cannot be run or refuses."""
    try:
        subprocess.run(_command(place, *words), check=True, capture_output=True, cwd=place)
    except (OSError, subprocess.CalledProcessError) as error:
        raise SourceError(f"git {words[0]} failed in {place}: {error}; is git installed?") from error


def when(instant: datetime) -> str:
    """An instant as git writes it, with the company's offset."""
    return f"{int(instant.timestamp())} {instant.astimezone(ZONE):%z}"


def _command(place: Path, *words: str) -> list[str]:
    fixed = ("-c", "core.hooksPath=", "-c", "core.autocrlf=false", "-c", "gc.auto=0")
    return ["git", f"--git-dir={place / '.git'}", f"--work-tree={place}", *fixed, *words]


def _data(text: str) -> bytes:
    encoded = text.encode()
    return b"data %d\n" % len(encoded) + encoded + b"\n"
