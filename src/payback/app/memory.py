"""Answers remembered for as long as nothing was written: pages ask the same things again and again."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

T = TypeVar("T")
MOST = 1000


@dataclass(slots=True)
class Memory:
    """Answers of one edition of the warehouse. May be used from several threads."""

    edition: int | None = None
    answers: dict[Hashable, Any] = field(default_factory=dict)
    turn: threading.Lock = field(default_factory=threading.Lock)

    def recall(self, edition: int | None, key: Hashable, make: Callable[[], T]) -> T:
        """The answer under a key, made anew when rows may have changed since it was made."""
        if edition is None:
            return make()
        with self.turn:
            if self.edition != edition or len(self.answers) >= MOST:
                self.edition, self.answers = edition, {}
            if key in self.answers:
                found: T = self.answers[key]
                return found
        made = make()
        with self.turn:
            if self.edition == edition:
                self.answers[key] = made
        return made
