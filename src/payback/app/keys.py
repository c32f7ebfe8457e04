"""The key of this installation's digests: random, in its home, readable by its owner only. It never leaves the home."""

from __future__ import annotations

import os
from hashlib import blake2b
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

FILE = "digest.key"


def digest_with(home: Path) -> Callable[[bytes], str]:
    """A keyed digest (32 hex digits): equal texts match within this installation, and say nothing outside it."""
    key = _key(home / FILE)
    return lambda text: blake2b(text, key=key, digest_size=16).hexdigest()


def _key(path: Path) -> bytes:
    try:
        made = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    except FileExistsError:
        return path.read_bytes()
    with os.fdopen(made, "wb") as file:
        key = os.urandom(32)
        file.write(key)
    return key
