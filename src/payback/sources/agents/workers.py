"""Work shared between forked processes: each takes the next task when it is free, the first one works too.

Results travel as marshalled plain values. Where a process cannot be forked or one dies, its tasks are done by the first.
"""

from __future__ import annotations

import marshal
import os
import struct
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

MOST_TASKS = 4000
_TICKET = struct.Struct("<I")


def shared(
    work: Callable[[int], Any], tasks: int, jobs: int, meanwhile: Callable[[], None] | None = None
) -> Iterator[tuple[int, Any]]:
    """(task, result of `work`) for every task below `tasks`, in any order. Results are plain values of built-in types.
    `meanwhile` is done first by the first process once the others are at work, where there are others.
    """
    if jobs < 2 or tasks < 2 or not hasattr(os, "fork") or _has_threads():
        yield from ((task, work(task)) for task in range(tasks))
        return
    tickets = _tickets(tasks)
    children = [_child(work, tickets, tasks) for _ in range(jobs - 1)]
    done = bytearray(tasks)
    if meanwhile is not None:
        meanwhile()
    for task, result in _worked(work, tickets, tasks):
        done[task] = 1
        yield task, result
    os.close(tickets)
    for child, results in children:
        for task, result in _received(child, results):
            done[task] = 1
            yield task, result
    yield from ((task, work(task)) for task in range(tasks) if not done[task])


def _has_threads() -> bool:
    threading = sys.modules.get("threading")
    return threading is not None and threading.active_count() > 1


def _tickets(tasks: int) -> int:
    """A pipe that holds one ticket per run of tasks; whoever reads one has taken it."""
    tickets, fill = os.pipe()
    step = -(-tasks // MOST_TASKS)
    os.write(fill, b"".join(_TICKET.pack(first) for first in range(0, tasks, step)))
    os.close(fill)
    return tickets


def _worked(work: Callable[[int], Any], tickets: int, tasks: int) -> Iterator[tuple[int, Any]]:
    step = -(-tasks // MOST_TASKS)
    while ticket := os.read(tickets, _TICKET.size):
        (first,) = _TICKET.unpack(ticket)
        for task in range(first, min(first + step, tasks)):
            yield task, work(task)


def _child(work: Callable[[int], Any], tickets: int, tasks: int) -> tuple[int, int]:
    """A process that works and then writes all its results; its id, and where they can be read."""
    results, fill = os.pipe()
    child = os.fork()
    if child:
        os.close(fill)
        return child, results
    status = 1
    try:
        os.close(results)
        told = marshal.dumps(list(_worked(work, tickets, tasks)))
        with os.fdopen(fill, "wb") as out:
            out.write(told)
        status = 0
    finally:
        os._exit(status)


def _received(child: int, results: int) -> Iterator[tuple[int, Any]]:
    with os.fdopen(results, "rb") as source:
        told = source.read()
    _, status = os.waitpid(child, 0)
    if status == 0:  # one that died hands over nothing: its tasks are done again
        yield from marshal.loads(told)  # noqa: S302  written by our own child process
