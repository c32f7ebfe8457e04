"""Goose: one database of sessions, each with its token sums; no single requests and no cache counts.

What the total holds beyond input and output is reasoning. All input counts as uncached, so its price is an upper
bound. A session's use is dated to when it was created.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from payback.sources.agents.fields import (
    adds_up,
    embedded,
    happened,
    instant,
    last_part,
    mapping,
    sequence,
    text,
    tokens,
)
from payback.sources.agents.folders import applications, data_home, existing, first_named
from payback.sources.agents.intake import Intake
from payback.sources.agents.providers import vendor_of
from payback.sources.agents.reader import AgentLog
from payback.sources.agents.sqlite_file import read_database, rows

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from payback.sources.agents.reader import Mark, Places, Reading

TOOL = "goose"
COUNTS = ("input_tokens", "output_tokens", "total_tokens")
COLUMNS = (
    "id",
    "working_dir",
    "model_config_json",
    "provider_name",
    "created_at",
    "updated_at",
    "session_type",
    *COUNTS,
    *(f"accumulated_{name}" for name in COUNTS),
)


def discover(places: Places) -> Iterator[Path]:
    """`sessions.db` below Goose's data folder."""
    roots = first_named(places, ("GOOSE_PATH_ROOT",))
    folders = [root / "data" for root in roots] or [
        data_home(places) / "goose",
        applications(places) / "goose",
        applications(places) / "Block" / "goose" / "data",
        applications(places) / "Block" / "goose",
    ]
    yield from existing(folder / "sessions" / "sessions.db" for folder in folders)


class Sessions:
    """The sessions of one database."""

    def __init__(self, intake: Intake) -> None:
        self._intake = intake
        self._answers: dict[str, int] = {}

    def database(self, connection: sqlite3.Connection) -> None:
        """Tool calls and the number of answers from the messages, sums from the sessions."""
        wanted = ("id", "session_id", "role", "content_json", "created_timestamp")
        for message in rows(connection, "messages", wanted):
            self._message(message)
        for session in rows(connection, "sessions", COLUMNS):
            with self._intake.row():
                self._session(session)

    def _message(self, message: Mapping[str, Any]) -> None:
        session = str(message.get("session_id"))
        if message.get("role") == "assistant":
            self._answers[session] = self._answers.get(session, 0) + 1
        at = instant(message.get("created_timestamp"))
        for block in map(mapping, sequence(embedded(message.get("content_json")))):
            call = text(block.get("id"))
            if call and at and block.get("type") == "toolRequest":
                request = mapping(mapping(block.get("toolCall")).get("value"))
                self._intake.call(session, call, request.get("name"), at)
            elif call and block.get("type") == "toolResponse":
                status = mapping(block.get("toolResult")).get("status")
                self._intake.outcome(
                    session, call, is_error={"success": False, "error": True}.get(str(status))
                )

    def _session(self, session: Mapping[str, Any]) -> None:
        found = text(session.get("id"))
        kind = "accumulated_" if session.get("accumulated_total_tokens") else ""
        whole, answer = tokens(session, f"{kind}input_tokens"), tokens(session, f"{kind}output_tokens")
        total = tokens(session, f"{kind}total_tokens")
        thoughts = max(0, total - whole - answer) if total else 0
        adds_up(total, whole + answer + thoughts)
        model = text(mapping(embedded(session.get("model_config_json"))).get("model_name"))
        directory = text(session.get("working_dir"))
        self._intake.usage(
            str(found),
            happened(session.get("created_at"), session.get("updated_at")),
            vendor=vendor_of(text(session.get("provider_name")), model),
            model=model,
            session_id=found,
            is_subagent=session.get("session_type") == "sub_agent",
            working_directory=directory,
            project=last_part(directory),
            requests=self._answers.get(str(found), 1),
            input_tokens=whole,
            output_tokens=answer + thoughts,
            reasoning_tokens=thoughts,
        )


def read(path: Path, mark: Mark | None, _digest: Callable[[bytes], str] | None) -> Reading:
    """The database, whole when it changed."""
    intake = Intake(TOOL, TOOL, str(path), "session_total")
    return read_database(path, mark, intake, Sessions(intake).database)


GOOSE = AgentLog(TOOL, "Goose", "session_total", discover, read, appends=False)
