"""What a replay comes to: the commits in an order in which parents come first, and how many lines of each came to the
default branch or left it, and with which commit.
"""

from __future__ import annotations

from array import array
from dataclasses import dataclass, field

Mark = tuple[str, str | None]
PLAIN: Mark = ("none_detected", None)


@dataclass(slots=True)
class History:
    """Commits by number: hash, commit date, whether the default branch passed through it, and its AI class and tool as a
    place in `marks`. An event says that with commit `moments[i]`, `changes[i]` lines of commit `origins[i]` came to the
    default branch (above 0) or left it (below).
    """

    shas: list[str] = field(default_factory=list)
    committed: array[int] = field(default_factory=lambda: array("q"))
    on_trunk: bytearray = field(default_factory=bytearray)
    marked: array[int] = field(default_factory=lambda: array("i"))
    marks: list[Mark] = field(default_factory=lambda: [PLAIN])
    moments: array[int] = field(default_factory=lambda: array("i"))
    origins: array[int] = field(default_factory=lambda: array("i"))
    changes: array[int] = field(default_factory=lambda: array("i"))

    def add(self, sha: str, committed: int) -> int:
        """The number of one more commit."""
        self.shas.append(sha)
        self.committed.append(committed)
        self.on_trunk.append(0)
        self.marked.append(0)
        return len(self.shas) - 1

    def mark(self, commit: int, mark: Mark) -> None:
        """What is known of AI in a commit."""
        if mark not in self.marks:
            self.marks.append(mark)
        self.marked[commit] = self.marks.index(mark)

    def mark_of(self, commit: int) -> Mark:
        """AI class and tool of a commit."""
        return self.marks[self.marked[commit]]

    def tell(self, moment: int, origin: int, change: int) -> None:
        """Lines of a commit that came or went with another."""
        self.moments.append(moment)
        self.origins.append(origin)
        self.changes.append(change)


@dataclass(frozen=True, slots=True)
class Survival:
    """What became of lines up to a tip; `replayed` is how many commits a reading had to go through for it."""

    history: History
    tip: str | None
    replayed: int
