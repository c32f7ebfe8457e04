"""Factory's Droid: `<id>.settings.json` holds a session's running token sum, `<id>.jsonl` its messages without tokens.

The sums are one row a session, dated to when its provider was chosen; thinking stands beside output. The messages give
tool calls and the folder.
"""

from __future__ import annotations

import re
from functools import partial
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
)
from payback.sources.agents.folders import files, named
from payback.sources.agents.intake import Intake
from payback.sources.agents.line_file import read_lines
from payback.sources.agents.providers import vendor_of
from payback.sources.agents.reader import AgentLog
from payback.sources.agents.whole_file import read_document

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from payback.sources.agents.reader import Mark, Places, Reading

TOOL = "droid"
SETTINGS = ".settings.json"
DECORATION = re.compile(r"\[[^\]]*\]")


def discover(places: Places) -> Iterator[Path]:
    """Both files of every session."""
    folders = [home / "sessions" for home in named(places, "FACTORY_DIR")] + named(
        places, "DROID_SESSIONS_DIR"
    )
    for folder in folders or [places.home / ".factory" / "sessions"]:
        yield from files(folder, lambda path: path.name.endswith((SETTINGS, ".jsonl")))


class Messages:
    """The messages of one session: tool calls, never tokens."""

    needles = (b'"message"',)

    def __init__(self, path: Path, intake: Intake, state: Mapping[str, Any]) -> None:
        self.intake = intake
        self._session = path.stem
        self._run = text(state.get("run"))

    def opening(self, record: Mapping[str, Any]) -> None:
        """The file's name is the session's id, in both files."""

    def state(self) -> dict[str, Any]:
        """The instruction being answered."""
        return {"run": self._run} if self._run else {}

    def line(self, record: Mapping[str, Any], number: int) -> None:
        """One message and the tool calls or results in it."""
        message, at = mapping(record.get("message")), instant(record.get("timestamp"))
        blocks = [mapping(block) for block in sequence(message.get("content"))]
        if message.get("role") == "user" and any(block.get("type") == "text" for block in blocks):
            self._run = text(record.get("id")) or f"{self._session}:{number}"
        for block in blocks:
            if block.get("type") == "tool_use" and at and (call := text(block.get("id"))):
                self.intake.call(self._session, call, block.get("name"), at, run_id=self._run)
            elif block.get("type") == "tool_result" and (call := text(block.get("tool_use_id"))):
                self.intake.outcome(self._session, call, is_error=block.get("is_error") is True)


def take_settings(path: Path, intake: Intake, document: Any) -> None:
    """The session's sum."""
    settings = mapping(document)
    counts = mapping(settings.get("tokenUsage"))
    if not counts:
        return
    session = path.name.removesuffix(SETTINGS)
    directory = started_in(path.with_name(f"{session}.jsonl"))
    model = _plain(text(settings.get("model")))
    thoughts = tokens(counts, "thinkingTokens")
    intake.usage(
        session,
        happened(settings.get("providerLockTimestamp"), path.stat().st_mtime_ns),
        vendor=vendor_of(text(settings.get("providerLock")), model),
        model=model,
        session_id=session,
        working_directory=directory,
        project=last_part(directory),
        input_tokens=tokens(counts, "inputTokens"),
        cache_read_tokens=tokens(counts, "cacheReadTokens"),
        cache_write_5m_tokens=tokens(counts, "cacheCreationTokens"),
        output_tokens=tokens(counts, "outputTokens") + thoughts,
        reasoning_tokens=thoughts,
    )


def _plain(model: str | None) -> str | None:
    """A model's name without Droid's mark of own models and their numbers (`custom:Name-[Own]-0` stays `Name`)."""
    return text(DECORATION.split((model or "").removeprefix("custom:"))[0].rstrip("- "))


def started_in(messages: Path) -> str | None:
    """The folder in the first line of a session's messages."""
    try:
        with messages.open("rb") as file:
            first = file.readline(1 << 20)
    except OSError:
        return None
    return text(mapping(embedded(first)).get("cwd"))


def read(path: Path, mark: Mark | None, digest: Callable[[bytes], str] | None) -> Reading:
    """One of a session's two files."""
    intake = Intake(TOOL, TOOL, str(path), "session_total")
    if path.name.endswith(SETTINGS):
        return read_document(path, mark, intake, partial(take_settings, path, intake))
    return read_lines(path, mark, digest, intake, partial(Messages, path, intake))


DROID = AgentLog(TOOL, "Factory Droid", "session_total", discover, read)
