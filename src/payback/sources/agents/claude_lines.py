"""What a line of a Claude Code session says: a response, a failed attempt, or nothing that counts.

One response spans several lines that repeat its ids and its input; output grows and the last line is final. Knows the
format, not files. The vendor may change it in any release, so every field may be missing, null or of another type.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from payback.sources.agents.copies import ANSWERED, FAILED, RETRIED
from payback.sources.agents.fields import (
    MOST_TOKENS,
    BadFieldError,
    happened,
    last_part,
    mapping,
    sequence,
    text,
    tokens,
)
from payback.sources.agents.providers import vendor_of

if TYPE_CHECKING:
    from payback.sources.agents.copies import Class, Copy, Place, Used

TOOL = "claude_code"
SYNTHETIC = "<synthetic>"
ADVISOR = "advisor_message"
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MILLISECOND = timedelta(milliseconds=1)
YEARS_2000_TO_2200 = range(946_684_800_000, 7_258_118_400_000)
COUNTS = (
    "input_tokens",
    "output_tokens",
    "cache_read_input_tokens",
    "cache_creation_input_tokens",
    "ephemeral_5m_input_tokens",
    "ephemeral_1h_input_tokens",
    "web_search_requests",
)
WORDS = ("service_tier", "speed", "inference_geo")

# The id by which copies of a response are found, and what tells requests under one id apart ("" where nothing does).
Key = tuple[str, str]
Found = list[tuple[Key, "Copy"]]


class Session:
    """Reads the lines of one file, whose name is the session where a line names none."""

    __slots__ = ("_classes", "_name", "_places")

    def __init__(self, name: str) -> None:
        self._name = name
        self._places: dict[tuple[Any, ...], Place] = {}
        self._classes: dict[tuple[Any, ...], Class] = {}

    def copies(self, line: dict[str, Any]) -> Found:
        """Copies of responses, failures and retries on a line. Raises BadFieldError where one cannot be counted."""
        kind = line.get("type")
        if kind == "progress":
            inner = mapping(mapping(line.get("data")).get("message"))
            if not isinstance(inner.get("message"), dict):
                return []
            line, kind = {**line, **inner, "isSidechain": True}, "assistant"
        try:
            return self._read(line, kind)
        except (TypeError, ValueError, AttributeError, KeyError):
            cleaned = _cleaned(line)
        try:
            return self._read(cleaned, kind)
        except (TypeError, AttributeError, KeyError):
            raise BadFieldError("a field is of a type that it cannot have") from None

    def _read(self, line: dict[str, Any], kind: Any) -> Found:
        if kind == "assistant":
            return self._answer(line)
        if kind == "system" and line.get("subtype") == "api_error" and line.get("retryAttempt"):
            return [(_key(line, {}), (_without_tokens(line, RETRIED), self._place(line)))]
        return []

    def _answer(self, line: dict[str, Any]) -> Found:
        message = line.get("message") or {}
        usage, model = message.get("usage") or {}, message.get("model")
        if model == SYNTHETIC:
            usage = {}
        read = usage.get("cache_read_input_tokens") or 0
        given, out = usage.get("input_tokens") or 0, usage.get("output_tokens") or 0
        five, hour = _written(usage)
        server = usage.get("server_tool_use")
        searches = (server.get("web_search_requests") or 0) if server else 0
        if (
            given | out | read | five | hour | searches
        ) < 0 or given + out + read + five + hour > MOST_TOKENS:
            raise ValueError
        key, place = _key(line, message), self._place(line)
        found: Found = []
        if given or out or read or five or hour or searches:
            kind = self._class(model, usage)
            at = (message.get("stop_reason") is not None, kind[4], -moment(line["timestamp"]))
            used: Used = (out, *at, given, read, five, hour, 0, searches, *ANSWERED, kind)
            found.append((key, (used, place)))
        elif line.get("isApiErrorMessage"):
            found.append((key, (_without_tokens(line, FAILED), place)))
        if usage.get("iterations"):
            found.extend(self._advice(line, usage, key, place))
        return found

    def _advice(self, line: dict[str, Any], usage: dict[str, Any], key: Key, place: Place) -> Found:
        """What an advising model used: requests of their own, which the response's usage leaves out."""
        found: Found = []
        for index, iteration in enumerate(sequence(usage["iterations"])):
            if mapping(iteration).get("type") != ADVISOR:
                continue
            given, out = tokens(iteration, "input_tokens"), tokens(iteration, "output_tokens")
            read, (five, hour) = tokens(iteration, "cache_read_input_tokens"), _written(iteration)
            kind = self._class(text(iteration.get("model")), {**usage, "speed": None})
            at = (True, "", -moment(line["timestamp"]))
            used: Used = (out, *at, given, read, five, hour, 0, 0, *ANSWERED, kind)
            found.append(((key[0], f"{key[1]}#{index}"), (used, place)))
        return found

    def _place(self, line: dict[str, Any]) -> Place:
        """Where a line belongs. A line copied from another session belongs there."""
        origin = line.get("forkedFrom")
        session = (origin.get("sessionId") if origin else None) or line.get("sessionId")
        known = (line.get("isSidechain"), session, line.get("cwd"), line.get("gitBranch"))
        place = self._places.get(known)
        if place is None:
            side, session, folder, branch = known
            _must_be_text(session, folder, branch)
            place = (side is True, session or self._name, last_part(folder) or "", named_branch(branch))
            self._places[known] = place
        return place

    def _class(self, model: str | None, usage: dict[str, Any]) -> Class:
        known = (model, usage.get("service_tier"), usage.get("speed"), usage.get("inference_geo"))
        kind = self._classes.get(known)
        if kind is None:
            _must_be_text(*known)
            model, tier, speed, region = (word or "" for word in known)
            kind = (TOOL, vendor(model), model, tier, speed, region)
            self._classes[known] = kind
        return kind


def named_branch(branch: str | None) -> str:
    """A branch by its name; "" where none is named or the head is detached."""
    return branch if branch and branch != "HEAD" else ""


def vendor(model: str) -> str:
    """Who ran a model that Claude Code names: the shape of the name tells Bedrock and Vertex from Anthropic itself."""
    if "anthropic." in model or model.startswith("arn:aws"):
        return "aws"
    return "google" if "@" in model else vendor_of(None, model) or "anthropic"


def moment(timestamp: str) -> int:
    """Milliseconds since 1970 of ISO text with a zone; ValueError or TypeError for anything else."""
    found = (datetime.fromisoformat(timestamp) - EPOCH) // MILLISECOND
    if found not in YEARS_2000_TO_2200:
        raise ValueError(timestamp)
    return found


def _written(usage: dict[str, Any]) -> tuple[int, int]:
    """Cache writes for five minutes and for an hour. A missing or zero split leaves the flat count, at five minutes."""
    flat = usage.get("cache_creation_input_tokens") or 0
    split = usage.get("cache_creation")
    if not split:
        return flat, 0
    five, hour = split.get("ephemeral_5m_input_tokens") or 0, split.get("ephemeral_1h_input_tokens") or 0
    if five + hour > flat > 0:
        raise BadFieldError(f"cache writes add up to {five + hour}, the log says {flat}")
    return (flat - hour, hour) if flat else (five, hour)


def _key(line: dict[str, Any], message: dict[str, Any]) -> Key:
    own, request = message.get("id"), line.get("requestId") or ""
    if not own:
        own, request = line.get("uuid") or f"{line.get('sessionId')} {line['timestamp']}", ""
    if type(own) is str and type(request) is str:
        return own, request
    raise TypeError


def _without_tokens(line: dict[str, Any], outcome: tuple[int, int, int]) -> Used:
    counts = (-moment(line["timestamp"]), 0, 0, 0, 0, 0, 0)
    return (0, True, "", *counts, *outcome, (TOOL, "anthropic", "", "", "", ""))


def _must_be_text(*values: Any) -> None:
    if not all(value is None or isinstance(value, str) for value in values):
        raise TypeError


def _cleaned(line: dict[str, Any]) -> dict[str, Any]:
    """The line with every field that counts in its proper type; raises BadFieldError where that cannot be."""
    message = mapping(line.get("message"))
    usage = mapping(message.get("usage"))
    split, server = mapping(usage.get("cache_creation")), mapping(usage.get("server_tool_use"))
    told = {**usage, **split, **server}
    counts = {name: tokens(told, name) for name in COUNTS}
    return {
        **{
            name: text(line.get(name))
            for name in ("sessionId", "cwd", "gitBranch", "uuid", "requestId", "subtype")
        },
        "isSidechain": line.get("isSidechain") is True,
        "isApiErrorMessage": line.get("isApiErrorMessage") is True,
        "retryAttempt": line.get("retryAttempt"),
        "forkedFrom": {"sessionId": text(mapping(line.get("forkedFrom")).get("sessionId"))},
        "timestamp": happened(line.get("timestamp")).isoformat(),
        "message": {
            "id": text(message.get("id")),
            "model": text(message.get("model")),
            "stop_reason": text(message.get("stop_reason")),
            "usage": {
                **counts,
                **{name: text(usage.get(name)) for name in WORDS},
                "cache_creation": {name: counts[name] for name in COUNTS[4:6]} if split else None,
                "server_tool_use": {"web_search_requests": counts["web_search_requests"]},
                "iterations": sequence(usage.get("iterations")),
            },
        },
    }
