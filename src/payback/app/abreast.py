"""Several connections read at the same time, each in a thread of its own, while every write is done by the one that waits.

A thread fetches and parses a slice and hands it over; it goes on once the slice is written. So at most one slice of each
connection is held in memory, slices of a stream are written in order, and the engine sees one writer.
"""

from __future__ import annotations

import queue
import threading
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

MOST = 4
T = TypeVar("T")


class StoppedError(BaseException):
    """Whoever writes has stopped; what was fetched and not written is fetched again with the next sync."""


@dataclass(slots=True)
class Desk:
    """Where threads hand over what is to be written. `closed` once nobody writes any more."""

    handed: queue.SimpleQueue[tuple[Callable[[], Any], Future[Any]] | None] = field(
        default_factory=queue.SimpleQueue
    )
    closed: threading.Event = field(default_factory=threading.Event)

    def write(self, work: Callable[[], T]) -> T:
        """Have the one that waits do the work; its answer or its error comes back here."""
        done: Future[T] = Future()
        if self.closed.is_set():
            raise StoppedError
        self.handed.put((work, done))
        while True:
            try:
                return done.result(timeout=1)
            except TimeoutError:
                if self.closed.is_set():
                    raise StoppedError from None


def abreast(tasks: Sequence[Callable[[Callable[[Callable[[], Any]], Any]], T]], most: int = MOST) -> list[T]:
    """What each task gives, in the order of the tasks; each is handed the function by which it has things written.

    An error of a task is raised once the others are done. An interrupt stops at once: threads write nothing after it.
    """
    desk, waiting = Desk(), queue.SimpleQueue[int]()
    results: list[Future[T]] = [Future() for _ in tasks]
    for number in range(len(tasks)):
        waiting.put(number)

    def work() -> None:
        try:
            while not desk.closed.is_set():
                number = waiting.get_nowait()
                try:
                    results[number].set_result(tasks[number](desk.write))
                except BaseException as error:  # noqa: BLE001  it is raised where the results are asked for
                    results[number].set_exception(error)
        except queue.Empty:
            pass
        finally:
            desk.handed.put(None)

    threads = min(most, len(tasks))
    try:
        for _ in range(threads):
            threading.Thread(target=work, name="payback-source", daemon=True).start()
        _serve(desk, threads)
    finally:
        desk.closed.set()
    return [result.result() for result in results]


def _serve(desk: Desk, threads: int) -> None:
    """Write what is handed over until every thread has nothing left."""
    while threads:
        handed = desk.handed.get()
        if handed is None:
            threads -= 1
            continue
        work, done = handed
        try:
            done.set_result(work())
        except Exception as error:  # noqa: BLE001  it is raised in the thread that handed it over
            done.set_exception(error)
