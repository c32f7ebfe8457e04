"""Sessions written down as Gemini CLI writes them: a record per message, written again when its tokens arrive.

The shape follows the JSON-lines chats of 2026. Thoughts stand beside the output; the cached part stands in the input.
The folder of a project is named by a digest of its path; `.project_root` in it says which path.
"""

from __future__ import annotations

from hashlib import sha256
from random import Random
from typing import TYPE_CHECKING, Any

import orjson

from payback.demo.claude_code import stamp
from payback.demo.words import prose

if TYPE_CHECKING:
    from collections.abc import Iterator

    from payback.demo.claude_code import Place
    from payback.demo.records import Call, Request, Session, Turn

NAMES = {
    "read": "read_file",
    "edit": "replace",
    "test": "run_shell_command",
    "shell": "run_shell_command",
    "search": "search_file_content",
    "subagent": "codebase_investigator",
}


def files(session: Session, place: Place) -> Iterator[tuple[str, bytes]]:
    """The session's chat and the note of where its project lies, as paths under the person's home and bytes."""
    digest = sha256(place.cwd.encode()).hexdigest()
    folder = f".gemini/tmp/{digest}"
    name = f"session-{session.started_at:%Y-%m-%dT%H-%M}-{session.id[:8]}.jsonl"
    yield f"{folder}/.project_root", place.cwd.encode()
    records = _Writer(session, place, digest).records()
    lines = (orjson.dumps(record, option=orjson.OPT_APPEND_NEWLINE) for record in records)
    yield f"{folder}/chats/{name}", b"".join(lines)


class _Writer:
    def __init__(self, session: Session, place: Place, digest: str) -> None:
        self.session, self.place, self.digest = session, place, digest
        self.chance = Random(f"gemini/{session.id}")  # noqa: S311  invented identifiers, no secret

    def records(self) -> Iterator[dict[str, Any]]:
        start = stamp(self.session.started_at)
        yield {
            "sessionId": self.session.id,
            "projectHash": self.digest,
            "startTime": start,
            "lastUpdated": start,
            "kind": "main",
            "directories": [self.place.cwd],
        }
        for turn in self.session.turns:
            yield from self.turn(turn)
            yield {"$set": {"lastUpdated": stamp(turn.ended_at)}}

    def turn(self, turn: Turn) -> Iterator[dict[str, Any]]:
        yield self.message("user", stamp(turn.asked_at), turn.prompt)
        for request in turn.requests:
            yield from self.answer(request)
        if turn.gave_up_at is not None:
            yield self.message("error", stamp(turn.gave_up_at), "the service is overloaded")

    def answer(self, request: Request) -> Iterator[dict[str, Any]]:
        """The message as it begins, and once more, whole, with its tokens and calls."""
        message = self.message("gemini", stamp(request.occurred_at), prose(self.chance, 6))
        message |= {"model": request.model}
        yield message
        calls = [self.called(request.call, message["timestamp"])] if request.call else []
        yield message | {"thoughts": [], "toolCalls": calls, "tokens": _tokens(request)}

    def called(self, call: Call, instant: str) -> dict[str, Any]:
        name = NAMES[call.kind]
        called = f"{name}-{self.chance.getrandbits(48):012x}"
        response = {"id": called, "name": name, "response": {"output": call.result}}
        shell = call.kind in {"test", "shell"}
        return {
            "id": called,
            "name": name,
            "args": {"command": call.argument} if shell else {"path": call.argument},
            "result": [{"functionResponse": response}],
            "status": "error" if call.failed else "success",
            "timestamp": instant,
        }

    def message(self, kind: str, instant: str, content: str) -> dict[str, Any]:
        identity = f"{self.chance.getrandbits(128):032x}"
        return {"id": identity, "timestamp": instant, "type": kind, "content": content}


def _tokens(request: Request) -> dict[str, int]:
    said = request.output - request.reasoning
    given = request.input + request.cache_read
    return {
        "input": given,
        "output": said,
        "cached": request.cache_read,
        "thoughts": request.reasoning,
        "tool": 0,
        "total": given + said + request.reasoning,
    }
