"""Several processes on one file: nobody ever sees that it is locked, and nothing is lost or doubled."""

from __future__ import annotations

import contextlib
import socket
import stat
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from pathlib import Path
from typing import TYPE_CHECKING

import ibis
import pytest

from payback.errors import WarehouseError
from payback.warehouse import shared
from payback.warehouse.contract import Append, Column, Cursor, Table
from payback.warehouse.door import Door, find_door, open_door, shut
from payback.warehouse.duckdb import DuckWarehouse
from payback.warehouse.holder import Holder
from payback.warehouse.questions import Question, select_only
from payback.warehouse.remote import RemoteWarehouse
from payback.warehouse.shared import SharedWarehouse, open_warehouse, planned
from payback.warehouse.wire import PROTOCOL, Line, LineLostError
from tests.warehouse.conformance import TABLES, rows_of, unheard, use
from tests.warehouse.processes import line, rest, tell, worker
from tests.warehouse.worker import ROWS, batch

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from payback.warehouse.contract import Change

OTHER = Table(
    "other", "Another table.", (Column("id", TABLES[0].columns[0].type, "key", required=True),), ("id",)
)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "home" / "warehouse.duckdb"


@pytest.fixture
def held(file: Path) -> Iterator[SharedWarehouse]:
    with closing(open_warehouse(file, TABLES, unheard)) as warehouse:
        yield warehouse


def complete(warehouse: SharedWarehouse, name: str) -> int:
    """The last number of a writer, after seeing that its rows say the same as its cursor."""
    number = int(warehouse.cursors("writer").get(name, "-1"))
    table = warehouse.table("use")
    rows = warehouse.read(
        table.filter(table.tool == name).group_by("tokens").agg(n=ibis._.count()).order_by("tokens")
    )
    assert rows.to_pylist() == [{"tokens": n, "n": ROWS} for n in range(number + 1)]
    latest = warehouse.read(
        table.filter(table.tool == f"{name}-latest").group_by("tokens").agg(n=ibis._.count())
    )
    assert latest.to_pylist() == ([{"tokens": number, "n": ROWS}] if number >= 0 else [])
    return number


def test_two_writers_and_a_reader_at_once_all_finish(file: Path) -> None:
    with (
        worker("write_ten", file, "a") as a,
        worker("write_ten", file, "b") as b,
        worker("read", file, "c") as c,
    ):
        said = [rest(process) for process in (a, b, c)]
    assert [one[-1] for one in said] == ["done 9", "done 9", "read c"]
    with closing(open_warehouse(file, TABLES, unheard)) as warehouse:
        assert (complete(warehouse, "a"), complete(warehouse, "b")) == (9, 9)


def test_a_verb_works_while_the_server_holds_the_file(held: SharedWarehouse, file: Path) -> None:
    with worker("write_ten", file, "a") as a:
        assert line(a) == ["holds", "False"]
        rest(a)
    assert complete(held, "a") == 9


def test_a_holder_that_is_killed_loses_nothing_it_acknowledged(file: Path) -> None:
    with worker("write", file, "a") as a:
        assert line(a) == ["holds", "True"]
        with worker("write", file, "b") as b:
            assert line(b) == ["holds", "False"]
            acknowledged = [int(line(process)[1]) for process in (a, b) for _ in range(3)]
            a.kill()
            a.wait()
            after = [int(line(b)[1]) for _ in range(20)]
        assert after == sorted(set(after))
    with closing(open_warehouse(file, TABLES, unheard)) as warehouse:
        assert warehouse.holds_the_file
        assert complete(warehouse, "a") >= max(acknowledged[:3])
        assert complete(warehouse, "b") >= after[-1]


def test_when_the_holder_leaves_another_takes_its_place(file: Path) -> None:
    with worker("hold", file) as holder:
        assert line(holder) == ["holds", "True"]
        with closing(open_warehouse(file, TABLES, unheard)) as warehouse:
            warehouse.apply(batch("a", 0))
            assert not warehouse.holds_the_file
            tell(holder)
            rest(holder)
            warehouse.apply(batch("a", 1))
            assert complete(warehouse, "a") == 1
            assert warehouse.holds_the_file


def test_many_threads_that_lose_the_holder_find_one_new_holder(file: Path) -> None:
    with worker("hold", file) as holder, ExitStack() as stack:
        assert line(holder) == ["holds", "True"]
        warehouse = stack.enter_context(closing(open_warehouse(file, TABLES, unheard)))
        pool = stack.enter_context(ThreadPoolExecutor(4))

        def write(number: int) -> None:
            warehouse.apply([Append("use", use({"id": str(number)})), Cursor("s", str(number), "x")])

        under_way = [pool.submit(write, number) for number in range(40)]
        holder.kill()
        for one in under_way:
            one.result()
        assert len(rows_of(warehouse)) == len(warehouse.cursors("s")) == 40


def test_a_write_that_the_dead_holder_had_finished_is_not_done_again_by_its_successor(file: Path) -> None:
    """The successor is asked for a write with the id that the holder before it recorded."""
    with closing(open_warehouse(file, TABLES, unheard)) as warehouse:
        way = warehouse._way
        for _ in range(2):
            way.apply([Append("use", use({"id": "1"}))], "one and the same")
        assert len(rows_of(warehouse)) == 1


def test_a_file_that_another_program_has_open_is_waited_for(file: Path) -> None:
    file.parent.mkdir()
    with worker("foreign", file) as other:
        assert line(other) == ["holds", "True"]
        heard: list[str] = []

        def waiting(said: str) -> None:
            heard.append(said)
            tell(other)

        with closing(open_warehouse(file, TABLES, waiting)) as warehouse:
            assert warehouse.holds_the_file
    assert len(heard) == 1
    assert heard[0].startswith(f"another program has {file} open")


def test_patience_ends_in_a_sentence_and_leaves_the_way_free(file: Path) -> None:
    file.parent.mkdir()
    with worker("foreign", file) as other:
        assert line(other) == ["holds", "True"]
        with pytest.raises(
            WarehouseError, match=r"another program has .* open .* Gave up after 1 s; try again later"
        ):
            open_warehouse(file, TABLES, lambda _: None, patience=0.6)
    open_warehouse(file, TABLES, unheard).close()


def test_a_process_that_declares_other_tables_is_told_which_one_to_stop(
    held: SharedWarehouse, file: Path
) -> None:
    with pytest.raises(
        WarehouseError, match=r"payback \S+ \(process \d+\) has the warehouse open.*stop that process"
    ):
        open_warehouse(file, (*TABLES, OTHER), unheard)
    with pytest.raises(WarehouseError, match="stop that process"):
        planned(file, (*TABLES, OTHER), unheard)


def test_who_does_not_know_the_secret_is_turned_away(held: SharedWarehouse, file: Path) -> None:
    door = find_door(file.parent)
    assert door is not None
    with pytest.raises(LineLostError):
        RemoteWarehouse(Door("0" * 64, door.pid, door.path, door.port), held_print(held))
    RemoteWarehouse(door, held_print(held)).close()


@pytest.mark.parametrize(
    "wrong", [{"token": "0" * 64}, {"token": None}, {"protocol": 99}, {"tables": "others"}]
)
def test_nothing_is_answered_before_the_right_greeting(
    held: SharedWarehouse, file: Path, wrong: dict[str, object]
) -> None:
    door = find_door(file.parent)
    assert door is not None
    line = Line(door.knock())
    with closing(line):
        line.send({"token": door.token, "protocol": PROTOCOL, "tables": held_print(held), **wrong})
        assert not [told for told in answers(line) if "cursors" in told]


def answers(line: Line) -> list[dict[str, object]]:
    """All headers that come after a question, until the other side hangs up."""
    told = []
    with contextlib.suppress(LineLostError):
        line.send({"do": "cursors", "source": "s"})
        while True:
            told.append(line.receive())
    return told


def held_print(held: SharedWarehouse) -> str:
    return shared.fingerprint(held.tables.values())


@pytest.mark.parametrize(
    "noise", [b"", b"GET / HTTP/1.1\r\n\r\n", b"\xff" * 5_000, b"\0\0\0\2[]", b"\0\0\0\4nope"]
)
def test_noise_at_the_door_harms_nobody(held: SharedWarehouse, file: Path, noise: bytes) -> None:
    door = find_door(file.parent)
    assert door is not None
    with closing(door.knock()) as caller:
        caller.sendall(noise)
        caller.shutdown(socket.SHUT_WR)
        assert caller.recv(100) == b""
    with closing(open_warehouse(file, TABLES, unheard)) as warehouse:
        assert rows_of(warehouse) == []


@pytest.mark.parametrize(
    "written", ["", "{", "[]", '{"token": 1}', '{"token": "x", "pid": 1, "path": "/nowhere/s", "port": null}']
)
def test_a_door_that_leads_nowhere_is_replaced(file: Path, written: str) -> None:
    file.parent.mkdir()
    (file.parent / "warehouse.door").write_text(written)
    with (
        closing(open_warehouse(file, TABLES, unheard)) as first,
        closing(open_warehouse(file, TABLES, unheard)) as second,
    ):
        assert (first.holds_the_file, second.holds_the_file) == (True, False)
        assert rows_of(second) == []


def test_only_the_owner_may_read_the_secret_and_knock(held: SharedWarehouse, file: Path) -> None:
    door = find_door(file.parent)
    assert door is not None
    assert door.path is not None
    for path in (file.parent / "warehouse.door", Path(door.path), file.parent / "warehouse.lock"):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700


def test_a_home_with_a_long_path_has_its_door_in_the_temporary_folder(tmp_path: Path) -> None:
    file = tmp_path / ("long" * 30) / "warehouse.duckdb"
    with (
        closing(open_warehouse(file, TABLES, unheard)) as first,
        closing(open_warehouse(file, TABLES, unheard)) as second,
    ):
        assert not second.holds_the_file
        assert rows_of(second) == []
        door = find_door(file.parent)
        assert door is not None
        place = Path(door.path or "").parent
        assert place.is_relative_to(tempfile.gettempdir())
        assert stat.S_IMODE(place.stat().st_mode) == 0o700
        first.close()
        assert not place.exists()


def test_a_machine_without_unix_sockets_is_served_by_port(tmp_path: Path) -> None:
    with closing(DuckWarehouse(tmp_path / "w.duckdb", TABLES)) as warehouse:
        holder = Holder(warehouse, tmp_path, by_port=True)
        assert holder.door.path is None
        with closing(RemoteWarehouse(holder.door, warehouse.fingerprint)) as remote:
            remote.apply(batch("a", 0), "once")
            assert remote.cursors("writer") == {"a": "0"}
        holder.close()


def test_a_write_sent_twice_is_done_once(tmp_path: Path) -> None:
    with closing(DuckWarehouse(tmp_path / "w.duckdb", TABLES)) as warehouse:
        holder = Holder(warehouse, tmp_path)
        with closing(RemoteWarehouse(holder.door, warehouse.fingerprint)) as remote:
            for once in ("one", "one", "two"):
                remote.apply([Append("use", use({"id": "a"}))], once)
        assert len(rows_of(warehouse)) == 2
        holder.close()


class Forgetful(DuckWarehouse):
    """A warehouse whose first answer to a write is lost after the write was done."""

    lost = False

    def apply(self, changes: Sequence[Change], *, once: str | None = None) -> None:
        super().apply(changes, once=once)
        if not self.lost:
            self.lost = True
            raise LineLostError("the answer is lost")


def test_a_write_whose_answer_was_lost_is_not_done_twice(file: Path) -> None:
    with worker("hold", file) as first:
        assert line(first) == ["holds", "True"]
        client = open_warehouse(file, TABLES, unheard)
        first.kill()
        first.wait()
    with closing(client), closing(Forgetful(file, TABLES)) as warehouse:
        lock = shared.Lock(file.with_suffix(".lock"))
        assert lock.take()
        holder = Holder(warehouse, file.parent)
        client.apply([Append("use", use({"id": "a"}))])
        assert warehouse.lost
        assert len(rows_of(warehouse)) == len(rows_of(client)) == 1
        holder.close()
        lock.release()


class Slow(DuckWarehouse):
    """A warehouse whose writes wait to be let go."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, TABLES)
        self.begun, self.may_go_on = threading.Event(), threading.Event()

    def apply(self, changes: Sequence[Change], *, once: str | None = None) -> None:
        self.begun.set()
        self.may_go_on.wait()
        super().apply(changes, once=once)


def test_a_holder_that_leaves_finishes_the_calls_under_way_and_takes_no_new_one(tmp_path: Path) -> None:
    with closing(Slow(tmp_path / "w.duckdb")) as warehouse, ThreadPoolExecutor(2) as pool:
        holder = Holder(warehouse, tmp_path)
        writer, reader = (RemoteWarehouse(holder.door, warehouse.fingerprint) for _ in range(2))
        under_way = pool.submit(writer.apply, batch("a", 0), "once")
        warehouse.begun.wait()
        leaving = pool.submit(holder.close)
        while find_door(tmp_path) is not None:
            time.sleep(0.01)
        time.sleep(0.1)
        with pytest.raises(LineLostError, match="leaving"):
            reader.cursors("writer")
        warehouse.may_go_on.set()
        under_way.result()
        leaving.result()
        assert warehouse.cursors("writer") == {"a": "0"}
        writer.close()
        reader.close()


@pytest.mark.parametrize(
    "text", ["DELETE FROM facts.use", "SELECT 1; SELECT 2", "COPY facts.use TO 'x'", "SELEC 1", ""]
)
def test_only_a_select_may_be_asked_through_the_door(tmp_path: Path, text: str) -> None:
    with pytest.raises(WarehouseError):
        select_only(text)
    with closing(DuckWarehouse(tmp_path / "w.duckdb", TABLES)) as warehouse:
        holder = Holder(warehouse, tmp_path)
        with (
            closing(RemoteWarehouse(holder.door, warehouse.fingerprint)) as remote,
            pytest.raises(WarehouseError),
        ):
            remote.answer(Question(text, None))
        holder.close()


def test_no_question_reaches_files_or_the_network(tmp_path: Path) -> None:
    with closing(DuckWarehouse(tmp_path / "home" / "w.duckdb", TABLES)) as warehouse:
        outside = tmp_path / "outside.csv"
        outside.write_text("a\n1\n")
        for text in (
            f"SELECT * FROM read_csv('{outside}')",  # noqa: S608
            "SELECT * FROM read_csv('https://example.com/x.csv')",
        ):
            with pytest.raises(WarehouseError):
                warehouse.answer(Question(text, None))


def test_an_answer_that_breaks_off_is_never_taken_for_a_whole_one(held: SharedWarehouse, file: Path) -> None:
    held.apply([Append("use", use(*({"id": f"{n:06}"} for n in range(200_000)), {"id": "x"}))])
    with closing(open_warehouse(file, TABLES, unheard)) as remote:
        table = remote.table("use")
        with pytest.raises(WarehouseError, match="'x'"):
            remote.read(table.select(n=table.id.cast("int64")))
        assert remote.read(table.count().name("n")).to_pylist() == [{"n": 200_001}]


def test_two_openings_in_one_process_share_the_file(held: SharedWarehouse, file: Path) -> None:
    with closing(open_warehouse(file, TABLES, unheard)) as second:
        second.apply(batch("a", 0))
        assert complete(held, "a") == 0


def test_a_door_is_gone_after_it_is_shut(tmp_path: Path) -> None:
    listener, door = open_door(tmp_path)
    with closing(listener):
        assert find_door(tmp_path) == door
    shut(tmp_path)
    assert list(tmp_path.iterdir()) == []
