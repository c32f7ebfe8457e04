"""The process that holds the warehouse file, serving the other payback processes of this machine.

One thread takes connections in, one thread per connection answers, at most `MOST` at a time. Who does not show the
secret of the door, or declares other tables, is turned away. Knows nothing of what is asked: it hands over to the
warehouse.
"""

from __future__ import annotations

import contextlib
import hmac
import socket
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import payback
from payback.errors import PaybackError, WarehouseError
from payback.warehouse.door import SECONDS_TO_ANSWER, open_door, shut
from payback.warehouse.letters import changes_of
from payback.warehouse.questions import Question, select_only
from payback.warehouse.wire import LARGEST_GREETING, PROTOCOL, Line, LineLostError

if TYPE_CHECKING:
    from payback.warehouse.duckdb import DuckWarehouse

MOST = 64
SECONDS_TO_FINISH = 30.0
BATCH = 65_536


class Holder:
    """Serves one warehouse until it is closed. Closing lets calls that are under way finish first."""

    def __init__(self, warehouse: DuckWarehouse, home: Path, *, by_port: bool | None = None) -> None:
        self._warehouse = warehouse
        self._home = home
        self._listener, self.door = open_door(home) if by_port is None else open_door(home, by_port=by_port)
        self._seats = threading.BoundedSemaphore(MOST)
        self._calls = _Calls()
        self._lines: set[socket.socket] = set()
        self._thread = threading.Thread(target=self._take_in, name="payback-warehouse-door", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Take no new call, let those under way finish (at most `SECONDS_TO_FINISH`), go."""
        shut(self._home)
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._calls.finish(SECONDS_TO_FINISH)
        for connection in tuple(self._lines):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        self._thread.join(SECONDS_TO_ANSWER)

    def _take_in(self) -> None:
        while True:
            self._seats.acquire()
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self._lines.add(connection)
            threading.Thread(
                target=self._serve, args=(connection,), name="payback-warehouse-line", daemon=True
            ).start()

    def _serve(self, connection: socket.socket) -> None:
        line = Line(connection)
        try:
            with contextlib.suppress(LineLostError):
                connection.settimeout(SECONDS_TO_ANSWER)
                if self._greet(line):
                    connection.settimeout(None)
                    while True:
                        self._answer(line, line.receive())
        finally:
            self._lines.discard(connection)
            line.close()
            self._seats.release()

    def _greet(self, line: Line) -> bool:
        told = line.receive(LARGEST_GREETING)
        if not hmac.compare_digest(str(told.get("token", "")).encode(), self.door.token.encode()):
            return False
        known = {"protocol": PROTOCOL, "tables": self._warehouse.fingerprint}
        line.send({**known, "payback": payback.__version__, "pid": self.door.pid})
        return all(told.get(name) == value for name, value in known.items())

    def _answer(self, line: Line, asked: dict[str, Any]) -> None:
        bodies = [line.receive_table() for _ in range(int(asked.get("bodies", 0)))]
        with self._calls.one() as admitted:
            if not admitted:
                line.send({"leaving": True})
                return
            try:
                self._do(line, asked, bodies)
            except LineLostError:
                raise
            except PaybackError as error:
                line.send({"refused": str(error)})

    def _do(self, line: Line, asked: dict[str, Any], bodies: list[Any]) -> None:
        match asked:
            case {"do": "apply", "changes": list(changes), "once": str(once)}:
                self._warehouse.apply(changes_of(changes, bodies), once=once)
                line.send({})
            case {"do": "ask", "sql": str(sql), "tables": list(names)}:
                self._tell(line, Question(select_only(sql), None, dict(zip(names, bodies, strict=True))))
            case {"do": "cursors", "source": str(source)}:
                line.send({"cursors": self._warehouse.cursors(source)})
            case {"do": "export", "folder": str(folder)}:
                line.send({"rows": self._warehouse.export(Path(folder))})
            case _:
                raise WarehouseError("the process that holds the warehouse does not know this request")

    def _tell(self, line: Line, asked: Question) -> None:
        with self._warehouse.reading(asked, BATCH) as (schema, batches):
            line.send({"streams": 1})
            line.send_stream(schema, batches)


class _Calls:
    """How many calls are under way, and whether new ones are still admitted."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._count = 0
        self._leaving = False

    @contextlib.contextmanager
    def one(self) -> Any:
        with self._changed:
            admitted = not self._leaving
            self._count += admitted
        try:
            yield admitted
        finally:
            with self._changed:
                self._count -= admitted
                self._changed.notify_all()

    def finish(self, seconds: float) -> None:
        with self._changed:
            self._leaving = True
            self._changed.wait_for(lambda: self._count == 0, seconds)
