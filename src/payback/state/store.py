"""Opening the state: the database behind a URL, brought up to date, with transactions that several processes can share.

SQLite runs with a write-ahead log; whoever writes takes the write lock at the start, so that two writers wait for each
other and never fail half-way. Knows no table.
"""

from __future__ import annotations

import sqlite3
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Engine, create_engine, event, inspect, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError
from sqlalchemy.orm import Session

from payback.errors import SettingsError, WarehouseError

if TYPE_CHECKING:
    from collections.abc import Iterator

HEAD = "0004"
SECONDS_TO_WAIT = 30.0


class State:
    """An open state. May be used from several threads."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._writing = engine.execution_options(payback_writes=True)

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A session that sees one moment. WarehouseError when the database refuses."""
        with _translated(), Session(self._engine) as session:
            yield session

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """A session whose changes become visible together when it ends well, and not at all otherwise."""
        with _translated(), Session(self._writing) as session, session.begin():
            yield session

    def close(self) -> None:
        """Give the database back."""
        self._engine.dispose()


def state_url(file: Path) -> str:
    """The URL of a SQLite state at a path."""
    return f"sqlite:///{file}"


def open_state(url: str) -> State:
    """The state behind a URL, brought up to date first.

    SettingsError for a URL that cannot be used, WarehouseError when the database refuses or a newer payback wrote it.
    """
    engine = _engine(url)
    _own(url)
    try:
        with _translated(), engine.execution_options(payback_writes=True).begin() as connection:
            if revision_of(connection) != HEAD:
                from payback.state.upgrade import upgrade

                upgrade(connection)
    except BaseException:
        engine.dispose()
        raise
    return State(engine)


def _own(url: str) -> None:
    """A new file is its owner's alone: it holds the secret of the pages' forms."""
    parsed = make_url(url)
    file = parsed.database if parsed.get_backend_name() == "sqlite" else None
    if file and file != ":memory:" and Path(file).parent.is_dir():
        Path(file).touch(mode=0o600, exist_ok=True)


def pending(url: str) -> tuple[str, ...]:
    """What opening the state behind a URL would change in it, as sentences; changes nothing and makes no file.

    WarehouseError when the database refuses or a newer payback wrote it.
    """
    from payback.state.upgrade import steps_after

    file = make_url(url).database if url.startswith("sqlite") else None
    if file is not None and not Path(file).exists():
        return steps_after(None)
    engine = _engine(url)
    try:
        with _translated(), engine.connect() as connection:
            return steps_after(revision_of(connection))
    finally:
        engine.dispose()


def revision_of(connection: Connection) -> str | None:
    """Which migration a database was brought to last; None before the first."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    found = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return None if found is None else str(found)


def _engine(url: str) -> Engine:
    try:
        parsed = make_url(url)
        is_sqlite = parsed.get_backend_name() == "sqlite"
        engine = create_engine(parsed, connect_args={"timeout": SECONDS_TO_WAIT} if is_sqlite else {})
    except (ArgumentError, NoSuchModuleError, ModuleNotFoundError) as error:
        raise SettingsError(f"the state cannot be kept at {_without_password(url)}: {error}") from error
    if is_sqlite:
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    return engine


def _without_password(url: str) -> str:
    scheme, mark, rest = url.partition("://")
    return f"{scheme}{mark}…@{rest.rpartition('@')[2]}" if "@" in rest else url


def _prepare_sqlite(connection: Any, record: Any) -> None:
    del record
    connection.isolation_level = None
    _write_ahead(connection)
    for pragma in ("synchronous = FULL", "foreign_keys = ON"):
        connection.execute(f"PRAGMA {pragma}")


def _write_ahead(connection: Any) -> None:
    """Turn the write-ahead log on, once for a file. SQLite does not wait for a lock here, so several openers of a new
    file have to try again.
    """
    import stamina

    if connection.execute("PRAGMA journal_mode").fetchone()[0] == "wal":
        return
    for attempt in stamina.retry_context(
        on=_is_locked, attempts=None, timeout=SECONDS_TO_WAIT, wait_initial=0.01, wait_max=0.2
    ):
        with attempt:
            connection.execute("PRAGMA journal_mode = WAL")


def _is_locked(error: Exception) -> bool:
    return isinstance(error, sqlite3.OperationalError) and "locked" in str(error)


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get("payback_writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except SQLAlchemyError as error:
        cause = getattr(error, "orig", None) or error
        raise WarehouseError(f"the state refused: {cause}") from error
