"""What machine this is, and what time it is there. Imports next to nothing."""

from __future__ import annotations

import os
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from payback.sources.agents.reader import System


def system() -> System:
    """The operating system as readers of logs name it."""
    if sys.platform == "darwin":
        return "darwin"
    return "windows" if sys.platform in {"win32", "cygwin"} else "linux"


def jobs() -> int:
    """How many processes may work at once: the processors this process may use, four at most."""
    if hasattr(os, "sched_getaffinity"):
        return min(4, len(os.sched_getaffinity(0)))
    return min(4, os.cpu_count() or 1)


def now() -> datetime:
    """This instant."""
    return datetime.now(UTC)
