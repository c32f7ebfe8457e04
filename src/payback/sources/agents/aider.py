"""aider's analytics log, where its user turned one on (`--analytics-log`, by environment or in the home settings).

Counts know no cache, and aider fills them in by itself where a provider sends none, without saying so: estimated. The
cost is aider's own. The history file in a repository holds rounded figures and is not read.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from payback.sources.agents.fields import adds_up, happened, mapping, text, tokens, usd
from payback.sources.agents.folders import existing, named
from payback.sources.agents.intake import Intake
from payback.sources.agents.line_file import read_lines
from payback.sources.agents.providers import vendor_of
from payback.sources.agents.reader import AgentLog

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from payback.sources.agents.reader import Mark, Places, Reading

TOOL = "aider"
SETTING = re.compile(r"^\s*analytics-log\s*:\s*['\"]?([^'\"#\n]+?)['\"]?\s*$", re.MULTILINE)


def discover(places: Places) -> Iterator[Path]:
    """The log that `AIDER_ANALYTICS_LOG` or `~/.aider.conf.yml` names."""
    found = named(places, "AIDER_ANALYTICS_LOG")
    try:
        settings = (places.home / ".aider.conf.yml").read_text("utf-8", "replace")
    except OSError:
        settings = ""
    for name in SETTING.findall(settings):
        found.append(places.home / name.removeprefix("~/"))
    yield from existing(found)


class Events:
    """The events of one log."""

    needles = (b'"message_send"',)

    def __init__(self, intake: Intake) -> None:
        self.intake = intake

    def opening(self, record: Mapping[str, Any]) -> None:
        """Events stand for themselves."""

    def state(self) -> dict[str, Any]:
        """Nothing to remember."""
        return {}

    def line(self, record: Mapping[str, Any], number: int) -> None:
        """One event; a request where it is `message_send`."""
        if record.get("event") != "message_send":
            return
        about = mapping(record.get("properties"))
        at = happened(record.get("time"))
        asked, answered = tokens(about, "prompt_tokens"), tokens(about, "completion_tokens")
        adds_up(tokens(about, "total_tokens"), asked + answered)
        model = text(about.get("main_model"))
        # The log has no ids: whose it is, when, and which line it was.
        self.intake.usage(
            f"{text(record.get('user_id'))} {at.isoformat()} {number}",
            at,
            vendor=vendor_of(None, model),
            model=model,
            input_tokens=asked,
            output_tokens=answered,
            reported_usd=usd(about.get("cost")),
        )


def read(path: Path, mark: Mark | None, digest: Callable[[bytes], str] | None) -> Reading:
    """One log from where the mark says."""
    intake = Intake(TOOL, TOOL, str(path), "estimated")

    def events(_: Mapping[str, Any]) -> Events:
        return Events(intake)

    return read_lines(path, mark, digest, intake, events)


AIDER = AgentLog(TOOL, "aider", "estimated", discover, read)
