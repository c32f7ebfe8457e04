"""One invented company on disk, read back in the plainest way: each tool's log by that tool's own rule, no payback."""

from __future__ import annotations

import csv
import json
import tomllib
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

TODAY = date(2026, 3, 19)
MONTHS, PEOPLE = 6, 24


@dataclass(frozen=True, slots=True)
class Answer:
    """One request as a log tells it."""

    at: datetime
    tool: str
    person: str
    model: str
    cwd: str
    branch: str
    tokens: tuple[int, int, int, int, int]
    reasoning: int


@dataclass(frozen=True)
class Home:
    """The folder a company was written into."""

    path: Path

    @cached_property
    def truth(self) -> dict[str, Any]:
        return json.loads((self.path / "truth.json").read_bytes())

    @cached_property
    def settings(self) -> dict[str, Any]:
        return tomllib.loads((self.path / "payback.toml").read_text("utf-8"))

    @cached_property
    def bills(self) -> list[dict[str, str]]:
        found = []
        for pattern in self.settings["imports"]["charges"]:
            for file in sorted(self.path.glob(pattern)):
                with file.open(encoding="utf-8", newline="") as opened:
                    found += csv.DictReader(opened)
        return found

    @cached_property
    def answers(self) -> list[Answer]:
        return [
            *(one for home in self.homes for one in claude(home)),
            *(one for home in self.homes for one in codex(home)),
            *(one for home in self.homes for one in gemini(home)),
        ]

    @property
    def homes(self) -> list[Path]:
        return [self.path / home["path"] for home in self.settings["agents"]["homes"]]

    def vendor(self, name: str) -> dict[str, Any]:
        """What a vendor has on file."""
        return json.loads((self.path / "company" / "vendors" / f"{name}.json").read_bytes())

    def logs(self, pattern: str) -> list[Path]:
        return [file for home in self.homes for file in sorted(home.glob(pattern))]

    def team_on(self, person: str, day: date) -> str | None:
        told = next(one for one in self.settings["people"] if one["id"] == person)
        for part in told["memberships"]:
            if part["from"] <= day and ("until" not in part or day < part["until"]):
                return part["team"]
        return None


def lines(file: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in file.read_bytes().splitlines()]


def claude(home: Path) -> list[Answer]:
    """The copy with the largest output of each (message, request)."""
    best: dict[tuple[str, str], dict[str, Any]] = {}
    for file in sorted(home.glob(".claude/projects/**/*.jsonl")):
        for line in lines(file):
            if line["type"] != "assistant" or line["message"]["model"] == "<synthetic>":
                continue
            key = (line["message"]["id"], line["requestId"])
            old = best.get(key)
            if (
                old is None
                or old["message"]["usage"]["output_tokens"] < line["message"]["usage"]["output_tokens"]
            ):
                best[key] = line
    found = []
    for line in best.values():
        usage, split = line["message"]["usage"], line["message"]["usage"]["cache_creation"]
        written = (split["ephemeral_5m_input_tokens"], split["ephemeral_1h_input_tokens"])
        tokens = (usage["input_tokens"], usage["cache_read_input_tokens"], *written, usage["output_tokens"])
        found.append(
            Answer(
                datetime.fromisoformat(line["timestamp"]),
                "claude_code",
                home.name,
                line["message"]["model"],
                line["cwd"],
                line["gitBranch"],
                tokens,
                0,
            )
        )
    return found


def codex(home: Path) -> list[Answer]:
    """Each change of the running total, without what a fork replays in its first five seconds and archived copies."""
    found = []
    for file in sorted(home.glob(".codex/sessions/**/*.jsonl")):
        told = lines(file)
        meta = told[0]["payload"]
        start, model, before = datetime.fromisoformat(meta["timestamp"]), "", None
        for line in told:
            payload = line["payload"]
            if line["type"] == "turn_context":
                model = payload["model"]
            if payload.get("type") != "token_count":
                continue
            at, total = datetime.fromisoformat(line["timestamp"]), payload["info"]["total_token_usage"]
            repeated, before = total == before, total
            if repeated or ("forked_from_id" in meta and at - start < timedelta(seconds=5)):
                continue
            last = payload["info"]["last_token_usage"]
            cached = last["cached_input_tokens"]
            tokens = (last["input_tokens"] - cached, cached, 0, 0, last["output_tokens"])
            branch = meta.get("git", {}).get("branch", "")
            thought = last["reasoning_output_tokens"]
            found.append(Answer(at, "codex", home.name, model, meta["cwd"], branch, tokens, thought))
    return found


def gemini(home: Path) -> list[Answer]:
    """The last record of each message."""
    found = []
    for file in sorted(home.glob(".gemini/tmp/*/chats/*.jsonl")):
        told = lines(file)
        root = (file.parents[1] / ".project_root").read_text("utf-8")
        messages = {line["id"]: line for line in told if line.get("type") == "gemini"}
        for line in messages.values():
            counts = line["tokens"]
            thought, cached = counts["thoughts"], counts["cached"]
            tokens = (counts["input"] - cached, cached, 0, 0, counts["output"] + thought)
            at = datetime.fromisoformat(line["timestamp"])
            found.append(Answer(at, "gemini_cli", home.name, line["model"], root, "", tokens, thought))
    return found
