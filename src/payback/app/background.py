"""Sources kept up to date while payback serves: one thread, one sync at a time, what it is doing always at hand."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

from payback.app.sync import settle

if TYPE_CHECKING:
    from collections.abc import Callable

    from payback.app.application import App

EVERY_SECONDS = 300.0
QUIET_SECONDS = 2.0


@dataclass(slots=True)
class Watch:
    """The sentence of the work under way. Told by one thread, read by many, who may want decisions to take effect."""

    title: str = "Bringing sources up to date"
    message: str | None = None
    failed: str | None = None
    wanted: threading.Event = field(default_factory=threading.Event)

    def tell(self, message: str) -> None:
        self.message = message

    def now(self) -> dict[str, Any] | None:
        """The work under way; None when there is none. How much is left is unknown before it is read."""
        if self.message is None:
            return None
        return {"title": self.title, "done": None, "total": None, "message": self.message}


@dataclass(slots=True)
class Keeper:
    """Runs `App.sync` at once and then every few minutes, until it is stopped; in between, whatever was decided takes
    effect, several decisions in a row together.
    """

    app: App
    watch: Watch
    log: Callable[[str], None]
    stopped: threading.Event = field(default_factory=threading.Event)
    thread: threading.Thread | None = None
    clock: Callable[[], float] = time.monotonic
    quiet: float = QUIET_SECONDS

    def start(self) -> None:
        self.thread = threading.Thread(target=self._run, name="payback-sync", daemon=True)
        self.thread.start()

    def stop(self) -> None:
        """Stop after the work under way; a crash instead would lose nothing either."""
        self.stopped.set()
        self.watch.wanted.set()
        if self.thread is not None:
            self.thread.join(timeout=30)

    def _run(self) -> None:
        while not self.stopped.is_set():
            self._round("Looking for what is new", self.app.sync)
            if not self.stopped.is_set():
                self._round("Looking for what wants a decision", self._looked)
            due = self.clock() + EVERY_SECONDS
            while not self.stopped.is_set() and (left := due - self.clock()) > 0:
                if self.watch.wanted.wait(left) and not self.stopped.wait(self.quiet):
                    self.watch.wanted.clear()
                    self._round("Placing money by what was decided", partial(settle, self.app))

    def _looked(self) -> None:
        for sentence in self.app.findings.look():
            self.log(sentence)

    def _round(self, sentence: str, work: Callable[[], object]) -> None:
        self.watch.tell(sentence)
        try:
            work()
            self.watch.failed = None
        except Exception as error:  # noqa: BLE001  the loop must outlive whatever one round meets
            self.watch.failed = f"{type(error).__name__}: {error}"
            self.log(f"sync failed: {self.watch.failed}")
        finally:
            self.watch.message = None
