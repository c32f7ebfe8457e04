"""Which commit wrote each line of an invented main branch, and which change took it away again.

A line is known by its text. One that a revert puts back is the revert's, unless a branch is merged that never lost it: a
file that a merge leaves as its branch had it has the owners that it had there. Lines of a branch count from the merge on.
Lines that nobody writes (generated, vendored, lock files) and lines of three characters or fewer are left out. Knows no git.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from payback.demo.trees import is_own

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from payback.demo.people import Person
    from payback.demo.records import Change
    from payback.demo.trees import Tree

    Sheet = dict[str, dict[str, tuple["Brought", ...]]]
    """The owners of lines: by path, then by text; several where a text stands there several times."""

FEWEST = 4


class Moved(NamedTuple):
    """Lines of one commit that left the main branch with the merge of a change, or came back with it (`lines` above 0)."""

    at: datetime
    by: Change
    lines: int


@dataclass(slots=True, eq=False)
class Brought:
    """The lines that one commit brought to the main branch, and which of them went and came back. `change` is None for the
    commit that a repository begins with.
    """

    at: datetime
    author: Person
    change: Change | None = None
    ai_class: str = "none_detected"
    added: int = 0
    moved: list[Moved] = field(default_factory=list)

    def alive(self, until: datetime) -> int:
        """How many of them were there after an instant."""
        return self.added + sum(one.lines for one in self.moved if one.at <= until)


@dataclass(slots=True)
class MainLine:
    """The lines of one repository's main branch by who wrote them; `told` holds every commit that brought any."""

    sheet: Sheet = field(default_factory=dict)
    told: list[Brought] = field(default_factory=list)

    def begin(self, tree: Tree, first: Brought) -> None:
        """The files that a repository begins with."""
        self.sheet = written({}, tree, lambda _path, _line: first)
        first.added = sum(len(page) for page in self.sheet.values())
        self.told.append(first)

    def merged(self, pages: Sheet, at: datetime, change: Change) -> None:
        """The files that a merge touched, as it left them."""
        net: Counter[Brought] = Counter()
        for path, page in pages.items():
            before = self.sheet.get(path, {})
            for _, owners in page.items() - before.items():
                net.update(owners)
            for _, owners in before.items() - page.items():
                net.subtract(owners)
            self.sheet[path] = page
        for owner, count in net.items():
            self._tell(owner, count, Moved(at, change, count))

    def _tell(self, owner: Brought, count: int, moved: Moved) -> None:
        if count > 0 and not owner.added:
            owner.added = count
            self.told.append(owner)
        elif count:
            owner.moved.append(moved)


def written(before: Sheet, files: Tree, writer: Callable[[str, str], Brought]) -> Sheet:
    """The owners of the lines of files after a change to them. Lines that stay keep theirs; `writer` knows, by path and
    text, who wrote the others.
    """
    return {
        path: _page(before.get(path, {}), lines, partial(writer, path))
        for path, lines in files.items()
        if is_own(path)
    }


def _page(
    before: dict[str, tuple[Brought, ...]], lines: tuple[str, ...], writer: Callable[[str], Brought]
) -> dict[str, tuple[Brought, ...]]:
    now, page = set(lines), before.copy()
    for line in before.keys() - now:
        del page[line]
    for line in now - before.keys():
        if len(line.strip()) >= FEWEST:
            page[line] = (writer(line),)
    if len(now) < len(lines) or sum(map(len, page.values())) > len(page):
        counts = Counter(lines)
        for line, owners in page.items():
            page[line] = owners[: counts[line]] + (writer(line),) * (counts[line] - len(owners))
    return page
