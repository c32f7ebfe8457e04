"""Gemini CLI's chats: one JSON document a session (old) or one record a line (since spring 2026).

`input` contains `cached`; `thoughts` stand beside `output` and are billed as output; `tool` (prompt tokens of server
tools) is billed as input. A message is appended again, whole, when its tokens or tool calls arrive: the later copy of
an id stands. Rewound messages were billed and stay. No cost, branch or retries are written.
"""

from __future__ import annotations

import hashlib
from functools import partial
from typing import TYPE_CHECKING, Any

from payback.sources.agents.failures import failure_kind
from payback.sources.agents.fields import (
    adds_up,
    happened,
    instant,
    last_part,
    less,
    mapping,
    scoped,
    sequence,
    text,
    tokens,
    word,
)
from payback.sources.agents.folders import files, named
from payback.sources.agents.intake import Intake
from payback.sources.agents.line_file import read_lines
from payback.sources.agents.reader import AgentLog
from payback.sources.agents.whole_file import beside, read_document

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from payback.sources.agents.reader import Mark, Places, Reading

TOOL = "gemini_cli"
ENDED = {"success": False, "error": True}


def discover(places: Places) -> Iterator[Path]:
    """Chats below `.gemini/tmp/<project>/chats`, of subagents too."""
    homes = [home / ".gemini" for home in (*named(places, "GEMINI_CLI_HOME"), places.home)]
    for root in dict.fromkeys([*named(places, "GEMINI_DATA_DIR"), *homes]):
        yield from files(root / "tmp", _is_chat)


def _is_chat(path: Path) -> bool:
    return path.suffix in {".json", ".jsonl"} and "chats" in path.parts[-3:-1]


class Chat:
    """The messages of one session file."""

    needles = (b'"id"', b'"$set"')

    def __init__(self, path: Path, intake: Intake, state: Mapping[str, Any]) -> None:
        self.intake, self._path = intake, path
        self._session, self._is_subagent = path.stem, path.parent.name != "chats"
        self._directory: str | None = None
        self._run: str | None = text(state.get("run"))

    def opening(self, record: Mapping[str, Any]) -> None:
        """The metadata: session, kind, folders."""
        self._session = text(record.get("sessionId")) or self._session
        self._is_subagent = self._is_subagent or record.get("kind") == "subagent"
        directories = sequence(record.get("directories"))
        self._directory = project_root(self._path) or text(*directories)

    def line(self, record: Mapping[str, Any], number: int) -> None:
        """A message, or a change to the session that brings messages."""
        changed = mapping(record.get("$set"))
        for message in sequence(changed.get("messages")):
            with self.intake.row(number):
                self.message(mapping(message))
        if not changed:
            self.message(record)

    def state(self) -> dict[str, Any]:
        """The user message being answered."""
        return {"run": self._run} if self._run else {}

    def document(self, document: Any) -> None:
        """A whole session of the old format."""
        session = mapping(document)
        self.opening(session)
        for number, message in enumerate(sequence(session.get("messages")), start=1):
            with self.intake.row(number):
                self.message(mapping(message))

    def message(self, message: Mapping[str, Any]) -> None:
        """One message: a request where it holds tokens, tool calls where it holds those, a failure where it is one."""
        kind, found = word(message.get("type")), text(message.get("id"))
        if kind == "user":
            self._run = found or self._run
        if found is None or kind not in {"gemini", "error"}:
            return
        key = scoped(self._session, found)
        if kind == "error":
            error = failure_kind(None, message.get("content"))
            self._usage(key, message, requests=0, errors=1, error=error)
            return
        usage = self._answer(key, message)
        self._calls(message, usage)

    def _answer(self, key: str, message: Mapping[str, Any]) -> str | None:
        counts = mapping(message.get("tokens"))
        whole, cached, tool = tokens(counts, "input"), tokens(counts, "cached"), tokens(counts, "tool")
        answer, thoughts = tokens(counts, "output"), tokens(counts, "thoughts")
        adds_up(tokens(counts, "total"), whole + tool + answer + thoughts, whole + answer + thoughts)
        return self._usage(
            key,
            message,
            input_tokens=less(whole, cached) + tool,
            cache_read_tokens=cached,
            output_tokens=answer + thoughts,
            reasoning_tokens=thoughts,
        )

    def _usage(self, key: str, message: Mapping[str, Any], **fields: Any) -> str | None:
        row = self.intake.usage(
            key,
            happened(message.get("timestamp")),
            vendor="google",
            model=text(message.get("model")),
            session_id=self._session,
            run_id=self._run,
            is_subagent=self._is_subagent,
            working_directory=self._directory,
            project=last_part(self._directory) or self._folder().name,
            **fields,
        )
        return row.usage_id if row else None

    def _calls(self, message: Mapping[str, Any], usage: str | None) -> None:
        for call in map(mapping, sequence(message.get("toolCalls"))):
            found = text(call.get("id"))
            at = instant(call.get("timestamp"), message.get("timestamp"))
            if found and at:
                known = {"run_id": self._run, "usage_id": usage, "arguments": call.get("args")}
                self.intake.call(self._session, found, call.get("name"), at, **known)
                self.intake.outcome(self._session, found, is_error=ENDED.get(str(call.get("status"))))

    def _folder(self) -> Path:
        return project_folder(self._path)


def project_folder(path: Path) -> Path:
    """`tmp/<project>` above a chat."""
    chats = path.parent if path.parent.name == "chats" else path.parent.parent
    return chats.parent


def project_root(path: Path) -> str | None:
    """The folder the chat worked in: from `.project_root` beside the chats, else from `projects.json`, which maps
    folders to names; older builds named the project by the SHA-256 of its folder.
    """
    folder = project_folder(path)
    try:
        if found := text((folder / ".project_root").read_text("utf-8", "replace")):
            return found
    except OSError:
        pass
    known = mapping(mapping(beside(folder.parent.parent / "projects.json")).get("projects"))
    return next((root for root, name in known.items() if folder.name in (name, _hash(root))), None)


def _hash(root: str) -> str:
    return hashlib.sha256(root.encode("utf-8", "replace")).hexdigest()


def read(path: Path, mark: Mark | None, digest: Callable[[bytes], str] | None) -> Reading:
    """One chat; a `.jsonl` from where the mark says, a `.json` whole."""
    intake = Intake(TOOL, TOOL, str(path), digest=digest)
    if path.suffix == ".jsonl":
        return read_lines(path, mark, digest, intake, partial(Chat, path, intake))
    return read_document(path, mark, intake, Chat(path, intake, {}).document)


GEMINI = AgentLog(TOOL, "Gemini CLI", "exact", discover, read)
