"""Log files read one after the other, or by several processes where there is enough to read to be worth their start."""

from __future__ import annotations

import json
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING

from payback.app.keys import digest_with
from payback.sources.agents import readers
from payback.sources.agents.reader import Mark

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from payback.sources.agents.reader import AgentLog, Reading

WORTH_PROCESSES = 200_000_000
AT_ONCE = 64


@dataclass(frozen=True, slots=True)
class Task:
    """One file to read: by which reader, from where, how far it was read (as text), and whose key digests have."""

    title: str
    path: str
    told: str | None
    key_home: Path | None


def read_all(
    tasks: Sequence[Task], processes: int, worth: int = WORTH_PROCESSES
) -> Iterator[tuple[Task, Reading]]:
    """What is new in each file that holds anything new, in the order of the tasks. `worth`: from how many unread bytes on
    more than one process reads.
    """
    if processes < 2 or _weight(tasks) < worth:
        found: Iterator[Reading | None] = map(read, tasks)
        yield from (
            (task, reading) for task, reading in zip(tasks, found, strict=True) if reading is not None
        )
        return
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
        for first in range(0, len(tasks), AT_ONCE):
            part = tasks[first : first + AT_ONCE]
            found = pool.map(read, part, chunksize=4)
            yield from (
                (task, reading) for task, reading in zip(part, found, strict=True) if reading is not None
            )


def read(task: Task) -> Reading | None:
    """What is new in a file; None when nothing is."""
    mark = Mark(**json.loads(task.told)) if task.told else None
    digest = digest_with(task.key_home) if task.key_home else None
    reading = _reader(task.title).read(Path(task.path), mark, digest)
    return None if task.told is not None and text_of(reading.mark) == task.told else reading


def text_of(mark: Mark | None) -> str | None:
    """A mark as the text of a cursor."""
    return json.dumps(asdict(mark), separators=(",", ":")) if mark else None


def _reader(title: str) -> AgentLog:
    return next(reader for reader in readers() if reader.title == title)


def _weight(tasks: Sequence[Task]) -> int:
    """Bytes that lie beyond the marks."""
    weight = 0
    for task in tasks:
        try:
            size = Path(task.path).stat().st_size
        except OSError:
            continue
        weight += size - (json.loads(task.told)["offset"] if task.told else 0)
    return weight
