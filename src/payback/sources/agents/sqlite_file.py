"""SQLite files of running programs, read without disturbing them: read-only, with patience, from a copy where the
folder forbids a lock file. The write-ahead log beside the file counts as part of it, and as part of its mark.
"""

from __future__ import annotations

from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from payback.sources.agents.whole_file import reason, stood, unchanged

if TYPE_CHECKING:
    import os
    import sqlite3
    from collections.abc import Callable, Iterator

    from payback.sources.agents.intake import Intake
    from payback.sources.agents.reader import Mark, Reading

PATIENCE_SECONDS = 2.0
LARGEST_COPY = 4 << 30
SIDES = ("", "-wal", "-shm")

# The database module and what copying needs are imported where a database is read: on most machines there is none, and
# every reader is imported to look for its files.


def unreadable() -> tuple[type[Exception], ...]:
    """What SQLite raises for a file it cannot read; the second for a broken schema whose description is no text."""
    import sqlite3

    return sqlite3.Error, UnicodeDecodeError


def read_database(
    path: Path, mark: Mark | None, intake: Intake, take: Callable[[sqlite3.Connection], None]
) -> Reading:
    """Hand a read-only connection to `take`, unless the file and its write-ahead log are unchanged. All rows are read
    again after a change: tools update them in place, and their ids make the second reading harmless.
    """
    try:
        stat = path.stat()
        log = _log(path)
        if mark is not None and unchanged(stat, mark) and dict(mark.state) == log:
            intake.reading.mark = mark
            return intake.finished()
        with opened(path) as connection, intake.row():
            take(connection)
        intake.reading.mark = stood(stat, log)
    except OSError as failed:
        intake.refuse(f"cannot be opened: {reason(failed)}")
        intake.reading.mark = mark
    except unreadable() as failed:
        _refuse(intake, failed)
        intake.reading.mark = mark
    return intake.finished()


def _refuse(intake: Intake, failed: Exception) -> None:
    """Rows before the failure stand: they were read whole."""
    import sqlite3

    if _code(failed) in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}:
        intake.refuse("is locked by a program that is writing to it; skipped this time")
    else:
        intake.refuse(
            f"is not a database that can be read: {getattr(failed, 'sqlite_errorname', 'unknown error')}"
        )


def _code(failed: Exception) -> int:
    return int(getattr(failed, "sqlite_errorcode", 0) or 0) & 0xFF


def _log(path: Path) -> dict[str, Any]:
    try:
        stat: os.stat_result = path.with_name(f"{path.name}-wal").stat()
    except OSError:
        return {}
    return {"log_size": stat.st_size, "log_modified_ns": stat.st_mtime_ns} if stat.st_size else {}


@contextmanager
def opened(
    path: Path, connect: Callable[[Path], sqlite3.Connection] | None = None
) -> Iterator[sqlite3.Connection]:
    """A read-only connection; from a copy of the file and its logs where the place itself cannot be opened."""
    import sqlite3
    import tempfile

    try:
        connection = (connect or _connect)(path)
    except sqlite3.OperationalError as failed:
        if _code(failed) not in {sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_IOERR}:
            raise
    else:
        with closing(connection):
            yield connection
        return
    with (
        tempfile.TemporaryDirectory(prefix="payback-") as folder,
        closing(_connect(_copy(path, folder))) as copy,
    ):
        yield copy


def _connect(path: Path) -> sqlite3.Connection:
    import sqlite3
    from urllib.parse import quote

    connection = sqlite3.connect(f"file:{quote(path.as_posix())}?mode=ro", uri=True, timeout=PATIENCE_SECONDS)
    try:
        connection.text_factory = _text
        connection.row_factory = sqlite3.Row
        connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    except unreadable():
        connection.close()
        raise
    return connection


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "replace")


def _copy(path: Path, folder: str) -> Path:
    import shutil

    if path.stat().st_size > LARGEST_COPY:
        raise OSError(None, f"it must be copied to be read and is larger than {LARGEST_COPY >> 30} GiB")
    target = Path(folder) / "copy.db"
    for side in SIDES:
        source = path.with_name(path.name + side)
        if source.exists():
            shutil.copyfile(source, target.with_name(target.name + side))
    return target


def columns(connection: sqlite3.Connection, table: str) -> frozenset[str]:
    """The columns a table has in this build of the tool; empty when there is no such table."""
    return frozenset(
        row["name"] for row in connection.execute("SELECT name FROM pragma_table_info(?)", (table,))
    )


def rows(connection: sqlite3.Connection, table: str, wanted: tuple[str, ...]) -> Iterator[dict[str, Any]]:
    """Rows of a table with those of the wanted columns that this build has; none when the table is missing.

    The names are constants of the readers and are checked against the table's own.
    """
    there = columns(connection, table)
    chosen = [name for name in wanted if name in there]
    if not chosen:
        return
    listed = ", ".join(f'"{name}"' for name in chosen)
    for row in connection.execute(f'SELECT {listed} FROM "{table}"'):  # noqa: S608 - constants, checked above
        yield dict(row)
