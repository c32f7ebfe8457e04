"""agent-trace records kept in a repository (`.agent-trace/traces.jsonl` at the tip of its default branch) as evidence.

Each line is one record of the lines that an agent wrote in one commit. What does not read is refused with its line.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson

from payback.delivery.evidence import evidence_rows
from payback.delivery.markers import Sign
from payback.delivery.notes import parse_trace
from payback.ledger.entries import Rejected
from payback.sources.git.blobs import blobs
from payback.sources.git.command import run
from payback.sources.git.history import instant

if TYPE_CHECKING:
    from pathlib import Path

    from payback.sources.git.command import Git
    from payback.sources.git.notes import NotesOf

TRACES = ".agent-trace/traces.jsonl"
MOST_RECORDS = 100_000


def read_traces(
    git: Git, path: Path, tip: str, whose: NotesOf
) -> tuple[list[dict[str, Any]], list[Rejected]]:
    """Evidence rows of the records, and the lines refused. Records of commits that are not here are left out."""
    listed = run(git, path, ["ls-tree", "-z", "--full-tree", tip, "--", TRACES]).decode("utf-8", "replace")
    if not listed:
        return [], []
    blob = listed.split("\t", 1)[0].split(" ")[-1]
    rows: dict[str, dict[str, Any]] = {}
    refused = []
    for text in dict(blobs(git, path, {blob})).values():
        for number, line in enumerate(text.splitlines()[:MOST_RECORDS], 1):
            if not line.strip():
                continue
            try:
                record = orjson.loads(line)
            except orjson.JSONDecodeError:
                refused.append(
                    Rejected("git", "an agent-trace record is no JSON", f"{whose.repo}:{TRACES}", number)
                )
                continue
            rows |= {row["evidence_id"]: row for row in _rows(record, whose)}
    return list(rows.values()), refused


def _rows(record: object, whose: NotesOf) -> list[dict[str, Any]]:
    revision, attested = parse_trace(record, whose.known)
    node = whose.nodes.get(revision or "")
    if node is None:
        return []
    signs = [
        Sign("trace", "agent_assisted", one.tool, "A", TRACES, one.model, lines=one.lines) for one in attested
    ]
    return evidence_rows("commit", f"{whose.repo}@{revision}", signs, instant(node.authored))
