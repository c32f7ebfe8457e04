"""Codebuff (formerly Manicode): one JSON list of messages a chat, each answer with its counts in one of several
shapes. Credits have no sure price in dollars, so none are reported.
"""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING, Any

from payback.sources.agents.fields import happened, less, mapping, scoped, sequence, text, tokens
from payback.sources.agents.folders import config_home, files, named
from payback.sources.agents.intake import Intake
from payback.sources.agents.providers import vendor_of
from payback.sources.agents.reader import AgentLog
from payback.sources.agents.whole_file import read_document

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from payback.sources.agents.reader import Mark, Places, Reading

TOOL = "codebuff"
CHANNELS = ("manicode", "manicode-dev", "manicode-staging")
CHAT_TIME = re.compile(r"^(\d{4}-\d\d-\d\dT\d\d)-(\d\d)-(\d\d)")


def discover(places: Places) -> Iterator[Path]:
    """Every chat of every channel."""
    roots = named(places, "CODEBUFF_DATA_DIR")
    homes = [
        places.home / ".config",
        *([config_home(places)] if places.environ.get("XDG_CONFIG_HOME") else []),
    ]
    for root in roots or [home / channel for home in dict.fromkeys(homes) for channel in CHANNELS]:
        projects = root if root.name == "projects" else root / "projects"
        yield from files(projects, lambda path: path.name == "chat-messages.json")


def take_chat(path: Path, intake: Intake, document: Any) -> None:
    """The answers of one chat."""
    chat = path.parent.name
    project = path.parent.parent.parent.name if path.parent.parent.name == "chats" else chat
    for number, message in enumerate(map(mapping, sequence(document)), start=1):
        if text(message.get("variant"), message.get("role")) not in {"ai", "agent", "assistant"}:
            continue
        with intake.row(number):
            model, counts = _spent(mapping(message.get("metadata")))
            found = text(message.get("id"))
            key = scoped(f"{project}/{chat}", found) if found else f"{project}/{chat}/{number}"
            intake.usage(
                key,
                happened(message.get("timestamp"), _chat_time(chat)),
                vendor=vendor_of(None, model),
                model=model,
                session_id=chat,
                project=project,
                agent=text(message.get("agentType")),
                is_subagent=message.get("variant") == "agent",
                **_counts(counts),
            )


def _spent(about: Mapping[str, Any]) -> tuple[str | None, Mapping[str, Any]]:
    """Model and counts of an answer: in its metadata, in Codebuff's part of it, or in the newest entries of the run's
    history that hold them.
    """
    own = mapping(about.get("codebuff"))
    model = text(about.get("model"), own.get("model"))
    counts = mapping(about.get("usage")) or mapping(own.get("usage"))
    state = mapping(mapping(about.get("runState")).get("sessionState"))
    history = sequence(mapping(state.get("mainAgentState")).get("messageHistory"))
    for entry in map(mapping, reversed(history)):
        if model and counts:
            break
        options = mapping(mapping(entry.get("providerOptions")).get("codebuff"))
        if entry.get("role") == "assistant":
            model = model or text(options.get("model"))
            counts = counts or mapping(options.get("usage"))
    return model, counts


def _counts(counts: Mapping[str, Any]) -> dict[str, int]:
    if counts.get("prompt_tokens") is not None:  # the shape in which the prompt contains its cached part
        cached = tokens(mapping(counts.get("prompt_tokens_details")), "cached_tokens")
        return {
            "input_tokens": less(tokens(counts, "prompt_tokens"), cached),
            "cache_read_tokens": cached,
            "output_tokens": tokens(counts, "completion_tokens"),
        }
    return {
        "input_tokens": tokens(counts, "inputTokens"),
        "cache_read_tokens": tokens(counts, "cacheReadInputTokens"),
        "cache_write_5m_tokens": tokens(counts, "cacheCreationInputTokens"),
        "output_tokens": tokens(counts, "outputTokens"),
    }


def _chat_time(chat: str) -> str | None:
    """A chat is named by when it began, with hyphens for colons."""
    return CHAT_TIME.sub(r"\1:\2:\3", chat) if CHAT_TIME.match(chat) else None


def read(path: Path, mark: Mark | None, _digest: Callable[[bytes], str] | None) -> Reading:
    """One chat, whole when it changed."""
    intake = Intake(TOOL, TOOL, str(path))
    return read_document(path, mark, intake, partial(take_chat, path, intake))


CODEBUFF = AgentLog(TOOL, "Codebuff", "exact", discover, read, appends=False)
