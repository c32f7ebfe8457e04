"""Files that a tool rewrites whole: read again when they changed, left alone after one `stat` when they did not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson

from payback.sources.agents.reader import Mark

if TYPE_CHECKING:
    import os
    from collections.abc import Callable
    from pathlib import Path

    from payback.sources.agents.intake import Intake
    from payback.sources.agents.reader import Reading

LARGEST = 1 << 30


def stood(stat: os.stat_result, state: dict[str, Any] | None = None) -> Mark:
    """The mark of a file that was read whole."""
    return Mark(stat.st_ino, stat.st_size, stat.st_mtime_ns, stat.st_size, "", state or {})


def unchanged(stat: os.stat_result, mark: Mark | None) -> bool:
    """Whether the file is still the one that the mark was made of."""
    return mark is not None and (mark.inode, mark.size, mark.modified_ns) == (
        stat.st_ino,
        stat.st_size,
        stat.st_mtime_ns,
    )


def read_document(path: Path, mark: Mark | None, intake: Intake, take: Callable[[Any], None]) -> Reading:
    """Hand the JSON document in a file to `take`, unless the file is unchanged. A file that cannot be opened keeps its
    old mark, so it is tried again; one that is not JSON (yet) is marked and waits for its next change.
    """
    try:
        stat = path.stat()
        if unchanged(stat, mark):
            intake.reading.mark = mark
            return intake.finished()
        document = _document(path, stat.st_size, intake)
        if document is not None:
            with intake.row():
                take(document)
    except OSError as failed:
        intake.refuse(f"cannot be opened: {reason(failed)}")
        intake.reading.mark = mark
        return intake.finished()
    intake.reading.mark = stood(stat)
    return intake.finished()


def _document(path: Path, size: int, intake: Intake) -> Any:
    if size > LARGEST:
        intake.refuse(f"is larger than {LARGEST >> 20} MiB; skipped")
        return None
    try:
        return orjson.loads(path.read_bytes().removeprefix(b"\xef\xbb\xbf"))
    except orjson.JSONDecodeError:
        intake.refuse("is not whole JSON; it is read again when it changes")
        return None


def beside(path: Path) -> Any:
    """The JSON in a file that only adds context (a working directory, a model); None where it cannot be read."""
    try:
        if path.stat().st_size > LARGEST:
            return None
        return orjson.loads(path.read_bytes())
    except (OSError, orjson.JSONDecodeError):
        return None


def reason(failed: OSError) -> str:
    """Why a file could not be opened, without the path in it."""
    return (failed.strerror or type(failed).__name__).lower()
