"""Bills of clouds laid in folders as the clouds lay them, for tests."""

from __future__ import annotations

import csv
import gzip
import io
import os
from datetime import datetime
from typing import TYPE_CHECKING, Any

from payback.sources.source import Context, Page, Slice
from tests.sources.installation import NOW

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from payback.sources.source import Source

MONTH = {"since": "2026-11-01T00:00:00+00:00", "until": "2026-12-01T00:00:00+00:00", "part": "0"}


def laid(path: Path, rows: Iterable[Mapping[str, Any]] | str, written: float | None = None) -> Path:
    """A CSV of rows (or a text as it stands) at a path, gzipped where its name says so."""
    text = rows if isinstance(rows, str) else _csv(list(rows))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gzip.compress(text.encode(), mtime=0) if path.suffix == ".gz" else text.encode())
    if written is not None:
        os.utime(path, (written, written))
    return path


def _csv(rows: list[Mapping[str, Any]]) -> str:
    out = io.StringIO()
    writer = csv.DictWriter(out, list(dict.fromkeys(name for row in rows for name in row)))
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def context(source: Source, stream: str, **told: Any) -> Context:
    return Context(f"{source.kind}:{stream}", source.kind, told, NOW)


def parsed(source: Source, stream: str, rows: Iterable[Any], **told: Any) -> list[Any]:
    """What a page of rows becomes; a row alone stands on line 2."""
    page = Page(list(enumerate(rows, 2)), "bill.csv", MONTH)
    return list(source.stream(stream).parse(page, context(source, stream, **told)))


def instants(part: Slice) -> tuple[datetime, datetime]:
    return part.since, part.until
