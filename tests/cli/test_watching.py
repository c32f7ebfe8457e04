"""A sync that somebody watches and stops."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
import threading
from dataclasses import replace
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from rich.console import Console

from payback.app.underway import Underway, share_of
from payback.cli.watching import STOPPED, Lines
from payback.sources.source import Slice
from tests.sources.cursor.team import Team
from tests.sources.installation import opened, synced


def day(number):
    return datetime(2026, 11, number, tzinfo=UTC)


def test_a_connection_has_one_line_with_stream_day_rows_and_time_left():
    console = Console(file=io.StringIO(), force_terminal=True, width=120)
    with Lines(console) as lines:
        lines.tell("Looking for logs [of agents]")
        lines.show(Underway("cursor", "Cursor", "usage events", None, 0, 0.0))
        lines.show(Underway("cursor", "Cursor", "usage events", day(11), 1234, 0.5))
        lines.show(Underway("openai", "OpenAI", "costs", day(3), 7, 0.1))
        lines.progress.refresh()
        shown = console.file.getvalue()
        assert len(lines.tasks) == 3
    for part in (
        "Looking for logs [of agents]",
        "Cursor: usage events",
        "1,234 rows to 2026-11-11",
        "OpenAI: costs",
        "-:--:--",
    ):
        assert part in shown


@pytest.mark.parametrize(("until", "share"), [(1, 0.0), (6, 0.5), (11, 1.0), (12, 1.0)])
def test_the_share_of_a_stream_is_one_of_days(until, share):
    first = Slice(day(1), day(1), "")
    assert share_of(Slice(day(1), day(until), ""), first, day(11)) == share


def test_a_list_that_is_read_whole_is_done_when_it_is_in():
    now = Slice(day(11), day(11), "")
    assert share_of(now, now, day(11)) == 1.0


def test_the_share_of_a_connection_only_grows_and_ends_whole(tmp_path):
    told = '[sources.cursor]\nkey = "env:VENDOR_KEY"\nsince = 2026-08-01\n'
    seen = []
    with opened(tmp_path / "home", told, Team()) as app:
        app.around = replace(app.around, underway=seen.append)
        synced(app, "cursor")
    shares = [one.share for one in seen]
    assert shares == sorted(shares)
    assert (shares[0], shares[-1]) == (0.0, 1.0)
    assert {one.connection for one in seen} == {"cursor"}
    assert max(one.rows for one in seen if one.stream == "usage events") == 7  # five requests and two charges


class Slow(BaseHTTPRequestHandler):
    """A vendor that lists its members and then keeps one waiting."""

    asked = threading.Event()
    free = threading.Event()

    def do_GET(self):
        self.answer(
            {"teamMembers": [{"id": "u1", "email": "ann@x"}]} if self.path == "/teams/members" else {}
        )

    def do_POST(self):
        self.asked.set()
        self.free.wait(30)

    def answer(self, body):
        whole = json.dumps(body).encode()
        self.send_response(200)
        self.send_header("content-length", str(len(whole)))
        self.end_headers()
        self.wfile.write(whole)

    def log_message(self, *_told):
        """Nobody reads it."""


@pytest.fixture
def slow():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Slow)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    Slow.free.set()
    server.shutdown()
    server.server_close()


def test_an_interrupt_is_one_sentence_and_what_was_read_is_kept(tmp_path, slow):
    told = f'[sources.cursor]\nkey = "env:VENDOR_KEY"\nbase_url = "{slow}"\n'
    (tmp_path / "payback.toml").write_text(told)
    environ = {"HOME": str(tmp_path), "PATH": os.environ["PATH"], "USER": "ana", "VENDOR_KEY": "k" * 20}
    environ |= {name: os.environ[name] for name in ("PYTHONPATH",) if name in os.environ}
    command = [sys.executable, "-W", "ignore", "-m", "payback.cli", "sync", "cursor", "--home", str(tmp_path)]
    with subprocess.Popen(
        command, env=environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as running:
        assert Slow.asked.wait(60)
        running.send_signal(signal.SIGINT)
        out, err = running.communicate(timeout=60)
    assert (running.returncode, out, err) == (130, "", STOPPED + "\n")
    with opened(tmp_path, told, Team()) as app:
        held = app.warehouse.table("seats")
        assert app.warehouse.read(held.select("person")).to_pylist() == [{"person": "ann@x"}]
        assert list(app.warehouse.cursors("cursor:members")) == [""]
