"""Which logs lie on a machine now, and what tells that one of them changed. Opens none of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from payback.sources.agents.whereabouts import claude_roots, codex_roots, logs_under

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from payback.sources.agents.reader import AgentLog, Places

CLAUDE, CODEX = "claude_code", "codex"


class Seen(NamedTuple):
    """A log as it lies there: who reads it, where, and what tells that it changed."""

    reader: str
    path: str
    inode: int
    size: int
    modified_ns: int


def reader_name(reader: AgentLog) -> str:
    """What a store calls a reader; one tool may have several."""
    return f"{reader.tool} {reader.title}"


def listed(places: Places) -> list[Seen]:
    """Every log of every tool, in a fixed order."""
    found = [
        Seen(tool, path, status.st_ino, status.st_size, status.st_mtime_ns)
        for tool, roots in ((CLAUDE, claude_roots(places)), (CODEX, codex_roots(places)))
        for root in roots
        for path, status in logs_under(str(root))
    ]
    found.extend(_others(places))
    found.sort()
    return found


def _others(places: Places) -> Iterator[Seen]:
    from payback.sources.agents.others_list import OTHERS

    for reader in OTHERS:
        for path in reader.discover(places):
            try:
                yield _seen(reader_name(reader), path)
            except OSError:
                continue


def _seen(reader: str, path: Path) -> Seen:
    """With the write-ahead log beside it, where the log is a database: there new rows stand first."""
    status = path.stat()
    size, modified = status.st_size, status.st_mtime_ns
    ahead = path.with_name(f"{path.name}-wal")
    if path.suffix != ".jsonl" and ahead.exists():
        more = ahead.stat()
        size, modified = size + more.st_size, max(modified, more.st_mtime_ns)
    return Seen(reader, str(path), status.st_ino, size, modified)
