"""Whether a shell command runs tests, and whether what it printed says that it failed. The texts are looked at, never kept."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from payback.ledger.entries import StepKind

LOOKED_AT = 4000
BYTES_PER_TOKEN = 4
_TESTS = re.compile(
    r"\b(pytest|unittest|tox|nox|jest|vitest|mocha|rspec|ctest|phpunit|playwright test|cargo (?:nextest|test)|go test"
    r"|(?:npm|pnpm|yarn|bun)(?: run)? test|mvn\b.{0,80}\b(?:test|verify)|gradlew?\b.{0,80}\btest|dotnet test|swift test"
    r"|bazel test|make (?:check|test))\b"
)
_EXIT = re.compile(r"exit[_ ]code\"?\s*[:=]\s*(-?\d{1,10})", re.IGNORECASE)


def runs_tests(command: Any) -> bool:
    """Whether a command, as text or as a list of words, calls a known test runner."""
    if isinstance(command, list):
        command = " ".join(word for word in command if isinstance(word, str))
    return isinstance(command, str) and _TESTS.search(command[:LOOKED_AT]) is not None


def step_kind(kind: StepKind, command: Any) -> StepKind:
    """The kind of a step: a shell command that runs tests is a test."""
    return "test" if kind == "shell" and runs_tests(command) else kind


def failed(output: Any) -> bool:
    """Whether a command's output names an exit code that is not 0."""
    found = _EXIT.search(output[:LOOKED_AT]) if isinstance(output, str) else None
    return found is not None and int(found[1]) != 0


def brought_back(output: Any, dump: Callable[[Any], bytes]) -> int:
    """About how many tokens an output puts into the context: a quarter of its bytes."""
    size = len(output.encode("utf-8", "replace")) if isinstance(output, str) else len(dump(output))
    return -(-size // BYTES_PER_TOKEN)
