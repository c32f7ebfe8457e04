"""What is in the invented repositories: files of nonsense lines, and patches that can be replayed on another version.

A patch names the lines it adds and drops, so a merge is the patches of a branch applied to the main line.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from payback.demo.words import NOUNS, VERBS

if TYPE_CHECKING:
    from random import Random

Tree = dict[str, tuple[str, ...]]
LOCK = "package-lock.json"
MANIFEST = "requirements.txt"
LONGEST = 90
GENERATED = "api/generated/manifest_pb2.py"
VENDORED = "vendor/keelson/keelson.py"


@dataclass(frozen=True, slots=True)
class Patch:
    """Lines added after a line (None: at the end) of one file, and lines dropped from it."""

    path: str
    after: str | None
    added: tuple[str, ...]
    dropped: tuple[str, ...] = ()

    def reversed(self) -> Patch:
        return Patch(self.path, None, self.dropped, self.added)


def applied(tree: Tree, patch: Patch) -> None:
    """The patch put into the tree; what it does not find there it leaves alone."""
    dropped = set(patch.dropped)
    lines = [line for line in tree.get(patch.path, ()) if line not in dropped]
    place = lines.index(patch.after) + 1 if patch.after in lines else len(lines)
    lines[place:place] = patch.added
    tree[patch.path] = tuple(lines)


def is_own(path: str) -> bool:
    """Whether somebody writes the lines of a file."""
    return path not in {GENERATED, VENDORED, LOCK}


def size(tree: Tree, patch: Patch) -> int:
    """How many lines a patch adds to and takes out of a tree; none where nobody wrote them."""
    if not is_own(patch.path):
        return 0
    lines = set(tree.get(patch.path, ()))
    return len(patch.added) + sum(line in lines for line in patch.dropped)


@dataclass(slots=True)
class Typist:
    """Writes lines that never come twice in one repository."""

    chance: Random
    written: int = 0
    files: list[str] = field(default_factory=list)

    def line(self) -> str:
        self.written += 1
        chance = self.chance
        words = f"{chance.choice(VERBS)}_{chance.choice(NOUNS)}"
        return f"    {words}_{self.written} = {chance.choice(NOUNS)}.{chance.choice(VERBS)}({self.written})"

    def lines(self, count: int) -> tuple[str, ...]:
        return tuple(self.line() for _ in range(count))

    def first_tree(self, name: str) -> Tree:
        """The files of a new repository."""
        tree: Tree = {
            "README.md": (f"# {name}", "", "Invented. Nothing here runs."),
            MANIFEST: tuple(f"{package}==2.0.0" for package in ("buoyant", "keelson", "tideline")),
            LOCK: self.lines(40),
            GENERATED: self.lines(30),
            VENDORED: self.lines(30),
        }
        for noun in NOUNS[:18]:
            tree[f"src/harbour/{noun}.py"] = self.lines(self.chance.randint(12, 45))
            tree[f"tests/test_{noun}.py"] = self.lines(self.chance.randint(8, 30))
        return tree

    def patches(self, tree: Tree) -> list[Patch]:
        """One commit's worth of change to a few files; some touch generated, vendored or lock files too."""
        noun = self.chance.choice(NOUNS)
        paths = [f"src/harbour/{noun}.py"]
        if self.chance.random() < 0.6:
            paths.append(f"tests/test_{noun}.py")
        if self.chance.random() < 0.3:
            paths.append(f"src/harbour/{self.chance.choice(NOUNS)}.py")
        for path, share in ((GENERATED, 0.05), (VENDORED, 0.02), (LOCK, 0.04)):
            if self.chance.random() < share:
                paths.append(path)
        return [self.patch(tree.get(path, ()), path) for path in dict.fromkeys(paths)]

    def patch(self, lines: tuple[str, ...], path: str) -> Patch:
        chance = self.chance
        place = chance.randrange(len(lines)) if lines else 0
        count = min(len(lines) - place, chance.choice((0, 1, 2, 5)) + max(0, len(lines) - LONGEST))
        size = 25 if path in {GENERATED, VENDORED, LOCK} else chance.choice((2, 4, 8, 14))
        after = lines[place - 1] if lines and place else None
        return Patch(path, after, self.lines(size), lines[place : place + count])

    def bump(self, tree: Tree, title: str) -> list[Patch]:
        """A dependency update: one line of the manifest, a few of the lock file."""
        _, package, _, _, _, version = title.split()
        old = tuple(line for line in tree[MANIFEST] if line.startswith(f"{package}=="))
        return [
            Patch(MANIFEST, None, (f"{package}=={version}",), old),
            Patch(LOCK, None, self.lines(6), tree[LOCK][:6]),
        ]
