"""Bringing a state up to date with Alembic, without an ini file, and without touching anybody's loggers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from alembic.util.exc import CommandError

from payback.errors import WarehouseError
from payback.state.store import revision_of

if TYPE_CHECKING:
    from sqlalchemy import Connection


def config(connection: Connection | None = None) -> Config:
    """Alembic's view of payback's migrations, on a connection that is in a transaction (or on none, for a listing)."""
    told = Config()
    told.set_main_option("script_location", "payback:state/migrations")
    told.set_main_option("path_separator", "os")
    told.attributes["connection"] = connection
    return told


def newest() -> str:
    """The revision that this payback knows last."""
    found = ScriptDirectory.from_config(config()).get_current_head()
    if found is None:
        raise WarehouseError(
            "this payback was installed without the migrations of its state; install it again"
        )
    return found


def upgrade(connection: Connection, revision: str = "head") -> None:
    """Bring a database to a revision, inside the connection's transaction.

    WarehouseError when a newer payback wrote it.
    """
    try:
        command.upgrade(config(connection), revision)
    except CommandError as error:
        raise WarehouseError(
            f"the state was written by a newer payback (revision {revision_of(connection)}; this one knows {newest()}); "
            "upgrade payback, or restore a backup made by this version"
        ) from error
