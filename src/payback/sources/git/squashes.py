"""Which branch a squash was made from, where the branch (or what is left of it) is still here. Pure but for the one
question about differences that is passed in.

Evidence in order of trust; the first kind that finds anything decides, and what stays ambiguous stays unknown:
1. the branch passed from the very tree before the squash to the very tree after it;
2. its whole difference has the contents of the squash's, else the same lines (ground of its own moved on);
   in both cases author, subject or name agree, for two people fix one typo alike;
3. its commits have the subjects that the squash lists;
4. the same paths and author, and the title or its ticket stands in the branch's name, or is that of its only commit.
What counts is the branch as it stood when the squash was made. A branch that came later is never its source (a backport
is the same change too), nor one that holds the squash itself or had gone on by then (one stacked on the real one).
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter, defaultdict
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from payback.sources.git.differences import Difference, Differences, Pair
    from payback.sources.git.shape import Node

LONGEST_STRETCH = 500
LONGEST_WAIT = 180 * 24 * 3600
SOON = 30 * 24 * 3600
_MOST_LISTED = 100
_TICKET = re.compile(r"(?<![A-Za-z0-9])([A-Za-z][A-Za-z0-9]{1,9}-\d{1,7})(?![A-Za-z0-9])")
_NO_LETTER = re.compile(r"[^a-z0-9]+")


@dataclass(frozen=True, slots=True)
class Squash:
    """A commit with one parent that merged a pull request and does not name its branch."""

    number: int
    sha: str
    trees: tuple[str, str]
    title: str


@dataclass(frozen=True, slots=True)
class Stretch:
    """Commits of a branch that the default branch does not hold, oldest first, and commits that they may stand on."""

    branch: str
    line: tuple[str, ...]
    grounds: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a squash came from: a branch as it stood at `tip`; `base` None: with all that is not merged below it."""

    branch: str
    tip: str
    base: str | None = None


def origins(
    nodes: Mapping[str, Node], squashes: Iterable[Squash], stretches: Iterable[Stretch], asked: Differences
) -> dict[int, Origin]:
    """The origin of each squash by number, where it is certain. A branch at one commit is the origin of one squash."""
    search = _Search(nodes, {one.number: one for one in squashes}, list(stretches))
    search.titles.update(one.title for one in search.squashes.values())
    search.settle(search.same_trees())
    if search.squashes and search.stretches:
        search.compare(asked)
        for rule in (search.same_contents, search.same_lines, search.same_subjects, search.same_names):
            search.settle(rule())
    return search.found


@dataclass(slots=True)
class _Search:
    nodes: Mapping[str, Node]
    squashes: dict[int, Squash]
    stretches: list[Stretch]
    found: dict[int, Origin] = field(default_factory=dict)
    seen: dict[Pair, Difference] = field(default_factory=dict)
    asked: Differences | None = None
    titles: Counter[str] = field(default_factory=Counter)

    def settle(self, candidates: Iterable[tuple[int, Origin]]) -> None:
        """Keeps what is certain on both sides, and takes all that had a candidate out of the search."""
        by_squash: dict[int, dict[tuple[str, str], Origin]] = defaultdict(dict)
        for number, origin in candidates:
            by_squash[number].setdefault((origin.branch, origin.tip), origin)
        by_origin: dict[tuple[str, str], list[int]] = defaultdict(list)
        for number, places in by_squash.items():
            for key in self._narrowed(number, places):
                by_origin[key].append(number)
        only = {number: self._narrowed(number, places) for number, places in by_squash.items()}
        for number, keys in only.items():
            if len(keys) == 1 and self._wins(number, by_origin[keys[0]], keys[0]):
                self.found[number] = by_squash[number][keys[0]]
        for number in by_squash:
            self.squashes.pop(number, None)
        self._cut()

    def _narrowed(self, number: int, places: Mapping[tuple[str, str], Origin]) -> list[tuple[str, str]]:
        if len(places) < 2:
            return list(places)
        named = [key for key in places if self._speaks(number, key)]
        return named or list(places)

    def _wins(self, number: int, rivals: Sequence[int], key: tuple[str, str]) -> bool:
        return len(rivals) == 1 or [one for one in rivals if self._speaks(one, key)] == [number]

    def _speaks(self, number: int, key: tuple[str, str]) -> bool:
        squash = self.squashes[number]
        return self.nodes[key[1]].subject == squash.title or is_named(key[0], squash.title)

    def _cut(self) -> None:
        """What a branch did before its last origin is spent; what came after may be a squash of its own."""
        spent = {(origin.branch, origin.tip) for origin in self.found.values()}
        left = []
        for one in self.stretches:
            last = max((at for at, sha in enumerate(one.line) if (one.branch, sha) in spent), default=-1)
            if last + 1 < len(one.line):
                grounds = one.grounds if last < 0 else (one.line[last],)
                left.append(replace(one, line=one.line[last + 1 :], grounds=grounds))
        self.stretches = left

    def same_trees(self) -> Iterable[tuple[int, Origin]]:
        after: dict[str, list[Squash]] = defaultdict(list)
        for squash in self.squashes.values():
            after[squash.trees[1]].append(squash)
        for stretch in self.stretches:
            passed: dict[str, str | None] = {self.nodes[one].tree: None for one in stretch.grounds}
            latest: dict[int, Origin] = {}
            for sha in stretch.line:
                node = self.nodes[sha]
                passed |= {self.nodes[one].tree: None for one in node.parents[1:] if one in self.nodes}
                for squash in after.get(node.tree, ()):
                    if squash.trees[0] in passed and self._is_made_from(stretch, sha, squash):
                        latest[squash.number] = Origin(stretch.branch, sha, passed[squash.trees[0]])
                passed[node.tree] = sha
            yield from latest.items()

    def compare(self, asked: Differences) -> None:
        """Differences of the squashes and branches that may belong together by their dates."""
        self.asked = asked
        tips = sorted(self.nodes[one.line[-1]].committed for one in self.stretches)
        merged = sorted(self.nodes[one.sha].committed for one in self.squashes.values())
        wanted = [
            squash.trees
            for squash in self.squashes.values()
            if _any_within(tips, self.nodes[squash.sha].committed - LONGEST_WAIT, LONGEST_WAIT)
        ]
        for stretch in self.stretches:
            if _any_within(merged, self.nodes[stretch.line[-1]].committed, LONGEST_WAIT):
                wanted += [pair for pair, _ in self._pairs(stretch)]
        self.seen = asked.between(wanted)

    def _pairs(self, stretch: Stretch) -> list[tuple[Pair, str]]:
        tip = self.nodes[stretch.line[-1]].tree
        return [((self.nodes[one].tree, tip), one) for one in stretch.grounds if self.nodes[one].tree != tip]

    def same_contents(self) -> Iterable[tuple[int, Origin]]:
        return self._alike(lambda pair: self.seen[pair].contents if pair in self.seen else None)

    def same_lines(self) -> Iterable[tuple[int, Origin]]:
        """Only of those that touch the same paths, for a patch costs more than a list of paths."""
        paths = {self.seen[one.trees].paths for one in self.squashes.values() if one.trees in self.seen}
        branches = {pair for one in self.stretches for pair, _ in self._pairs(one) if pair in self.seen}
        likely = {pair for pair in branches if self.seen[pair].paths in paths}
        kept = {self.seen[pair].paths for pair in likely}
        squashed = {
            one.trees
            for one in self.squashes.values()
            if one.trees in self.seen and self.seen[one.trees].paths in kept
        }
        told = self.asked.lines(sorted(likely | squashed)) if self.asked else {}
        return self._alike(told.get)

    def _alike(self, key_of: Callable[[Pair], bytes | None]) -> Iterable[tuple[int, Origin]]:
        keys: dict[bytes, list[Squash]] = defaultdict(list)
        for squash in self.squashes.values():
            if (key := key_of(squash.trees)) is not None:
                keys[key].append(squash)
        for stretch in self.stretches:
            for pair, ground in self._pairs(stretch):
                for squash in keys.get(key_of(pair) or b"", ()):
                    if self._is_made_from(stretch, stretch.line[-1], squash):
                        yield squash.number, _origin(stretch, ground)

    def same_subjects(self) -> Iterable[tuple[int, Origin]]:
        told: dict[tuple[str, ...], list[Squash]] = defaultdict(list)
        for squash in self.squashes.values():
            listed = self.nodes[squash.sha].listed
            if len(listed) > 1 and any(map(_says_something, listed)):
                told[listed].append(squash)
        for stretch in self.stretches:
            subjects: tuple[str, ...] = ()
            for sha in stretch.line[:_MOST_LISTED]:
                if len(self.nodes[sha].parents) < 2:
                    subjects = (*subjects, self.nodes[sha].subject)
                for squash in told.get(subjects, ()):
                    if self._shares_a_path(squash, stretch) and self._stood(stretch, sha, squash, SOON):
                        yield squash.number, Origin(stretch.branch, sha)

    def same_names(self) -> Iterable[tuple[int, Origin]]:
        paths: dict[frozenset[str], list[Squash]] = defaultdict(list)
        for squash in self.squashes.values():
            if squash.trees in self.seen:
                paths[self.seen[squash.trees].paths].append(squash)
        for stretch in self.stretches:
            for pair, ground in self._pairs(stretch):
                for squash in paths.get(self.seen[pair].paths, ()) if pair in self.seen else ():
                    is_named_so = is_named(stretch.branch, squash.title) or self._is_titled(stretch, squash)
                    is_theirs = is_named_so and self._is_author(squash, stretch)
                    if is_theirs and self._stood(stretch, stretch.line[-1], squash, SOON):
                        yield squash.number, _origin(stretch, ground)

    def _is_titled(self, stretch: Stretch, squash: Squash) -> bool:
        """Whether the branch is one commit with the squash's title, and no other squash has it."""
        own = [sha for sha in stretch.line if len(self.nodes[sha].parents) < 2]
        said = self.nodes[own[0]].subject if len(own) == 1 else None
        return said == squash.title and _says_something(said) and self.titles[said] == 1

    def _stood(self, stretch: Stretch, sha: str, squash: Squash, within: int = LONGEST_WAIT) -> bool:
        """Whether the branch ended at this commit when the squash was made, that long ago at most."""
        if squash.sha in stretch.line:
            return False
        merged = self.nodes[squash.sha].committed
        above = stretch.line[stretch.line.index(sha) + 1 :]
        return 0 <= merged - self.nodes[sha].committed <= within and all(
            self.nodes[one].committed > merged for one in above
        )

    def _is_author(self, squash: Squash, stretch: Stretch) -> bool:
        name, email = self.nodes[squash.sha].author
        authors = [self.nodes[sha].author for sha in stretch.line]
        return any(email == other or (name and name == known) for known, other in authors)

    def _is_made_from(self, stretch: Stretch, sha: str, squash: Squash) -> bool:
        """Whether a branch whose change is the very same is the squash's by its time and by one thing more."""
        if not self._stood(stretch, sha, squash):
            return False
        told = {squash.title, *self.nodes[squash.sha].listed}
        return (
            self._is_author(squash, stretch)
            or any(self.nodes[sha].subject in told for sha in stretch.line)
            or is_named(stretch.branch, squash.title)
        )

    def _shares_a_path(self, squash: Squash, stretch: Stretch) -> bool:
        mine = self.seen.get(squash.trees)
        theirs = [self.seen[pair].paths for pair, _ in self._pairs(stretch) if pair in self.seen]
        return mine is not None and any(mine.paths & paths for paths in theirs)


def is_named(branch: str, title: str) -> bool:
    """Whether a branch's name holds a title's ticket, or all of its words in order (three at least)."""
    tickets = {found.lower() for found in _TICKET.findall(title)}
    if tickets & {found.lower() for found in _TICKET.findall(branch)}:
        return True
    return _says_something(title) and f"-{'-'.join(_words(title))}-" in f"-{'-'.join(_words(branch))}-"


def _says_something(text: str) -> bool:
    return len(_words(text)) >= 3


def _words(text: str) -> list[str]:
    return [word for word in _NO_LETTER.split(text.lower()) if word]


def _origin(stretch: Stretch, ground: str) -> Origin:
    is_stacked = ground != stretch.grounds[0]
    return Origin(stretch.branch, stretch.line[-1], ground if is_stacked else None)


def _any_within(moments: Sequence[int], start: int, span: int) -> bool:
    position = bisect_left(moments, start)
    return position < len(moments) and moments[position] <= start + span
