"""Copilot's OpenTelemetry file exporter: one span a line. Only `chat` spans are requests; what other spans sum up is
never added. Read only where no session store exists, which holds the same requests.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from payback.sources.agents.fields import happened, instant, mapping, sequence, text, tokens, word
from payback.sources.agents.line_file import read_lines

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime
    from pathlib import Path

    from payback.sources.agents.intake import Intake
    from payback.sources.agents.reader import Mark, Reading

USAGE = "gen_ai.usage."


class Spans:
    """The spans of one file."""

    needles = (b'"gen_ai.usage.',)

    def __init__(self, intake: Intake) -> None:
        self.intake = intake

    def opening(self, record: Mapping[str, Any]) -> None:
        """Spans stand for themselves."""

    def state(self) -> dict[str, Any]:
        """Nothing to remember."""
        return {}

    def line(self, record: Mapping[str, Any], number: int) -> None:
        """One span; a request where its operation is `chat`."""
        about = mapping(record.get("attributes"))
        if about.get("gen_ai.operation.name") != "chat" or word(record.get("type")) not in {"", "span"}:
            return
        read = tokens(about, f"{USAGE}cache_read.input_tokens", f"{USAGE}cache_read_input_tokens")
        write = tokens(about, f"{USAGE}cache_creation.input_tokens", f"{USAGE}cache_creation_input_tokens")
        output = tokens(about, f"{USAGE}output_tokens")
        thoughts = tokens(about, f"{USAGE}reasoning.output_tokens", f"{USAGE}reasoning_output_tokens")
        began, ended = _clock(record.get("startTime")), _clock(record.get("endTime"))
        response = text(about.get("gen_ai.response.id"))
        span = f"{text(record.get('traceId'))} {text(record.get('spanId')) or number}"
        self.intake.usage(
            response or span,
            ended or began or happened(),
            vendor="github",
            model=text(about.get("gen_ai.response.model"), about.get("gen_ai.request.model")),
            response_id=response,
            session_id=text(about.get("gen_ai.conversation.id")),
            input_tokens=max(0, tokens(about, f"{USAGE}input_tokens") - read - write),
            cache_read_tokens=read,
            cache_write_5m_tokens=write,
            output_tokens=output,
            reasoning_tokens=min(thoughts, output),
            duration_seconds=(ended - began).total_seconds() if began and ended and ended >= began else None,
        )


def _clock(value: Any) -> datetime | None:
    """`[seconds, nanoseconds]`, or any other form of an instant."""
    parts = sequence(value)
    if len(parts) == 2 and all(isinstance(part, int) for part in parts):
        return instant(parts[0] * 10**9 + parts[1])
    return instant(value)


def read_otel(
    path: Path, mark: Mark | None, digest: Callable[[bytes], str] | None, intake: Intake
) -> Reading:
    """One exporter file from where the mark says."""

    def spans(_: Mapping[str, Any]) -> Spans:
        return Spans(intake)

    return read_lines(path, mark, digest, intake, spans)
