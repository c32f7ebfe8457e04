"""Lines that a commit takes out in one place and puts in at another: they stay the lines of whoever wrote them.

A line is the same where it says the same, whatever its indentation and line ending; one that does not count is nobody's
anywhere. Within a file it is looked for first, then in the commit's other files, in the order in which they stand.
"""

from __future__ import annotations

from collections import defaultdict, deque
from typing import TYPE_CHECKING

from payback.delivery.fates.lines import counts, keys

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Sequence

    from payback.delivery.fates.lines import Fresh, Lost


def carry(lost: Sequence[Lost], fresh: Sequence[Fresh], over: int) -> None:
    """Gives moved lines back to who wrote them, in the arrays of the files that they stand in now."""
    wanted: set[bytes] = set()
    for put in fresh:
        wanted.update(put.keys)
    said = [keys(one.lines) for one in lost]
    common = {
        text
        for texts in said
        for text in wanted.intersection(texts)
        if len(text) > over and counts(text, over)
    }
    if not common:
        return
    left = _Left()
    for one, texts in zip(lost, said, strict=True):
        if not common.isdisjoint(texts):
            left.add(one, texts, common)
    waiting = []
    for put in fresh:
        for place, text in enumerate(put.keys):
            if text in common and not left.take((put.file, text), put, place):
                waiting.append((put, place, text))
    for put, place, text in waiting:
        left.take(text, put, place)


class _Left:
    """Who wrote the lines that are gone, by what they say: in each file, and anywhere. A line is taken once."""

    def __init__(self) -> None:
        self.lines: dict[Hashable, deque[list[int]]] = defaultdict(deque)

    def add(self, lost: Lost, said: Iterable[bytes], common: set[bytes]) -> None:
        for text, origin in zip(said, lost.origins, strict=False):
            if text in common:
                line = [origin]
                self.lines[lost.file, text].append(line)
                self.lines[text].append(line)

    def take(self, where: Hashable, put: Fresh, place: int) -> bool:
        lines = self.lines.get(where)
        while lines:
            line = lines.popleft()
            if line:
                put.origins[put.start + place] = line.pop()
                return True
        return False
