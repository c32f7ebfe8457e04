"""A home in one file and back: whole, verified, bounded, and never half restored."""

from __future__ import annotations

import io
import json
import sqlite3
import stat
import tarfile
from contextlib import closing
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import ibis
import pyarrow as pa
import pytest

from payback.errors import UnreadableFileError, WarehouseError
from payback.ledger.tables import TABLES as LEDGER
from payback.warehouse import archive
from payback.warehouse.backup import JOURNAL, backup, finish_restore, restore
from payback.warehouse.contract import Append, Cursor
from payback.warehouse.duckdb import DuckWarehouse
from payback.warehouse.lock import Lock
from payback.warehouse.shared import SharedWarehouse, open_warehouse
from tests.warehouse.conformance import START, TABLES, money, rows_of, unheard, use
from tests.warehouse.processes import line, worker

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
ROW = {
    "id": "ä'\"",
    "usd": money("-1234567890123456789.123456789"),
    "tags": [("k", "v"), ("n", None)],
    "day": NOW.date(),
    "is_paid": True,
}


def opened(home: Path) -> SharedWarehouse:
    return open_warehouse(home / "warehouse.duckdb", TABLES, unheard)


def state(home: Path, text: str) -> None:
    with closing(sqlite3.connect(home / "state.db")) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("CREATE TABLE IF NOT EXISTS said (text)")
        connection.execute("INSERT INTO said VALUES (?)", [text])
        connection.commit()


def said(home: Path) -> list[tuple[str]]:
    with closing(sqlite3.connect(home / "state.db")) as connection:
        return connection.execute("SELECT text FROM said").fetchall()


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home with one row, one cursor, a state and settings, closed."""
    folder = tmp_path / "home"
    with closing(opened(folder)) as warehouse:
        warehouse.apply([Append("use", use(ROW)), Cursor("s", "x", "1")])
    state(folder, "hello")
    (folder / "payback.toml").write_text('[organisation]\nname = "Acme"\n')
    return folder


@pytest.fixture
def saved(home: Path, tmp_path: Path) -> Path:
    file = tmp_path / "acme.payback"
    with closing(opened(home)) as warehouse:
        backup(warehouse, file, NOW)
    return file


def test_what_is_restored_is_what_was_backed_up(saved: Path, home: Path, tmp_path: Path) -> None:
    other = tmp_path / "elsewhere" / "other"
    manifest = restore(saved, other)
    assert (manifest.made_at, manifest.rows["use"], manifest.rows["_cursors"]) == (NOW.isoformat(), 1, 1)
    with closing(opened(home)) as old, closing(opened(other)) as new:
        assert rows_of(new) == rows_of(old) == use({**ROW, "at_time": START}).to_pylist()
        assert new.cursors("s") == {"x": "1"}
    assert said(other) == [("hello",)]
    assert (other / "payback.toml").read_text() == (home / "payback.toml").read_text()
    left = {path.name for path in other.iterdir()}
    assert left == {"payback.toml", "state.db", "warehouse.duckdb", "warehouse.lock"}


def test_every_canonical_table_survives(tmp_path: Path) -> None:
    with closing(open_warehouse(tmp_path / "a" / "warehouse.duckdb", LEDGER, unheard)) as warehouse:
        backup(warehouse, tmp_path / "file", NOW)
    restore(tmp_path / "file", tmp_path / "b")
    with closing(open_warehouse(tmp_path / "b" / "warehouse.duckdb", LEDGER, unheard)) as warehouse:
        for table in LEDGER:
            assert warehouse.read(warehouse.table(table.name)).schema.types == table.schema.types


def test_a_backup_is_taken_while_another_process_writes(home: Path, tmp_path: Path) -> None:
    with worker("write", home / "warehouse.duckdb", "a") as writer:
        assert line(writer) == ["holds", "True"]
        line(writer)
        with closing(opened(home)) as warehouse:
            assert not warehouse.holds_the_file
            backup(warehouse, tmp_path / "file", NOW)
    restore(tmp_path / "file", tmp_path / "other")
    with closing(opened(tmp_path / "other")) as restored:
        number = int(restored.cursors("writer")["a"])
        rows = restored.table("use").filter(ibis._.tool == "a")
        found = restored.read(rows.agg(last=rows.tokens.max(), n=rows.count())).to_pylist()
        assert found == [{"last": number, "n": 200 * (number + 1)}]


def test_a_backup_is_for_its_owner_alone_and_appears_whole(saved: Path) -> None:
    assert stat.S_IMODE(saved.stat().st_mode) == 0o600
    assert not saved.with_name(f"{saved.name}.partial").exists()


def test_a_backup_leaves_nothing_in_the_home(saved: Path, home: Path) -> None:
    assert {path.name for path in home.iterdir() if not path.name.startswith("state.db-")} == {
        "payback.toml", "state.db", "warehouse.duckdb", "warehouse.lock",
    }  # fmt: skip


def test_a_backup_that_cannot_be_written_says_so_and_leaves_no_trace(home: Path, tmp_path: Path) -> None:
    with closing(opened(home)) as warehouse, pytest.raises(WarehouseError, match="could not be written"):
        backup(warehouse, tmp_path / "no such folder" / "file", NOW)
    assert not [path for path in home.iterdir() if path.name.startswith(".payback")]


def test_a_warehouse_without_a_home_is_not_backed_up(tmp_path: Path) -> None:
    with (
        closing(DuckWarehouse.in_memory(TABLES)) as warehouse,
        pytest.raises(WarehouseError, match="its engine's own means"),
    ):
        backup(warehouse, tmp_path / "file", NOW)


def test_a_home_that_holds_something_is_not_overwritten(saved: Path, home: Path) -> None:
    with pytest.raises(WarehouseError, match=r"already holds payback\.toml, state\.db, .*--force"):
        restore(saved, home)
    assert said(home) == [("hello",)]


def test_a_forced_restore_keeps_what_it_replaced(saved: Path, home: Path) -> None:
    state(home, "later")
    with closing(opened(home)) as warehouse:
        warehouse.apply([Append("use", use({"id": "later"}))])
    restore(saved, home, force=True)
    assert said(home) == [("hello",)]
    with closing(opened(home)) as warehouse:
        assert [row["id"] for row in rows_of(warehouse)] == [ROW["id"]]
    (replaced,) = (path for path in home.iterdir() if path.name.startswith("replaced-"))
    assert said(replaced) == [("hello",), ("later",)]


def test_a_home_in_use_is_not_restored(saved: Path, home: Path) -> None:
    with closing(opened(home)), pytest.raises(WarehouseError, match="stop it, then restore"):
        restore(saved, home, force=True)


@pytest.mark.parametrize("phase", ["away", "in"])
@pytest.mark.parametrize("moved", range(4))
def test_a_restore_cut_off_while_files_changed_places_is_finished_by_the_next_opening(
    saved: Path, home: Path, tmp_path: Path, phase: str, moved: int
) -> None:
    state(home, "later")
    staging, replaced = home / ".payback-x", home / "replaced-x"
    restore(saved, tmp_path / "built")
    for folder in (staging, replaced):
        folder.mkdir()
    names = ["payback.toml", "state.db", "warehouse.duckdb"]
    for name in names:
        (tmp_path / "built" / name).rename(staging / name)
    away = names if phase == "in" else names[:moved]
    for name in away:
        (home / name).rename(replaced / name)
    for name in names[:moved] if phase == "in" else []:
        (staging / name).rename(home / name)
    (home / JOURNAL).write_text(
        json.dumps({"phase": phase, "staging": staging.name, "replaced": replaced.name})
    )
    with closing(opened(home)) as warehouse:
        assert [row["id"] for row in rows_of(warehouse)] == [ROW["id"]]
    assert said(home) == [("hello",)]
    assert sorted(path.name for path in replaced.iterdir() if "-" not in path.name) == names
    assert not staging.exists()
    assert not (home / JOURNAL).exists()


def test_nothing_is_finished_where_nothing_was_begun(tmp_path: Path) -> None:
    finish_restore(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_missing_file_is_said_to_be_missing(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFileError, match="there is no backup at"):
        restore(tmp_path / "nothing", tmp_path / "home")


@pytest.mark.parametrize(
    "damage",
    [
        lambda data: data[: len(data) // 2],
        lambda data: b"not a backup",
        lambda data: b"",
        lambda data: data[:-40],
    ],
)
def test_a_damaged_backup_touches_nothing(
    saved: Path, tmp_path: Path, damage: Callable[[bytes], bytes]
) -> None:
    saved.write_bytes(damage(saved.read_bytes()))
    with pytest.raises(UnreadableFileError):
        restore(saved, tmp_path / "other")
    assert [path.name for path in (tmp_path / "other").iterdir()] == ["warehouse.lock"]
    lock = Lock(tmp_path / "other" / "warehouse.lock")
    assert lock.take()
    lock.release()


def members(file: Path) -> list[tuple[tarfile.TarInfo, bytes]]:
    with (
        pa.CompressedInputStream(pa.OSFile(str(file)), "zstd") as packed,
        tarfile.open(fileobj=packed, mode="r|") as tar,
    ):
        return [(info, opened.read() if (opened := tar.extractfile(info)) else b"") for info in tar]


def write(file: Path, parts: list[tuple[tarfile.TarInfo, bytes]]) -> None:
    with (
        pa.CompressedOutputStream(str(file), "zstd") as packed,
        tarfile.open(fileobj=packed, mode="w|") as tar,
    ):
        for info, data in parts:
            info.size = len(data) if info.isreg() else 0
            tar.addfile(info, io.BytesIO(data))


def altered(file: Path, change: Callable[[dict[str, object]], object]) -> None:
    """The backup with another manifest."""
    (head, text), *others = members(file)
    told = json.loads(text)
    change(told)
    write(file, [(head, json.dumps(told).encode()), *others])


def extra(kind: bytes, name: str) -> tuple[tarfile.TarInfo, bytes]:
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, "/etc/passwd"
    return info, b"x" if kind == tarfile.REGTYPE else b""


@pytest.mark.parametrize(
    "member",
    [
        extra(tarfile.REGTYPE, "../outside"),
        extra(tarfile.REGTYPE, "/tmp/outside"),  # noqa: S108
        extra(tarfile.REGTYPE, "payback.toml"),
        extra(tarfile.SYMTYPE, "warehouse/link.parquet"),
        extra(tarfile.LNKTYPE, "warehouse/link.parquet"),
        extra(tarfile.FIFOTYPE, "warehouse/pipe.parquet"),
        extra(tarfile.CHRTYPE, "warehouse/device.parquet"),
    ],
    ids=lambda member: member[0].name,
)
def test_a_member_against_the_manifest_is_refused(
    saved: Path, tmp_path: Path, member: tuple[tarfile.TarInfo, bytes]
) -> None:
    write(saved, [*members(saved), member])
    with pytest.raises(UnreadableFileError, match="against its manifest"):
        restore(saved, tmp_path / "deep" / "other")
    assert not (tmp_path / "deep" / "outside").exists()


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda told: told["files"].update({"../evil": {"bytes": 1, "sha256": "x"}}), "never writes"),
        (
            lambda told: told["files"].update({"warehouse/../../evil": {"bytes": 1, "sha256": "x"}}),
            "never writes",
        ),
        (lambda told: told["files"].update({"state.db": {"bytes": 2**60, "sha256": "x"}}), "no room"),
        (lambda told: told["files"].update({"state.db": {"bytes": -1, "sha256": "x"}}), "never writes"),
        (lambda told: told["files"]["payback.toml"].update(sha256="0" * 64), "damaged"),
        (lambda told: told["files"].update({"warehouse/more.parquet": {"bytes": 1, "sha256": "x"}}), "lacks"),
        (lambda told: told.update(format=99), "has format 99"),
        (lambda told: told.update(payback="999.0.0"), "made by payback 999.0.0.*upgrade first"),
        (lambda told: told.pop("files"), "cannot be read"),
        (lambda told: told.update(files=[]), "cannot be read"),
    ],
)
def test_a_manifest_that_promises_what_it_may_not_is_refused(
    saved: Path, tmp_path: Path, change: Callable[[dict[str, object]], object], why: str
) -> None:
    altered(saved, change)
    with pytest.raises(UnreadableFileError, match=why):
        restore(saved, tmp_path / "other")


def test_a_file_that_begins_otherwise_is_no_backup(saved: Path, tmp_path: Path) -> None:
    write(saved, members(saved)[1:])
    with pytest.raises(UnreadableFileError, match="does not begin with the manifest"):
        restore(saved, tmp_path / "other")


@pytest.mark.parametrize(
    "shape",
    [
        {'use"; DROP TABLE x; --': [{"name": "id", "type": "VARCHAR", "required": True}]},
        {"use": [{"name": "id", "type": "VARCHAR); DROP TABLE x; --", "required": True}]},
        {"evil": [{"name": "id", "type": "VARCHAR DEFAULT (getenv('HOME'))", "required": True}]},
        {"use": [{"name": 'id" VARCHAR); --', "type": "VARCHAR", "required": True}]},
        {"use": [{"name": "id"}]},
        {"other": [{"name": "id", "type": "VARCHAR", "required": True}]},
        [],
    ],
)
def test_a_shape_that_payback_never_writes_is_refused(saved: Path, tmp_path: Path, shape: object) -> None:
    text = json.dumps(shape).encode()
    (head, manifest), *others = members(saved)
    told = json.loads(manifest)
    (tmp_path / "shape").write_bytes(text)
    found = archive.digest_of(tmp_path / "shape")
    told["files"]["warehouse/shape.json"] = {"bytes": found.bytes, "sha256": found.sha256}
    parts = [(info, text if info.name == "warehouse/shape.json" else data) for info, data in others]
    write(saved, [(head, json.dumps(told).encode()), *parts])
    with pytest.raises(UnreadableFileError, match=r"which payback never writes|does not say|lacks the rows"):
        restore(saved, tmp_path / "other")
    assert [path.name for path in (tmp_path / "other").iterdir()] == ["warehouse.lock"]
