"""GitHub Copilot's command line and desktop app: one row a request in `session-store.db`.

`input_tokens` contains cache reads and writes; whether output contains reasoning is not known, so it is not added.
What GitHub bills are AI units (`total_nano_aiu`); their price depends on the plan, so no dollars are reported.
Fallbacks for older builds are in `copilot_events` and `copilot_otel`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from payback.sources.agents.copilot_events import read_events
from payback.sources.agents.copilot_otel import read_otel
from payback.sources.agents.fields import happened, last_part, seconds, text, tokens
from payback.sources.agents.folders import existing, files, first_named, named
from payback.sources.agents.intake import Intake
from payback.sources.agents.reader import AgentLog
from payback.sources.agents.sqlite_file import read_database, rows

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from payback.sources.agents.reader import Mark, Places, Reading

TOOL = "copilot_cli"
STORE = "session-store.db"
COLUMNS = (
    "id",
    "created_at",
    "session_id",
    "turn_index",
    "model",
    "copilot_usage_model",
    "input_tokens",
    "output_tokens",
    "cache_read_tokens",
    "cache_write_tokens",
    "reasoning_tokens",
    "duration_ms",
    "finish_reason",
    "agent_id",
    "initiator",
)


def discover(places: Places) -> Iterator[Path]:
    """The store, the sessions' event logs, and the files of the OpenTelemetry exporter where one is turned on."""
    for home in first_named(places, ("COPILOT_HOME",), places.home / ".copilot"):
        yield from existing([home / STORE])
        for session in ("session-state", "history-session-state"):
            yield from files(home / session, lambda path: path.name == "events.jsonl", depth=1)
        if not (home / STORE).is_file():
            yield from files(home / "otel", lambda path: path.suffix == ".jsonl", depth=2)
            yield from existing(named(places, "COPILOT_OTEL_FILE_EXPORTER_PATH"))


class Store:
    """The requests of one store."""

    def __init__(self, intake: Intake) -> None:
        self._intake = intake
        self._sessions: dict[str, Mapping[str, Any]] = {}

    def database(self, connection: sqlite3.Connection) -> None:
        """All requests, with the folder and branch of their session."""
        for session in rows(connection, "sessions", ("id", "cwd", "branch")):
            self._sessions[str(session["id"])] = session
        for stored in rows(connection, "assistant_usage_events", COLUMNS):
            with self._intake.row():
                self._request(stored)

    def _request(self, stored: Mapping[str, Any]) -> None:
        session = text(stored.get("session_id"))
        known = self._sessions.get(session or "", {})
        directory = text(known.get("cwd"))
        turn = text(stored.get("turn_index"))
        agent = text(stored.get("agent_id"))
        failed = stored.get("finish_reason") == "error"
        self._intake.usage(
            f"{session} {text(stored.get('id'))}",
            happened(stored.get("created_at")),
            vendor="github",
            model=text(stored.get("copilot_usage_model"), stored.get("model")),
            session_id=session,
            run_id=f"{session}:{turn}" if turn else None,
            agent=agent,
            is_subagent=stored.get("initiator") == "sub-agent" or agent is not None,
            working_directory=directory,
            project=last_part(directory),
            branch=text(known.get("branch")),
            duration_seconds=seconds(stored.get("duration_ms")),
            requests=0 if failed else 1,
            errors=int(failed),
            error="error" if failed else None,
            **counted(stored),
        )


def counted(stored: Mapping[str, Any]) -> dict[str, int]:
    """The disjoint counts of a row whose input contains its cached parts."""
    read, write = tokens(stored, "cache_read_tokens"), tokens(stored, "cache_write_tokens")
    output = tokens(stored, "output_tokens")
    return {
        "input_tokens": max(0, tokens(stored, "input_tokens") - read - write),
        "cache_read_tokens": read,
        "cache_write_5m_tokens": write,
        "output_tokens": output,
        "reasoning_tokens": min(tokens(stored, "reasoning_tokens"), output),
    }


def read(path: Path, mark: Mark | None, digest: Callable[[bytes], str] | None) -> Reading:
    """One of the three kinds of file, told apart by name."""
    intake = Intake(TOOL, TOOL, str(path))
    if path.suffix == ".db":
        return read_database(path, mark, intake, Store(intake).database)
    if path.name == "events.jsonl":
        return read_events(path, mark, digest, intake)
    return read_otel(path, mark, digest, intake)


COPILOT = AgentLog(TOOL, "GitHub Copilot CLI", "exact", discover, read)
