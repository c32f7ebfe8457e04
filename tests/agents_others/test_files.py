"""Growing, rewritten, locked and read-only files, whatever is in them."""

from __future__ import annotations

import json
import os
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

from payback.sources.agents import sqlite_file
from tests.agents_others import test_opencode, test_pi
from tests.agents_others.disk import LOGS, places, read_all, write

if TYPE_CHECKING:
    from pathlib import Path


def digest(tail: bytes) -> str:
    return tail.hex()


def test_a_torn_last_line_waits(tmp_path: Path) -> None:
    write(tmp_path, test_pi.SAMPLE)
    path = tmp_path / test_pi.AT
    whole = path.read_bytes()
    path.write_bytes(whole[:-20])
    first = LOGS["pi"].read(path, None, digest)
    assert [(usage.requests, usage.errors) for usage in first.usages] == [(1, 0)]
    assert first.rejected == []
    path.write_bytes(whole)
    second = LOGS["pi"].read(path, first.mark, digest)
    assert [(usage.requests, usage.errors) for usage in second.usages] == [(0, 1)]


def test_a_file_that_was_rewritten_is_read_anew(tmp_path: Path) -> None:
    write(tmp_path, test_pi.SAMPLE)
    path = tmp_path / test_pi.AT
    mark = LOGS["pi"].read(path, None, digest).mark
    path.write_bytes(path.read_bytes().replace(b"529 overloaded", b"429 overloaded") + b"\n")
    assert [usage.error for usage in LOGS["pi"].read(path, mark, digest).usages] == [None, "rate_limit"]
    path.write_bytes(b'{"type":"session","id":"s2"}\n')
    assert LOGS["pi"].read(path, mark, digest).usages == []


def test_spaces_null_bytes_and_wrong_encoding_do_not_stop_a_file(tmp_path: Path) -> None:
    spaced = json.dumps(test_pi.ENTRIES[2], indent=None, separators=(" , ", " : ")).encode()
    broken = b'{"type":"message","message":{"role":"assistant","usage":\xff\xfe'
    write(tmp_path, {test_pi.AT: b"\xef\xbb\xbf" + b"\n".join([broken, b"\x00" * 40, b"[1]", spaced, b""])})
    reading = LOGS["pi"].read(tmp_path / test_pi.AT, None, digest)
    assert [usage.input_tokens for usage in reading.usages] == [100]
    assert [row.line for row in reading.rejected] == [1]


def test_past_a_thousand_refusals_the_rest_is_counted(tmp_path: Path) -> None:
    write(tmp_path, {test_pi.AT: b'{"message"\n' * 1500})
    reading = LOGS["pi"].read(tmp_path / test_pi.AT, None, None)
    assert len(reading.rejected) == 1001
    assert reading.rejected[-1].why == "500 more rows of this file could not be read"


def test_rows_in_the_write_ahead_log_are_seen_and_change_the_mark(tmp_path: Path) -> None:
    write(tmp_path, test_opencode.SAMPLE)
    path = tmp_path / test_opencode.AT
    with closing(sqlite3.connect(path)) as writer:
        writer.execute("PRAGMA journal_mode = WAL")
        writer.commit()
        mark = LOGS["opencode"].read(path, None, None).mark
        before = path.stat()
        row = ("msg_8", "ses_1", json.dumps(test_opencode.MESSAGE))
        writer.execute("INSERT INTO message VALUES (?, ?, ?)", row)
        writer.commit()
        after = path.stat()
        assert (before.st_size, before.st_mtime_ns) == (after.st_size, after.st_mtime_ns)
        assert len(LOGS["opencode"].read(path, mark, None).usages) == 3


def test_a_locked_database_is_skipped_with_a_sentence(tmp_path: Path) -> None:
    write(tmp_path, test_opencode.SAMPLE)
    path = tmp_path / test_opencode.AT
    with closing(sqlite3.connect(path)) as writer:
        writer.execute("BEGIN EXCLUSIVE")
        reading = LOGS["opencode"].read(path, None, None)
    assert [row.why for row in reading.rejected] == [
        "is locked by a program that is writing to it; skipped this time"
    ]
    assert (reading.usages, reading.mark) == ([], None)


def test_a_database_whose_folder_forbids_lock_files_is_read_from_a_copy(tmp_path: Path) -> None:
    write(tmp_path, test_opencode.SAMPLE)
    path = tmp_path / test_opencode.AT
    with closing(sqlite3.connect(path)) as writer:
        writer.execute("PRAGMA journal_mode = WAL")
        row = ("msg_8", "ses_1", json.dumps(test_opencode.MESSAGE))
        writer.execute("INSERT INTO message VALUES (?, ?, ?)", row)
        writer.commit()
        # A folder where the shared-memory file should be stands in for missing rights, which root has everywhere.
        other = tmp_path / "other" / "opencode.db"
        other.parent.mkdir()
        for side in ("", "-wal"):
            other.with_name(f"opencode.db{side}").write_bytes(
                path.with_name(f"opencode.db{side}").read_bytes()
            )

    def forbidden(_asked: Path) -> sqlite3.Connection:
        failure = sqlite3.OperationalError("unable to open database file")
        failure.sqlite_errorcode = sqlite3.SQLITE_CANTOPEN
        raise failure

    with sqlite_file.opened(other, connect=forbidden) as copy:
        ids = {row["id"] for row in copy.execute("SELECT id FROM message")}
    assert "msg_8" in ids  # written to the log beside the file only


def test_a_file_that_is_no_database_is_one_refusal(tmp_path: Path) -> None:
    write(tmp_path, {"opencode.txt": "not a database at all" * 100})
    os.renames(tmp_path / "opencode.txt", tmp_path / test_opencode.AT)
    reading = read_all(LOGS["opencode"], places(tmp_path))
    assert [row.why for row in reading.rejected] == ["is not a database that can be read: SQLITE_NOTADB"]
