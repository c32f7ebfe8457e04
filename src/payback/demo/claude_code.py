"""Sessions written down as Claude Code writes them: one line per content block, growing output, subagent files, copies.

The shape follows version 2.1 logs. Identifiers come from the session's own identity, so a copy repeats them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from random import Random
from typing import TYPE_CHECKING, Any

import orjson

from payback.demo.records import attempts_before
from payback.demo.words import prose

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from payback.demo.records import Call, Request, Session, Turn

LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnpqrstuvwxyz123456789"
VERSION = "2.1.234"
LONGEST_SLUG = 200
NAMES = {
    "read": "Read",
    "edit": "Edit",
    "test": "Bash",
    "shell": "Bash",
    "search": "Grep",
    "subagent": "Task",
}
OVERLOADED = "API Error: 529 the service is overloaded"

Line = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a session ran: the absolute folder that its lines name."""

    cwd: str

    @property
    def slug(self) -> str:
        """The folder's name in a log: every other sign is a dash; a long one is cut and told apart by a digest."""
        plain = re.sub(r"[^A-Za-z0-9]", "-", self.cwd)
        if len(plain) <= LONGEST_SLUG:
            return plain
        return f"{plain[:LONGEST_SLUG]}-{sha256(self.cwd.encode()).hexdigest()[:8]}"


def files(session: Session, place: Place) -> Iterator[tuple[str, bytes]]:
    """The session's files, as a path under the person's home and its bytes: the conversation, then its subagents."""
    folder = f".claude/projects/{place.slug}"
    lines, sides = written(session, place)
    yield f"{folder}/{session.id}.jsonl", _joined(lines)
    for agent, side in sides.items():
        stem = f"{folder}/{session.id}/subagents/agent-{agent}"
        yield f"{stem}.jsonl", _joined(side)
        about = {"agentType": "general-purpose", "description": "look it up"}
        yield f"{stem}.meta.json", orjson.dumps(about)


def written(session: Session, place: Place) -> tuple[list[Line], dict[str, list[Line]]]:
    """The lines of the conversation (those it copied from its parent first) and of each of its subagents."""
    copied: list[Line] = []
    if session.parent is not None:
        copied = [
            line | {"sessionId": session.id} for line in written(session.parent, place)[0] if "uuid" in line
        ]
    writer = _Writer(session, place)
    writer.write()
    return copied + writer.lines, writer.sides


def _joined(lines: list[Line]) -> bytes:
    return b"".join(orjson.dumps(line, option=orjson.OPT_APPEND_NEWLINE) for line in lines)


def stamp(instant: datetime) -> str:
    """An instant (UTC) with milliseconds and a Z."""
    return f"{instant:%Y-%m-%dT%H:%M:%S}.{instant.microsecond // 1000:03d}Z"


class _Writer:
    def __init__(self, session: Session, place: Place) -> None:
        self.session, self.place = session, place
        self.chance = Random(f"claude/{session.id}")  # noqa: S311  invented identifiers, no secret
        self.lines: list[Line] = []
        self.sides: dict[str, list[Line]] = {}
        self.parent: str | None = None
        self.agent: str | None = None
        self.tool_id = ""

    def write(self) -> None:
        snapshot: Line = {"type": "file-history-snapshot", "messageId": self.uuid()}
        kept: Line = {"trackedFileBackups": {}}
        self.lines.append(snapshot | {"snapshot": kept, "isSnapshotUpdate": False})
        for turn in self.session.turns:
            self.turn(turn)

    def turn(self, turn: Turn) -> None:
        if turn.compacted:
            compacted = {"type": "system", "subtype": "compact_boundary", "content": "Conversation compacted"}
            self.add(turn.asked_at, compacted)
        self.add(turn.asked_at, {"type": "user", "message": {"role": "user", "content": turn.prompt}})
        for request in turn.requests:
            self.request(request)
        if turn.gave_up_at is not None:
            self.attempts(turn.gave_up_at, turn.gave_up_after)
            self.gave_up(turn.gave_up_at)

    def request(self, request: Request) -> None:
        self.attempts(request.occurred_at, request.failed_attempts)
        self.answer(request)
        call = request.call
        if call is None:
            return
        tool_id = self.tool_id
        if call.side:
            self.side(call)
        back = call.side[-1].occurred_at if call.side else request.occurred_at
        self.result(tool_id, call, back + timedelta(milliseconds=900))

    def attempts(self, instant: datetime, count: int) -> None:
        """The failed attempts before an answer, each with how long it waited."""
        for attempt, tried_at in enumerate(attempts_before(instant, count), start=1):
            line = {
                "type": "system",
                "subtype": "api_error",
                "level": "error",
                "error": {"status": 529},
                "retryAttempt": attempt,
                "maxRetries": 10,
                "retryInMs": 500 * 2**attempt,
            }
            self.add(tried_at, line)

    def answer(self, request: Request) -> None:
        """One line per content block; only the last one, at the moment of the answer, has the final output."""
        blocks = self.blocks(request)
        message, asked = "msg_01" + self.word(22), "req_011" + self.word(21)
        stop = "end_turn" if request.call is None else "tool_use"
        for index, block in enumerate(blocks):
            left = len(blocks) - 1 - index
            final = left == 0
            body = {
                "model": request.model,
                "id": message,
                "type": "message",
                "role": "assistant",
                "content": [block],
                "stop_reason": stop if final else None,
                "stop_sequence": None,
                "usage": _usage(request, request.output if final else 1 + index * 3),
            }
            instant = _same_hour(request.occurred_at, timedelta(milliseconds=420 * left))
            self.add(instant, {"message": body, "requestId": asked, "type": "assistant"})

    def blocks(self, request: Request) -> list[Line]:
        chance, blocks = self.chance, list[Line]()
        if chance.random() < 0.12:
            thought = {"type": "thinking", "thinking": prose(chance, 5), "signature": self.word(24)}
            blocks.append(thought)
        if request.call is None or chance.random() < 0.25:
            blocks.append({"type": "text", "text": prose(chance, 6)})
        if request.call is not None:
            self.tool_id = "toolu_01" + self.word(22)
            name = NAMES[request.call.kind]
            tool = {"type": "tool_use", "id": self.tool_id, "name": name, "input": _input(request.call)}
            blocks.append(tool)
        return blocks

    def result(self, tool_id: str, call: Call, instant: datetime) -> None:
        result: Line = {"tool_use_id": tool_id, "type": "tool_result", "content": call.result}
        if call.failed:
            result["is_error"] = True
        self.add(instant, {"type": "user", "message": {"role": "user", "content": [result]}})

    def gave_up(self, instant: datetime) -> None:
        none = {
            "input_tokens": 0,
            "output_tokens": 0,
            "cache_creation_input_tokens": 0,
            "cache_read_input_tokens": 0,
        }
        body = {
            "id": self.uuid(),
            "model": "<synthetic>",
            "role": "assistant",
            "stop_reason": "stop_sequence",
            "stop_sequence": "",
            "type": "message",
            "usage": none,
            "content": [{"type": "text", "text": OVERLOADED}],
        }
        self.add(instant, {"type": "assistant", "message": body, "isApiErrorMessage": True})

    def side(self, call: Call) -> None:
        """A subagent's own file."""
        outer, outer_parent = self.lines, self.parent
        agent = f"a{self.chance.getrandbits(64):016x}"
        self.lines, self.parent, self.agent = [], None, agent
        asked = call.side[0].occurred_at - timedelta(seconds=2)
        self.add(asked, {"type": "user", "message": {"role": "user", "content": call.argument}})
        for request in call.side:
            self.request(request)
        self.sides[agent] = self.lines
        self.lines, self.parent, self.agent = outer, outer_parent, None

    def add(self, instant: datetime, line: Line) -> None:
        """One line with the fields that all lines share."""
        uuid = self.uuid()
        common: Line = {
            "parentUuid": self.parent,
            "isSidechain": self.agent is not None,
            "userType": "external",
            "cwd": self.place.cwd,
            "sessionId": self.session.id,
            "version": VERSION,
            "gitBranch": self.session.branch,
        }
        if self.agent is not None:
            common["agentId"] = self.agent
        self.lines.append(common | line | {"uuid": uuid, "timestamp": stamp(instant)})
        self.parent = uuid

    def uuid(self) -> str:
        text = f"{self.chance.getrandbits(128):032x}"
        return f"{text[:8]}-{text[8:12]}-4{text[13:16]}-a{text[17:20]}-{text[20:]}"

    def word(self, length: int) -> str:
        return "".join(self.chance.choices(LETTERS, k=length))


def _usage(request: Request, output: int) -> Line:
    return {
        "input_tokens": request.input,
        "cache_creation_input_tokens": request.cache_write_5m + request.cache_write_1h,
        "cache_read_input_tokens": request.cache_read,
        "cache_creation": {
            "ephemeral_5m_input_tokens": request.cache_write_5m,
            "ephemeral_1h_input_tokens": request.cache_write_1h,
        },
        "output_tokens": output,
        "service_tier": "standard",
        "inference_geo": "not_available",
    }


def _input(call: Call) -> Line:
    match call.kind:
        case "test" | "shell":
            return {"command": call.argument, "description": "run"}
        case "read":
            return {"file_path": call.argument}
        case "edit":
            return {"file_path": call.argument, "old_string": "tide", "new_string": "ebb"}
        case "search":
            return {"pattern": "lantern", "path": call.argument}
        case "subagent":
            return {"description": "look it up", "prompt": call.argument, "subagent_type": "general-purpose"}


def _same_hour(instant: datetime, before: timedelta) -> datetime:
    """A little earlier, but never in another hour, so that it does not matter which line of an answer dates it."""
    return max(instant - before, instant.replace(minute=0, second=0, microsecond=0))
