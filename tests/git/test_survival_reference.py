"""Lines followed through invented histories, against two references: what the files hold, and `git blame`."""

from __future__ import annotations

import shutil
import tempfile
from collections import Counter
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from payback.delivery.fates.lines import THESEUS
from tests.git.fates_build import Files, Invented, git, lines_of

NAMES = ("a.txt", "dir/b.txt", "c d.txt")


def _text(number: int) -> str:
    """A line that no other line is; every seventh is too short to count."""
    return f"{number % 1000:x}"[:3] if number % 7 == 6 else f"    line number {number}"


class Writer:
    """Writes and changes files as hypothesis draws; no line is ever written twice."""

    def __init__(self, draw) -> None:
        self.draw, self.serial = draw, 0

    def fresh(self, most: int, least: int = 1) -> list[str]:
        count = self.draw(st.integers(least, most))
        self.serial += count
        return [_text(self.serial - one) for one in range(count)]

    def edited(self, files: Files, kinds: tuple[str, ...]) -> Files:
        files = {name: list(lines) for name, lines in files.items()}
        for _ in range(self.draw(st.integers(1, 3))):
            kind, name = self.draw(st.sampled_from(kinds)), self.draw(st.sampled_from(NAMES))
            if name not in files:
                files[name] = self.fresh(9)
            elif kind in {"gone", "rename"}:
                self._refiled(files, name, kind)
            else:
                self._rewritten(files, name, kind)
        return {name: lines for name, lines in files.items() if lines}

    def _refiled(self, files: Files, name: str, kind: str) -> None:
        lines, other = files.pop(name), self.draw(st.sampled_from(NAMES))
        if kind == "rename" and other not in files:
            files[other] = lines

    def _rewritten(self, files: Files, name: str, kind: str) -> None:
        lines = files[name]
        start = self.draw(st.integers(0, len(lines)))
        end = start if kind == "put" else min(len(lines), start + self.draw(st.integers(0, 4)))
        taken, lines[start:end] = lines[start:end], self.fresh(4) if kind in {"put", "swap"} else []
        if kind == "move":
            target = files.setdefault(self.draw(st.sampled_from(NAMES)), [])
            place = self.draw(st.integers(0, len(target)))
            target[place:place] = [line.strip() if self.draw(st.booleans()) else line for line in taken]

    def merged(self, ours: Files, theirs: Files) -> Files:
        found: Files = {}
        for name in sorted({*ours, *theirs}):
            way = self.draw(st.sampled_from(["ours", "theirs", "both"]))
            mine, other = ours.get(name), theirs.get(name)
            if way == "both" and mine and other:
                kept = [line for line in mine if self.draw(st.booleans())]
                more = [line for line in other if line not in mine and self.draw(st.booleans())]
                found[name] = [*kept, *self.fresh(2, 0), *more]
            else:
                found[name] = list((mine if way == "ours" else other) or mine or other or [])
        return {name: lines for name, lines in found.items() if lines}


@st.composite
def histories(draw, *, moves: bool) -> Invented:
    """Branches, merges, renames, moves."""
    made, writer, heads = Invented(), Writer(draw), [0]
    kinds = ("put", "put", "drop", "swap", "swap", "rename", "gone", *(["move"] * 2 if moves else []))
    made.add({"a.txt": writer.fresh(8, 8)})
    for _ in range(draw(st.integers(2, 8))):
        if len(heads) > 1 and draw(st.booleans()):
            ours, theirs = draw(st.permutations(heads))[:2]
            number = made.add(writer.merged(made.trees[ours], made.trees[theirs]), ours, theirs)
            heads = [one for one in heads if one not in {ours, theirs}] + [number]
        else:
            below = draw(st.sampled_from(heads))
            number = made.add(writer.edited(made.trees[below], kinds), below)
            heads = [*(one for one in heads if one != below or draw(st.booleans())), number]
    return made


@settings(max_examples=12, deadline=None)
@given(histories(moves=True))
def test_lines_that_count_are_those_that_the_files_hold_and_belong_to_who_first_wrote_them(made):
    with tempfile.TemporaryDirectory() as folder:
        shas = made.write(Path(folder) / "r")
        found = lines_of(Path(folder) / "r")
    writer: dict[str, int] = {}
    for number, files in enumerate(made.trees):
        for line in (line.strip() for lines in files.values() for line in lines):
            writer.setdefault(line, number)
    for number in made.trunk():
        held = [line.strip() for lines in made.trees[number].values() for line in lines]
        want = Counter(shas[writer[line]] for line in held if len(line) > 3)
        assert found[shas[number]] == want


@settings(max_examples=6, deadline=None)
@given(histories(moves=False))
def test_without_moves_every_line_belongs_to_whom_git_blames_for_it(made):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "r"
        shas = made.write(path)
        found = lines_of(path, THESEUS)
        for number in made.trunk()[-3:]:
            blamed: Counter[str] = Counter()
            for name in made.trees[number]:
                told = git("-C", str(path), "blame", "-s", "--porcelain", "--root", shas[number], "--", name)
                blamed.update(line[:40] for line in told.splitlines() if line[:40] in set(shas))
            assert found[shas[number]] == blamed


@settings(max_examples=6, deadline=None)
@given(histories(moves=True), st.data())
def test_going_on_from_where_it_was_left_comes_to_the_same_as_reading_it_whole(made, data):
    with tempfile.TemporaryDirectory() as folder:
        path, left = Path(folder) / "r", Path(folder) / "left"
        for tip in [*data.draw(st.lists(st.sampled_from(made.trunk()), max_size=3)), made.trunk()[-1]]:
            shutil.rmtree(path, ignore_errors=True)
            made.write(path, tip)
            assert lines_of(path, folder=left) == lines_of(path)
