"""What a reader of one coding agent's local logs is: where the logs lie, and how one file becomes entries.

A reader is a value (`AgentLog`); the list of all of them is `payback.sources.agents.READERS`. Reading never raises for
bad content: a bad row is a `Rejected`, an unreadable file one `Rejected` for the whole file. No prompt, answer, code
or tool output leaves a reader.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

    from payback.ledger.entries import Quality, Rejected, Step, Usage

System = Literal["linux", "darwin", "windows"]


@dataclass(frozen=True, slots=True)
class Places:
    """Where a person's files lie: home folder, environment, operating system. Passed in, never looked up."""

    home: Path
    environ: Mapping[str, str]
    system: System


@dataclass(frozen=True, slots=True)
class Mark:
    """How far one file was read. A file is unread from `offset` when `inode` matches, it has not shrunk, and `digest`
    still matches the bytes just before `offset`; otherwise it is read anew. `state` is what a reader must remember to
    go on in the middle (model in force, running totals): numbers and short identifiers only.
    """

    inode: int
    size: int
    modified_ns: int
    offset: int
    digest: str
    state: Mapping[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class Reading:
    """What one file gave. `usages` may hold several copies of one response (same usage_id); merging comes later."""

    usages: list[Usage] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)
    rejected: list[Rejected] = field(default_factory=list)
    mark: Mark | None = None


@dataclass(frozen=True, slots=True)
class AgentLog:
    """One tool's logs.

    `discover` yields existing files (never raises for missing folders or missing rights). `read` takes a file and how
    far it was read before (None: from the start) and a keyed digest function or None (None: no digests are kept).
    `appends`: files only grow, so a Mark's offset is of use; else a changed file is read whole.
    """

    tool: str
    title: str
    quality: Quality
    discover: Callable[[Places], Iterable[Path]]
    read: Callable[[Path, Mark | None, Callable[[bytes], str] | None], Reading]
    appends: bool = True
