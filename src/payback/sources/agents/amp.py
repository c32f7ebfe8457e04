"""Amp's threads, one JSON document each, as builds up to March 2026 kept them on the machine.

Where a thread has a usage ledger, each event of it is one request and messages only add the cache counts, found by
message id; without a ledger each assistant message is one. The kinds are disjoint. Credits have no sure price in
dollars, so none are reported.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from payback.sources.agents.fields import (
    adds_up,
    happened,
    instant,
    last_part,
    mapping,
    sequence,
    text,
    tokens,
)
from payback.sources.agents.folders import data_home, files, first_named
from payback.sources.agents.intake import Intake
from payback.sources.agents.providers import vendor_of
from payback.sources.agents.reader import AgentLog
from payback.sources.agents.whole_file import read_document

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from payback.sources.agents.reader import Mark, Places, Reading

TOOL = "amp"
ENDED = {"done": False, "error": True}


def discover(places: Places) -> Iterator[Path]:
    """Thread files."""
    for home in first_named(places, ("AMP_DATA_DIR",), data_home(places) / "amp"):
        yield from files(home / "threads", lambda path: path.name.startswith("T-") and path.suffix == ".json")


class Thread:
    """One thread."""

    def __init__(self, path: Path, intake: Intake) -> None:
        self._intake = intake
        self._session = path.stem
        self._directory: str | None = None

    def document(self, document: Any) -> None:
        """The whole thread."""
        thread = mapping(document)
        self._session = text(thread.get("id")) or self._session
        trees = sequence(mapping(mapping(thread.get("env")).get("initial")).get("trees"))
        self._directory = _folder(mapping(trees[0]).get("uri")) if trees else None
        messages = [mapping(message) for message in sequence(thread.get("messages"))]
        events = sequence(mapping(thread.get("usageLedger")).get("events"))
        by_id = {found: message for message in messages if (found := text(message.get("messageId")))}
        for number, event in enumerate(map(mapping, events), start=1):
            with self._intake.row(number):
                # Each message lends its cache counts and its key to the first event that bills it.
                billed = by_id.pop(text(event.get("toMessageId")) or "", {})
                self._event(event, mapping(billed.get("usage")), number)
        for number, message in enumerate(messages, start=1):
            with self._intake.row(number):
                self._message(message, thread, number, counts=not events)

    def _event(self, event: Mapping[str, Any], billed: Mapping[str, Any], number: int) -> None:
        counts = mapping(event.get("tokens"))
        fresh, answer = tokens(counts, "input"), tokens(counts, "output")
        read, write = tokens(billed, "cacheReadInputTokens"), tokens(billed, "cacheCreationInputTokens")
        adds_up(tokens(counts, "total"), fresh + answer + read + write, fresh + answer)
        # The same key as the message has without a ledger, so a thread that gains one later keeps its rows.
        message = text(event.get("toMessageId"))
        found = f"m{message}" if message and billed else text(event.get("id")) or str(number)
        self._usage(
            found,
            event,
            billed,
            input_tokens=fresh,
            output_tokens=answer,
            cache_read_tokens=read,
            cache_write_5m_tokens=write,
        )

    def _message(
        self, message: Mapping[str, Any], thread: Mapping[str, Any], number: int, *, counts: bool
    ) -> None:
        found = text(message.get("messageId")) or str(number)
        usage = mapping(message.get("usage"))
        if counts and usage and message.get("role") == "assistant":
            read, write = tokens(usage, "cacheReadInputTokens"), tokens(usage, "cacheCreationInputTokens")
            fresh, answer = tokens(usage, "inputTokens"), tokens(usage, "outputTokens")
            adds_up(tokens(usage, "totalTokens"), fresh + answer + read + write)
            adds_up(tokens(usage, "totalInputTokens"), fresh + read + write)
            self._usage(
                f"m{found}",
                usage,
                message,
                input_tokens=fresh,
                output_tokens=answer,
                cache_read_tokens=read,
                cache_write_5m_tokens=write,
            )
        at = instant(usage.get("timestamp"), message.get("timestamp"), thread.get("created"))
        for block in map(mapping, sequence(message.get("content"))):
            if block.get("type") == "tool_use" and at and (call := text(block.get("id"))):
                self._intake.call(self._session, call, block.get("name"), at)
            elif block.get("type") == "tool_result" and (call := text(block.get("toolUseID"))):
                ended = ENDED.get(str(mapping(block.get("run")).get("status")))
                self._intake.outcome(self._session, call, is_error=ended)

    def _usage(self, found: str, first: Mapping[str, Any], second: Mapping[str, Any], **counts: int) -> None:
        model = text(first.get("model"), second.get("model"))
        self._intake.usage(
            f"{self._session} {found}",
            happened(first.get("timestamp"), second.get("timestamp")),
            vendor=vendor_of(None, model),
            model=model,
            session_id=self._session,
            working_directory=self._directory,
            project=last_part(self._directory),
            **counts,
        )


def _folder(uri: Any) -> str | None:
    from urllib.parse import unquote, urlparse

    if not isinstance(uri, str) or not uri.startswith("file://"):
        return None
    try:
        path = unquote(urlparse(uri).path)
    except ValueError:
        return None
    return text(path[1:] if path[2:3] == ":" else path)


def read(path: Path, mark: Mark | None, _digest: Callable[[bytes], str] | None) -> Reading:
    """One thread, whole when it changed."""
    intake = Intake(TOOL, TOOL, str(path))
    return read_document(path, mark, intake, Thread(path, intake).document)


AMP = AgentLog(TOOL, "Amp", "exact", discover, read, appends=False)
