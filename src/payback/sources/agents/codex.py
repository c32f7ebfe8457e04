"""Codex's rollouts as requests and steps. What a line uses is told by `codex_lines`; here it gets its instruction
(run), folder, repository and steps. A call's tokens are counted after the tool calls it decided on.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson

from payback.sources.agents.codex_lines import TOOL, Thread
from payback.sources.agents.commands import brought_back, failed, step_kind
from payback.sources.agents.failures import failure_kind
from payback.sources.agents.fields import instant, mapping, sequence, text
from payback.sources.agents.intake import Intake
from payback.sources.agents.line_file import read_lines
from payback.sources.agents.reader import AgentLog
from payback.sources.agents.requests import request
from payback.sources.agents.tool_kinds import kind_of
from payback.sources.agents.whereabouts import codex_roots, logs_under

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from payback.sources.agents.reader import Mark, Places, Reading

    Digest = Callable[[bytes], str]

FAMILY = "codex"
CALLS = frozenset({"function_call", "custom_tool_call", "local_shell_call"})
RESULTS = frozenset({"function_call_output", "custom_tool_call_output", "local_shell_call_output"})
MOST_PENDING = 50


def discover(places: Places) -> Iterator[Path]:
    """Rollouts in use and archived ones."""
    for root in codex_roots(places):
        for path, _status in logs_under(str(root)):
            yield Path(path)


class Lines:
    """The lines of one rollout, in order."""

    needles = (
        b'"token_count"',
        b'"session_meta"',
        b'"turn_context"',
        b'"user_message"',
        b'"error"',
        b'"stream_error"',
        b"_call",
    )

    def __init__(self, path: Path, intake: Intake, digest: Digest | None, state: Mapping[str, Any]) -> None:
        self.intake = intake
        self._digest = digest
        self._thread = Thread(path.stem, mapping(state.get("thread")))
        self._asked = int(state.get("asked", 0))
        self._attempt = int(state.get("attempt", 1))
        self._pending = [str(call) for call in sequence(state.get("pending"))]

    def opening(self, record: Mapping[str, Any]) -> None:
        """The session's own line is read where it stands; on a resumed reading the state holds what it said."""

    def state(self) -> dict[str, Any]:
        """The thread, how many instructions it was given, the next attempt, and calls whose request is not counted yet."""
        return {
            "thread": self._thread.state(),
            "asked": self._asked,
            "attempt": self._attempt,
            "pending": self._pending[-MOST_PENDING:],
        }

    def line(self, record: Mapping[str, Any], number: int) -> None:
        """One line of the rollout."""
        del number
        payload = mapping(record.get("payload"))
        kind = payload.get("type")
        if record.get("type") == "response_item":
            self._item(record, payload, kind)
            return
        if kind == "user_message" and not self._thread.replays:
            self._asked += 1
        found = self._thread.take(record)
        if found is not None:
            self._request(payload, *found)

    def _run(self) -> str:
        thread = self._thread
        return thread.turn or f"{thread.session}/{self._asked}"

    def _request(self, payload: Mapping[str, Any], key: tuple[str, tuple[int, ...]], copy: Any) -> None:
        thread = self._thread
        is_failure = payload.get("type") in {"error", "stream_error"}
        usage = request(
            self.intake,
            f"{key[0]}\x1f{key[1]}",
            copy,
            run_id=self._run(),
            working_directory=thread.folder,
            repo=thread.repo,
            commit=thread.commit,
            error=failure_kind(None, payload.get("message"), payload.get("codex_error_info"))
            if is_failure
            else None,
            attempt=self._attempt,
        )
        if usage is None:
            return
        self._attempt = self._attempt + 1 if usage.retries else 1
        if usage.requests:
            self.intake.decided(thread.session, self._pending, usage.usage_id)
            self._pending = []

    def _item(self, record: Mapping[str, Any], payload: Mapping[str, Any], kind: Any) -> None:
        call, moment = text(payload.get("call_id"), payload.get("id")), instant(record.get("timestamp"))
        if not call or moment is None or self._thread.replays:
            return
        session = self._thread.session
        if kind in CALLS:
            name = text(payload.get("name")) or "shell"
            given = payload.get("arguments", payload.get("input", mapping(payload.get("action"))))
            text_of = given if isinstance(given, str) else orjson.dumps(given).decode()
            self.intake.call(
                session,
                call,
                name,
                moment,
                run_id=self._run(),
                kind=step_kind(kind_of(name), text_of),
                arguments_digest=self._digest(text_of.encode("utf-8", "replace")) if self._digest else None,
            )
            self._pending.append(call)
        elif kind in RESULTS:
            output = payload.get("output")
            told = output if isinstance(output, str) else mapping(output).get("content")
            size = brought_back(output, orjson.dumps)
            self.intake.outcome(session, call, is_error=failed(told), output_tokens=size)


def read(path: Path, mark: Mark | None, digest: Digest | None) -> Reading:
    """One rollout from where the mark says."""
    intake = Intake(TOOL, FAMILY, str(path))
    return read_lines(path, mark, digest, intake, lambda state: Lines(path, intake, digest, state))


CODEX = AgentLog(TOOL, "Codex", "exact", discover, read)
