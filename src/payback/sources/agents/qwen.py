"""Qwen Code's sessions: one record a line, each with its own session, folder, branch and model.

`promptTokenCount` contains the cached tokens (and, for Anthropic models, cache writes that nothing tells apart). Whether
`thoughtsTokenCount` stands inside or beside `candidatesTokenCount` depends on the provider: the total decides. Records
that `/branch` copied carry `forkedFrom` and are the same rows as their originals.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from payback.sources.agents.failures import failure_kind
from payback.sources.agents.fields import (
    BadFieldError,
    flag,
    happened,
    instant,
    last_part,
    less,
    mapping,
    scoped,
    sequence,
    text,
    tokens,
)
from payback.sources.agents.folders import files, first_named
from payback.sources.agents.intake import Intake
from payback.sources.agents.line_file import read_lines
from payback.sources.agents.providers import vendor_of
from payback.sources.agents.reader import AgentLog
from payback.sources.agents.whole_file import beside

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from payback.sources.agents.reader import Mark, Places, Reading

TOOL = "qwen_code"
HOMES = ("QWEN_RUNTIME_DIR", "QWEN_HOME", "QWEN_DATA_DIR")


def discover(places: Places) -> Iterator[Path]:
    """Chats and subagents below `projects` of Qwen Code's runtime folder."""
    for root in first_named(places, HOMES, places.home / ".qwen"):
        yield from files(root / "projects", _is_chat)


def _is_chat(path: Path) -> bool:
    return path.suffix == ".jsonl" and not {"chats", "subagents"}.isdisjoint(path.parts[-3:-1])


def answered_tokens(counts: Mapping[str, Any]) -> dict[str, int]:
    """The five counts of a `usageMetadata`; refused when the total leaves less than the named answer tokens."""
    whole, cached = tokens(counts, "promptTokenCount"), tokens(counts, "cachedContentTokenCount")
    answer, thoughts = tokens(counts, "candidatesTokenCount"), tokens(counts, "thoughtsTokenCount")
    total = tokens(counts, "totalTokenCount")
    output = total - whole if total else answer + thoughts
    if output < answer:
        raise BadFieldError(f"token counts add up to {whole + answer}, the log says {total}")
    return {
        "input_tokens": less(whole, cached),
        "cache_read_tokens": cached,
        "output_tokens": output,
        "reasoning_tokens": min(thoughts, output),
    }


class Session:
    """The records of one session or subagent file."""

    needles = (b'"type"',)

    def __init__(self, path: Path, intake: Intake, state: Mapping[str, Any]) -> None:
        self.intake, self._path = intake, path
        self._is_subagent = "subagents" in path.parts[-3:-1]
        self._model: str | None = None
        self._run = text(state.get("run"))

    def opening(self, record: Mapping[str, Any]) -> None:
        """Subagents name their model in a file beside them."""
        if self._is_subagent:
            sidecar = mapping(beside(self._path.with_suffix(".meta.json")))
            self._model = text(record.get("model"), sidecar.get("model"))

    def state(self) -> dict[str, Any]:
        """The user record being answered."""
        return {"run": self._run} if self._run else {}

    def line(self, record: Mapping[str, Any], number: int) -> None:
        """An answer, a tool's result, the next instruction or a failed request."""
        session = text(record.get("sessionId")) or self._path.stem
        kind = record.get("type")
        if kind == "user":
            self._run = text(record.get("uuid")) or self._run
        elif kind == "tool_result":
            self._result(session, record)
        elif kind == "system":
            self._failure(session, record, number)
        elif kind == "assistant":
            self._answer(session, record, number)

    def _answer(self, session: str, record: Mapping[str, Any], number: int) -> None:
        row = None
        if counts := mapping(record.get("usageMetadata")):
            row = self._usage(session, record, number, **answered_tokens(counts))
        for part in map(mapping, sequence(mapping(record.get("message")).get("parts"))):
            call = mapping(part.get("functionCall"))
            found, at = text(call.get("id")), instant(record.get("timestamp"))
            if found and at:
                usage = row.usage_id if row else None
                known = {"run_id": self._run, "usage_id": usage, "arguments": call.get("args")}
                self.intake.call(session, found, call.get("name"), at, **known)

    def _result(self, session: str, record: Mapping[str, Any]) -> None:
        result = mapping(record.get("toolCallResult"))
        if found := text(result.get("callId")):
            failed = result.get("status") == "error" or bool(result.get("error"))
            self.intake.outcome(session, found, is_error=failed)

    def _failure(self, session: str, record: Mapping[str, Any], number: int) -> None:
        event = mapping(mapping(record.get("systemPayload")).get("uiEvent"))
        if not str(event.get("event.name")).endswith("api_error"):
            return
        error = failure_kind(event.get("status_code"), event.get("error_type"), event.get("error_message"))
        model = text(event.get("model"))
        self._usage(session, {"model": model, **record}, number, requests=0, errors=1, error=error)

    def _usage(self, session: str, record: Mapping[str, Any], number: int, **fields: Any) -> Any:
        model = text(record.get("model")) or self._model
        directory = text(record.get("cwd"))
        original = text(mapping(record.get("forkedFrom")).get("messageUuid"), record.get("uuid"))
        return self.intake.usage(
            scoped(session, original or f"line {number}"),
            happened(record.get("timestamp")),
            vendor=vendor_of(None, model),
            model=model,
            session_id=session,
            run_id=self._run,
            agent=text(record.get("agentName")),
            is_subagent=self._is_subagent or flag(record.get("isSidechain")) or False,
            working_directory=directory,
            project=last_part(directory),
            branch=text(record.get("gitBranch")),
            **fields,
        )


def read(path: Path, mark: Mark | None, digest: Callable[[bytes], str] | None) -> Reading:
    """One session from where the mark says."""
    intake = Intake(TOOL, TOOL, str(path))
    return read_lines(path, mark, digest, intake, partial(Session, path, intake))


QWEN = AgentLog(TOOL, "Qwen Code", "exact", discover, read)
