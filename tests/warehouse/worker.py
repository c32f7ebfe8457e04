"""A payback process of its own, for tests of several: `python -m tests.warehouse.worker <task> <file> <name>`."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb

from payback.warehouse.contract import Append, Cursor, Upsert
from payback.warehouse.shared import open_warehouse
from tests.warehouse.conformance import TABLES, use

if TYPE_CHECKING:
    from payback.warehouse.shared import SharedWarehouse

ROWS = 200


def say(*words: object) -> None:
    print(*words, flush=True)


def batch(name: str, number: int) -> list[Append | Upsert | Cursor]:
    """Batch `number` of a writer, half of which replaces what an earlier batch wrote, with its cursor."""
    new = use(*({"id": f"{name}-{number}-{k}", "tool": name, "tokens": number} for k in range(ROWS)))
    shared = use(*({"id": f"{name}-{k}", "tool": f"{name}-latest", "tokens": number} for k in range(ROWS)))
    return [Append("use", new), Upsert("use", shared), Cursor("writer", name, str(number))]


def write(warehouse: SharedWarehouse, name: str) -> None:
    """Batches from the cursor on, until the process ends; says each number once it is done."""
    number = int(warehouse.cursors("writer").get(name, "-1"))
    while True:
        number += 1
        warehouse.apply(batch(name, number))
        say("done", number)
        time.sleep(0.002)


def write_ten(warehouse: SharedWarehouse, name: str) -> None:
    for number in range(10):
        warehouse.apply(batch(name, number))
        say("done", number)


def read(warehouse: SharedWarehouse, name: str) -> None:
    for _ in range(20):
        table = warehouse.table("use")
        found = warehouse.read(table.group_by("tool").agg(n=table.count())).to_pylist()
        assert all(row["n"] % ROWS == 0 for row in found), found
    say("read", name)


def hold(warehouse: SharedWarehouse, name: str) -> None:
    """Hold the file until a line comes in, then leave politely."""
    sys.stdin.readline()
    say("leaving", name)


def foreign(file: Path) -> None:
    """A program that is not payback and has the file open until a line comes in."""
    with duckdb.connect(str(file)):
        say("holds", True)
        sys.stdin.readline()


def main(task: str, file: Path, name: str) -> None:
    if task == "foreign":
        foreign(file)
        return
    tasks = {"write": write, "write_ten": write_ten, "read": read, "hold": hold}
    warehouse = open_warehouse(file, TABLES, lambda text: say("waits", text))
    say("holds", warehouse.holds_the_file)
    tasks[task](warehouse, name)
    warehouse.close()


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), sys.argv[3])
