"""What the outside world is, handed in once: nothing of payback looks at clock, environment or network by itself."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime
    from pathlib import Path

    from httpx2 import BaseTransport

    from payback.app.underway import Underway
    from payback.sources.agents.reader import System


def _silent(_message: str) -> None:
    """Progress that nobody watches."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the outside world is: environment, operating system, clock, where progress is told, how many processes may work
    at once, how HTTP travels (None is the network) and how one waits. `invented` gives the wire of an invented company's
    vendors, whose home never reaches the network. `underway` is told how far each connection is; without it, `progress` is.
    """

    environ: Mapping[str, str]
    system: System
    clock: Callable[[], datetime]
    progress: Callable[[str], None] = _silent
    processes: int = 1
    transport: BaseTransport | None = None
    invented: Callable[[Path], BaseTransport] | None = None
    sleep: Callable[[float], None] = time.sleep
    underway: Callable[[Underway], None] | None = None
