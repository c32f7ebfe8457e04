"""A table in a company's own database, read by SQLAlchemy: named columns only, in one read-only transaction, a part at a time.

The only place where a source opens a database. No message carries the address or anything of it.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchTableError

from payback.errors import SettingsError, SourceError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sqlalchemy.sql.elements import ColumnElement

ROWS = 5000
MEANING = {
    "28P01": "the password is wrong",
    "28000": "the user may not sign in",
    "3D000": "there is no such database",
    "42501": "the user may not read this table; GRANT SELECT on it",
    "57014": "the database ended the query because it took too long",
}


@dataclass(frozen=True, slots=True)
class Reading:
    """One table and what of it is wanted: columns that exist among `columns`, rows by `where`, ordered by `latest` first."""

    table: sa.Table
    columns: tuple[str, ...]

    def has(self, name: str) -> bool:
        return name in self.table.c


@dataclass(frozen=True, slots=True)
class Database:
    """An address that was given as a secret. `name` is the connection's, for messages."""

    name: str
    address: str

    def table(self, name: str, columns: Sequence[str]) -> Reading:
        """A table as the database declares it. SourceError where it is not there."""
        with self._connected() as connection:
            try:
                found = sa.Table(name, sa.MetaData(), autoload_with=connection)
            except NoSuchTableError:
                raise SourceError(
                    f"{self.name}: the database has no table {name} in the user's search path"
                ) from None
        return Reading(found, tuple(column for column in columns if column in found.c))

    def rows(
        self, reading: Reading, where: ColumnElement[bool] | None = None, latest: str | None = None
    ) -> Iterator[list[dict[str, Any]]]:
        """Rows in parts, by column name; the latest first where a column of time is named."""
        asked = sa.select(*(reading.table.c[name] for name in reading.columns))
        if where is not None:
            asked = asked.where(where)
        if latest is not None:
            asked = asked.order_by(reading.table.c[latest].desc())
        with self._connected() as connection:
            answer = connection.execution_options(yield_per=ROWS).execute(asked)
            for part in answer.mappings().partitions():
                yield [dict(row) for row in part]

    def values(self, asked: sa.Select[Any]) -> list[Any]:
        """The first column of a question's answer."""
        with self._connected() as connection:
            return list(connection.execute(asked).scalars())

    @contextmanager
    def _connected(self) -> Iterator[sa.Connection]:
        engine = self._engine()
        try:
            with engine.connect().execution_options(postgresql_readonly=True) as connection:
                yield connection
        except DBAPIError as error:
            raise SourceError(f"{self.name}: the database cannot be read: {_why(error)}") from None
        finally:
            engine.dispose()

    def _engine(self) -> sa.Engine:
        try:
            url = sa.make_url(self.address)
            if url.get_backend_name() == "postgresql":
                return sa.create_engine(
                    url.set(drivername="postgresql+psycopg"),
                    connect_args={"options": "-c timezone=utc", "connect_timeout": 30},
                )
            return sa.create_engine(url)
        except (ArgumentError, ValueError):  # a port that is no number is a ValueError that shows the rest
            raise SettingsError(
                f"{self.name}: database is not an address; write postgresql://user:password@host/name"
            ) from None
        except ModuleNotFoundError:
            raise SettingsError(
                f"{self.name}: reading a PostgreSQL database needs its driver; pip install 'payback[postgres]'"
            ) from None


def _why(error: DBAPIError) -> str:
    """The database's refusal by its SQLSTATE; its own words may hold names and are not repeated."""
    state = getattr(error.orig, "sqlstate", None)
    if state is None and "password authentication failed" in str(error.orig):
        state = "28P01"
    return MEANING.get(state or "", f"{type(error.orig).__name__} {state or ''}".strip())
