"""Invented histories written by `git fast-import`, with what is in every file of every commit known."""

from __future__ import annotations

import os
import subprocess
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from payback.delivery.fates.lines import LINES
from payback.sources.git.survival import followed
from tests.git.build import GIT

if TYPE_CHECKING:
    from pathlib import Path

    from payback.delivery.fates.history import History

START = 1_772_442_000
Files = dict[str, list[str]]


@dataclass
class Invented:
    """Commits by number from 0, each with its parents and all of its files."""

    parents: list[tuple[int, ...]] = field(default_factory=list)
    trees: list[Files] = field(default_factory=list)
    seconds: list[int] = field(default_factory=list)

    def add(self, files: Files, *parents: int, second: int | None = None) -> int:
        self.parents.append(parents)
        self.trees.append({name: list(lines) for name, lines in files.items()})
        self.seconds.append(START + 3600 * len(self.seconds) if second is None else second)
        return len(self.parents) - 1

    def write(self, path: Path, tip: int | None = None) -> list[str]:
        """A bare repository whose branch `main` ends at `tip`; hashes by number."""
        tip = len(self.parents) - 1 if tip is None else tip
        out = []
        for number, parents in enumerate(self.parents):
            out.append(f"commit refs/heads/c{number}\nmark :{number + 1}\n")
            out.append(
                f"committer Ana <ana@acme.example> {self.seconds[number]} +0000\ndata 1\n{number % 10}\n"
            )
            for place, parent in enumerate(parents):
                out.append(f"{'merge' if place else 'from'} :{parent + 1}\n")
            out.append("deleteall\n")
            for name, lines in self.trees[number].items():
                text = "".join(f"{line}\n" for line in lines)
                out.append(f"M 100644 inline {name}\ndata {len(text)}\n{text}\n")
        out.append(f"reset refs/heads/main\nfrom :{tip + 1}\n\n")
        if not path.exists():
            git("init", "-q", "--bare", "-b", "main", str(path))
        marks = path / "marks"
        git(
            "-C",
            str(path),
            "fast-import",
            "--quiet",
            "--force",
            f"--export-marks={marks}",
            given="".join(out),
        )
        told = dict(line.split() for line in marks.read_text().splitlines())
        return [told[f":{number + 1}"] for number in range(len(self.parents))]

    def trunk(self, tip: int | None = None) -> list[int]:
        at: int | None = len(self.parents) - 1 if tip is None else tip
        found = []
        while at is not None:
            found.append(at)
            at = self.parents[at][0] if self.parents[at] else None
        return found[::-1]


def git(*words: str, given: str = "") -> str:
    environ = {"PATH": os.environ["PATH"], "GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": os.devnull}
    done = subprocess.run(
        ["git", *words], env=environ, input=given.encode(), capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout.decode("utf-8", "surrogateescape")


def standing(history: History) -> dict[str, Counter[str]]:
    """By commit of the default branch, how many lines of which commit were there then."""
    events: dict[int, list[tuple[int, int]]] = {}
    for moment, origin, change in zip(history.moments, history.origins, history.changes, strict=True):
        events.setdefault(moment, []).append((origin, change))
    now: Counter[str] = Counter()
    found = {}
    for commit, sha in enumerate(history.shas):
        for origin, change in events.get(commit, ()):
            now[history.shas[origin]] += change
        if history.on_trunk[commit]:
            assert min(now.values(), default=0) >= 0
            found[sha] = +now
    return found


def lines_of(path: Path, rule=LINES, folder: Path | None = None) -> dict[str, Counter[str]]:
    """What stands at each commit of the default branch of a repository, read by payback."""
    return standing(followed(GIT, path, rule, folder).history)


def last(path: Path, rule=LINES, folder: Path | None = None) -> Counter[str]:
    """What stands at the tip."""
    return list(lines_of(path, rule, folder).values())[-1]
