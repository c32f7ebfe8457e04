"""Sessions written down as Codex writes them: running totals, repeats at each rate-limit refresh, forks that replay.

The shape follows version 0.142 rollouts. Input tokens hold the cached part; output tokens hold the reasoning.
"""

from __future__ import annotations

from datetime import timedelta
from random import Random
from typing import TYPE_CHECKING, Any

import orjson

from payback.demo.claude_code import LETTERS, stamp
from payback.demo.records import attempts_before
from payback.demo.words import prose

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from payback.demo.claude_code import Place
    from payback.demo.records import Call, Request, Session, Turn

Count = tuple[int, int, int, int]
NOTHING: Count = (0, 0, 0, 0)
COMMANDS = {
    "read": "sed -n 1,200p {}",
    "edit": "apply_patch {}",
    "test": "{}",
    "shell": "{}",
    "search": "rg -n lantern {}",
    "subagent": "codex exec {}",
}


def files(session: Session, place: Place, remote: str) -> Iterator[tuple[str, bytes]]:
    """The session's rollout, now and then also an archived copy of it, as paths under the person's home and bytes."""
    start = session.started_at
    name = f"rollout-{start:%Y-%m-%dT%H-%M-%S}-{session.id}.jsonl"
    writer = _Writer(session, place, remote)
    writer.write()
    text = b"".join(writer.lines)
    yield f".codex/sessions/{start:%Y/%m/%d}/{name}", text
    if writer.chance.random() < 0.04:
        yield f".codex/archived_sessions/{name}", text


def count_of(request: Request) -> Count:
    """Input with its cached part, the cached part, output with its reasoning, the reasoning."""
    return (request.input + request.cache_read, request.cache_read, request.output, request.reasoning)


def totals(session: Session) -> list[tuple[Count, Count]]:
    """Each request's running total and own count, the parent's requests first."""
    told = totals(session.parent) if session.parent else []
    total = told[-1][0] if told else NOTHING
    for request in session.requests():
        last = count_of(request)
        total = _plus(total, last)
        told.append((total, last))
    return told


def _plus(one: Count, other: Count) -> Count:
    return (one[0] + other[0], one[1] + other[1], one[2] + other[2], one[3] + other[3])


class _Writer:
    def __init__(self, session: Session, place: Place, remote: str) -> None:
        self.session, self.place, self.remote = session, place, remote
        self.chance = Random(f"codex/{session.id}")  # noqa: S311  invented identifiers, no secret
        self.lines: list[bytes] = []
        self.total = NOTHING

    def write(self) -> None:
        start, parent = self.session.started_at, self.session.parent
        self.meta(self.session, start)
        if parent is not None:
            self.meta(parent, start)
            self.context(start)
            for place, (total, last) in enumerate(totals(parent)):
                self.tokens(start + timedelta(milliseconds=place % 900), total, last)
                self.total = total
        for turn in self.session.turns:
            self.turn(turn)

    def meta(self, session: Session, instant: datetime) -> None:
        git = {"commit_hash": f"{self.chance.getrandbits(160):040x}", "branch": session.branch}
        about: dict[str, Any] = {
            "id": session.id,
            "timestamp": stamp(instant),
            "cwd": self.place.cwd,
            "originator": "codex_cli_rs",
            "cli_version": "0.142.0",
            "source": "cli",
            "model_provider": "openai",
            "base_instructions": {"text": prose(self.chance, 30)},
        }
        if self.remote:
            about["git"] = git | {"repository_url": self.remote}
        if session is self.session and session.parent is not None:
            about["forked_from_id"] = session.parent.id
        self.add(instant, "session_meta", about)

    def context(self, instant: datetime) -> None:
        about = {
            "cwd": self.place.cwd,
            "approval_policy": "on-request",
            "sandbox_policy": {"type": "workspace-write", "network_access": False},
            "model": self.session.model,
            "effort": "medium",
            "summary": "auto",
        }
        self.add(instant, "turn_context", about)

    def turn(self, turn: Turn) -> None:
        asked = turn.asked_at + timedelta(seconds=6) if self.session.parent else turn.asked_at
        self.context(asked)
        said = {"type": "input_text", "text": turn.prompt}
        self.add(asked, "response_item", {"type": "message", "role": "user", "content": [said]})
        self.event(asked, {"type": "user_message", "message": turn.prompt, "kind": "plain"})
        if turn.compacted:
            self.event(asked, {"type": "context_compacted"})
        for request in turn.requests:
            self.request(request)
        if turn.gave_up_at is not None:
            self.attempts(turn.gave_up_at, turn.gave_up_after)
            self.event(turn.gave_up_at, {"type": "error", "message": "the service is overloaded"})

    def request(self, request: Request) -> None:
        self.attempts(request.occurred_at, request.failed_attempts)
        thought: dict[str, Any] = {
            "type": "reasoning",
            "summary": [],
            "content": None,
            "encrypted_content": self.word(40),
        }
        self.add(request.occurred_at, "response_item", thought)
        if request.call is None:
            said = {"type": "agent_message", "message": prose(self.chance, 6)}
            self.event(request.occurred_at, said)
        else:
            self.call(request.call, request.occurred_at)
        last = count_of(request)
        self.total = _plus(self.total, last)
        self.tokens(request.occurred_at, self.total, last)
        if self.chance.random() < 0.15:
            self.tokens(request.occurred_at + timedelta(milliseconds=700), self.total, last)

    def call(self, call: Call, instant: datetime) -> None:
        called = "call_" + self.word(24)
        command = ["bash", "-lc", COMMANDS[call.kind].format(call.argument)]
        arguments = orjson.dumps({"command": command}).decode()
        asked = {"type": "function_call", "name": "shell", "arguments": arguments, "call_id": called}
        self.add(instant, "response_item", asked)
        told = {"output": call.result, "metadata": {"exit_code": int(call.failed), "duration_seconds": 0.4}}
        back = {"type": "function_call_output", "call_id": called, "output": orjson.dumps(told).decode()}
        self.add(instant, "response_item", back)

    def attempts(self, instant: datetime, count: int) -> None:
        for attempt, tried_at in enumerate(attempts_before(instant, count), start=1):
            said = {"type": "stream_error", "message": f"stream error: overloaded; retrying {attempt}/5"}
            self.event(tried_at, said)

    def tokens(self, instant: datetime, total: Count, last: Count) -> None:
        info = {
            "total_token_usage": _usage(total),
            "last_token_usage": _usage(last),
            "model_context_window": 272000,
        }
        limits = {
            "limit_id": "codex",
            "primary": {"used_percent": float(self.chance.randint(0, 90)), "window_minutes": 300},
            "secondary": {"used_percent": 7.0, "window_minutes": 10080},
            "credits": None,
            "plan_type": "business",
        }
        self.event(instant, {"type": "token_count", "info": info, "rate_limits": limits})

    def event(self, instant: datetime, payload: dict[str, Any]) -> None:
        self.add(instant, "event_msg", payload)

    def add(self, instant: datetime, kind: str, payload: dict[str, Any]) -> None:
        line = {"timestamp": stamp(instant), "type": kind, "payload": payload}
        self.lines.append(orjson.dumps(line, option=orjson.OPT_APPEND_NEWLINE))

    def word(self, length: int) -> str:
        return "".join(self.chance.choices(LETTERS, k=length))


def _usage(count: Count) -> dict[str, int]:
    return {
        "input_tokens": count[0],
        "cached_input_tokens": count[1],
        "output_tokens": count[2],
        "reasoning_output_tokens": count[3],
        "total_tokens": count[0] + count[2],
    }
