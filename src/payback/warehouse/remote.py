"""The warehouse as seen by a process that does not hold the file: every call goes to the one that does.

Connections are kept and taken in turns, so several threads may ask at once. LineLostError when the holder is gone; what
to do then is `shared`'s to know.
"""

from __future__ import annotations

import contextlib
import tempfile
import threading
from typing import TYPE_CHECKING, Any

import pyarrow as pa

import payback
from payback.errors import WarehouseError
from payback.warehouse.letters import letter
from payback.warehouse.questions import answered
from payback.warehouse.wire import PROTOCOL, Line, LineLostError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from payback.warehouse.contract import Change
    from payback.warehouse.door import Door
    from payback.warehouse.questions import Question

IN_MEMORY = 32 << 20


class RemoteWarehouse:
    """Speaks to the holder behind a door. LineLostError at once when nobody is there."""

    def __init__(self, door: Door, fingerprint: str) -> None:
        self._door = door
        self._fingerprint = fingerprint
        self._idle: list[Line] = []
        self._turn = threading.Lock()
        self._closed = False
        self._give_back(self._connected())

    def apply(self, changes: Sequence[Change], once: str) -> None:
        """Have checked changes applied; with the same `once` again, nothing is applied twice."""
        told, rows = letter(changes)
        with self._line() as line:
            line.send({"do": "apply", "changes": told, "once": once}, rows)
            _agreed(line)

    def answer(self, asked: Question) -> pa.Table:
        """The whole answer to a question."""
        with self._asking(asked) as line:
            return answered(line.receive_table(), asked.schema)

    def stream(self, asked: Question, rows: int) -> Iterator[pa.RecordBatch]:
        """The answer in batches of at most `rows`. All of it is fetched first (to disk when large), so that a holder
        that leaves can never cut an answer in two.
        """
        spool = tempfile.SpooledTemporaryFile(IN_MEMORY)  # noqa: SIM115 - lives as long as the iterator
        try:
            with self._asking(asked) as line:
                line.spool(spool)
            spool.seek(0)
        except BaseException:
            spool.close()
            raise
        return _batches(spool, asked, rows)

    def cursors(self, source: str) -> dict[str, str]:
        """How far each stream of a source has been read."""
        with self._line() as line:
            line.send({"do": "cursors", "source": source})
            return dict(_agreed(line)["cursors"])

    def export(self, folder: Path) -> dict[str, int]:
        """Every table as one Parquet file in a folder that the holder can write to: rows by table."""
        with self._line() as line:
            line.send({"do": "export", "folder": str(folder)})
            return dict(_agreed(line)["rows"])

    def close(self) -> None:
        """Hang up."""
        with self._turn:
            self._closed = True
            lines, self._idle = self._idle, []
        for line in lines:
            line.close()

    @contextlib.contextmanager
    def _asking(self, asked: Question) -> Iterator[Line]:
        with self._line() as line:
            line.send({"do": "ask", "sql": asked.sql, "tables": list(asked.tables)}, asked.tables.values())
            _agreed(line)
            yield line

    @contextlib.contextmanager
    def _line(self) -> Iterator[Line]:
        with self._turn:
            line = self._idle.pop() if self._idle else None
        line = line or self._connected()
        try:
            yield line
        except BaseException:
            line.close()
            raise
        self._give_back(line)

    def _give_back(self, line: Line) -> None:
        with self._turn:
            if not self._closed:
                self._idle.append(line)
                return
        line.close()

    def _connected(self) -> Line:
        try:
            connection = self._door.knock()
        except OSError as error:
            raise LineLostError("nobody holds the warehouse") from error
        line = Line(connection)
        try:
            line.send({"token": self._door.token, "protocol": PROTOCOL, "tables": self._fingerprint})
            self._refuse_other_version(line.receive())
            connection.settimeout(None)
        except BaseException:
            line.close()
            raise
        return line

    def _refuse_other_version(self, told: dict[str, Any]) -> None:
        if told.get("protocol") != PROTOCOL or told.get("tables") != self._fingerprint:
            raise WarehouseError(
                f"payback {told.get('payback')} (process {told.get('pid')}) has the warehouse open, and this is "
                f"payback {payback.__version__} with other tables; stop that process, then try again"
            )


def _agreed(line: Line) -> dict[str, Any]:
    told = line.receive()
    if told.get("leaving"):
        raise LineLostError("the process that holds the warehouse is leaving")
    if "refused" in told:
        raise WarehouseError(str(told["refused"]))
    return told


def _batches(spool: Any, asked: Question, rows: int) -> Iterator[pa.RecordBatch]:
    with spool, pa.ipc.open_stream(spool) as reader:
        for batch in reader:
            yield from answered(pa.Table.from_batches([batch]), asked.schema).to_batches(rows)
