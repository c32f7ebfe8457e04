"""Where Claude Code and Codex keep their logs on Linux, macOS and Windows, and what lies there now.

Knows folders and the tools' own environment variables; opens no log. A folder that is missing or may not be read is
an empty one.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from payback.sources.agents.reader import Places

DESKTOP = "local-agent-mode-sessions"
DESKTOP_DEPTH = 8


def claude_roots(places: Places) -> list[Path]:
    """Folders named `projects` in which Claude Code writes sessions. CLAUDE_CONFIG_DIR, where set, replaces all others."""
    if named := _listed(places, "CLAUDE_CONFIG_DIR"):
        return _distinct(path if path.name == "projects" else path / "projects" for path in named)
    config = Path(places.environ.get("XDG_CONFIG_HOME") or places.home / ".config")
    usual = (places.home / ".claude" / "projects", config / "claude" / "projects")
    return _distinct((*usual, *_desktop_roots(places, config)))


def codex_roots(places: Places) -> list[Path]:
    """Folders in which Codex writes rollouts, active ones before archived ones. CODEX_HOME may name several homes."""
    homes = _listed(places, "CODEX_HOME") or [places.home / ".codex"]
    return _distinct(home / kind for kind in ("sessions", "archived_sessions") for home in homes)


def logs_under(root: str) -> Iterator[tuple[str, os.stat_result]]:
    """Path and status of every `*.jsonl` under a folder, links followed but never in a circle."""
    waiting, linked = [root], set[str]()
    while waiting:
        for entry in _entries(waiting.pop()):
            try:
                if entry.name.endswith(".jsonl"):
                    if entry.is_file():
                        yield entry.path, entry.stat()
                elif entry.is_dir() and not (entry.is_symlink() and _seen(entry.path, linked)):
                    waiting.append(entry.path)
            except OSError:
                continue


def _entries(folder: str) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as found:
            return list(found)
    except OSError:
        return []


def _seen(link: str, linked: set[str]) -> bool:
    """Whether a link leads to a folder that holds it, or to one that another link led to before."""
    target = Path(link).resolve()
    if str(target) in linked or Path(link).parent.resolve().is_relative_to(target):
        return True
    linked.add(str(target))
    return False


def _listed(places: Places, name: str) -> list[Path]:
    parts = (part.strip() for part in places.environ.get(name, "").split(","))
    return [_from_home(part, places.home) for part in parts if part]


def _from_home(path: str, home: Path) -> Path:
    return home / path[1:].lstrip("/\\") if path.startswith("~") else Path(path)


def _distinct(roots: Iterable[Path]) -> list[Path]:
    """The roots that exist: one of those that are the same folder, none that lies inside another."""
    kept: dict[Path, Path] = {}
    for root in roots:
        try:
            if root.is_dir():
                kept.setdefault(root.resolve(), root)
        except OSError:
            continue
    return [root for real, root in kept.items() if not any(outer in real.parents for outer in kept)]


def _desktop_roots(places: Places, config: Path) -> Iterator[Path]:
    if places.system == "darwin":
        bases = [places.home / "Library" / "Application Support" / "Claude"]
    elif places.system == "windows":
        local = Path(places.environ.get("LOCALAPPDATA") or places.home / "AppData" / "Local")
        bases = [Path(places.environ.get("APPDATA") or places.home / "AppData" / "Roaming") / "Claude"]
        bases += [
            Path(package.path) / "LocalCache" / "Roaming" / "Claude"
            for package in _entries(str(local / "Packages"))
            if package.name.startswith("Claude_") or ".Claude_" in package.name
        ]
    else:
        bases = [config / "Claude"]
    for base in bases:
        yield from _projects(str(base / DESKTOP), DESKTOP_DEPTH)


def _projects(folder: str, depth: int) -> Iterator[Path]:
    """Folders named `projects` at most so many levels down; nothing is looked for inside one."""
    for entry in _entries(folder):
        try:
            is_folder = entry.is_dir(follow_symlinks=False)
        except OSError:
            continue
        if is_folder and entry.name == "projects":
            yield Path(entry.path)
        elif is_folder and depth > 1:
            yield from _projects(entry.path, depth - 1)
