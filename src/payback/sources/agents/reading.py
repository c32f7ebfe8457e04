"""One log as packed rows: opened, resumed where it only grew, read anew where it did not, refused where it cannot be.

Claude Code and Codex go the fast way; every other tool's log is read by its own `AgentLog.read`.
"""

from __future__ import annotations

import os
from io import FileIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple
from zlib import crc32

from payback.sources.agents.codex_lines import Thread
from payback.sources.agents.copies import group_of
from payback.sources.agents.fields import last_part
from payback.sources.agents.lines import line_numbers, tail_digest
from payback.sources.agents.listing import CLAUDE, CODEX, Seen, reader_name
from payback.sources.agents.rows import Rows, packed
from payback.sources.agents.scan import Scan, scan_claude, scan_codex

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from payback.ledger.entries import Usage
    from payback.sources.agents.copies import Copy
    from payback.sources.agents.rows import Digested

SEEN = 1000


class Known(NamedTuple):
    """How far a log was read before: the inode, the offset, a digest of the bytes before it, what to remember there."""

    inode: int
    offset: int
    digest: str
    state: dict[str, Any]


def read(
    seen: Seen, known: Known | None, buffer: bytearray, day_of: Callable[[int], int]
) -> tuple[bool, Rows]:
    """Whether the log was resumed (else read from its beginning), and what it gave."""
    if seen.reader not in {CLAUDE, CODEX}:
        return False, _other(seen, day_of)
    try:
        with FileIO(seen.path) as file:
            is_same = known is not None and _continues(file, seen, known)
            offset, state = (known.offset, known.state) if known is not None and is_same else (0, {})
            name = Path(seen.path).stem
            scan = (
                scan_claude(file, name, offset, buffer)
                if seen.reader == CLAUDE
                else scan_codex(file, Thread(name, state), offset, buffer)
            )
            return is_same, _rows(seen, scan, tail_digest(file, scan.offset), day_of)
    except OSError as failed:
        return False, refused(f"the log cannot be read: {failed.strerror or type(failed).__name__}")


def refused(why: str) -> Rows:
    """The rows of a log that cannot be read at all: none, the reason, and no offset."""
    return Rows(-1, "", {}, [(None, why)], [], [], b"", [])


def _continues(file: FileIO, seen: Seen, known: Known) -> bool:
    is_longer = seen.inode == known.inode and os.fstat(file.fileno()).st_size >= known.offset >= 0
    return is_longer and tail_digest(file, known.offset) == known.digest


def _rows(seen: Seen, scan: Scan, digest: str, day_of: Callable[[int], int]) -> Rows:
    digested = _claude(scan) if seen.reader == CLAUDE else _codex(scan)
    classes, places, numbers, cells = packed(digested, day_of)
    state = scan.state
    if "folder" in state:
        state["folder"] = last_part(state["folder"])
    rejected = _placed(seen.path, scan.bad) if scan.bad else []
    return Rows(scan.offset, digest, state, rejected, classes, places, numbers, cells)


def _placed(path: str, bad: list[tuple[int, str]]) -> list[tuple[int | None, str]]:
    first = sorted(bad)[:SEEN]
    numbers = line_numbers(path, [offset for offset, _ in first])
    return [(numbers[offset], why) for offset, why in first]


def _claude(scan: Scan) -> Iterator[Digested]:
    for (response, request), copy in scan.copies.items():
        yield group_of(response), crc32(request.encode("utf-8", "replace")), copy


def _codex(scan: Scan) -> Iterator[Digested]:
    """Whole numbers hash alike in every process, so a call is known by its thread's digest and its running total."""
    threads: dict[str, int] = {}
    for (root, total), copy in scan.copies.items():
        thread = threads.get(root)
        if thread is None:
            thread = threads[root] = group_of(root)
        yield hash((thread, *total)), 0, copy


def _other(seen: Seen, day_of: Callable[[int], int]) -> Rows:
    from payback.sources.agents.others_list import OTHERS

    reader = next(each for each in OTHERS if reader_name(each) == seen.reader)
    reading = reader.read(Path(seen.path), None, None)
    digested = [(group_of(usage.usage_id), 0, _copy(usage)) for usage in reading.usages]
    classes, places, numbers, cells = packed(digested, day_of)
    rejected = [(each.line, each.why) for each in reading.rejected[:SEEN]]
    return Rows(0, "", {}, rejected, classes, places, numbers, cells)


def _copy(usage: Usage) -> Copy:
    words = (usage.vendor, usage.model, usage.service_tier, usage.speed, usage.region)
    vendor, model, tier, speed, region = (word or "" for word in words)
    kind = (usage.tool, vendor, model, tier, speed, region)
    project = usage.project or last_part(usage.working_directory) or ""
    place = (usage.is_subagent, usage.session_id or "", project, usage.branch or "")
    time = int(usage.occurred_at.timestamp() * 1000)
    counts = (
        usage.input_tokens,
        usage.cache_read_tokens,
        usage.cache_write_5m_tokens,
        usage.cache_write_1h_tokens,
    )
    outcome = (usage.requests, usage.errors, usage.retries)
    used = (
        usage.output_tokens,
        usage.is_final,
        speed,
        -time,
        *counts,
        usage.reasoning_tokens,
        usage.web_searches,
    )
    return (*used, *outcome, kind), place
