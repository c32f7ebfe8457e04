"""Hermes: one database of sessions with token sums, by model where the build keeps them apart; no single requests.

The four kinds are disjoint; whether output contains reasoning is not known, so it is not added. The cost is Hermes's
own: the actual one where it knows it, else its estimate.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from payback.sources.agents.fields import (
    embedded,
    happened,
    instant,
    last_part,
    mapping,
    sequence,
    text,
    tokens,
    usd,
)
from payback.sources.agents.folders import existing, files, first_named
from payback.sources.agents.intake import Intake
from payback.sources.agents.providers import vendor_of
from payback.sources.agents.reader import AgentLog
from payback.sources.agents.sqlite_file import read_database, rows

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from payback.sources.agents.reader import Mark, Places, Reading

TOOL = "hermes"
COUNTS = (
    "model",
    "billing_provider",
    "api_call_count",
    "input_tokens",
    "output_tokens",
    "cache_read_tokens",
    "cache_write_tokens",
    "reasoning_tokens",
    "estimated_cost_usd",
    "actual_cost_usd",
)


def discover(places: Places) -> Iterator[Path]:
    """`state.db` of Hermes's home and of its profiles."""
    for home in first_named(places, ("HERMES_HOME",), places.home / ".hermes"):
        yield from existing([home / "state.db"])
        yield from files(home / "profiles", lambda path: path.name == "state.db", depth=1)


class Sessions:
    """The sessions of one database."""

    def __init__(self, intake: Intake) -> None:
        self._intake = intake

    def database(self, connection: sqlite3.Connection) -> None:
        """Sums by session and model, and the tool calls of the messages."""
        by_model: dict[str, list[dict[str, Any]]] = {}
        for part in rows(connection, "session_model_usage", ("session_id", "first_seen", *COUNTS)):
            by_model.setdefault(str(part.get("session_id")), []).append(part)
        for session in rows(
            connection, "sessions", ("id", "started_at", "parent_session_id", "cwd", *COUNTS)
        ):
            for part in by_model.get(str(session.get("id")), [session]):
                with self._intake.row():
                    self._session(session, part)
        for message in rows(connection, "messages", ("session_id", "timestamp", "tool_calls")):
            self._calls(message)

    def _session(self, session: Mapping[str, Any], part: Mapping[str, Any]) -> None:
        found, model = text(session.get("id")), text(part.get("model"), session.get("model"))
        directory = text(session.get("cwd"))
        output = tokens(part, "output_tokens")
        provider = text(part.get("billing_provider"), session.get("billing_provider"))
        self._intake.usage(
            f"{found} {model}",
            happened(part.get("first_seen"), session.get("started_at")),
            vendor=vendor_of(provider, model),
            model=model,
            session_id=found,
            is_subagent=text(session.get("parent_session_id")) is not None,
            working_directory=directory,
            project=last_part(directory),
            requests=tokens(part, "api_call_count") or 1,
            input_tokens=tokens(part, "input_tokens"),
            cache_read_tokens=tokens(part, "cache_read_tokens"),
            cache_write_5m_tokens=tokens(part, "cache_write_tokens"),
            output_tokens=output,
            reasoning_tokens=min(tokens(part, "reasoning_tokens"), output),
            reported_usd=usd(part.get("actual_cost_usd")) or usd(part.get("estimated_cost_usd")),
        )

    def _calls(self, message: Mapping[str, Any]) -> None:
        at, session = instant(message.get("timestamp")), text(message.get("session_id"))
        for call in map(mapping, sequence(embedded(message.get("tool_calls")))):
            found = text(call.get("id"), call.get("call_id"))
            if at and session and found:
                self._intake.call(session, found, mapping(call.get("function")).get("name"), at)


def read(path: Path, mark: Mark | None, _digest: Callable[[bytes], str] | None) -> Reading:
    """The database, whole when it changed."""
    intake = Intake(TOOL, TOOL, str(path), "session_total")
    return read_database(path, mark, intake, Sessions(intake).database)


HERMES = AgentLog(TOOL, "Hermes", "session_total", discover, read, appends=False)
