"""Where tools keep their data on each operating system, and walking there. Missing folders and missing rights give
nothing; only what is handed over in `Places` is consulted.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from payback.sources.agents.reader import Places

DEEPEST = 12
VSCODE_FORKS = (
    "Code",
    "Code - Insiders",
    "VSCodium",
    "Cursor",
    "Windsurf",
    "Positron",
    "Antigravity",
    "Trae",
)
VSCODE_SERVERS = (
    ".vscode-server",
    ".vscode-server-insiders",
    ".cursor-server",
    ".windsurf-server",
    ".vscodium-server",
)


def named(places: Places, variable: str) -> list[Path]:
    """The folders an environment variable names, separated by commas; empty when it is not set."""
    value = places.environ.get(variable, "")
    return [_expanded(places, part.strip()) for part in value.split(",") if part.strip()]


def _expanded(places: Places, path: str) -> Path:
    if path == "~" or path.startswith(("~/", "~\\")):
        return places.home / path[2:]
    return Path(path)


def first_named(places: Places, variables: Iterable[str], *otherwise: Path) -> list[Path]:
    """The folders of the first variable that is set, else the default ones."""
    return next((found for name in variables if (found := named(places, name))), list(otherwise))


def data_home(places: Places) -> Path:
    """`$XDG_DATA_HOME`, else `~/.local/share`; tools built on xdg-basedir use it on every system."""
    return first_named(places, ("XDG_DATA_HOME",), places.home / ".local" / "share")[0]


def config_home(places: Places) -> Path:
    """`$XDG_CONFIG_HOME`, else `~/.config`."""
    return first_named(places, ("XDG_CONFIG_HOME",), places.home / ".config")[0]


def applications(places: Places) -> Path:
    """The per-user folder of desktop applications: `~/.config`, `~/Library/Application Support` or `%APPDATA%`."""
    if places.system == "darwin":
        return places.home / "Library" / "Application Support"
    if places.system == "windows":
        return first_named(places, ("APPDATA",), places.home / "AppData" / "Roaming")[0]
    return config_home(places)


def local_applications(places: Places) -> Path:
    """As `applications`, but `%LOCALAPPDATA%` on Windows and the XDG data folder on Linux."""
    if places.system == "windows":
        return first_named(places, ("LOCALAPPDATA",), places.home / "AppData" / "Local")[0]
    return applications(places) if places.system == "darwin" else data_home(places)


def vscode_users(places: Places) -> Iterator[Path]:
    """The `User` folder of every fork of VS Code, and of the servers that editors install on remote machines."""
    for fork in VSCODE_FORKS:
        yield applications(places) / fork / "User"
    for server in VSCODE_SERVERS:
        yield places.home / server / "data" / "User"


def files(root: Path, wanted: Callable[[Path], bool], depth: int = DEEPEST) -> Iterator[Path]:
    """Files below a folder for which `wanted` holds, in order of name; links to folders are not followed."""
    try:
        with os.scandir(root) as entries:
            listed = sorted(entries, key=lambda entry: entry.name)
    except OSError:
        return
    for entry in listed:
        path = Path(entry.path)
        if _is_folder(entry):
            if depth > 0:
                yield from files(path, wanted, depth - 1)
        elif wanted(path):
            yield path


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir(follow_symlinks=False)
    except OSError:
        return False


def subfolders(root: Path) -> list[Path]:
    """The folders right below a folder, in order of name."""
    try:
        return sorted(path for path in root.iterdir() if path.is_dir())
    except OSError:
        return []


def existing(paths: Iterable[Path]) -> Iterator[Path]:
    """Those of the paths that are files, each once."""
    seen: set[Path] = set()
    for path in paths:
        try:
            there = path.is_file()
        except OSError:
            continue
        if there and path not in seen:
            seen.add(path)
            yield path
