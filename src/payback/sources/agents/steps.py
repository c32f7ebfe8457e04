"""Tool calls of an agent as steps: what kind of work a call was, and what it brought back, without a word of either.

A shell command is looked at to tell tests, searches and reads apart, and is forgotten. Calls whose result stands
further on, perhaps in a later reading, are carried along.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from payback.ledger.entries import Step
from payback.sources.agents.fields import identity, instant, mapping, sequence, text
from payback.sources.agents.intake import SOURCE, canonical
from payback.sources.agents.tool_kinds import kind_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from payback.ledger.entries import StepKind

MOST_OPEN = 100
LONGEST_COMMAND = 4000
TESTS = re.compile(
    r"""(?x) (?:^|[\s;&|("'/]) (?:
        pytest | py\.test | tox | nox | unittest | jest | vitest | mocha | ava | karma | cypress | rspec | phpunit
        | ctest | gotestsum | nextest | behave | playwright\s+test | bats
        | (?:npm|pnpm|yarn|bun|deno|cargo|go|dotnet|mvn|mvnw|gradle|gradlew|make|just|mix|swift|bazel|rake|flutter|dart
            |sbt|lein|zig|composer|hatch)
          (?:\s+(?:run|--?[\w=-]+|-C\s+\S+))* \s+ (?:[:\w]*:)?(?:test|tests|check|verify|spec)\b
    ) (?:$|[\s;&|:)"'])"""
)
LEADING = re.compile(r"^\s*(?:cd\s+\S+\s*(?:&&|;)\s*)?(?:\w+=\S+\s+)*([\w./-]+)(?:\s+(-\w+))?")
SEARCHES = frozenset({"rg", "grep", "egrep", "find", "fd", "ag", "ack", "ls", "tree", "locate"})
READS = frozenset({"cat", "head", "tail", "nl", "less", "more", "wc", "bat"})
EDITS = frozenset({"apply_patch", "applypatch"})


def kind_of_call(name: str, command: str | None) -> StepKind:
    """The kind of a call by its tool's name and, where it is a shell, by the command, which is not kept."""
    kind: StepKind = "other" if name.lower().startswith("todo") else kind_of(name)
    if kind != "shell" or not command:
        return kind
    command = command[:LONGEST_COMMAND]
    found = LEADING.match(command)
    first = found[1].rpartition("/")[2] if found else ""
    if TESTS.search(command):
        return "test"
    if first in SEARCHES:
        return "search"
    if first in READS or (first == "sed" and found is not None and found[2] == "-n"):
        return "read"
    return "edit" if first in EDITS else "shell"


def command_of(arguments: Any) -> str | None:
    """The shell command among a call's arguments, which are an object, a list of words, or JSON text of either."""
    if isinstance(arguments, str) and arguments[:1] in {"{", "["}:
        import orjson

        try:
            arguments = orjson.loads(arguments)
        except orjson.JSONDecodeError:
            return None
    told = mapping(arguments)
    words = told.get("command") or told.get("cmd") or arguments
    if isinstance(words, list) and all(isinstance(word, str) for word in words):
        return (
            str(words[-1])
            if words[:1] and words[0].rpartition("/")[2] in {"bash", "sh", "zsh"}
            else " ".join(words)
        )
    return words if isinstance(words, str) else None


def weight(result: Any) -> int:
    """About how many tokens a result holds: its bytes over four. Images are not counted."""
    return _bytes(result) // 4


def _bytes(result: Any) -> int:
    if isinstance(result, str):
        return len(result.encode("utf-8", "replace"))
    if isinstance(result, list):
        return sum(_bytes(each) for each in result)
    if isinstance(result, dict):
        return sum(_bytes(result.get(name)) for name in ("text", "content", "output"))
    return 0


class Steps:
    """The steps of one reading. `carried` is what an earlier one left open."""

    def __init__(self, tool: str, digest: Callable[[bytes], str] | None, carried: Any) -> None:
        self._tool, self._digest = tool, digest
        self._steps: dict[str, Step] = {}
        self._open: dict[str, Step] = {}
        self._left: set[str] = set()
        for call in sequence(carried):
            self._restore(mapping(call))

    def call(self, call: str, name: str, occurred_at: datetime, session: str, **known: Any) -> None:
        """One call of a tool, with `arguments` and what else is known of it (run_id, usage_id)."""
        arguments = known.pop("arguments", None)
        digest = self._digest(canonical(arguments)) if self._digest and arguments is not None else None
        step = Step(
            step_id=identity(self._tool, "step", call),
            occurred_at=occurred_at,
            tool=self._tool,
            session_id=session,
            kind=kind_of_call(name, command_of(arguments)),
            name=name[:200],
            source=SOURCE,
            arguments_digest=digest,
            **known,
        )
        self._steps[call] = self._open[call] = step
        self._left.discard(call)

    def result(self, call: Any, *, is_error: bool | None, brought: Any) -> None:
        """How an open call ended and what it brought back."""
        if isinstance(call, str) and (step := self._open.get(call)) is not None:
            self._steps[call] = self._open[call] = replace(
                step,
                is_error=step.is_error if is_error is None else is_error,
                output_tokens=max(weight(brought), step.output_tokens or 0),
            )

    def decided(self, usage_id: str) -> None:
        """The request behind all open calls that have none yet is this one."""
        for call, step in self._open.items():
            if step.usage_id is None:
                self._steps[call] = self._open[call] = replace(step, usage_id=usage_id)

    def found(self) -> list[Step]:
        """All steps met or completed in this reading."""
        return list(self._steps.values())

    def carried(self) -> list[dict[str, Any]]:
        """The last calls that lack a result or a request, as plain values for a later reading."""
        waiting = [
            call for call, step in self._open.items() if step.output_tokens is None or step.usage_id is None
        ]
        return [
            {
                "call": call,
                "at": self._open[call].occurred_at.isoformat(),
                **{name: value for name in KEPT if (value := getattr(self._open[call], name)) is not None},
            }
            for call in waiting[-MOST_OPEN:]
        ]

    def _restore(self, told: Mapping[str, Any]) -> None:
        call, session, name, at = (text(told.get(key)) for key in ("call", "session_id", "name", "at"))
        time = instant(at)
        if call and session and name and time:
            known = {key: told.get(key) for key in KEPT[2:]}
            step_id = identity(self._tool, "step", call)
            self._open[call] = Step(
                step_id=step_id,
                occurred_at=time,
                tool=self._tool,
                session_id=session,
                name=name,
                source=SOURCE,
                **known,  # type: ignore[arg-type]  # as `carried` wrote them
            )


KEPT = ("session_id", "name", "kind", "run_id", "usage_id", "is_error", "arguments_digest", "output_tokens")
