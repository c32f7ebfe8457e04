"""What people told payback to remember: column mappings of imported files, saved views, settings made in the pages."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import delete, select

from payback.errors import WarehouseError
from payback.state.tables import ImportMappingRow, SavedViewRow, SettingRow

if TYPE_CHECKING:
    from datetime import datetime

    from payback.state.store import State


@dataclass(frozen=True, slots=True)
class SavedView:
    """A page with its filters under a name. `path` is the page's path and query; `owner` is whose it is."""

    owner: str
    name: str
    path: str
    saved_at: datetime


def save_mapping(state: State, signature: str, target: str, mapping: str, now: datetime) -> None:
    """Remember which column of a file means what. `signature` is a digest of the target and the file's columns,
    `mapping` the text that says it (TOML, as `--map` reads it); replaces what was.
    """
    with state.writing() as session:
        session.merge(ImportMappingRow(signature=signature, target=target, mapping=mapping, saved_at=now))


def mapping_for(state: State, signature: str) -> str | None:
    """The mapping saved under a signature; None when there is none."""
    with state.reading() as session:
        found = session.get(ImportMappingRow, signature)
        return None if found is None else found.mapping


def save_view(state: State, view: SavedView) -> None:
    """Remember a view; one of the same owner and name is replaced."""
    row = SavedViewRow(owner=view.owner, name=view.name, path=view.path, saved_at=view.saved_at)
    with state.writing() as session:
        session.merge(row)


def views(state: State, owner: str) -> tuple[SavedView, ...]:
    """The views of an owner, by name."""
    with state.reading() as session:
        found = session.scalars(
            select(SavedViewRow).where(SavedViewRow.owner == owner).order_by(SavedViewRow.name)
        )
        return tuple(SavedView(row.owner, row.name, row.path, row.saved_at) for row in found)


def forget_view(state: State, owner: str, name: str) -> bool:
    """Whether there was such a view; there is none afterwards."""
    with state.writing() as session:
        found = session.get(SavedViewRow, (owner, name))
        if found is not None:
            session.delete(found)
        return found is not None


def put_setting(state: State, key: str, value: str | None, now: datetime) -> None:
    """Set a setting, or forget it with None."""
    with state.writing() as session:
        if value is None:
            session.execute(delete(SettingRow).where(SettingRow.key == key))
        else:
            session.merge(SettingRow(key=key, value=value, saved_at=now))


def agreed_setting(state: State, key: str, value: str, now: datetime) -> str:
    """The value of a setting, which becomes this one where it was never set: all who ask get the same."""
    try:
        with state.writing() as session:
            found = session.get(SettingRow, key)
            if found is None:
                session.add(SettingRow(key=key, value=value, saved_at=now))
            return value if found is None else found.value
    except WarehouseError:
        if (told := setting(state, key)) is None:
            raise
        return told


def setting(state: State, key: str) -> str | None:
    """The value of a setting; None when it was never set."""
    with state.reading() as session:
        found = session.get(SettingRow, key)
        return None if found is None else found.value


def settings_like(state: State, prefix: str) -> dict[str, str]:
    """The values of all settings whose key begins with a prefix, by key."""
    with state.reading() as session:
        rows = session.scalars(
            select(SettingRow).where(SettingRow.key.startswith(prefix)).order_by(SettingRow.key)
        )
        return {row.key: row.value for row in rows}
