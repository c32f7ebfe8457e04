"""Cursor's editor: answers in `state.vscdb` that still carry token counts, as builds before version 3 wrote them.

Current builds write zeros, and nothing is guessed for them: an organisation's use comes from Cursor's admin API. What
counts there are know no cache, so they are marked as estimated.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from payback.sources.agents.fields import embedded, happened, mapping, scoped, text, tokens
from payback.sources.agents.folders import applications, existing
from payback.sources.agents.intake import Intake
from payback.sources.agents.providers import vendor_of
from payback.sources.agents.reader import AgentLog
from payback.sources.agents.sqlite_file import columns, read_database

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from payback.sources.agents.reader import Mark, Places, Reading

TOOL = "cursor"
# The file can hold gigabytes: only the range of keys of answers is walked, and only answers that count something
# leave the engine.
ANSWERS = """
SELECT key, CAST(value AS TEXT) AS value FROM cursorDiskKV
WHERE key >= 'bubbleId:' AND key < 'bubbleId;'
  AND instr(value, '"tokenCount"') AND NOT instr(value, '"inputTokens":0,"outputTokens":0')
"""


def discover(places: Places) -> Iterator[Path]:
    """The editor's state file."""
    yield from existing([applications(places) / "Cursor" / "User" / "globalStorage" / "state.vscdb"])


class Answers:
    """The answers of one state file."""

    def __init__(self, intake: Intake) -> None:
        self._intake = intake

    def database(self, connection: sqlite3.Connection) -> None:
        """All answers that carry counts."""
        if {"key", "value"} <= columns(connection, "cursorDiskKV"):
            for row in connection.execute(ANSWERS):
                with self._intake.row():
                    self._answer(str(row["key"]), mapping(embedded(row["value"])))

    def _answer(self, key: str, answer: Mapping[str, Any]) -> None:
        counts = mapping(answer.get("tokenCount"))
        asked, answered = tokens(counts, "inputTokens"), tokens(counts, "outputTokens")
        if not asked and not answered:
            return
        _, composer, bubble = (*key.split(":", 2), "", "")[:3]
        model = text(mapping(answer.get("modelInfo")).get("modelName"))
        self._intake.usage(
            scoped(composer, bubble),
            happened(answer.get("createdAt"), mapping(answer.get("timingInfo")).get("clientStartTime")),
            vendor=vendor_of(None, model),
            model=model,
            response_id=text(answer.get("requestId")),
            session_id=composer or None,
            input_tokens=asked,
            output_tokens=answered,
        )


def read(path: Path, mark: Mark | None, _digest: Callable[[bytes], str] | None) -> Reading:
    """The state file, whole when it changed."""
    intake = Intake(TOOL, TOOL, str(path), "estimated")
    return read_database(path, mark, intake, Answers(intake).database)


CURSOR = AgentLog(TOOL, "Cursor", "estimated", discover, read, appends=False)
