"""All logs together: what each gave, the table over them, and how a change in a few logs changes the table.

A table is linear in resolved responses, so an update takes away the touched responses as they were and adds them as
they are; a first reading adds whole logs and corrects only the responses that lie in several.
"""

from __future__ import annotations

from array import array
from typing import TYPE_CHECKING, Any, NamedTuple

from payback.sources.agents.lines import PIECE
from payback.sources.agents.listing import Seen
from payback.sources.agents.merge import resolved
from payback.sources.agents.reading import Known, read
from payback.sources.agents.rows import WIDTH, Rows
from payback.sources.agents.table import Table
from payback.sources.agents.workers import shared

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from payback.sources.agents.answer import Refusal
    from payback.sources.agents.rows import Digested
    from payback.sources.agents.store import Kept
    from payback.sources.agents.tariff import PriceFor


class Logged(NamedTuple):
    """A log as it lay there when it was read, and what it gave."""

    seen: Seen
    rows: Rows


class History:
    """What is known of every log, and the table over all of them.

    `worth_a_process`: bytes to read for which another process is started.
    """

    worth_a_process = 100_000_000

    def __init__(self, prices: PriceFor, day_of: Callable[[int], int]) -> None:
        self._day_of = day_of
        self._logs: dict[tuple[str, str], Logged] = {}
        self.table = Table(prices, day_of)

    @classmethod
    def restored(cls, kept: Kept | None, prices: PriceFor, day_of: Callable[[int], int]) -> History | None:
        """As a store holds it; None where there is none or it is damaged."""
        found = kept.details() if kept is not None else None
        if kept is None or found is None:
            return None
        history = cls(prices, day_of)
        (logs, tariffs), numbers = found
        whole, begin = memoryview(numbers), 0
        for seen, size, *rest in logs:
            offset, digest, state, rejected, classes, places = rest
            kinds, wheres = [tuple(kind) for kind in classes], [tuple(place) for place in places]
            rows = Rows(offset, digest, state, rejected, kinds, wheres, whole[begin : begin + size], [])
            begin += size
            history._logs[seen[0], seen[1]] = Logged(Seen(*seen), rows)
        history.table.restore(kept.summary["sums"], tariffs)
        return history

    def kept(self) -> tuple[list[Any], Iterator[bytes | memoryview]]:
        """What `restored` needs: plain values, and the packed rows of all logs one after the other."""
        logs = [[list(seen), len(rows.numbers), *rows[:6]] for seen, rows in self._logs.values()]
        return [logs, self.table.kept_tariffs()], (rows.numbers for _, rows in self._logs.values())

    def unchanging(self) -> list[list[Any]]:
        """What a listing says when there is nothing new to read. Logs that could not be opened are tried again."""
        return sorted([*seen] if rows.offset >= 0 else [*seen[:2], -1] for seen, rows in self._logs.values())

    def rejected(self) -> list[Refusal]:
        """(file, line, why) of everything that could not be read."""
        return [(seen.path, line, why) for seen, rows in self._logs.values() for line, why in rows.rejected]

    def update(self, listing: list[Seen], jobs: int) -> None:
        """Bring logs and table to what lies there now."""
        now = {(seen.reader, seen.path): seen for seen in listing}
        stale = [seen for key, seen in now.items() if key not in self._logs or self._logs[key].seen != seen]
        before = {key: log for key, log in self._logs.items() if now.get(key) != log.seen}
        is_first = not self._logs
        touched = set[int]()
        for seen, is_resumed, rows in self._read(stale, jobs):
            key = (seen.reader, seen.path)
            touched.update(rows.groups())
            if is_resumed:
                rows = extended(before[key].rows, rows)  # noqa: PLW2901  the log's rows are old and new ones
            elif key in before:
                touched.update(before[key].rows.groups())
            self._logs[key] = Logged(seen, rows)
        for key in before.keys() - now.keys():
            touched.update(self._logs.pop(key).rows.groups())
        if is_first:
            self._fill()
        else:
            after = [self._logs[seen.reader, seen.path] for seen in stale]
            self._adjust(touched, list(before.values()), after)

    def _read(self, stale: list[Seen], jobs: int) -> Iterator[tuple[Seen, bool, Rows]]:
        """What the logs give that changed, the largest first, with several processes where that is worth their start."""
        plans = []
        for seen in stale:
            log = self._logs.get((seen.reader, seen.path))
            known = log and Known(log.seen.inode, log.rows.offset, log.rows.digest, log.rows.state)
            plans.append((seen.size - (known.offset if known else 0), seen, known))
        plans.sort(key=lambda plan: -plan[0])
        buffer = bytearray(PIECE)

        def work(task: int) -> tuple[bool, tuple[Any, ...]]:
            is_resumed, rows = read(plans[task][1], plans[task][2], buffer, self._day_of)
            return is_resumed, tuple(rows)

        jobs = min(jobs, 1 + sum(size for size, _, _ in plans) // self.worth_a_process)
        for task, (is_resumed, rows) in shared(work, len(plans), jobs, self.table.prepare):
            yield plans[task][1], is_resumed, Rows(*rows)

    def _fill(self) -> None:
        seen, several = set[int](), set[int]()
        for _, rows in self._logs.values():
            self.table.add_log(rows)
            every = rows.groups()
            groups = set(every)
            if len(groups) < len(every):
                several.update(group for group in groups if every.count(group) > 1)
            several |= seen & groups
            seen |= groups
        copies = list(_copies(self._logs.values(), several))
        self.table.add((copy for _, _, copy in copies), -1)
        self.table.add(resolved(copies), 1)

    def _adjust(self, touched: set[int], before: list[Logged], after: list[Logged]) -> None:
        changed = {(seen.reader, seen.path) for seen, _ in (*before, *after)}
        unchanged = [log for key, log in self._logs.items() if key not in changed]
        common = list(_copies(unchanged, touched))
        self.table.add(resolved([*common, *_copies(before, touched)]), -1)
        self.table.add(resolved([*common, *_copies(after, touched)]), 1)


def extended(old: Rows, more: Rows) -> Rows:
    """The rows of a log that grew: those known before and those of its new end."""
    classes = {kind: place for place, kind in enumerate(old.classes)}
    places = {where: place for place, where in enumerate(old.places)}
    numbers = array("q", more.numbers)
    for row in range(0, len(numbers), WIDTH):
        numbers[row + 2] = classes.setdefault(more.classes[numbers[row + 2]], len(classes))
        numbers[row + 3] = places.setdefault(more.places[numbers[row + 3]], len(places))
    return more._replace(
        rejected=[*old.rejected, *more.rejected],
        classes=list(classes),
        places=list(places),
        numbers=bytes(old.numbers) + numbers.tobytes(),
        cells=[],
    )


def _copies(logs: Iterable[Logged], wanted: set[int]) -> Iterator[Digested]:
    """The copies in these logs of responses with these digests."""
    if not wanted:
        return
    for _, rows in logs:
        groups = rows.groups()
        if not wanted.isdisjoint(groups):
            yield from rows.copies([row for row, group in enumerate(groups) if group in wanted])
