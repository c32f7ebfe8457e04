"""Kimi's wire logs, of the old command line and of Kimi Code. All four token kinds are disjoint; no cost is written.

The old log names no model: the settings beside it do, as they stand now. In the new one `llm.request` names it, and a
request that is followed by another attempt before its usage came was a retry.
"""

from __future__ import annotations

import hashlib
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any

from payback.sources.agents.fields import (
    flag,
    happened,
    instant,
    last_part,
    mapping,
    scoped,
    sequence,
    text,
    tokens,
)
from payback.sources.agents.folders import files, first_named
from payback.sources.agents.intake import Intake
from payback.sources.agents.line_file import read_lines
from payback.sources.agents.reader import AgentLog
from payback.sources.agents.whole_file import beside

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from datetime import datetime
    from pathlib import Path

    from payback.sources.agents.reader import Mark, Places, Reading

OLD, NEW = "kimi_cli", "kimi_code"
VENDOR = "moonshot"


def discover_old(places: Places) -> Iterator[Path]:
    """Wire logs of the old command line, subagents' too."""
    for home in first_named(places, ("KIMI_SHARE_DIR",), places.home / ".kimi"):
        yield from files(home / "sessions", _is_wire)


def discover_new(places: Places) -> Iterator[Path]:
    """Wire logs of Kimi Code, and of the runtime inside the desktop app on macOS."""
    for home in first_named(places, ("KIMI_CODE_HOME",), places.home / ".kimi-code"):
        yield from files(home / "sessions", _is_wire)
    if places.system == "darwin":
        yield from files(places.home / "Library" / "Application Support" / "kimi-desktop", _is_agents_wire)


def _is_wire(path: Path) -> bool:
    return path.name == "wire.jsonl"


def _is_agents_wire(path: Path) -> bool:
    return _is_wire(path) and path.parent.parent.name == "agents"


class _Wire:
    """What both kinds share: where a row came from."""

    def __init__(self, intake: Intake, session: Path, *, is_subagent: bool) -> None:
        self.intake, self._session, self._is_subagent = intake, session.name, is_subagent
        self._directory: str | None = None
        self._agent: str | None = None
        self._run: str | None = None

    def _usage(self, key: str, at: datetime, model: str | None, **fields: Any) -> str | None:
        row = self.intake.usage(
            key,
            at,
            vendor=VENDOR,
            model=model,
            session_id=self._session,
            run_id=self._run,
            agent=self._agent,
            is_subagent=self._is_subagent,
            working_directory=self._directory,
            project=last_part(self._directory),
            **fields,
        )
        return row.usage_id if row else None


class OldWire(_Wire):
    """The old log: `{timestamp, message: {type, payload}}`."""

    needles = (b'"message"',)

    def __init__(self, path: Path, intake: Intake, state: Mapping[str, Any]) -> None:
        folder = path.parent
        inside = folder.parent.name == "subagents"
        super().__init__(intake, folder.parent.parent if inside else folder, is_subagent=inside)
        self._folder = folder.parent.parent if inside else folder
        self._model: str | None = None
        self._run = text(state.get("run"))

    def opening(self, record: Mapping[str, Any]) -> None:
        """The model in the settings and the folder whose MD5 names the one above the session."""
        home = self._folder.parent.parent.parent
        self._model = text(record.get("model")) or configured_model(home)
        for known in map(mapping, sequence(mapping(beside(home / "kimi.json")).get("work_dirs"))):
            found = text(known.get("path"))
            if found and _md5(found) == self._folder.parent.name:
                self._directory = found

    def state(self) -> dict[str, Any]:
        """The instruction being answered."""
        return {"run": self._run} if self._run else {}

    def line(self, record: Mapping[str, Any], number: int) -> None:
        """One message; those of a subagent that are repeated inside an envelope are the same rows."""
        message = mapping(record.get("message"))
        payload = mapping(message.get("payload"))
        kind, enveloped = message.get("type"), message.get("type") == "SubagentEvent"
        if enveloped:
            event = mapping(payload.get("event"))
            kind, payload = event.get("type"), mapping(event.get("payload"))
        if kind == "TurnBegin" and not enveloped:
            self._run = f"{self._session}:{number}"
        elif kind == "StatusUpdate":
            self._status(record, payload, number, enveloped=enveloped)
        elif (
            kind == "ToolCall"
            and (call := text(payload.get("id")))
            and (at := instant(record.get("timestamp")))
        ):
            name = mapping(payload.get("function")).get("name")
            self.intake.call(self._session, call, name, at, run_id=self._run)
        elif kind == "ToolResult" and (call := text(payload.get("tool_call_id"))):
            result = mapping(payload.get("return_value")) or mapping(payload.get("result"))
            self.intake.outcome(self._session, call, is_error=flag(result.get("is_error")))

    def _status(
        self, record: Mapping[str, Any], payload: Mapping[str, Any], number: int, *, enveloped: bool
    ) -> None:
        counts = mapping(payload.get("token_usage"))
        if not counts:
            return
        found = text(payload.get("message_id"))
        was, self._is_subagent = self._is_subagent, self._is_subagent or enveloped
        self._usage(
            scoped(self._session, found) if found else f"{self._session} {self._folder.name} line {number}",
            happened(record.get("timestamp")),
            self._model,
            response_id=found,
            input_tokens=tokens(counts, "input_other"),
            cache_read_tokens=tokens(counts, "input_cache_read"),
            cache_write_5m_tokens=tokens(counts, "input_cache_creation"),
            output_tokens=tokens(counts, "output"),
        )
        self._is_subagent = was


def configured_model(home: Path) -> str | None:
    """The default model of `config.toml` or `config.json`, by the name that the vendor gives it."""
    settings = mapping(beside(home / "config.json"))
    import tomllib

    with suppress(OSError, ValueError):
        settings = tomllib.loads((home / "config.toml").read_text("utf-8"))
    chosen = text(settings.get("default_model"), settings.get("model"))
    listed = mapping(mapping(settings.get("models")).get(chosen or ""))
    return text(listed.get("model")) or chosen


def _md5(path: str) -> str:
    return hashlib.md5(path.encode("utf-8", "replace"), usedforsecurity=False).hexdigest()


class NewWire(_Wire):
    """Kimi Code's log of one agent of one session: `{type, time, …}`."""

    needles = (b'"usage.record"', b'"llm.request"', b'"context.append_', b'"config.update"')

    def __init__(self, path: Path, intake: Intake, state: Mapping[str, Any]) -> None:
        agent, folder = path.parent.name, path.parent.parent.parent
        super().__init__(intake, folder, is_subagent=agent != "main")
        self._folder, self._key = folder, f"{folder.name}:{agent}"
        self._agent = agent if self._is_subagent else None
        self._model, self._alias = text(state.get("model")), text(state.get("alias"))
        self._pending = bool(state.get("pending"))
        self._run = text(state.get("run"))

    def opening(self, record: Mapping[str, Any]) -> None:
        """The folder, from the session's state file."""
        known = mapping(beside(self._folder / "state.json"))
        self._directory = text(known.get("workDir"), known.get("cwd"), record.get("cwd"))

    def state(self) -> dict[str, Any]:
        """The model in force and whether its request has not been answered."""
        kept = {"model": self._model, "alias": self._alias, "run": self._run, "pending": self._pending}
        return {name: value for name, value in kept.items() if value}

    def line(self, record: Mapping[str, Any], number: int) -> None:
        """One record."""
        kind = record.get("type")
        if kind == "config.update":
            self._alias = text(record.get("modelAlias")) or self._alias
        elif kind == "llm.request":
            self._asked(record, number)
        elif kind == "usage.record" and record.get("usageScope") != "session":
            self._answered(record, number)
        elif kind == "context.append_message":
            message = mapping(record.get("message"))
            if message.get("role") == "user" and mapping(message.get("origin")).get("kind", "user") == "user":
                self._run = f"{self._session}:{number}"
        elif kind == "context.append_loop_event":
            self._tool(record, mapping(record.get("event")))

    def _asked(self, record: Mapping[str, Any], number: int) -> None:
        again = record.get("attempt")
        if self._pending and isinstance(again, int) and again > 0:
            self._usage(
                f"{self._key}:{number}", happened(record.get("time")), self._model, requests=0, retries=1
            )
        self._model = text(record.get("model")) or self._model
        self._pending = again is not None

    def _answered(self, record: Mapping[str, Any], number: int) -> None:
        counts = mapping(record.get("usage"))
        self._pending = False
        self._usage(
            f"{self._key}:{number}",
            happened(record.get("time"), record.get("timestamp")),
            self._model or text(record.get("model")) or self._alias,
            input_tokens=tokens(counts, "inputOther"),
            cache_read_tokens=tokens(counts, "inputCacheRead"),
            cache_write_5m_tokens=tokens(counts, "inputCacheCreation"),
            output_tokens=tokens(counts, "output"),
        )

    def _tool(self, record: Mapping[str, Any], event: Mapping[str, Any]) -> None:
        call = text(event.get("toolCallId"), event.get("callId"), event.get("id"), event.get("uuid"))
        at = instant(event.get("time"), record.get("time"))
        if event.get("type") == "tool.call" and call and at:
            self.intake.call(self._session, call, event.get("name"), at, run_id=self._run)
        elif event.get("type") == "tool.result" and call:
            result = mapping(event.get("result"))
            self.intake.outcome(
                self._session, call, is_error=flag(result.get("isError", event.get("isError")))
            )


def read_old(path: Path, mark: Mark | None, digest: Callable[[bytes], str] | None) -> Reading:
    """One old wire log from where the mark says."""
    intake = Intake(OLD, OLD, str(path))
    return read_lines(path, mark, digest, intake, partial(OldWire, path, intake))


def read_new(path: Path, mark: Mark | None, digest: Callable[[bytes], str] | None) -> Reading:
    """One wire log of Kimi Code from where the mark says."""
    intake = Intake(NEW, NEW, str(path))
    return read_lines(path, mark, digest, intake, partial(NewWire, path, intake))


KIMI_FAMILY = (
    AgentLog(OLD, "Kimi CLI", "exact", discover_old, read_old),
    AgentLog(NEW, "Kimi Code", "exact", discover_new, read_new),
)
