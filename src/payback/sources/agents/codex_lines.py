"""What the lines of a Codex rollout say, in their order: whose thread it is, which model is in force, what a call used.

Totals run per thread and are written again at each refresh of the rate limits; forked and subagent rollouts first
replay their parent's totals. Knows the format, not files. Every field may be missing, null or of another type.
"""

from __future__ import annotations

import re
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from payback.sources.agents.claude_lines import EPOCH, MILLISECOND, moment, named_branch
from payback.sources.agents.copies import ANSWERED, FAILED, RETRIED
from payback.sources.agents.fields import (
    MOST_TOKENS,
    BadFieldError,
    happened,
    instant,
    last_part,
    mapping,
    text,
    tokens,
)
from payback.sources.agents.providers import vendor_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from payback.sources.agents.copies import Class, Copy, Place

TOOL = "codex"
ASSUMED_MODEL = "gpt-5"
REPLAY_MS = 5000
REMOTE = re.compile(r"^(?:[a-z+]+://)?(?:[^/@]*@)?([\w.-]+\.[\w-]+)(?::\d+(?=/))?[:/](.+)$", re.IGNORECASE)
# One reading of a counter: input, cached, cache write, output, reasoning, total.
Counter = tuple[int, int, int, int, int, int]
NAMES = (
    "input_tokens",
    "cached_input_tokens",
    "cache_write_input_tokens",
    "output_tokens",
    "reasoning_output_tokens",
    "total_tokens",
)
USUAL = itemgetter(*NAMES[:2], *NAMES[3:])
# Root thread and running total (or the failure and its time), by which copies of a call are found.
Key = tuple[str, tuple[int, ...]]


class Thread:
    """Where a rollout stands. `line` takes one line and says what it adds; `state` and `resumed` carry it over a pause.

    `replays` is true while a forked rollout may still be repeating its parent's calls.
    """

    __slots__ = (
        "_class",
        "_place",
        "begun",
        "branch",
        "commit",
        "first_second",
        "folder",
        "is_side",
        "model",
        "provider",
        "replays",
        "repo",
        "root",
        "session",
        "started",
        "total",
        "turn",
    )

    def __init__(self, name: str, state: Mapping[str, Any]) -> None:
        self.begun: bool = state.get("begun", False)
        self.session: str = state.get("session", name)
        self.root: str = state.get("root", name)
        self.started: int | None = state.get("started")
        self.first_second: int | None = state.get("first_second")
        self.replays: bool = state.get("replays", False)
        self.is_side: bool = state.get("is_side", False)
        self.model: str | None = state.get("model")
        self.provider: str | None = state.get("provider")
        self.folder: str | None = state.get("folder")
        self.branch: str | None = state.get("branch")
        self.commit: str | None = state.get("commit")
        self.repo: str | None = state.get("repo")
        self.turn: str | None = state.get("turn")
        self.total: tuple[int, ...] | None = tuple(state["total"]) if state.get("total") else None
        self._place: Place | None = None
        self._class: Class | None = None

    def state(self) -> dict[str, Any]:
        """What `resumed` needs: numbers and short identifiers."""
        return {
            name: value
            for name in self.__slots__
            if name[0] != "_" and (value := getattr(self, name)) is not None
        }

    def take(self, line: Mapping[str, Any]) -> tuple[Key, Copy] | None:
        """What a line adds: a call, a failure, a retry, or nothing. Raises BadFieldError for one that does not add up."""
        kind, payload = line.get("type"), mapping(line.get("payload"))
        if kind == "event_msg":
            return self._event(line, payload)
        if kind == "turn_context":
            self._turn(payload)
        elif kind == "session_meta" and not self.begun:
            self._begin(line, payload)
        elif kind == "session_meta" and self.first_second is None:
            self.replays = self.replays or self.is_side
        return None

    def place(self) -> Place:
        """Where calls belong now."""
        if self._place is None:
            self._place = (
                self.is_side,
                self.session,
                last_part(self.folder) or "",
                named_branch(self.branch),
            )
        return self._place

    def kind(self) -> Class:
        """How calls are priced now."""
        if self._class is None:
            model = self.model or ASSUMED_MODEL
            vendor = vendor_of(self.provider, model) or vendor_of(None, model) or "openai"
            self._class = (TOOL, vendor, model, "", "", "")
        return self._class

    def _begin(self, line: Mapping[str, Any], payload: Mapping[str, Any]) -> None:
        git, source = mapping(payload.get("git")), mapping(payload.get("source"))
        self.session = text(payload.get("id"), payload.get("session_id")) or self.session
        origin = text(payload.get("forked_from_id"))
        self.root = origin or self.session
        self.is_side = bool(source.get("subagent"))
        self.replays = origin is not None
        started = instant(line.get("timestamp"), payload.get("timestamp"))
        self.started = None if started is None else (started - EPOCH) // MILLISECOND
        self.begun = True
        self.provider = text(payload.get("model_provider"))
        self.folder = text(payload.get("cwd"))
        self.branch, self.commit = text(git.get("branch")), text(git.get("commit_hash"))
        self.repo = repository(text(git.get("repository_url")))
        self._place = self._class = None

    def _turn(self, payload: Mapping[str, Any]) -> None:
        self.model = text(payload.get("model")) or self.model
        self.turn = text(payload.get("turn_id")) or self.turn
        self.folder = text(payload.get("cwd")) or self.folder
        self._place = self._class = None

    def _event(self, line: Mapping[str, Any], payload: Mapping[str, Any]) -> tuple[Key, Copy] | None:
        kind = payload.get("type")
        if kind == "token_count":
            info = payload.get("info")
            return self.call(line.get("timestamp"), info) if isinstance(info, dict) else None
        if kind in {"error", "stream_error"}:
            time = _milliseconds(line.get("timestamp"))
            outcome = FAILED if kind == "error" else RETRIED
            used = (0, True, "", -time, 0, 0, 0, 0, 0, 0, *outcome, (TOOL, self.kind()[1], "", "", "", ""))
            return (self.session, (time, *outcome)), (used, self.place())
        return None

    def _is_replayed(self, time: int) -> bool:
        """Whether a forked rollout still repeats its parent: all of that is stamped with the second of its creation."""
        second, first = time // 1000, self.first_second
        self.first_second = second if first is None else first
        if self.replays:
            is_near = self.started is None or abs(time - self.started) < REPLAY_MS
            self.replays = second == first or (is_near and (first is None or self.started is not None))
        return self.replays

    def call(self, timestamp: Any, info: Mapping[str, Any]) -> tuple[Key, Copy] | None:
        """What a token count adds, given its time and its `info`."""
        time = _milliseconds(timestamp)
        total, last = _counter(info.get("total_token_usage")), _counter(info.get("last_token_usage"))
        if total is not None and total == self.total:
            return None
        before, self.total = self.total, total if total is not None else self.total
        if (self.replays or self.first_second is None) and self._is_replayed(time):
            return None
        used = last or _difference(total, before)
        if used is None or not any(used):
            return None
        if self.model is None and (named := text(info.get("model"))):
            self.model, self._class = named, None
        given, cached, written, out, reasoning, whole = used
        fresh = given - cached - written
        if fresh < 0 or reasoning > out or (whole and whole != given + out):
            raise _wrong(used)
        key = (self.root, total if total is not None else (time, *used))
        counts = (fresh, cached, written, 0, reasoning, 0)
        return key, ((out, True, "", -time, *counts, *ANSWERED, self.kind()), self.place())


def _wrong(used: Counter) -> BadFieldError:
    """Why the counts of a call contradict each other."""
    given, cached, written, out, reasoning, whole = used
    if cached + written > given:
        return BadFieldError(
            f"cached tokens ({cached + written}) exceed the input that should contain them ({given})"
        )
    if reasoning > out:
        return BadFieldError(f"reasoning ({reasoning}) exceeds the output that should contain it ({out})")
    return BadFieldError(f"token counts add up to {given + out}, the log says {whole}")


def repository(remote: str | None) -> str | None:
    """host/owner/name of a remote's address, without user, password, port or suffix; None where it is no such address."""
    found = REMOTE.match(remote or "")
    return f"{found[1].lower()}/{found[2].strip('/').removesuffix('.git')}" if found else None


def _milliseconds(value: Any) -> int:
    try:
        return moment(value)
    except (TypeError, ValueError):
        return (happened(value) - EPOCH) // MILLISECOND


def _counter(counts: Any) -> Counter | None:
    """The six counts, quickly where they are plain numbers."""
    if not isinstance(counts, dict):
        return None
    try:
        given, cached, out, reasoning, whole = USUAL(counts)
        written = counts.get("cache_write_input_tokens") or 0
        if 0 <= given | cached | written | out | reasoning | whole <= MOST_TOKENS:
            return given, cached, written, out, reasoning, whole
    except (KeyError, TypeError):
        pass
    return tuple(tokens(counts, name) for name in NAMES)  # type: ignore[return-value]  # six of them


def _difference(total: Counter | None, before: tuple[int, ...] | None) -> Counter | None:
    """What was used since the counter stood at `before`; all of it where the counter began anew."""
    if total is None or before is None:
        return total
    rest = tuple(now - then for now, then in zip(total, before, strict=True))
    return total if min(rest) < 0 else rest  # type: ignore[return-value]  # six of them
