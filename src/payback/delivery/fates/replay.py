"""A history replayed: every commit applied to the files of its parent, merges made of all of their parents.

A line belongs to the commit that first wrote it, on whatever branch. It counts from when it comes to the default branch
and is gone when the default branch no longer has it: by the commit that takes it out there, or by the merge that brings
a branch in which it was taken out. So lines that a branch rewrote before it was merged are no one's.
A merge takes a file whole from the parent whose contents it has; where it has none's, git's combined difference says
which line it has from which parent, and what is in none of them is the merge's own.
"""

from __future__ import annotations

from array import array
from collections import Counter
from dataclasses import dataclass, field
from itertools import groupby, repeat
from typing import TYPE_CHECKING, NamedTuple

from payback.delivery.fates.lines import NOBODY, Fresh, Lost, Version, keys, none, written
from payback.delivery.fates.moving import carry
from payback.delivery.fates.trees import PathKeys, Tree

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from payback.delivery.fates.history import History
    from payback.delivery.fates.lines import FileChange, Hunk, MergedFile, Rule


_MINUS, _SPACE = b"- "
_MANY = 200  # from so many lines on a counter is quicker than a loop


class Entry(NamedTuple):
    """A path of a merge that differs from its first parent, and its contents now (None: it is gone)."""

    path: bytes
    blob: bytes | None


class Superseded(NamedTuple):
    """A file that was replaced, and the commit date of what replaced it: a branch may still stand on it."""

    version: Version
    second: int


@dataclass(slots=True)
class Replay:
    """Where a replay stands. `trees` are those of commits that others still build on; `older` keeps what was replaced
    from `horizon` on, by path and contents.
    """

    rule: Rule
    history: History
    is_excluded: Callable[[bytes], bool]
    horizon: int = 0
    boundary: frozenset[int] = frozenset()
    trees: dict[int, Tree] = field(default_factory=dict)
    waiting: Counter[int] = field(default_factory=Counter)
    older: dict[tuple[int, bytes | None], Superseded] = field(default_factory=dict)
    paths: PathKeys = field(default_factory=PathKeys)

    def plain(self, commit: int, parent: int | None, changes: Sequence[FileChange]) -> None:
        """One commit with one parent or none."""
        tree = self._grown(parent)
        work = _Work(self, commit)
        before = [tree.get(self.paths[one.old]) if one.old is not None else None for one in changes]
        for number, (change, was) in enumerate(zip(changes, before, strict=True)):
            if was is not None:
                self._supersede(change.old or b"", was, commit)
            if change.old is not None and change.old != change.new:
                tree.put(self.paths[change.old], None)
            now = work.changed(number, change, was)
            if change.new is not None:
                tree.put(self.paths[change.new], now)
        work.carry()
        if self.history.on_trunk[commit]:
            self._tell(commit, work.net())
        self.trees[commit] = tree

    def merge(
        self, commit: int, parents: Sequence[int], entries: Iterable[Entry], made: Mapping[bytes, MergedFile]
    ) -> None:
        """One commit with several parents: what differs from the first, and the files made out of several."""
        others = [self.trees[one] for one in parents[1:]]
        first = self.trees[parents[0]]
        work, pairs = _Work(self, commit), []
        for number, entry in enumerate(entries):
            path = self.paths[entry.path]
            was = first.get(path)
            now = self._taken(path, entry.blob, others) if entry.blob is not None else None
            if now is None and entry.blob is not None:
                file = made.get(entry.path)
                now = Version(entry.blob, work.combined(number, file, [first, *others]) if file else none())
                for one in others:
                    if (theirs := one.get(path)) is not None:
                        self._supersede(entry.path, theirs, commit)
            if was is not None:
                self._supersede(entry.path, was, commit)
            pairs.append((path, was, now))
        work.carry()
        tree = self._grown(parents[0])
        for other in parents[1:]:
            self._release(other)
        for path, _, now in pairs:
            tree.put(path, now)
        if self.history.on_trunk[commit]:
            self._tell(commit, _difference((was, now) for _, was, now in pairs))
        self.trees[commit] = tree

    @staticmethod
    def _taken(path: int, blob: bytes, others: Iterable[Tree]) -> Version | None:
        """The file of another parent that has these contents."""
        for one in others:
            version = one.get(path)
            if version is not None and version.blob == blob:
                return version
        return None

    def _grown(self, parent: int | None) -> Tree:
        """A tree to change: the parent's own where nothing else builds on it."""
        if parent is None:
            return Tree({})
        tree = self.trees[parent]
        self._release(parent)
        return tree.fork() if parent in self.trees else tree

    def _release(self, parent: int) -> None:
        self.waiting[parent] -= 1
        if self.waiting[parent] <= 0:
            self.trees.pop(parent, None)

    def _supersede(self, path: bytes, version: Version, commit: int) -> None:
        second = self.history.committed[commit]
        if second >= self.horizon:
            self.older[self.paths[path], version.blob] = Superseded(version, second)

    def _tell(self, commit: int, net: Mapping[int, int]) -> None:
        for origin, change in net.items():
            if change and origin != NOBODY:
                self.history.tell(commit, origin, change)


class _Work:
    """What one commit takes out and puts in."""

    def __init__(self, replay: Replay, commit: int) -> None:
        self.replay, self.rule = replay, replay.rule
        self.commit = NOBODY if commit in replay.boundary else commit
        self.lost: list[Lost] = []
        self.fresh: list[Fresh] = []

    def changed(self, number: int, change: FileChange, was: Version | None) -> Version | None:
        """The file after a change."""
        origins = was.origins if was else none()
        if change.new is None or change.opaque:
            lines = [line for hunk in change.hunks for line in hunk.removed]
            self.lost.append(Lost(number, lines, origins))
            return None if change.new is None else Version(change.blob, none())
        if change.hunks:
            origins = origins[:]
            self._apply(number, origins, change.hunks, self._writer(change.new))
        return Version(change.blob or (was.blob if was else None), origins)

    def _writer(self, path: bytes) -> int:
        return NOBODY if self.rule.own and self.replay.is_excluded(path) else self.commit

    def _apply(self, number: int, origins: array[int], hunks: Iterable[Hunk], writer: int) -> None:
        over, shift = self.rule.over, 0
        for start, removed, added in hunks:
            gone, came = len(removed), len(added)
            place = start + shift - (1 if gone else 0)
            missing = place + gone - len(origins)
            if (
                missing > 0
            ):  # lines of a file that was not read before, for it was binary or beyond a shallow edge
                origins.extend([NOBODY] * missing)
            if gone:
                self.lost.append(Lost(number, removed, origins[place : place + gone]))
            said = keys(added) if over is not None else added
            origins[place : place + gone] = written(said, writer, over)
            if came:
                self.fresh.append(Fresh(number, origins, place, said))
            shift += came - gone

    def combined(self, number: int, file: MergedFile, trees: Sequence[Tree]) -> array[int]:
        """The lines of a file that a merge made out of several."""
        paths = self.replay.paths
        sources = [
            version.origins if path is not None and (version := tree.get(paths[path])) else none()
            for path, tree in zip(file.paths, trees, strict=True)
        ]
        made = _Made(self, number, sources, self._writer(file.new or b""))
        for hunk in file.hunks:
            made.up_to(hunk.starts)
            for signs, lines in groupby(hunk.lines, key=lambda line: line[: len(trees)]):
                made.add(signs, [line[len(trees) - 1 :] for line in lines])
        return made.finished()

    def carry(self) -> None:
        """Moved lines given back to who wrote them."""
        if self.rule.moves and self.lost and self.fresh:
            carry(self.lost, self.fresh, self.rule.over or 0)

    def net(self) -> Mapping[int, int]:
        """By commit, lines that came less lines that went."""
        came, went = none(), none()
        for put in self.fresh:
            came.extend(put.origins[put.start : put.start + len(put.keys)])
        for one in self.lost:
            went.extend(one.origins if isinstance(one.origins, array) else array("i", one.origins))
        return _less(came, went)


class _Made:
    """A file being made out of several, line by line."""

    def __init__(self, work: _Work, number: int, sources: Sequence[array[int]], writer: int) -> None:
        self.work, self.number, self.sources, self.writer = work, number, sources, writer
        self.places = [0] * len(sources)
        self.origins = none()

    def up_to(self, starts: Sequence[int]) -> None:
        """What lies before a place is the same in every parent."""
        same = self.sources[0][self.places[0] : starts[0]]
        self.origins.extend(same)
        self.origins.extend([NOBODY] * (starts[0] - self.places[0] - len(same)))
        self.places = list(starts)

    def add(self, signs: bytes, lines: Sequence[bytes]) -> None:
        """Lines of a combined difference with the same signs, one for each parent."""
        if b"-" in signs:
            origins = [self._next(number, len(lines)) for number, sign in enumerate(signs) if sign == _MINUS]
            self.work.lost.append(Lost(self.number, lines, origins[0]))
            return
        origins = [self._next(number, len(lines)) for number, sign in enumerate(signs) if sign == _SPACE]
        if origins:
            self.origins.extend(origins[0])
            return
        said, start = keys(lines), len(self.origins)
        self.origins.extend(written(said, self.writer, self.work.rule.over))
        self.work.fresh.append(Fresh(self.number, self.origins, start, said))

    def _next(self, number: int, count: int) -> array[int]:
        """The next lines of a parent."""
        place = self.places[number]
        self.places[number] = place + count
        found = self.sources[number][place : place + count]
        found.extend([NOBODY] * (count - len(found)))
        return found

    def finished(self) -> array[int]:
        """The file, with what is the same in every parent to its end."""
        self.origins.extend(self.sources[0][self.places[0] :])
        return self.origins


def _difference(pairs: Iterable[tuple[Version | None, Version | None]]) -> Mapping[int, int]:
    """By commit, lines of the files after less lines of the files before."""
    came, went = none(), none()
    for was, now in pairs:
        if was is now:
            continue
        before, after = (one.origins if one else none() for one in (was, now))
        start = _alike(before, after)
        end = _alike(before[start:][::-1], after[start:][::-1]) if start < min(len(before), len(after)) else 0
        came.extend(after[start : len(after) - end])
        went.extend(before[start : len(before) - end])
    return _less(came, went)


def _alike(one: array[int], other: array[int]) -> int:
    """How many elements two arrays begin with in common."""
    low, high = 0, min(len(one), len(other))
    left, right = (memoryview(array).cast("B") for array in (one, other))
    width = one.itemsize
    while low < high:
        middle = (low + high + 1) // 2
        if left[low * width : middle * width] == right[low * width : middle * width]:
            low = middle
        else:
            high = middle - 1
    return low


def _less(came: array[int], went: array[int]) -> Mapping[int, int]:
    net: dict[int, int] = {}
    for lines, sign in ((came, 1), (went, -1)):
        counted = Counter(lines).items() if len(lines) > _MANY else zip(lines, repeat(1))
        for origin, count in counted:
            net[origin] = net.get(origin, 0) + sign * count
    return net
