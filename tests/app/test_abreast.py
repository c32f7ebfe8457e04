"""Connections read side by side: sooner done, in the same order, written by one, each error its own; an interrupt resumes."""

from __future__ import annotations

import threading
import time
from dataclasses import replace

import httpx2
import pytest

from payback.app.abreast import abreast
from tests.sources.installation import NOW, everything, opened, synced
from tests.sources.openai.test_openai import Organisation

TOLD = "\n".join(
    f'[sources.team-{n}]\nkind = "openai"\nkey = "env:VENDOR_KEY"\nsince = 2026-11-21\nbase_url = "https://vendor-{n}.example/v1"'
    for n in range(4)
)
ONE = '[sources.openai]\nkey = "env:VENDOR_KEY"\nsince = 2025-12-01\nstreams = ["completions"]\n'


def test_tasks_run_side_by_side_and_everything_is_written_where_it_is_asked_for():
    me, together, wrote = threading.get_ident(), threading.Barrier(3, timeout=20), []

    def task(number):
        def run(write):
            together.wait()
            write(lambda: wrote.append((number, threading.get_ident())))
            return number

        return run

    assert abreast([task(number) for number in range(3)]) == [0, 1, 2]
    assert sorted(wrote) == [(0, me), (1, me), (2, me)]


def test_an_error_of_a_write_is_the_tasks_own_and_that_of_a_task_is_raised_once_all_are_done():
    done = []

    def mends(write):
        with pytest.raises(ValueError, match="full"):
            write(lambda: (_ for _ in ()).throw(ValueError("full")))
        done.append("mended")

    def fails(_write):
        raise KeyError("lost")

    with pytest.raises(KeyError, match="lost"):
        abreast([fails, mends], 1)
    assert done == ["mended"]


def test_no_more_run_at_once_than_allowed():
    running, most, lock = [0], [0], threading.Lock()

    def task(_write):
        with lock:
            running[0] += 1
            most[0] = max(most[0], running[0])
        time.sleep(0.01)
        with lock:
            running[0] -= 1

    abreast([task] * 9, 4)
    assert 2 <= most[0] <= 4


def test_an_interrupt_stops_at_once_and_nothing_is_written_after_it():
    wrote, gone = [], threading.Event()

    def interrupted(write):
        def strike():
            raise KeyboardInterrupt

        write(strike)

    def late(write):
        gone.wait(20)
        write(lambda: wrote.append("late"))

    begun = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        abreast([late, interrupted])
    assert time.monotonic() - begun < 10
    gone.set()
    time.sleep(0.05)
    assert wrote == []


def slow(seconds):
    vendor = Organisation()

    def answer(request):
        time.sleep(seconds)
        if request.url.host == "vendor-2.example":
            return httpx2.Response(401, text="this key was revoked")
        return vendor(request)

    return answer


def test_four_slow_vendors_end_as_one_after_the_other_in_their_order_and_a_broken_one_stops_no_other(
    tmp_path,
):
    with opened(tmp_path / "abreast", TOLD, slow(0.01)) as app:
        told = app.sync([f"team-{n}" for n in range(4)])
        found = everything(app)
    with opened(tmp_path / "one", TOLD, slow(0)) as app:
        app.organise()
        one = [row for n in range(4) for row in synced(app, f"team-{n}")]
        assert everything(app) == found
    told = [row for row in told if row["source"].startswith("team")]
    assert [(row["source"], row["rows"], row["message"]) for row in told] == [
        (row["source"], row["rows"], row["message"]) for row in one
    ]
    assert {row["source"].partition(":")[0] for row in told if "revoked" in row["message"]} == {"team-2"}


def test_a_sync_that_was_interrupted_goes_on_where_it_stopped(tmp_path):
    asked = []

    def vendor(request):
        asked.append(int(request.url.params["start_time"]))
        return httpx2.Response(200, json={"data": [], "has_more": False})

    def stop(message):
        if "2026-03" in message:
            raise KeyboardInterrupt

    with opened(tmp_path / "home", ONE, vendor) as app:
        app.around = replace(app.around, progress=stop)
        with pytest.raises(KeyboardInterrupt):
            app.sync(["openai"])
    before, reached = len(asked), max(asked)
    with opened(tmp_path / "home", ONE, vendor) as app:
        app.sync(["openai"])
    again = asked[before:]
    assert before > 2
    assert min(again) > reached - 4 * 86_400
    assert max(again) > NOW.timestamp() - 40 * 86_400
