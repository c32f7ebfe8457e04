"""Invented logs on disk in each tool's own shape, and reading all that a tool's reader finds there.

A file's content is written by its name: a table of rows for `.db` and `.vscdb`, a list of records for `.jsonl`, text as
it stands, anything else as one JSON document.
"""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Any

from payback.sources.agents.others_list import OTHERS
from payback.sources.agents.reader import Places, Reading

if TYPE_CHECKING:
    from pathlib import Path

    from payback.ledger.entries import Usage
    from payback.sources.agents.reader import AgentLog

Files = dict[str, Any]
LOGS = {log.tool: log for log in OTHERS}


def places(home: Path, system: str = "linux", **environ: str) -> Places:
    return Places(home, environ, system)  # type: ignore[arg-type]  # the tests name only known systems


def write(root: Path, files: Files) -> None:
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.suffix in {".db", ".vscdb"}:
            write_tables(path, content)
        elif isinstance(content, str | bytes):
            path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8", "replace"))
        elif ".jsonl" in path.name:
            path.write_text("".join(json.dumps(record) + "\n" for record in content))
        else:
            path.write_text(json.dumps(content))


def write_tables(path: Path, tables: dict[str, list[dict[str, Any]]]) -> None:
    """Tables with the columns of their first row; lists and objects in a cell are JSON text."""
    path.unlink(missing_ok=True)
    with closing(sqlite3.connect(path)) as connection:
        for table, rows in tables.items():
            columns = ", ".join(f'"{name}"' for name in rows[0])
            marks = ", ".join("?" for _ in rows[0])
            connection.execute(f'CREATE TABLE "{table}" ({columns})')
            for row in rows:
                cells = [_cell(row.get(name)) for name in rows[0]]
                connection.execute(f'INSERT INTO "{table}" VALUES ({marks})', cells)  # noqa: S608  invented names
        connection.commit()


def _cell(value: Any) -> Any:
    if isinstance(value, list | dict):
        return json.dumps(value)
    if isinstance(value, int) and abs(value) >= 2**63:
        return float(value)
    return value.encode("utf-8", "replace").decode() if isinstance(value, str) else value


def read_all(log: AgentLog, where: Places) -> Reading:
    """Everything a reader finds, copies of one request merged as the ledger's rule says: the largest output stands."""
    whole = Reading()
    largest: dict[str, Usage] = {}
    for path in log.discover(where):
        reading = log.read(path, None, None)
        whole.rejected += reading.rejected
        whole.steps += reading.steps
        for usage in reading.usages:
            known = largest.get(usage.usage_id)
            if known is None or usage.output_tokens > known.output_tokens:
                largest[usage.usage_id] = usage
    whole.usages = sorted(largest.values(), key=lambda usage: usage.occurred_at)
    return whole


def counts(usage: Usage) -> tuple[int, int, int, int, int]:
    """Input, cache read, cache write, output, reasoning."""
    return (
        usage.input_tokens,
        usage.cache_read_tokens,
        usage.cache_write_5m_tokens,
        usage.output_tokens,
        usage.reasoning_tokens,
    )
