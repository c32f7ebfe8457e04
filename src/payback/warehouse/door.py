"""Where the process that holds the warehouse can be spoken to: an address and a secret, in a file only its owner reads.

A Unix socket in the home; in a private folder of the system's temporary folder where that path would be too long for a
socket; a loopback port where there are no Unix sockets.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import shutil
import socket
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path

from payback.errors import WarehouseError

LONGEST_SOCKET = 100
TEMPORARY = "payback-door-"
SECONDS_TO_ANSWER = 10.0


@dataclass(frozen=True, slots=True)
class Door:
    """How to reach the holder: a socket's path, or a port of this machine, and the secret to show."""

    token: str
    pid: int
    path: str | None = None
    port: int | None = None

    def knock(self) -> socket.socket:
        """A connection to the holder; OSError when nobody answers."""
        if self.path is not None:
            connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            try:
                connection.settimeout(SECONDS_TO_ANSWER)
                connection.connect(self.path)
            except BaseException:
                connection.close()
                raise
            return connection
        return socket.create_connection(("127.0.0.1", self.port or 0), SECONDS_TO_ANSWER)


def open_door(home: Path, *, by_port: bool = not hasattr(socket, "AF_UNIX")) -> tuple[socket.socket, Door]:
    """A listening socket, and the door that leads to it, already written down in the home."""
    shut(home)
    token, pid = secrets.token_hex(32), os.getpid()
    if by_port:
        listener = socket.create_server(("127.0.0.1", 0))
        door = Door(token, pid, port=int(listener.getsockname()[1]))
    else:
        path = _socket_path(home)
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        listener.bind(str(path))
        path.chmod(0o600)
        listener.listen(64)
        door = Door(token, pid, path=str(path))
    _write(home, door)
    return listener, door


def find_door(home: Path) -> Door | None:
    """The door that is written down in a home, whether or not anybody stands behind it."""
    try:
        told = json.loads(_file(home).read_text(encoding="utf-8"))
        return Door(**told)
    except (OSError, ValueError, TypeError):
        return None


def shut(home: Path) -> None:
    """Take away what a former holder left behind. Only the process with the lock may."""
    door = find_door(home)
    if door is not None and door.path is not None:
        left = Path(door.path)
        with contextlib.suppress(OSError):
            left.unlink()
        if left.parent.name.startswith(TEMPORARY):
            shutil.rmtree(left.parent, ignore_errors=True)
    with contextlib.suppress(OSError):
        _file(home).unlink()


def _file(home: Path) -> Path:
    return home / "warehouse.door"


def _socket_path(home: Path) -> Path:
    path = home.absolute() / "warehouse.sock"
    if len(os.fsencode(path)) > LONGEST_SOCKET:
        return Path(tempfile.mkdtemp(prefix=TEMPORARY)) / "s"
    with contextlib.suppress(OSError):
        path.unlink()
    return path


def _write(home: Path, door: Door) -> None:
    draft = _file(home).with_suffix(".draft")
    with contextlib.suppress(OSError):
        draft.unlink()
    try:
        file = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(file, "w", encoding="utf-8") as out:
            json.dump(asdict(door), out)
        draft.replace(_file(home))
    except OSError as error:
        raise WarehouseError(f"{draft} cannot be written: {error.strerror}") from error
