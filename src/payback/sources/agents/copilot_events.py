"""Copilot's event log of one session: tool calls always; tokens only from the sums at shutdown, and only for sessions
that the store beside it does not know.

Sums are cumulative over the times a session was resumed, and start again after a compaction: what a shutdown adds is
its sum less the one before, or the sum itself where that would be negative.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from payback.sources.agents.failures import failure_kind
from payback.sources.agents.fields import happened, instant, last_part, mapping, text, tokens
from payback.sources.agents.line_file import read_lines
from payback.sources.agents.sqlite_file import columns, opened, unreadable

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime
    from pathlib import Path

    from payback.sources.agents.intake import Intake
    from payback.sources.agents.reader import Mark, Reading

SUMMED = ("requests", "inputTokens", "outputTokens", "cacheReadTokens", "cacheWriteTokens", "reasoningTokens")
FAILED = {"session.error": "errors", "model.call_failure": "retries", "model.model_call_failure": "retries"}


class Events:
    """The events of one session."""

    needles = (b'"session.', b'"tool.execution_', b'"user.message"', b"call_failure")

    def __init__(self, path: Path, intake: Intake, state: Mapping[str, Any]) -> None:
        self.intake, self._path = intake, path
        self._session = text(state.get("session")) or path.parent.name
        self._ends = int(state.get("ends", 0))
        self._sums: dict[str, list[int]] = {
            model: list(sums) for model, sums in mapping(state.get("sums")).items()
        }
        self._run = text(state.get("run"))
        self._directory: str | None = None
        self._branch: str | None = None
        self._stored: frozenset[str] | None = None

    def opening(self, record: Mapping[str, Any]) -> None:
        """The start event: session, folder, branch."""
        self._began(mapping(record.get("data")))

    def _began(self, data: Mapping[str, Any]) -> None:
        context = mapping(data.get("context"))
        self._session = text(data.get("sessionId")) or self._session
        self._directory = text(context.get("cwd")) or self._directory
        self._branch = text(context.get("branch")) or self._branch

    def state(self) -> dict[str, Any]:
        """The sums at the last shutdown, and how many there were."""
        kept = {"sums": self._sums, "ends": self._ends, "run": self._run, "session": self._session}
        return {name: value for name, value in kept.items() if value}

    def line(self, record: Mapping[str, Any], number: int) -> None:
        """One event."""
        kind, data = str(record.get("type")), mapping(record.get("data"))
        call = text(data.get("toolCallId"))
        if kind in {"session.start", "session.resume"}:
            self._began(data)
        elif kind == "user.message":
            self._run = text(data.get("interactionId"), record.get("id")) or self._run
        elif kind == "tool.execution_start" and call and (at := instant(record.get("timestamp"))):
            self.intake.call(self._session, call, data.get("toolName"), at, run_id=self._run)
        elif kind == "tool.execution_complete" and call and isinstance(data.get("success"), bool):
            self.intake.outcome(self._session, call, is_error=not data["success"])
        elif kind == "session.shutdown":
            self._ended(mapping(data.get("modelMetrics")), happened(record.get("timestamp")))
        elif kind in FAILED:
            error = failure_kind(data.get("statusCode"), data.get("errorType"), data.get("message"))
            at = happened(record.get("timestamp"))
            key = text(record.get("id")) or f"{self._session} line {number}"
            self._usage(key, at, None, requests=0, error=error, **{FAILED[kind]: 1})

    def _ended(self, metrics: Mapping[str, Any], at: datetime) -> None:
        self._ends += 1
        for model, figures in metrics.items():
            sums = _sums(mapping(figures))
            before = self._sums.get(model, [0] * len(sums))
            added = [now - then for now, then in zip(sums, before, strict=False)]
            self._sums[model] = sums
            if model not in self._in_store():
                self._leg(model, sums if min(added, default=0) < 0 else added, at)

    def _leg(self, model: str, added: list[int], at: datetime) -> None:
        asked, whole, answer, read, write, thoughts = added
        self._usage(
            f"{self._session} shutdown {self._ends} {model}",
            at,
            model,
            requests=asked,
            input_tokens=max(0, whole - read - write),
            output_tokens=answer,
            cache_read_tokens=read,
            cache_write_5m_tokens=write,
            reasoning_tokens=min(thoughts, answer),
            quality="session_total",
        )

    def _usage(self, key: str, at: datetime, model: str | None, **fields: Any) -> None:
        self.intake.usage(
            key,
            at,
            vendor="github",
            model=model,
            session_id=self._session,
            run_id=self._run,
            working_directory=self._directory,
            project=last_part(self._directory),
            branch=self._branch,
            **fields,
        )

    def _in_store(self) -> frozenset[str]:
        if self._stored is None:
            self._stored = models_in_store(
                self._path.parent.parent.parent / "session-store.db", self._session
            )
        return self._stored


def _sums(figures: Mapping[str, Any]) -> list[int]:
    usage = mapping(figures.get("usage"))
    return [tokens(mapping(figures.get("requests")), "count"), *(tokens(usage, name) for name in SUMMED[1:])]


def models_in_store(store: Path, session: str) -> frozenset[str]:
    """The models whose requests of this session stand one by one in the store; empty where that cannot be asked."""
    try:
        if not store.is_file():
            return frozenset()
        with opened(store) as connection:
            there = columns(connection, "assistant_usage_events")
            found: set[str] = set()
            for name in {"model", "copilot_usage_model"} & there:
                query = f'SELECT DISTINCT "{name}" FROM assistant_usage_events WHERE session_id = ?'  # noqa: S608 - two fixed names
                found.update(str(row[0]) for row in connection.execute(query, (session,)))
            return frozenset(found)
    except OSError:
        return frozenset()
    except unreadable():
        return frozenset()


def read_events(
    path: Path, mark: Mark | None, digest: Callable[[bytes], str] | None, intake: Intake
) -> Reading:
    """One session's events from where the mark says."""
    return read_lines(path, mark, digest, intake, partial(Events, path, intake))
