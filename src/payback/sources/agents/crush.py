"""Crush: a database in each project, listed in one file. A session's cost is a sum of its requests; its token counts
are those of the latest request only, so they are an estimate of nothing more than the least that was used.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from payback.sources.agents.fields import (
    embedded,
    flag,
    happened,
    instant,
    last_part,
    mapping,
    sequence,
    text,
    tokens,
    usd,
)
from payback.sources.agents.folders import data_home, existing, first_named, local_applications
from payback.sources.agents.intake import Intake
from payback.sources.agents.providers import vendor_of
from payback.sources.agents.reader import AgentLog
from payback.sources.agents.sqlite_file import read_database, rows
from payback.sources.agents.whole_file import beside

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Iterator, Mapping

    from payback.sources.agents.reader import Mark, Places, Reading

TOOL = "crush"


def discover(places: Places) -> Iterator[Path]:
    """The database of every project that Crush has listed."""
    default = local_applications(places) if places.system == "windows" else data_home(places)
    for home in first_named(places, ("CRUSH_GLOBAL_DATA",), default / "crush"):
        listed = mapping(beside(home / "projects.json")).get("projects")
        for project in map(mapping, sequence(listed)):
            if path := text(project.get("path")):
                folder = Path(path) / (text(project.get("data_dir")) or ".crush")
                yield from existing([folder / "crush.db"])


class Sessions:
    """The sessions of one project."""

    def __init__(self, path: Path, intake: Intake) -> None:
        self._intake = intake
        self._directory = str(path.parent.parent) if path.parent.name == ".crush" else None
        self._answers: dict[str, list[Mapping[str, Any]]] = {}

    def database(self, connection: sqlite3.Connection) -> None:
        """Models and tool calls from the messages, sums from the sessions."""
        wanted = ("session_id", "role", "parts", "model", "provider", "created_at")
        for message in rows(connection, "messages", wanted):
            if message.get("role") == "assistant":
                self._answers.setdefault(str(message.get("session_id")), []).append(message)
            self._calls(message)
        sums = (
            "id",
            "parent_session_id",
            "prompt_tokens",
            "completion_tokens",
            "cost",
            "created_at",
            "updated_at",
        )
        for session in rows(connection, "sessions", sums):
            with self._intake.row():
                self._session(session)

    def _session(self, session: Mapping[str, Any]) -> None:
        found = str(session.get("id"))
        answers = self._answers.get(found, [])
        newest: Mapping[str, Any] = next(
            (answer for answer in reversed(answers) if text(answer.get("model"))), {}
        )
        model = text(newest.get("model"))
        self._intake.usage(
            found,
            happened(session.get("created_at"), session.get("updated_at")),
            vendor=vendor_of(text(newest.get("provider")), model),
            model=model,
            session_id=found,
            is_subagent=text(session.get("parent_session_id")) is not None,
            working_directory=self._directory,
            project=last_part(self._directory),
            requests=len(answers) or 1,
            input_tokens=tokens(session, "prompt_tokens"),
            output_tokens=tokens(session, "completion_tokens"),
            reported_usd=usd(session.get("cost")),
        )

    def _calls(self, message: Mapping[str, Any]) -> None:
        session, at = text(message.get("session_id")), instant(message.get("created_at"))
        for part in map(mapping, sequence(embedded(message.get("parts")))):
            data = mapping(part.get("data"))
            if part.get("type") == "tool_call" and session and at and (call := text(data.get("id"))):
                self._intake.call(session, call, data.get("name"), at)
            elif part.get("type") == "tool_result" and session and (call := text(data.get("tool_call_id"))):
                self._intake.outcome(session, call, is_error=flag(data.get("is_error")))


def read(path: Path, mark: Mark | None, _digest: Callable[[bytes], str] | None) -> Reading:
    """One project's database, whole when it changed."""
    intake = Intake(TOOL, TOOL, str(path), "estimated")
    return read_database(path, mark, intake, Sessions(path, intake).database)


CRUSH = AgentLog(TOOL, "Crush", "estimated", discover, read, appends=False)
