"""Claude Code: its sessions as usage and steps for the ledger. What its lines say is in `claude_lines`.

A run is one instruction: the prompt that a line answers to. Subagents belong to the prompt that started them where their
lines name it, else to their session as a whole.
"""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from payback.ledger.entries import Usage
from payback.sources.agents.claude_lines import EPOCH, TOOL, Session
from payback.sources.agents.failures import failure_kind
from payback.sources.agents.fields import identity, mapping, sequence, text, usd
from payback.sources.agents.intake import SOURCE
from payback.sources.agents.lines import UnreadableLineError, parse
from payback.sources.agents.log_file import read_log
from payback.sources.agents.reader import AgentLog, Reading
from payback.sources.agents.scan import BULKY, is_dull_claude
from payback.sources.agents.steps import Steps
from payback.sources.agents.whereabouts import claude_roots, logs_under

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from payback.sources.agents.claude_lines import Key
    from payback.sources.agents.copies import Copy
    from payback.sources.agents.reader import Mark, Places

SUBAGENTS = "subagents"
UNBOUND = frozenset({"", "not_available"})


def discover(places: Places) -> Iterator[Path]:
    """Every session and subagent log."""
    for root in claude_roots(places):
        for path, _ in logs_under(str(root)):
            yield Path(path)


def read(path: Path, mark: Mark | None, digest: Callable[[bytes], str] | None) -> Reading:
    """What a session log says beyond its mark."""
    agent = _agent_type(path) if SUBAGENTS in path.parts else None
    return read_log(
        path,
        mark,
        lambda state: _Session(path, agent, state, digest),
        lambda head: is_dull_claude(head, BULKY),
    )


class _Session:
    """The lines of one log, in order."""

    def __init__(
        self, path: Path, agent: str | None, state: Mapping[str, Any], digest: Callable[[bytes], str] | None
    ) -> None:
        self.reading = Reading()
        self._session, self._agent = Session(path.stem), agent
        self._is_subagent = SUBAGENTS in path.parts
        self._run = text(state.get("run"))
        self._steps = Steps(TOOL, digest, state.get("calls"))

    def line(self, line: dict[str, Any]) -> None:
        if line.get("type") == "user":
            self._user(line)
            return
        found = self._session.copies(line)
        rows = [self._usage(line, key, copy) for key, copy in found]
        self.reading.usages.extend(rows)
        if line.get("type") == "assistant":
            self._calls(line, rows[0] if rows else None)

    def finish(self) -> dict[str, Any]:
        self.reading.steps.extend(self._steps.found())
        kept = {"run": self._run, "calls": self._steps.carried()}
        return {name: value for name, value in kept.items() if value}

    def _user(self, line: dict[str, Any]) -> None:
        blocks = sequence(mapping(line.get("message")).get("content"))
        results = [block for block in blocks if mapping(block).get("type") == "tool_result"]
        for block in results:
            is_error = block.get("is_error") is True
            self._steps.result(block.get("tool_use_id"), is_error=is_error, brought=block.get("content"))
        if prompt := text(line.get("promptId")):
            self._run = prompt
        elif not (results or line.get("isMeta") or self._is_subagent or line.get("isSidechain")):
            self._run = text(line.get("uuid")) or self._run

    def _usage(self, line: dict[str, Any], key: Key, copy: Copy) -> Usage:
        (out, final, _, minus, given, read_, five, hour, _, searches, *outcome, kind), place = copy
        message = mapping(line.get("message"))
        requests, errors, retries = outcome
        return Usage(
            usage_id=identity(TOOL, *(part for part in key if part)),
            occurred_at=EPOCH + timedelta(milliseconds=-minus),
            vendor=kind[1],
            tool=TOOL,
            source=SOURCE,
            model=kind[2] or None,
            response_id=key[0] if requests else None,
            project=place[2] or None,
            session_id=place[1],
            run_id=self._run or place[1],
            agent=self._agent,
            is_subagent=place[0],
            working_directory=text(line.get("cwd")),
            branch=place[3] or None,
            input_tokens=given,
            cache_read_tokens=read_,
            cache_write_5m_tokens=five,
            cache_write_1h_tokens=hour,
            output_tokens=out,
            web_searches=searches,
            requests=requests,
            errors=errors,
            retries=retries,
            error=None if requests else _failure(line, message),
            attempt=_attempt(line) if retries else 1,
            service_tier=kind[3] or None,
            speed=kind[4] or None,
            region=None if kind[5] in UNBOUND else kind[5],
            is_final=final,
            reported_usd=usd(line.get("costUSD")) if requests else None,
        )

    def _calls(self, line: dict[str, Any], usage: Usage | None) -> None:
        blocks = sequence(mapping(line.get("message")).get("content"))
        for block in map(mapping, blocks):
            call, name = text(block.get("id")), text(block.get("name"))
            if usage is not None and block.get("type") in {"tool_use", "server_tool_use"} and call and name:
                self._steps.call(
                    call,
                    name,
                    usage.occurred_at,
                    usage.session_id or "",
                    run_id=usage.run_id,
                    usage_id=usage.usage_id,
                    arguments=block.get("input"),
                )


def _failure(line: dict[str, Any], message: Mapping[str, Any]) -> str:
    told = line.get("error")
    cause = mapping(told)
    inner = mapping(mapping(cause.get("error")).get("error"))
    said = [mapping(block).get("text") for block in sequence(message.get("content"))]
    status = line.get("apiErrorStatus") or cause.get("status")
    return failure_kind(status, told, inner.get("type"), *said)


def _attempt(line: dict[str, Any]) -> int:
    attempt = line.get("retryAttempt")
    return attempt if isinstance(attempt, int) and 0 < attempt < 1000 else 1


def _agent_type(path: Path) -> str | None:
    """The type of a subagent, which stands in a small file beside its log."""
    try:
        return text((parse(path.with_suffix(".meta.json").read_bytes()) or {}).get("agentType"))
    except (OSError, UnreadableLineError):
        return None


CLAUDE = AgentLog(TOOL, "Claude Code", "exact", discover, read)
