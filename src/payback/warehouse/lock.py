"""Which of several processes may open the warehouse file: the one that holds the lock beside it.

The operating system gives the lock back when its process ends, however it ends. The lock file itself stays.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from payback.errors import WarehouseError

if TYPE_CHECKING:
    from pathlib import Path

_FAR = 1 << 30


class Lock:
    """A lock on a file of its own. Taken by one process (or one opening) at a time."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file: int | None = None

    def take(self) -> bool:
        """Whether the lock is ours now; never waits. WarehouseError when the file cannot be made."""
        if self._file is not None:
            return True
        try:
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            file = os.open(self.path, os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0), 0o600)
        except OSError as error:
            raise WarehouseError(
                f"{self.path} cannot be written: {error.strerror}; check who owns the folder"
            ) from error
        if not _locked(file):
            os.close(file)
            return False
        self._file = file
        return True

    def release(self) -> None:
        """Give the lock back."""
        file, self._file = self._file, None
        if file is not None:
            os.close(file)


if sys.platform == "win32":
    import msvcrt

    def _locked(file: int) -> bool:
        os.lseek(file, _FAR, os.SEEK_SET)
        try:
            msvcrt.locking(file, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

else:
    import fcntl

    def _locked(file: int) -> bool:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
        return True
