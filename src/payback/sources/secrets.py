"""Keys by reference: `env:NAME`, `file:PATH` or `keyring:SERVICE/USER`. A key itself never stands in payback.toml."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

import orjson

from payback.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

SHORTEST_SECRET = 4
SHORTEST_PART = 16
LINE_BREAK = re.compile(r"\r?\n|\\n")
WAYS = "env:NAME, file:PATH or keyring:SERVICE/USER"


def secret(reference: str, where: str, home: Path, environ: Mapping[str, str]) -> str:
    """The secret that a reference stands for. SettingsError says which setting, and what to write instead."""
    kind, _, name = reference.partition(":")
    if not is_reference(reference):
        raise SettingsError(f"{where} holds a key itself or nothing; write a reference to it: {WAYS}")
    found = {"env": _from_environment, "file": _from_file, "keyring": _from_keyring}[kind](
        name, home, environ
    )
    if not found:
        raise SettingsError(f"{where} is {kind}:{name}, and nothing is there")
    return found


def is_reference(told: str) -> bool:
    """Whether a text says where a key is, and is none itself."""
    kind, _, name = told.partition(":")
    return bool(name) and kind in {"env", "file", "keyring"}


def _from_environment(name: str, _home: Path, environ: Mapping[str, str]) -> str | None:
    return environ.get(name, "").strip() or None


def _from_file(name: str, home: Path, _environ: Mapping[str, str]) -> str | None:
    path = home / Path(name).expanduser()
    try:
        return path.read_text(encoding="utf-8").strip() or None
    except (OSError, UnicodeDecodeError):
        return None


def _from_keyring(name: str, _home: Path, environ: Mapping[str, str]) -> str | None:
    """By the `keyring` command, where it is installed: no library of it is needed here."""
    service, _, user = name.partition("/")
    program = shutil.which("keyring", path=environ.get("PATH"))
    if program is None:
        return None
    found = subprocess.run(
        [program, "get", service, user], capture_output=True, text=True, check=False, timeout=30
    )
    return found.stdout.strip() or None if found.returncode == 0 else None


def all_secrets(secrets: Iterable[str], *carriers: Mapping[str, str]) -> tuple[str, ...]:
    """What must never be shown, the longest first: secrets, the lines of long ones, what headers and forms make of them."""
    whole = tuple(secrets)
    lines = [line for one in whole for line in LINE_BREAK.split(one)]
    made = [part for carrier in carriers for value in carrier.values() for part in value.split()]
    parts = [part for part in (*lines, *made) if len(part) >= SHORTEST_PART]
    return tuple(sorted({*whole, *parts}, key=len, reverse=True))


def without_secrets(text: str, secrets: Iterable[str]) -> str:
    """The text with every secret cut out, in whichever way it is written. The longest are to come first."""
    for secret in secrets:
        for written in _ways_to_write(secret):
            text = text.replace(written, "[secret]")
    return text


def _ways_to_write(secret: str) -> tuple[str, ...]:
    """A secret as it may come back: as it is, in JSON, in an address. One that is too short to be told from words is none."""
    if len(secret) < SHORTEST_SECRET:
        return ()
    in_json = orjson.dumps(secret).decode()[1:-1]
    return tuple(
        dict.fromkeys((secret, in_json, secret.replace("/", r"\/"), quote(secret, safe=""), quote(secret)))
    )
