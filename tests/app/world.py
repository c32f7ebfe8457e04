"""A small installation for tests: an invented company, taken in, with a clock that stands still."""

from __future__ import annotations

import os
from datetime import UTC, date, datetime
from pathlib import Path

from payback.app import App, Surroundings, open_app
from payback.demo.company import invent
from payback.demo.hosts import USUAL, Hosts
from payback.demo.wire import Faults, transport

TODAY = date(2026, 11, 23)
KEY = bytes(range(32))
"""Of the digests of every home, so that the facts of two can be held against each other."""
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


def surroundings(home: Path, faults: Faults | None = None) -> Surroundings:
    environ = {"HOME": str(home), "PATH": os.environ["PATH"], "USER": "ana"}
    return Surroundings(environ, "linux", lambda: NOW, invented=lambda place: transport(place, faults))


def invented(home: Path, months: int = 3, people: int = 10, seed: int = 7, hosts: Hosts = USUAL) -> None:
    invent(
        home,
        seed=seed,
        months=months,
        people=people,
        today=TODAY,
        progress=lambda _message: None,
        hosts=hosts,
    )
    (home / "digest.key").write_bytes(KEY)


def opened(home: Path, faults: Faults | None = None) -> App:
    return open_app(home, surroundings(home, faults))


def rows(app: App, table: str) -> list[dict]:
    """All rows of a table without when they were taken in, in the order of their keys."""
    expression = app.warehouse.table(table)
    names = [name for name in expression.columns if name != "synced_at"]
    return app.warehouse.read(expression.select(*names).order_by(names)).to_pylist()
