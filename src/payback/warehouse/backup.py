"""A home in one file, and back: facts, state, settings. Works while payback runs; restoring asks that it does not.

The facts are of one moment and the state is of one moment; the two moments are seconds apart. Vendor keys are not in a
home (payback.toml holds references), so they are not in a backup. A state kept in PostgreSQL is not in it either.
"""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import tempfile
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, runtime_checkable

import duckdb

import payback
from payback.errors import UnreadableFileError, WarehouseError
from payback.warehouse import archive
from payback.warehouse.archive import Manifest, digest_of
from payback.warehouse.exports import bring_back
from payback.warehouse.lock import Lock
from payback.warehouse.migrations import release

if TYPE_CHECKING:
    from datetime import datetime

    from payback.warehouse.contract import Warehouse

SETTINGS, STATE, FACTS = "payback.toml", "state.db", "warehouse.duckdb"
OWNED = (SETTINGS, STATE, f"{STATE}-wal", f"{STATE}-shm", FACTS, f"{FACTS}.wal")
JOURNAL = "restore.json"
STAGING = ".payback-"


@runtime_checkable
class InHome(Protocol):
    """A warehouse whose rows lie in a file of the home and can be written out as of one moment."""

    path: Path | None

    def export(self, folder: Path) -> dict[str, int]: ...


def backup(warehouse: Warehouse, file: Path, now: datetime) -> Manifest:
    """Write the home of an open warehouse to one file, which appears whole or not at all.

    WarehouseError when the disk refuses, or when the engine keeps its rows elsewhere than in a home.
    """
    if not isinstance(warehouse, InHome) or warehouse.path is None:
        raise WarehouseError(
            "this warehouse does not keep its facts in the home; back it up with its engine's own means"
        )
    home = warehouse.path.parent
    draft = file.with_name(f"{file.name}.partial")
    try:
        with tempfile.TemporaryDirectory(prefix=STAGING, dir=home) as staging:
            folder = Path(staging)
            (folder / "warehouse").mkdir()
            rows = warehouse.export(folder / "warehouse")
            _copy_state(home / STATE, folder / STATE)
            if (home / SETTINGS).exists():
                shutil.copyfile(home / SETTINGS, folder / SETTINGS)
            names = sorted(
                path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()
            )
            files = {name: digest_of(folder / name) for name in names}
            manifest = Manifest(payback.__version__, now.isoformat(), files, rows)
            os.close(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600))
            archive.pack(manifest, folder, draft)
            _to_disk(draft)
            draft.replace(file)
    except OSError as error:
        draft.unlink(missing_ok=True)
        raise WarehouseError(f"the backup {file} could not be written: {error}") from error
    return manifest


def restore(file: Path, home: Path, *, force: bool = False) -> Manifest:
    """Make a home of a backup. Everything is verified and built beside the home first; then files change places.

    With `force` a home that is not empty is replaced; what it held is kept in a folder `replaced-...` in it.
    WarehouseError when the home is in use or not empty, UnreadableFileError when the backup is not whole.
    """
    if not file.is_file():
        raise UnreadableFileError(f"there is no backup at {file}")
    lock = Lock(home / "warehouse.lock")
    if not lock.take():
        raise WarehouseError(f"payback is running on {home}; stop it, then restore")
    try:
        finish_restore(home)
        present = [name for name in OWNED if (home / name).exists()]
        if present and not force:
            raise WarehouseError(
                f"{home} already holds {', '.join(present)}; restore into another home, or say --force to replace it"
            )
        staging = Path(tempfile.mkdtemp(prefix=STAGING, dir=home))
        try:
            manifest = archive.unpack(file, staging)
            _refuse_newer(file, manifest)
            _build(staging)
        except BaseException:
            shutil.rmtree(staging, ignore_errors=True)
            raise
        _write_journal(
            home, {"phase": "away", "staging": staging.name, "replaced": f"replaced{staging.name[8:]}"}
        )
        finish_restore(home)
    finally:
        lock.release()
    return manifest


def finish_restore(home: Path) -> None:
    """Go on with a restore that was cut off while files changed places; nothing when there is none.

    Only for who has the lock of the home.
    """
    journal = home / JOURNAL
    if not journal.exists():
        return
    told = json.loads(journal.read_text(encoding="utf-8"))
    staging, replaced = home / Path(told["staging"]).name, home / Path(told["replaced"]).name
    if told["phase"] == "away":
        for name in OWNED:
            if (home / name).exists():
                replaced.mkdir(exist_ok=True)
                (home / name).replace(replaced / name)
        _write_journal(home, {**told, "phase": "in"})
    for name in OWNED:
        if (staging / name).exists():
            (staging / name).replace(home / name)
    shutil.rmtree(staging, ignore_errors=True)
    journal.unlink()


def _refuse_newer(file: Path, manifest: Manifest) -> None:
    if release(manifest.payback) > release(payback.__version__):
        raise UnreadableFileError(
            f"{file} was made by payback {manifest.payback}, and this is payback {payback.__version__}; upgrade first"
        )


def _build(staging: Path) -> None:
    """The warehouse file, from the Parquet files of an unpacked backup, which then go."""
    folder = staging / "warehouse"
    try:
        with duckdb.connect(
            str(staging / FACTS), config={"autoload_known_extensions": "false"}
        ) as connection:
            connection.execute("SET TimeZone = 'UTC'")
            connection.begin()
            bring_back(connection, folder)
            connection.commit()
    except duckdb.Error as error:
        raise UnreadableFileError(f"the backup's facts cannot be brought back: {error}") from error
    shutil.rmtree(folder)
    (staging / FACTS).chmod(0o600)


def _copy_state(source: Path, target: Path) -> None:
    """The state as of one moment, whatever other processes are writing to it."""
    if not source.exists():
        return
    try:
        with closing(sqlite3.connect(source)) as live, closing(sqlite3.connect(target)) as copy:
            live.backup(copy)
    except sqlite3.Error as error:
        raise WarehouseError(f"the state {source} could not be copied: {error}") from error


def _write_journal(home: Path, told: dict[str, str]) -> None:
    draft = home / f"{JOURNAL}.draft"
    draft.write_text(json.dumps(told), encoding="utf-8")
    _to_disk(draft)
    draft.replace(home / JOURNAL)


def _to_disk(file: Path) -> None:
    with file.open("rb+") as opened:
        os.fsync(opened.fileno())
