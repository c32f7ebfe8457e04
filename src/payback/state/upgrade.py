"""Bringing a state up to date with Alembic, without an ini file, and without touching anybody's loggers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from alembic.script.revision import RevisionError
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


def steps_after(revision: str | None) -> tuple[str, ...]:
    """The sentences of the migrations that follow a revision (None: all), oldest first."""
    scripts = ScriptDirectory.from_config(config())
    try:
        wanted = list(scripts.iterate_revisions("head", revision or "base"))
    except (CommandError, RevisionError) as error:
        raise _newer(revision) from error
    return tuple(f"revision {script.revision}: {_first_sentence(script.doc)}" for script in reversed(wanted))


def upgrade(connection: Connection, revision: str = "head") -> None:
    """Bring a database to a revision, inside the connection's transaction.

    WarehouseError when a newer payback wrote it.
    """
    try:
        command.upgrade(config(connection), revision)
    except CommandError as error:
        raise _newer(revision_of(connection)) from error


def _newer(revision: str | None) -> WarehouseError:
    return WarehouseError(
        f"the state was written by a newer payback (revision {revision}; this one knows {newest()}); "
        "upgrade payback, or restore a backup made by this version"
    )


def _first_sentence(doc: str) -> str:
    return doc.partition("\n")[0].rstrip(".")
