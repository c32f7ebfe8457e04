"""What this installation is told: its home, organisation, zone, currency and sources. Environment and file in, value out.

Nothing here reads `os.environ` by itself: the face passes the environment in.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from payback.errors import SettingsError
from payback.home import FILE
from payback.period import zone as zone_named

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class AgentHome:
    """A home folder whose agent logs are read; who they belong to and what their requests are for, where told."""

    path: Path
    person: str | None = None
    workflow: str | None = None
    environment: str | None = None


@dataclass(frozen=True, slots=True)
class Settings:
    """One installation. `home` holds payback.toml, warehouse.duckdb and state.db."""

    home: Path
    organisation: str = "This machine"
    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("UTC"))
    currency: str = "USD"
    fiscal_year_start: int = 1
    agent_homes: tuple[AgentHome, ...] = ()
    repositories: tuple[Path, ...] = ()
    charge_files: tuple[str, ...] = ()
    other_files: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    keep_digests: bool = False
    invented: bool = False
    told: Mapping[str, Any] = field(default_factory=dict)
    sources: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    @property
    def warehouse(self) -> Path:
        return self.home / "warehouse.duckdb"

    @property
    def state(self) -> Path:
        return self.home / "state.db"


def load(home: Path, environ: Mapping[str, str]) -> Settings:
    """The settings of a home: its payback.toml if there is one, defaults for the rest.

    Raises SettingsError with the file, the key and what it should be.
    """
    path = home / FILE
    try:
        told = tomllib.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
        raise SettingsError(f"{path} cannot be read: {error}") from error
    organisation = _table(told, "organisation", path)
    agents = _table(told, "agents", path)
    git = _table(told, "git", path)
    privacy = _table(told, "privacy", path)
    imports = _table(told, "imports", path)
    files = {kind: tuple(str(home / one) for one in _texts(imports, kind, path)) for kind in imports}
    return Settings(
        home=home,
        organisation=_text(organisation, "name", "This machine", path),
        zone=_zone(organisation, environ, path),
        currency=_text(organisation, "currency", "USD", path),
        fiscal_year_start=_month(organisation, path),
        agent_homes=_agent_homes(agents, path),
        repositories=_paths(git, "roots", path),
        charge_files=files.pop("charges", ()),
        other_files=files,
        keep_digests=bool(privacy.get("keep_digests", False)),
        invented=bool(organisation.get("invented", False)),
        told=told,
        sources=_table(told, "sources", path),
    )


def _zone(organisation: Mapping[str, Any], environ: Mapping[str, str], path: Path) -> ZoneInfo:
    """The zone told; else the one of the environment, where it names one; else UTC."""
    if "time_zone" in organisation:
        return zone_named(_text(organisation, "time_zone", "UTC", path))
    try:
        return zone_named(environ.get("TZ", "UTC").lstrip(":") or "UTC")
    except SettingsError:
        return zone_named("UTC")


def _table(told: Mapping[str, Any], key: str, path: Path) -> dict[str, Any]:
    found = told.get(key, {})
    if not isinstance(found, dict):
        raise SettingsError(f"[{key}] in {path} is a table of settings, not {found!r}")
    return found


def _text(table: Mapping[str, Any], key: str, default: str, path: Path) -> str:
    found = table.get(key, default)
    if not isinstance(found, str) or not found:
        raise SettingsError(f"{key} in {path} is a text, not {found!r}")
    return found


def _month(table: Mapping[str, Any], path: Path) -> int:
    found = table.get("fiscal_year_start", 1)
    if not isinstance(found, int) or not 1 <= found <= 12:
        raise SettingsError(f"fiscal_year_start in {path} is a month from 1 to 12, not {found!r}")
    return found


def _texts(table: Mapping[str, Any], key: str, path: Path) -> tuple[str, ...]:
    found = table.get(key, [])
    if not isinstance(found, list) or not all(isinstance(item, str) for item in found):
        raise SettingsError(f"{key} in {path} is a list of texts, not {found!r}")
    return tuple(found)


def _paths(table: Mapping[str, Any], key: str, path: Path) -> tuple[Path, ...]:
    return tuple(path.parent / Path(item).expanduser() for item in _texts(table, key, path))


def _agent_homes(table: Mapping[str, Any], path: Path) -> tuple[AgentHome, ...]:
    found = table.get("homes", [])
    if not isinstance(found, list):
        raise SettingsError(f"agents.homes in {path} is a list, not {found!r}")
    return tuple(_agent_home(entry, path) for entry in found)


def _agent_home(entry: object, path: Path) -> AgentHome:
    match entry:
        case str():
            return AgentHome(path.parent / Path(entry).expanduser())
        case {"path": str(folder), **rest} if set(rest) <= {"person", "workflow", "environment"}:
            return AgentHome(
                path.parent / Path(folder).expanduser(), **{str(key): str(told) for key, told in rest.items()}
            )
        case _:
            raise SettingsError(
                f'agents.homes in {path} holds folders or {{ path = "...", person = "..." }}, not {entry!r}'
            )
