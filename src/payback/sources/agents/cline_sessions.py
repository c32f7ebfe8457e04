"""Cline's session files since 4.1 (`<session>/<id>.messages.json`), rewritten whole: one request an assistant message.

`metrics.inputTokens` is the whole prompt, cache included. A file whose name is not its folder's is a subagent's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from payback.sources.agents.fields import (
    happened,
    last_part,
    less,
    mapping,
    scoped,
    sequence,
    text,
    tokens,
    usd,
)
from payback.sources.agents.providers import vendor_of
from payback.sources.agents.whole_file import beside

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from payback.sources.agents.intake import Intake


class SdkSession:
    """The messages of one agent of one session."""

    def __init__(self, path: Path, intake: Intake) -> None:
        self._intake = intake
        self._session = path.parent.name
        self._agent = path.name.removesuffix(".messages.json")
        self._manifest = mapping(beside(path.with_name(f"{self._session}.json")))
        self._run: str | None = None

    def document(self, document: Any) -> None:
        """The whole file: an object with messages, or the bare list of them."""
        messages = sequence(document) or sequence(mapping(document).get("messages"))
        for number, message in enumerate(map(mapping, messages), start=1):
            with self._intake.row(number):
                self._message(message, number)

    def _message(self, message: Mapping[str, Any], number: int) -> None:
        found = text(message.get("id")) or str(number)
        self._results(message)
        if message.get("role") == "user":
            self._run = found
        if message.get("role") != "assistant" or mapping(message.get("metadata")).get("displayOnly") is True:
            return
        at = happened(message.get("ts"), message.get("createdAt"))
        usage = self._usage(found, at, message)
        for block in map(mapping, sequence(message.get("content"))):
            if block.get("type") == "tool_use" and (call := text(block.get("id"))):
                self._intake.call(
                    self._session, call, block.get("name"), at, run_id=self._run, usage_id=usage
                )

    def _results(self, message: Mapping[str, Any]) -> None:
        for block in map(mapping, sequence(message.get("content"))):
            if block.get("type") == "tool_result" and (call := text(block.get("tool_use_id"))):
                self._intake.outcome(self._session, call, is_error=block.get("is_error") is True)

    def _usage(self, found: str, at: Any, message: Mapping[str, Any]) -> str | None:
        counts, model = mapping(message.get("metrics")), mapping(message.get("modelInfo"))
        read, write = tokens(counts, "cacheReadTokens"), tokens(counts, "cacheWriteTokens")
        named = text(model.get("id"), self._manifest.get("model"))
        directory = text(self._manifest.get("cwd"))
        is_subagent = self._agent != self._session
        row = self._intake.usage(
            scoped(f"{self._session}/{self._agent}", found),
            at,
            vendor=vendor_of(text(model.get("provider"), self._manifest.get("provider")), named),
            model=named,
            session_id=self._session,
            run_id=self._run,
            agent=self._agent if is_subagent else None,
            is_subagent=is_subagent,
            working_directory=directory,
            project=last_part(directory),
            input_tokens=less(tokens(counts, "inputTokens"), read, write),
            cache_read_tokens=read,
            cache_write_5m_tokens=write,
            output_tokens=tokens(counts, "outputTokens"),
            reported_usd=usd(counts.get("cost")),
        )
        return row.usage_id if row else None
