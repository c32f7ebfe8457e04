"""Claude Code's session files as requests and steps: who asked for what, which tools were called, what they brought back.

What a line uses is told by `claude_lines`; here it gets its instruction (run), folder, branch and steps. A subagent's
file belongs to the instruction that was under way in its parent session.
"""

from __future__ import annotations

from bisect import bisect_right
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson

from payback.sources.agents.claude_lines import TOOL, Session
from payback.sources.agents.commands import brought_back, step_kind
from payback.sources.agents.failures import failure_kind
from payback.sources.agents.fields import instant, mapping, sequence, text
from payback.sources.agents.intake import Intake
from payback.sources.agents.line_file import read_lines
from payback.sources.agents.lines import UnreadableLineError, parse
from payback.sources.agents.reader import AgentLog
from payback.sources.agents.requests import request
from payback.sources.agents.tool_kinds import kind_of
from payback.sources.agents.whereabouts import claude_roots, logs_under

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from datetime import datetime

    from payback.ledger.entries import Usage
    from payback.sources.agents.reader import Mark, Places, Reading

    Digest = Callable[[bytes], str]
    Prompts = tuple[tuple[float, str], ...]

FAMILY = "claude"
NO_BRANCH = frozenset({"", "HEAD"})


def discover(places: Places) -> Iterator[Path]:
    """Session and subagent files under every root."""
    for root in claude_roots(places):
        for path, _status in logs_under(str(root)):
            yield Path(path)


class Lines:
    """The lines of one file, in order. Remembers the instruction in force and how often the next request was tried."""

    needles = (b'"assistant"', b'"user"', b'"api_error"', b'"progress"')

    def __init__(self, path: Path, intake: Intake, digest: Digest | None, state: Mapping[str, Any]) -> None:
        self.intake = intake
        self._session, self._name, self._digest = Session(path.stem), path.stem, digest
        self._run = text(state.get("run"))
        self._attempt = int(state.get("attempt", 1))
        self._prompts = _parent_prompts(path)

    def opening(self, record: Mapping[str, Any]) -> None:
        """Nothing is told once for the whole file."""

    def state(self) -> dict[str, Any]:
        """The instruction in force and the attempt that comes next."""
        return {"attempt": self._attempt, **({"run": self._run} if self._run else {})}

    def line(self, record: Mapping[str, Any], number: int) -> None:
        """One line: an instruction, tool results, a piece of a response, or a failed attempt."""
        del number
        message = mapping(record.get("message"))
        if record.get("type") == "user":
            self._user(record, message)
            return
        usages = [
            self._request(record, message, key, copy) for key, copy in self._session.copies(dict(record))
        ]
        if record.get("type") == "assistant":
            self._steps(record, message, usages[0] if usages else None)

    def _user(self, record: Mapping[str, Any], message: Mapping[str, Any]) -> None:
        results = [
            block
            for block in map(mapping, sequence(message.get("content")))
            if block.get("type") == "tool_result"
        ]
        session = self._session_of(record)
        for block in results:
            if call := text(block.get("tool_use_id")):
                size = brought_back(block.get("content"), orjson.dumps)
                self.intake.outcome(session, call, is_error=block.get("is_error") is True, output_tokens=size)
        if not results and record.get("isMeta") is not True and record.get("isCompactSummary") is not True:
            self._run = text(record.get("promptId"), record.get("uuid")) or self._run

    def _request(
        self, record: Mapping[str, Any], message: Mapping[str, Any], key: tuple[str, str], copy: Any
    ) -> Usage | None:
        response = text(message.get("id"))
        usage = request(
            self.intake,
            "\x1f".join(key),
            copy,
            response_id=response if response == key[0] and "#" not in key[1] else None,
            run_id=self._run_at(record),
            agent=text(record.get("agentId")),
            working_directory=text(record.get("cwd")),
            error=_error(record, message),
            attempt=int(record.get("retryAttempt") or self._attempt) if copy[0][-2] else self._attempt,
        )
        if usage is not None:
            if usage.branch in NO_BRANCH:
                usage.branch = None
            self._attempt = usage.attempt + 1 if usage.retries else self._attempt if not usage.is_final else 1
        return usage

    def _session_of(self, record: Mapping[str, Any]) -> str:
        """The session of a line; a line copied from another session belongs there."""
        origin = mapping(record.get("forkedFrom"))
        return text(origin.get("sessionId"), record.get("sessionId")) or self._name

    def _run_at(self, record: Mapping[str, Any]) -> str | None:
        """The instruction that a line serves: in a subagent's file, the one under way in the parent session."""
        moment = instant(record.get("timestamp"))
        if not self._prompts or moment is None:
            return self._run
        index = bisect_right(self._prompts, (moment.timestamp(), "\U0010ffff")) - 1
        return self._prompts[max(index, 0)][1]

    def _steps(self, record: Mapping[str, Any], message: Mapping[str, Any], usage: Usage | None) -> None:
        moment: datetime | None = instant(record.get("timestamp"))
        if moment is None:
            return
        session = self._session_of(record)
        for block in map(mapping, sequence(message.get("content"))):
            call, name = text(block.get("id")), text(block.get("name"))
            if block.get("type") != "tool_use" or not call or not name:
                continue
            given = mapping(block.get("input"))
            self.intake.call(
                session,
                call,
                name,
                moment,
                run_id=self._run_at(record),
                usage_id=usage.usage_id if usage else None,
                kind=step_kind(kind_of(name), given.get("command")),
                arguments_digest=self._digest(orjson.dumps(given, option=orjson.OPT_SORT_KEYS))
                if self._digest
                else None,
            )


def _error(record: Mapping[str, Any], message: Mapping[str, Any]) -> str | None:
    """What failed, as one word; None on an answered request."""
    told = mapping(record.get("error"))
    if record.get("subtype") == "api_error":
        return failure_kind(told.get("status"))
    if record.get("isApiErrorMessage") is not True:
        return None
    words = [text(mapping(block).get("text")) for block in sequence(message.get("content"))]
    return failure_kind(record.get("apiErrorStatus"), record.get("error"), *words)


def _parent_prompts(path: Path) -> Prompts:
    """The instructions of the session a subagent's file belongs to, by their times; none for a session's own file."""
    if "subagents" not in path.parts:
        return ()
    folder = path.parents[len(path.parts) - 1 - path.parts.index("subagents") - 1]
    parent = folder.parent.with_suffix(".jsonl")
    try:
        size = parent.stat().st_size
    except OSError:
        return ()
    return _prompts(parent, size)


@lru_cache(maxsize=64)
def _prompts(path: Path, _size: int) -> Prompts:
    """When each instruction of a session was given: (seconds since 1970, its id)."""
    found = []
    with path.open("rb") as file:
        for raw in file:
            if b'"user"' not in raw or b'"tool_result"' in raw:
                continue
            try:
                record = parse(raw) or {}
            except UnreadableLineError:
                continue
            moment, told = instant(record.get("timestamp")), text(record.get("promptId"), record.get("uuid"))
            if record.get("type") == "user" and moment and told and record.get("isMeta") is not True:
                found.append((moment.timestamp(), told))
    return tuple(sorted(found))


def read(path: Path, mark: Mark | None, digest: Digest | None) -> Reading:
    """One session file from where the mark says."""
    intake = Intake(TOOL, FAMILY, str(path))
    return read_lines(path, mark, digest, intake, lambda state: Lines(path, intake, digest, state))


CLAUDE = AgentLog(TOOL, "Claude Code", "exact", discover, read)
