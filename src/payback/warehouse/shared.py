"""How several payback processes share one warehouse file without ever seeing that they do.

The first one takes the lock, opens the file and serves the others; the others speak to it. Whoever finds the holder gone
takes its place or finds the next one, and asks again: reads as they were, writes by an id that the holder remembers in
the same transaction, so that nothing is applied twice. Only this module knows who holds the file.
"""

from __future__ import annotations

import threading
import time
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

import payback
from payback.errors import WarehouseError
from payback.warehouse import migrations
from payback.warehouse.backup import finish_restore
from payback.warehouse.contract import EVER
from payback.warehouse.ddl import fingerprint
from payback.warehouse.door import find_door
from payback.warehouse.duckdb import BusyFileError, DuckWarehouse, connected
from payback.warehouse.holder import Holder
from payback.warehouse.lock import Lock
from payback.warehouse.questions import Question, Questions, declared, holding
from payback.warehouse.remote import RemoteWarehouse
from payback.warehouse.wire import LineLostError
from payback.warehouse.writes import checked

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    import ibis.expr.types as ir
    import pyarrow as pa

    from payback.warehouse.contract import Change, Table, Window

T = TypeVar("T")
PATIENCE = 600.0
FIRST_PAUSE, LONGEST_PAUSE = 0.02, 0.5
SECONDS_TO_SAY = 0.5
TRIES = 5


def open_warehouse(
    path: Path, tables: Iterable[Table], waiting: Callable[[str], None], *, patience: float = PATIENCE
) -> SharedWarehouse:
    """The warehouse at a path, held by this process or by the one that already holds it.

    `waiting` is told in a sentence when this takes longer than a moment. WarehouseError after `patience` seconds, or
    when the file was written by a newer payback.
    """
    return SharedWarehouse(path, tables, waiting, patience)


def planned(path: Path, tables: Iterable[Table], waiting: Callable[[str], None]) -> tuple[str, ...]:
    """What opening the warehouse would change in its file, as sentences; changes nothing itself.

    Nothing where another payback process of the same version has it open: that one has already done it.
    """
    wanted = migrations.Declared(
        {table.name: table for table in tables}, migrations.STEPS, payback.__version__
    )
    lock, wait = Lock(path.with_suffix(".lock")), _Wait(waiting, PATIENCE)
    try:
        while not lock.take():
            if isinstance(found := _speak(path, wanted.tables), RemoteWarehouse):
                found.close()
                return ()
            wait.for_a_moment(found)
        with connected(path if path.exists() else None) as connection:
            return tuple(change.sentence for change in migrations.plan(connection, wanted))
    finally:
        lock.release()


@dataclass(frozen=True, slots=True)
class _Held:
    """The file is open in this process, which serves the others."""

    warehouse: DuckWarehouse
    holder: Holder
    lock: Lock

    def close(self) -> None:
        self.holder.close()
        self.warehouse.close()
        self.lock.release()

    def apply(self, changes: Sequence[Change], once: str) -> None:
        self.warehouse.apply(
            changes, once=once
        )  # the holder before may have written it and died before it could say so

    def answer(self, asked: Question) -> pa.Table:
        return self.warehouse.answer(asked)

    def stream(self, asked: Question, rows: int) -> Iterator[pa.RecordBatch]:
        return self.warehouse.stream(asked, rows)

    def cursors(self, source: str) -> dict[str, str]:
        return self.warehouse.cursors(source)

    def export(self, folder: Path) -> dict[str, int]:
        return self.warehouse.export(folder)


Way = _Held | RemoteWarehouse


class SharedWarehouse:
    """The contract of a warehouse, whoever holds the file. May be used from several threads."""

    def __init__(
        self, path: Path, tables: Iterable[Table], waiting: Callable[[str], None], patience: float = PATIENCE
    ) -> None:
        self.path = path.absolute()
        self.tables = {table.name: table for table in tables}
        self._questions = Questions(self.tables)
        self._waiting = waiting
        self._patience = patience
        self._turn = threading.Lock()
        self._closed = False
        self._way: Way = self._opened()

    @property
    def holds_the_file(self) -> bool:
        """Whether this process is the one that has the file open."""
        return isinstance(self._way, _Held)

    @property
    def edition(self) -> int | None:
        """Grows with each write, of whichever process; None where another process holds the file."""
        way = self._way
        return way.warehouse.edition if isinstance(way, _Held) else None

    def apply(self, changes: Sequence[Change]) -> None:
        """Make all changes visible together, or none, and never twice."""
        ready = checked(self.tables, changes)
        once = uuid.uuid4().hex
        self._asked(lambda way: way.apply(ready, once))

    def table(self, name: str) -> ir.Table:
        """A declared table as an Ibis expression that belongs to no connection."""
        return self._questions.table(name)

    def read(self, expression: ir.Expr, params: Mapping[ir.Scalar, Any] | None = None) -> pa.Table:
        """The rows of an expression as Arrow, in its column order and types."""
        return self._answer(self._questions.asked(expression, params))

    def lookup(self, table: str, column: str, values: pa.Array, window: Window = EVER) -> pa.Table:
        """The rows whose column holds one of the values, however many there are, and whose time lies in the window."""
        return self._answer(holding(declared(self.tables, table), column, values, window))

    def sql(self, expression: ir.Expr) -> str:
        """DuckDB's text of an expression."""
        return self._questions.asked(expression).sql

    def batches(self, expression: ir.Expr, rows: int = 100_000) -> Iterator[pa.RecordBatch]:
        """The rows of an expression in batches of at most `rows`, all of one snapshot."""
        asked = self._questions.asked(expression)
        return self._asked(lambda way: way.stream(asked, rows))

    def cursors(self, source: str) -> dict[str, str]:
        """How far each stream of a source has been read."""
        return self._asked(lambda way: way.cursors(source))

    def export(self, folder: Path) -> dict[str, int]:
        """Every table as one Parquet file in a folder of the home, all of one moment: rows by table."""
        return self._asked(lambda way: way.export(folder))

    def close(self) -> None:
        """Give the file back, or hang up; later calls raise WarehouseError."""
        with self._turn:
            if not self._closed:
                self._closed = True
                self._way.close()

    def _answer(self, asked: Question) -> pa.Table:
        return self._asked(lambda way: way.answer(asked))

    def _asked(self, call: Callable[[Way], T]) -> T:
        """The call's result, whoever has to be asked. WarehouseError when the holder is lost again and again."""
        for _ in range(TRIES):
            way = self._way
            if self._closed:
                raise WarehouseError("the warehouse is closed; open it again")
            try:
                return call(way)
            except LineLostError:
                self._reopen(way)
        raise WarehouseError(
            f"the process that holds {self.path} went away {TRIES} times while it was asked the same thing; "
            "look at why it ends (memory, a kill), then try again"
        )

    def _reopen(self, lost: Way) -> None:
        with self._turn:
            if self._way is lost and not self._closed:
                lost.close()
                self._way = self._opened()

    def _opened(self) -> Way:
        wait = _Wait(self._waiting, self._patience)
        lock = Lock(self.path.with_suffix(".lock"))
        try:
            while isinstance(
                found := self._hold(lock) if lock.take() else _speak(self.path, self.tables), str
            ):
                wait.for_a_moment(found)
        except BaseException:
            lock.release()
            raise
        return found

    def _hold(self, lock: Lock) -> _Held | str:
        finish_restore(self.path.parent)
        try:
            warehouse = DuckWarehouse(self.path, self.tables.values())
        except BusyFileError as error:
            return f"another program has {self.path} open ({error}); waiting for it to close"
        try:
            return _Held(warehouse, Holder(warehouse, self.path.parent), lock)
        except BaseException:
            warehouse.close()
            raise


def _speak(path: Path, tables: Mapping[str, Table]) -> RemoteWarehouse | str:
    """The warehouse behind the door of whoever holds the file, or why there is none at the moment."""
    door = find_door(path.parent)
    if door is None:
        return f"another payback process is opening {path}; waiting for it"
    try:
        return RemoteWarehouse(door, fingerprint(tables.values()))
    except LineLostError:
        return f"another payback process (number {door.pid}) is opening or closing {path}; waiting for it"


class _Wait:
    """Pauses that grow, and a sentence when they add up to more than a moment."""

    def __init__(self, say: Callable[[str], None], patience: float) -> None:
        self._say = say
        self._patience = patience
        self._waited = 0.0
        self._pause = FIRST_PAUSE
        self._said = ""

    def for_a_moment(self, why: str) -> None:
        if self._waited >= self._patience:
            raise WarehouseError(f"{why}. Gave up after {self._waited:.0f} s; try again later")
        if self._waited >= SECONDS_TO_SAY and why != self._said:
            self._say(why)
            self._said = why
        time.sleep(self._pause)
        self._waited += self._pause
        self._pause = min(self._pause * 1.5, LONGEST_PAUSE)
