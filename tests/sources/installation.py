"""An installation with one vendor connected, whose vendor is a plain function from request to reply."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import httpx2

from payback.app import App, Surroundings, connections, open_app

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
KEY = "planted-key-0123456789"
Vendor = "Callable[[httpx2.Request], httpx2.Response]"


class Recorder:
    """A vendor that remembers what it was asked, with faults put in front of it: each request takes the next fault."""

    def __init__(
        self, vendor: Callable[[httpx2.Request], httpx2.Response], faults: Iterable[Any] = ()
    ) -> None:
        self.vendor, self.faults, self.asked = vendor, iter(faults), []

    def __call__(self, request: httpx2.Request) -> httpx2.Response:
        self.asked.append(request)
        fault = next(self.faults, None)
        return self.vendor(request) if fault is None else fault(request, self.vendor)


def late(_request: httpx2.Request, _vendor: Any) -> httpx2.Response:
    return httpx2.Response(429, headers={"retry-after": "1"})


def broken(_request: httpx2.Request, _vendor: Any) -> httpx2.Response:
    return httpx2.Response(500, text="oops")


def silent(request: httpx2.Request, _vendor: Any) -> httpx2.Response:
    raise httpx2.ReadTimeout("nothing came", request=request)


def cut(request: httpx2.Request, vendor: Any) -> httpx2.Response:
    whole = vendor(request)
    return httpx2.Response(whole.status_code, content=whole.content[: len(whole.content) // 2])


def expired(_request: httpx2.Request, _vendor: Any) -> httpx2.Response:
    return httpx2.Response(400, json={"message": "the cursor has expired"})


FAULTS = (late, broken, silent, cut)


def opened(
    home: Path, told: str, vendor: Callable[[httpx2.Request], httpx2.Response], now: datetime = NOW
) -> App:
    """The installation; `told` is the rest of the connection's table."""
    home.mkdir(exist_ok=True)
    (home / "payback.toml").write_text(told, encoding="utf-8")
    environ = {"HOME": str(home), "PATH": os.environ["PATH"], "USER": "ana", "VENDOR_KEY": KEY}
    around = Surroundings(
        environ, "linux", lambda: now, transport=httpx2.MockTransport(vendor), sleep=lambda _seconds: None
    )
    return open_app(home, around)


def synced(app: App, name: str, window: Any = None) -> list[dict[str, Any]]:
    return list(connections.sync(app, name, window))


def rows(app: App, table: str, *names: str) -> list[Any]:
    """Rows of a table without when they were written: whole, or the named columns as tuples."""
    held = app.warehouse.table(table)
    kept = [name for name in (names or held.columns) if name != "synced_at"]
    found = app.warehouse.read(held.select(*kept)).to_pylist()
    return sorted((tuple(row.values()) for row in found), key=repr) if names else sorted(found, key=repr)


def everything(app: App) -> dict[str, Any]:
    return {
        name: rows(app, name) for name in ("usage", "charges", "activity", "seats", "identities", "rejected")
    }
