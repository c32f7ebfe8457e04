"""Zed's agent threads: one row a thread in SQLite. Threads stored as plain JSON are read; those compressed with
Zstandard, as current builds store them, are counted as refused, because this Python cannot unpack them.

`cumulative_token_usage` is the sum of a thread; where it is empty, the sum of the latest request of each instruction.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from payback.sources.agents.fields import embedded, happened, mapping, text, tokens
from payback.sources.agents.folders import applications, data_home, existing, local_applications
from payback.sources.agents.intake import Intake
from payback.sources.agents.providers import vendor_of
from payback.sources.agents.reader import AgentLog
from payback.sources.agents.sqlite_file import read_database, rows

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from payback.sources.agents.reader import Mark, Places, Reading

TOOL = "zed"
HOSTED = "zed.dev"
KINDS = {
    "input_tokens": "input_tokens",
    "output_tokens": "output_tokens",
    "cache_read_tokens": "cache_read_input_tokens",
    "cache_write_5m_tokens": "cache_creation_input_tokens",
}


def discover(places: Places) -> Iterator[Path]:
    """`threads.db` below Zed's data folder."""
    folders = {
        "linux": data_home(places) / "zed",
        "darwin": applications(places) / "Zed",
        "windows": local_applications(places) / "Zed",
    }
    yield from existing([folders[places.system] / "threads" / "threads.db"])


class Threads:
    """The threads of one database."""

    def __init__(self, intake: Intake) -> None:
        self._intake = intake

    def database(self, connection: sqlite3.Connection) -> None:
        """All threads that can be unpacked, and how many cannot."""
        packed = 0
        for thread in rows(connection, "threads", ("id", "updated_at", "data_type", "data")):
            if thread.get("data_type") == "json":
                with self._intake.row():
                    self._thread(thread, mapping(embedded(thread.get("data"))))
            else:
                packed += 1
        if packed:
            self._intake.refuse(
                f"{packed} threads are compressed with Zstandard, which cannot be unpacked here"
            )

    def _thread(self, stored: Mapping[str, Any], thread: Mapping[str, Any]) -> None:
        if thread.get("imported") is True:
            return
        model = mapping(thread.get("model"))
        named, provider = text(model.get("model")), text(model.get("provider"))
        requests = [mapping(request) for request in mapping(thread.get("request_token_usage")).values()]
        whole = mapping(thread.get("cumulative_token_usage"))
        counted = [whole] if any(whole.values()) else requests
        found = str(stored.get("id"))
        self._intake.usage(
            found,
            happened(stored.get("updated_at"), thread.get("updated_at")),
            vendor=vendor_of(None if provider == HOSTED else provider, named),
            model=named,
            session_id=found,
            is_subagent=bool(thread.get("subagent_context")),
            requests=len(requests) or 1,
            **{ours: sum(tokens(one, theirs) for one in counted) for ours, theirs in KINDS.items()},
        )


def read(path: Path, mark: Mark | None, _digest: Callable[[bytes], str] | None) -> Reading:
    """The database, whole when it changed."""
    intake = Intake(TOOL, TOOL, str(path), "session_total")
    return read_database(path, mark, intake, Threads(intake).database)


ZED = AgentLog(TOOL, "Zed", "session_total", discover, read, appends=False)
