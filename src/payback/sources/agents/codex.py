"""Codex: its rollouts as usage and steps for the ledger. What their lines say is in `codex_lines`.

A run is one turn of a thread. The request behind a tool call is the next token count after it.
"""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson

from payback.ledger.entries import Usage
from payback.sources.agents.claude_lines import EPOCH
from payback.sources.agents.codex_lines import TOOL, Thread
from payback.sources.agents.failures import failure_kind
from payback.sources.agents.fields import flag, identity, instant, mapping, text
from payback.sources.agents.intake import SOURCE
from payback.sources.agents.log_file import read_log
from payback.sources.agents.reader import AgentLog, Reading
from payback.sources.agents.steps import Steps
from payback.sources.agents.whereabouts import codex_roots, logs_under

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from payback.sources.agents.codex_lines import Key
    from payback.sources.agents.copies import Copy
    from payback.sources.agents.reader import Mark, Places

CALLS = {"function_call": "arguments", "custom_tool_call": "input", "local_shell_call": "action"}
RESULTS = frozenset({"function_call_output", "custom_tool_call_output"})
ENDS = frozenset({"exec_command_end", "patch_apply_end", "mcp_tool_call_end"})
EXIT = re.compile(r"^(?:Process )?exit(?:ed with)? code:? (-?\d+)", re.IGNORECASE | re.MULTILINE)
BEGINNING = 400


def discover(places: Places) -> Iterator[Path]:
    """Every rollout, active ones before archived ones."""
    for root in codex_roots(places):
        for path, _ in logs_under(str(root)):
            yield Path(path)


def read(path: Path, mark: Mark | None, digest: Callable[[bytes], str] | None) -> Reading:
    """What a rollout says beyond its mark."""
    return read_log(path, mark, lambda state: _Rollout(path, state, digest), lambda _: False)


class _Rollout:
    """The lines of one rollout, in order."""

    def __init__(self, path: Path, state: Mapping[str, Any], digest: Callable[[bytes], str] | None) -> None:
        self.reading = Reading()
        self._thread = Thread(path.stem, mapping(state.get("thread")))
        self._prompts = int(state.get("prompts", 0))
        self._steps = Steps(TOOL, digest, state.get("calls"))

    def line(self, line: dict[str, Any]) -> None:
        payload = mapping(line.get("payload"))
        if line.get("type") == "response_item":
            self._item(line, payload)
            return
        kind = payload.get("type")
        if line.get("type") == "event_msg" and kind == "user_message":
            self._prompts += 1
        elif kind in ENDS:
            code, done = payload.get("exit_code"), flag(payload.get("success"))
            is_error = not done if done is not None else (code != 0 if isinstance(code, int) else None)
            self._steps.result(payload.get("call_id"), is_error=is_error, brought=None)
        elif (found := self._thread.take(line)) is not None:
            usage = self._usage(payload, *found)
            self.reading.usages.append(usage)
            if usage.requests:
                self._steps.decided(usage.usage_id)

    def finish(self) -> dict[str, Any]:
        self.reading.steps.extend(self._steps.found())
        return {"thread": self._thread.state(), "prompts": self._prompts, "calls": self._steps.carried()}

    def _run(self) -> str:
        return f"{self._thread.session}/{self._thread.turn or self._prompts}"

    def _usage(self, payload: Mapping[str, Any], key: Key, copy: Copy) -> Usage:
        (out, _, _, minus, given, cached, written, _, reasoning, _, *outcome, kind), place = copy
        requests, errors, retries = outcome
        thread = self._thread
        return Usage(
            usage_id=identity(TOOL, key[0], *map(str, key[1])),
            occurred_at=EPOCH + timedelta(milliseconds=-minus),
            vendor=kind[1],
            tool=TOOL,
            source=SOURCE,
            model=kind[2] or None,
            project=place[2] or None,
            session_id=place[1],
            run_id=self._run(),
            is_subagent=place[0],
            working_directory=thread.folder,
            repo=thread.repo,
            branch=place[3] or None,
            commit=thread.commit,
            input_tokens=given,
            cache_read_tokens=cached,
            cache_write_5m_tokens=written,
            output_tokens=out,
            reasoning_tokens=reasoning,
            requests=requests,
            errors=errors,
            retries=retries,
            error=None
            if requests
            else failure_kind(None, payload.get("codex_error_info"), payload.get("message")),
            quality="exact" if thread.model or not requests else "estimated",
        )

    def _item(self, line: Mapping[str, Any], payload: Mapping[str, Any]) -> None:
        kind, call, at = payload.get("type"), text(payload.get("call_id")), instant(line.get("timestamp"))
        if kind in RESULTS:
            brought = payload.get("output")
            self._steps.result(call, is_error=_is_failure(brought), brought=brought)
        elif at is not None and kind == "web_search_call":
            call = call or text(payload.get("id")) or f"{self._thread.session} {at.isoformat()}"
            self._steps.call(call, "web_search", at, self._thread.session, run_id=self._run())
        elif at is not None and kind in CALLS and call:
            name = text(payload.get("name")) or "local_shell"
            arguments = payload.get(CALLS[str(kind)])
            self._steps.call(call, name, at, self._thread.session, run_id=self._run(), arguments=arguments)


def _is_failure(brought: Any) -> bool | None:
    """Whether a call's output says that it failed: by its own flag, by an exit code in it or at its beginning."""
    told = brought
    if isinstance(brought, str) and brought.startswith("{"):
        try:
            told = orjson.loads(brought)
        except orjson.JSONDecodeError:
            told = None
    code = mapping(mapping(told).get("metadata")).get("exit_code")
    if isinstance(code, int):
        return code != 0
    if (done := flag(mapping(told).get("success"))) is not None:
        return not done
    if isinstance(brought, str) and (found := EXIT.search(brought, 0, BEGINNING)):
        return found[1] != "0"
    return None


CODEX = AgentLog(TOOL, "Codex", "exact", discover, read)
