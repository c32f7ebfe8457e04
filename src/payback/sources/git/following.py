"""A history of lines gone on with, or followed from its beginning: git's patches and outlines brought together in a replay,
and where that ends left for the next time.
"""

from __future__ import annotations

from contextlib import ExitStack, suppress
from dataclasses import dataclass
from hashlib import blake2b
from typing import TYPE_CHECKING

from payback.delivery.fates.history import History, Survival
from payback.delivery.fates.replay import Replay, Superseded
from payback.delivery.fates.trees import PathKeys, tree_of
from payback.delivery.paths import path_rules
from payback.sources.git.attributes import attributes
from payback.sources.git.command import GitError, run, stream
from payback.sources.git.history import OUTLINE_FORMAT, outlines
from payback.sources.git.lines_kept import Kept, keep, kept
from payback.sources.git.marking import Marking, marking
from payback.sources.git.merged import Merges
from payback.sources.git.patches import patches
from payback.sources.git.walk import WALK, between, written

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from payback.delivery.fates.lines import Rule, Version
    from payback.delivery.fates.trees import Tree
    from payback.delivery.paths import PathRules
    from payback.sources.git.command import Git
    from payback.sources.git.history import Outline
    from payback.sources.git.patches import Patch
    from payback.sources.git.repository import Trunk

READER = 1  # counted up by whoever changes how lines are followed: what was left by another is read anew
REMEMBERED = 183 * 86400
_OUTLINE = (*WALK, "-z", "-s", "--encoding=UTF-8", f"--format={OUTLINE_FORMAT}")


class _LostGroundError(Exception):
    """What a new commit builds on is not remembered."""


@dataclass(frozen=True, slots=True)
class Asked:
    """Which repository is followed, as it is now, by which rule, and where that is left (None: nowhere)."""

    git: Git
    path: Path
    at: Trunk
    rule: Rule
    file: Path | None


def held(asked: Asked) -> Survival | None:
    """The history as it was left, where nothing has come since; None where there is something to read."""
    found = _held(asked)
    signs = marking(asked.git, asked.path, asked.at.notes)
    if found is None or found.tip != asked.at.tip or found.signs != signs.version:
        return None
    return Survival(found.history, asked.at.tip, 0)


def gone_on(asked: Asked) -> Survival | None:
    """The history from where it was left; None where it cannot be gone on with."""
    found = _held(asked)
    if found is None:
        return None
    at, signs = asked.at, marking(asked.git, asked.path, asked.at.notes)
    reading = _Reading(asked.git, asked.path, at, asked.rule, signs)
    if found.signs != signs.version:
        reading.mark_anew(found)
        if found.tip == at.tip:
            _leave(asked.file, found)
    if found.tip == at.tip:
        return Survival(found.history, at.tip, 0)
    with suppress(_LostGroundError, GitError), written(asked.git, asked.path, at.tip, found.tip) as chunks:
        return reading.gone_on(found, patches(chunks), asked.file)
    return None


def whole(asked: Asked, chunks: Iterator[bytes]) -> Survival | None:
    """The history from its beginning, of which git writes the patches; None where it left one out."""
    signs = marking(asked.git, asked.path, asked.at.notes)
    return _Reading(asked.git, asked.path, asked.at, asked.rule, signs).whole(patches(chunks), asked.file)


def authors(git: Git, path: Path, tip: str) -> dict[str, str]:
    """The author's address of every commit below a tip."""
    with stream(git, path, _OUTLINE, [between(tip, None)]) as chunks:
        return {one.sha: one.author_email.lower() for one in outlines(chunks)}


def _held(asked: Asked) -> Kept | None:
    found = kept(asked.file) if asked.file else None
    key = _key(asked.rule, asked.at, "")
    return found if found is not None and found.key.rpartition(" ")[0] == key else None


def _leave(file: Path | None, held: Kept) -> None:
    """The same lines under other marks."""
    found = held.files()
    if found is not None and file is not None:
        keep(file, held, found[0].items(), found[1])


def _key(rule: Rule, at: Trunk, told: str) -> str:
    edge = blake2b("".join(sorted(at.shallow)).encode(), digest_size=8).hexdigest()
    return f"{READER} {rule.id} {edge} {told}".rstrip()


@dataclass(slots=True)
class _Reading:
    git: Git
    path: Path
    at: Trunk
    rule: Rule
    signs: Marking

    def mark_anew(self, held: Kept) -> None:
        """The AI signs of commits that were read by another register."""
        held.signs = self.signs.version
        numbers = {sha: number for number, sha in enumerate(held.history.shas)}
        for one in self.outlines(held.tip, None):
            if one.sha in numbers:
                held.history.mark(numbers[one.sha], self.signs.of(one))

    def outlines(self, tip: str, known: str | None) -> Iterator[Outline]:
        with stream(self.git, self.path, _OUTLINE, [between(tip, known)]) as chunks:
            yield from outlines(chunks)

    def whole(self, told: Iterator[Patch], file: Path | None) -> Survival | None:
        """Every commit replayed; None where git left one out."""
        new = list(self.outlines(self.at.tip, None))
        rules, said = self._excluded()
        fresh = Kept(_key(self.rule, self.at, said), self.at.tip, self.signs.version, History())
        return self._through((fresh, new, told), rules, ({}, {}), file)

    def _excluded(self) -> tuple[PathRules, str]:
        if not self.rule.own:
            return path_rules({}), "all"
        texts = attributes(self.git, self.path, self.at.tip)
        told = "\0".join(f"{folder}\0{text}" for folder, text in sorted(texts.items()))
        return path_rules(texts), blake2b(told.encode(), digest_size=8).hexdigest()

    def gone_on(self, held: Kept, told: Iterator[Patch], file: Path | None) -> Survival | None:
        """New commits replayed on what was left. _LostGroundError where they stand on something else."""
        new = list(self.outlines(self.at.tip, held.tip))
        parents = {one.sha: one.parents for one in new}
        below = self.at.tip
        while parents.get(below):
            below = parents[below][0]
        rules, said = self._excluded()
        found = held.files()
        if below != held.tip or held.key != _key(self.rule, self.at, said) or found is None:
            raise _LostGroundError
        ground = _Ground(self, below, found).trees(held.history, new)
        held.tip = self.at.tip
        return self._through((held, new, told), rules, (ground, found[1]), file)

    def _through(
        self,
        what: tuple[Kept, Sequence[Outline], Iterator[Patch]],
        rules: PathRules,
        ground: tuple[Mapping[int, Tree], Mapping[tuple[int, bytes | None], Superseded]],
        file: Path | None,
    ) -> Survival | None:
        """Every new commit replayed, and where that ends left in the file; None where git left one out."""
        held, new, told = what
        history = held.history
        known = {sha: number for number, sha in enumerate(history.shas)} if history.shas else {}
        numbers = known | {one.sha: history.add(one.sha, one.committed) for one in new}
        _flag(history, self.at.tip, {one.sha: one.parents for one in new}, numbers)
        horizon = history.committed[numbers[self.at.tip]] - REMEMBERED
        replay = Replay(
            self.rule,
            history,
            _cached(rules) if self.rule.own else _nothing,
            horizon,
            frozenset(numbers[sha] for sha in self.at.shallow if sha in numbers),
            dict(ground[0]),
            older={at: one for at, one in ground[1].items() if one.second >= horizon},
        )
        replay.waiting.update(numbers[parent] for one in new for parent in one.parents if parent in numbers)
        replay.waiting[numbers[self.at.tip]] += 1
        if not self._replay(replay, (new, told), numbers):
            return None
        if file:
            keep(file, held, replay.trees[numbers[self.at.tip]].items(), replay.older)
        return Survival(history, self.at.tip, len(new))

    def _replay(
        self, replay: Replay, what: tuple[Sequence[Outline], Iterator[Patch]], numbers: Mapping[str, int]
    ) -> bool:
        """Whether git told of every commit. It is heard to its end either way, where it says itself what went wrong."""
        new, told = what
        with ExitStack() as open_now:
            merges = Merges(self.git, self.path, [one.sha for one in new if len(one.parents) > 1], open_now)
            whole = all(self._applied(replay, one, numbers, (told, merges)) for one in new)
            merges.drain()
            for _ in told:
                pass
        return whole

    def _applied(
        self,
        replay: Replay,
        one: Outline,
        numbers: Mapping[str, int],
        streams: tuple[Iterator[Patch], Merges],
    ) -> bool:
        """Whether git told what a commit did; then it is in."""
        number, (told, merges) = numbers[one.sha], streams
        replay.history.mark(number, self.signs.of(one))
        above = [numbers[parent] for parent in one.parents if parent in numbers]
        if len(one.parents) > 1:
            merge = merges.of(one.sha)
            if merge is not None:
                replay.merge(number, above, *merge)
            return merge is not None
        patch = next(told, None)
        if patch is None or patch.sha != one.sha:
            return False
        replay.plain(number, above[0] if above else None, patch.files)
        return True


@dataclass(frozen=True, slots=True)
class _Ground:
    """What new commits build on: the files at the tip that was reached, and those of other commits put together from
    versions that are remembered.
    """

    reading: _Reading
    tip: str
    found: tuple[dict[int, Version], dict[tuple[int, bytes | None], Superseded]]

    def trees(self, history: History, new: Sequence[Outline]) -> dict[int, Tree]:
        fresh = {one.sha for one in new}
        wanted = {parent for one in new for parent in one.parents if parent not in fresh}
        known = {sha: number for number, sha in enumerate(history.shas) if sha in wanted}
        return {number: self._tree(sha) for sha, number in known.items()}

    def _tree(self, sha: str) -> Tree:
        files, older = self.found
        if sha == self.tip:
            return tree_of(files)
        found, paths = {}, PathKeys()
        words = ["ls-tree", "-r", "-z", "--full-tree", sha]
        for entry in run(self.reading.git, self.reading.path, words).split(b"\0"):
            meta, tab, name = entry.partition(b"\t")
            if not tab or b" blob " not in meta:
                continue
            path, blob = paths[name], meta.rsplit(b" ", 1)[1]
            standing, replaced = files.get(path), older.get((path, blob))
            if standing is not None and standing.blob == blob:
                found[path] = standing
            elif replaced is not None:
                found[path] = replaced.version
            else:
                raise _LostGroundError
        return tree_of(found)


def _flag(
    history: History, tip: str, parents: Mapping[str, Sequence[str]], numbers: Mapping[str, int]
) -> None:
    """Flags the new commits that the default branch passed through."""
    sha: str | None = tip
    while sha is not None and sha in parents:
        history.on_trunk[numbers[sha]] = 1
        sha = parents[sha][0] if parents[sha] else None


def _cached(rules: PathRules) -> Callable[[bytes], bool]:
    known: dict[bytes, bool] = {}

    def is_excluded(path: bytes) -> bool:
        if path not in known:
            known[path] = rules.why_excluded(path.decode("utf-8", "replace")) is not None
        return known[path]

    return is_excluded


def _nothing(_path: bytes) -> bool:
    return False
