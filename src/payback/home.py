"""Where an installation and its person live, by the environment given. Imports next to nothing."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

FILE = "payback.toml"


def user_home(environ: Mapping[str, str]) -> Path:
    """The person's home folder by the environment given (HOME, on Windows USERPROFILE)."""
    found = environ.get("HOME") or environ.get("USERPROFILE")
    return Path(found) if found else Path.home()


def default_home(environ: Mapping[str, str]) -> Path:
    """PAYBACK_HOME, else ~/.payback."""
    found = environ.get("PAYBACK_HOME")
    return Path(found).expanduser() if found else user_home(environ) / ".payback"
