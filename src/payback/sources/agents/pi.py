"""Pi and its descendants (Oh My Pi, OpenClaw): one entry a line, a tree of messages, forks that copy their history.

All four token kinds are disjoint; output contains reasoning. An entry copied into a forked session keeps its id and
time, so it is the same row. The cost is Pi's own, from its price list.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from payback.sources.agents.failures import failure_kind
from payback.sources.agents.fields import (
    adds_up,
    happened,
    instant,
    last_part,
    mapping,
    sequence,
    text,
    tokens,
    usd,
    word,
)
from payback.sources.agents.folders import files, first_named, named
from payback.sources.agents.intake import Intake
from payback.sources.agents.line_file import read_lines
from payback.sources.agents.providers import vendor_of
from payback.sources.agents.reader import AgentLog

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from datetime import datetime
    from pathlib import Path

    from payback.sources.agents.reader import Mark, Places, Reading


class Product(NamedTuple):
    """One tool that writes this format. `folders`: variables that name the sessions folder itself; `homes`: variables
    that name the folder above `below`; `default`: below the home folder.
    """

    tool: str
    title: str
    folders: tuple[str, ...]
    homes: tuple[str, ...]
    below: str
    defaults: tuple[str, ...]


PRODUCTS = (
    Product(
        "pi",
        "Pi",
        ("PI_CODING_AGENT_SESSION_DIR", "PI_AGENT_DIR"),
        ("PI_CODING_AGENT_DIR",),
        "sessions",
        (".pi/agent",),
    ),
    Product("omp", "Oh My Pi", (), (), "sessions", (".omp/agent",)),
    Product(
        "openclaw",
        "OpenClaw",
        (),
        ("OPENCLAW_STATE_DIR", "OPENCLAW_HOME"),
        "agents",
        (".openclaw", ".clawdbot", ".moltbot"),
    ),
)
BILLED_ASIDE = {"usage", "compaction", "branch_summary"}


def discover(product: Product, places: Places) -> Iterator[Path]:
    """Session files of one product, those set aside (`.jsonl.reset.…`) too."""
    defaults = [places.home / default for default in product.defaults]
    below = [home / product.below for home in first_named(places, product.homes, *defaults)]
    for root in [found for variable in product.folders for found in named(places, variable)] or below:
        yield from files(root, _is_session)


def _is_session(path: Path) -> bool:
    return ".jsonl" in path.name and not path.name.endswith(".lock")


class Session:
    """The entries of one session file."""

    needles = (b'"message"', b'"model_change"', b'"model-snapshot"', b'"usage"')

    def __init__(self, path: Path, intake: Intake, state: Mapping[str, Any]) -> None:
        self.intake = intake
        self._session = path.name.partition(".jsonl")[0].rpartition("_")[2]
        self._directory: str | None = None
        self._model, self._provider = text(state.get("model")), text(state.get("provider"))
        self._run = text(state.get("run"))

    def opening(self, record: Mapping[str, Any]) -> None:
        """The header: session and folder."""
        if record.get("type") == "session":
            self._session = text(record.get("id")) or self._session
            self._directory = text(record.get("cwd"))

    def state(self) -> dict[str, Any]:
        """Model in force and the user entry being answered."""
        kept = {"model": self._model, "provider": self._provider, "run": self._run}
        return {name: value for name, value in kept.items() if value}

    def line(self, record: Mapping[str, Any], number: int) -> None:
        """A message, a change of model, or a billed request outside the conversation."""
        kind = word(record.get("type"))
        if kind == "model_change" or record.get("customType") == "model-snapshot":
            source = mapping(record.get("data")) or record
            self._model = text(source.get("modelId"), source.get("model")) or self._model
            self._provider = text(source.get("provider")) or self._provider
        elif kind == "message":
            self._message(record, mapping(record.get("message")), number)
        elif kind in BILLED_ASIDE and mapping(record.get("usage")):
            self._request(record, record, number)

    def _message(self, entry: Mapping[str, Any], message: Mapping[str, Any], number: int) -> None:
        role = message.get("role")
        if role == "user":
            self._run = text(entry.get("id")) or self._run
        elif role == "toolResult" and (call := text(message.get("toolCallId"))):
            self.intake.outcome(self._session, call, is_error=message.get("isError") is True)
        elif role == "assistant":
            usage = self._request(entry, message, number)
            at = instant(entry.get("timestamp"), message.get("timestamp"))
            for block in map(mapping, sequence(message.get("content"))):
                if block.get("type") == "toolCall" and at and (call := text(block.get("id"))):
                    self.intake.call(
                        self._session, call, block.get("name"), at, run_id=self._run, usage_id=usage
                    )

    def _request(self, entry: Mapping[str, Any], message: Mapping[str, Any], number: int) -> str | None:
        counts = mapping(message.get("usage"))
        model = text(message.get("modelId"), message.get("model")) or self._model
        at = happened(entry.get("timestamp"), message.get("timestamp"))
        row = self.intake.usage(
            self._key(entry, message, at, number),
            at,
            vendor=vendor_of(text(message.get("provider")) or self._provider, model),
            model=model,
            response_id=text(message.get("responseId")),
            session_id=self._session,
            run_id=self._run,
            working_directory=self._directory,
            project=last_part(self._directory),
            reported_usd=usd(mapping(counts.get("cost")).get("total")),
            is_final=message.get("stopReason") != "aborted",
            **_counts(counts),
            **_failed(message),
        )
        return row.usage_id if row else None

    def _key(self, entry: Mapping[str, Any], message: Mapping[str, Any], at: datetime, number: int) -> str:
        if response := text(message.get("responseId")):
            return f"response {response}"
        found = text(entry.get("id"))
        return f"{found} {at.isoformat()}" if found else f"{self._session} {at.isoformat()} {number}"


def _counts(counts: Mapping[str, Any]) -> dict[str, int]:
    fresh, answer = tokens(counts, "input"), tokens(counts, "output")
    read, write = tokens(counts, "cacheRead"), tokens(counts, "cacheWrite")
    adds_up(tokens(counts, "totalTokens"), fresh + answer + read + write)
    return {
        "input_tokens": fresh,
        "output_tokens": answer,
        "cache_read_tokens": read,
        "cache_write_5m_tokens": write,
        "reasoning_tokens": min(tokens(counts, "reasoning"), answer),
    }


def _failed(message: Mapping[str, Any]) -> dict[str, Any]:
    if message.get("stopReason") != "error":
        return {}
    return {"requests": 0, "errors": 1, "error": failure_kind(None, message.get("errorMessage"))}


def read(product: Product, path: Path, mark: Mark | None, digest: Callable[[bytes], str] | None) -> Reading:
    """One session from where the mark says."""
    intake = Intake(product.tool, "pi", str(path))
    return read_lines(path, mark, digest, intake, partial(Session, path, intake))


PI_FAMILY = tuple(
    AgentLog(product.tool, product.title, "exact", partial(discover, product), partial(read, product))
    for product in PRODUCTS
)
