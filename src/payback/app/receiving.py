"""Telemetry that servers push: vLLM's counters by OTLP. What else comes is counted, told to the sender, and forgotten.

A point and the mark that it was counted are written at once, so a push that is sent again adds nothing. Money is placed with
the next sync.
"""

from __future__ import annotations

import threading
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from payback.ledger.batches import digest
from payback.ledger.entries import Rejected
from payback.ledger.intake import Batch, take_in
from payback.sources import vllm_pushed
from payback.sources.otlp import metrics
from payback.state.watched import token_for
from payback.warehouse.contract import Cursor

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from payback.ledger.intake import Books
    from payback.sources.otlp import Point
    from payback.state import State

SCOPE = "otlp"


@dataclass(frozen=True, slots=True)
class Received:
    """What became of a push: points refused, points of metrics that nobody here reads."""

    refused: int = 0
    ignored: int = 0


@dataclass(frozen=True, slots=True)
class Receiving:
    """Where pushed counters become use. One push at a time, for each goes on from the one before."""

    books: Callable[[], Books]
    state: State
    clock: Callable[[], datetime]
    turn: threading.Lock = field(default_factory=threading.Lock)

    def admits(self, secret: str) -> bool:
        """Whether a token's secret opens this door now."""
        token = token_for(self.state, secret, self.clock())
        return token is not None and token.scope == SCOPE

    def take(self, body: Any) -> Received:
        """Take a push in, whole or not at all. ValueError where it is no export of metrics."""
        told = metrics(body, vllm_pushed.NAMES)
        if told.points or told.refused:
            with self.turn:
                self._write(told.points, told.refused)
        return Received(len(told.refused), told.ignored)

    def _write(self, points: list[Point], refused: list[str]) -> None:
        books, now, source = self.books(), self.clock(), vllm_pushed.SOURCE
        marks = books.warehouse.cursors(source)
        servers: dict[str, list[Point]] = defaultdict(list)
        for point in points:
            servers[vllm_pushed.place_of(point.resource)].append(point)
        batch = Batch(rejected=[Rejected(source, why, file="push") for why in refused])
        for place, told in servers.items():
            key = digest(place)
            mark, rows = vllm_pushed.counted(marks.get(key), told, now)
            batch.usages += rows
            batch.cursors.append(Cursor(source, key, mark))
        take_in(batch, books, now)
