"""The rows of one file on their way out of a reader: requests, steps and refusals, each with where it stood.

This is the one place where a `BadFieldError` becomes a `Rejected`.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import orjson

from payback.ledger.entries import Rejected, Step, Usage
from payback.sources.agents.fields import BadFieldError, identity, instant, sequence, text
from payback.sources.agents.reader import Reading
from payback.sources.agents.tool_kinds import kind_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from datetime import datetime

    from payback.ledger.entries import Quality, StepKind

SOURCE = "agents"
MOST_REFUSALS = 1000
MOST_UNENDED = 20


@dataclass(slots=True)
class Intake:
    """What one file of one tool gives. `family` is the format, so that a copy of a row in the folder of a related tool
    is the same row. `digest` is a keyed digest for the arguments of calls; without it none is kept.
    """

    tool: str
    family: str
    file: str
    quality: Quality = "exact"
    digest: Callable[[bytes], str] | None = None
    reading: Reading = field(default_factory=Reading)
    _steps: dict[str, Step] = field(default_factory=dict)
    _carried: set[str] = field(default_factory=set)
    _unlisted: int = 0

    def usage(self, key: str, occurred_at: datetime, **fields: Any) -> Usage | None:
        """Add one request under its format's key; None (and nothing added) when it holds neither tokens, failures nor
        a cost.
        """
        fields.setdefault("quality", self.quality)
        row = Usage(
            usage_id=identity(self.family, key),
            occurred_at=occurred_at,
            vendor=fields.pop("vendor", None),
            tool=self.tool,
            source=SOURCE,
            **fields,
        )
        counted = (
            row.input_tokens
            + row.cache_read_tokens
            + row.cache_write_5m_tokens
            + row.cache_write_1h_tokens
            + row.output_tokens
        )
        if not counted and not row.errors and not row.retries and row.reported_usd is None:
            return None
        self.reading.usages.append(row)
        return row

    def call(self, session: str, call: str, name: Any, occurred_at: datetime, **fields: Any) -> None:
        """Add one tool call. `call` is its id within the session; a repeated id replaces what was known of it. Of its
        `arguments` nothing but the digest is kept.
        """
        named, arguments = text(name), fields.pop("arguments", None)
        if named is None:
            return
        if self.digest and arguments is not None:
            fields["arguments_digest"] = self.digest(canonical(arguments))
        named = named[:200]
        step_id = identity(self.family, "step", session, call)
        self._carried.discard(step_id)
        self._steps[step_id] = self._step(step_id, session, named, occurred_at, **fields)

    def _step(self, step_id: str, session: str, name: str, occurred_at: datetime, **fields: Any) -> Step:
        kind: StepKind = fields.pop("kind", None) or kind_of(name)
        return Step(
            step_id=step_id,
            occurred_at=occurred_at,
            tool=self.tool,
            session_id=session,
            kind=kind,
            name=name,
            source=SOURCE,
            **fields,
        )

    def outcome(
        self, session: str, call: str, *, is_error: bool | None, output_tokens: int | None = None
    ) -> None:
        """Write down how a tool call that stands in this file ended, and about how many tokens it brought back."""
        step_id = identity(self.family, "step", session, call)
        if is_error is not None and (step := self._steps.get(step_id)):
            told = step.output_tokens if output_tokens is None else output_tokens
            self._steps[step_id] = replace(step, is_error=is_error, output_tokens=told)
            self._carried.discard(step_id)

    def decided(self, session: str, calls: Iterable[str], usage_id: str) -> None:
        """Write down which request decided on tool calls that stand in this file."""
        for call in calls:
            step_id = identity(self.family, "step", session, call)
            if step := self._steps.get(step_id):
                self._steps[step_id] = replace(step, usage_id=usage_id)
                self._carried.discard(step_id)

    def unended(self) -> list[list[str | None]]:
        """The latest tool calls whose end is not written yet, as short texts that a Mark can keep."""
        ended = [step for step in self._steps.values() if step.is_error is None]
        return [
            [
                step.step_id,
                step.name,
                step.session_id,
                step.occurred_at.isoformat(),
                step.run_id,
                step.usage_id,
                step.kind,
                step.arguments_digest,
            ]
            for step in ended[-MOST_UNENDED:]
        ]

    def carry(self, calls: Any) -> None:
        """Take up tool calls that an earlier reading left without an end."""
        for call in sequence(calls):
            step_id, name, session, at, run, usage, kind, digest = (*sequence(call), *[None] * 8)[:8]
            occurred_at = instant(at)
            if (
                isinstance(step_id, str)
                and isinstance(name, str)
                and isinstance(session, str)
                and occurred_at
            ):
                known = {"run_id": run, "usage_id": usage, "kind": kind, "arguments_digest": digest}
                self._steps[step_id] = self._step(step_id, session, name, occurred_at, **known)
                self._carried.add(step_id)

    def refuse(self, why: str, line: int | None = None) -> None:
        """Note one row that could not be read; of one file the first thousand are listed and the rest counted."""
        if len(self.reading.rejected) < MOST_REFUSALS:
            self.reading.rejected.append(Rejected(SOURCE, why, self.file, line))
        else:
            self._unlisted += 1

    @contextmanager
    def row(self, line: int | None = None) -> Iterator[None]:
        """Read one row; a bad field in it refuses this row and no other."""
        try:
            yield
        except BadFieldError as bad:
            self.refuse(str(bad), line)

    def finished(self) -> Reading:
        """All of it: of several copies of one request in this file the last one stands."""
        last = {usage.usage_id: usage for usage in self.reading.usages}
        self.reading.usages[:] = last.values()
        self.reading.steps[:] = [step for key, step in self._steps.items() if key not in self._carried]
        if self._unlisted:
            why = f"{self._unlisted} more rows of this file could not be read"
            self.reading.rejected.append(Rejected(SOURCE, why, self.file))
            self._unlisted = 0
        return self.reading


def canonical(arguments: Any) -> bytes:
    """The same bytes for the same arguments, whatever the order of their keys."""
    if isinstance(arguments, str):
        return arguments.encode("utf-8", "replace")
    return orjson.dumps(arguments, option=orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS)
