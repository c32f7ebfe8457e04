"""Rule 11: taking in twice, in pieces, from new bytes only, or after a crash leaves the same facts."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from payback.warehouse.contract import Cursor, Delete
from tests.app.world import invented, opened, rows
from tests.desk import desk

TABLES = (
    "usage",
    "steps",
    "commits",
    "pull_requests",
    "evidence",
    "charges",
    "assignments",
    "links",
    "work",
    "usage_hourly",
    "step_spend",
    "spend",
    "user_weeks",
    "rejected",
)
SOAK = bool(os.environ.get("PAYBACK_SOAK"))


def facts(home):
    with opened(home) as app:
        return {table: rows(app, table) for table in TABLES}


def same(home, other):
    """The two homes hold the same facts; paths of files and folders differ with the home."""
    one, two = (
        json.loads(json.dumps(facts(each), default=str).replace(str(each), "HOME")) for each in (home, other)
    )
    return {table: (len(one[table]), len(two[table])) for table in TABLES if one[table] != two[table]}


def test_syncing_twice_changes_nothing(company):
    with opened(company) as app:
        before = {table: rows(app, table) for table in TABLES}
        told = app.sync()
        after = {table: rows(app, table) for table in TABLES}
    assert before == after
    assert sum(row["read"] for row in told if row["source"].split(":")[0] in {"agents", "files", "git"}) == 0


def test_a_log_that_grows_is_read_from_where_it_was_left(tmp_path):
    whole, grown = tmp_path / "whole", tmp_path / "grown"
    for home in (whole, grown):
        folder = home / ".claude" / "projects" / "-src-app"
        folder.mkdir(parents=True)
        (folder / "11111111-2222-4333-a444-555555555555.jsonl").write_bytes(b"")
    lines = _lines()
    log = Path(".claude/projects/-src-app/11111111-2222-4333-a444-555555555555.jsonl")
    (whole / log).write_bytes(b"".join(lines))
    with opened(whole) as app:
        app.sync()
    text = b"".join(lines)
    for cut in (
        len(lines[0]),
        len(lines[0]) + 40,
        len(text) - 3,
        len(text),
    ):  # whole lines, torn lines, the end
        (grown / log).write_bytes(text[:cut])
        with opened(grown) as app:
            app.sync()
    assert same(whole, grown) == {}


def _lines():
    def line(uuid, **told):
        common = {
            "sessionId": "11111111-2222-4333-a444-555555555555",
            "cwd": "/src/app",
            "gitBranch": "main",
            "uuid": uuid,
            "isSidechain": False,
            "timestamp": f"2026-10-05T10:00:0{uuid}.000Z",
        }
        return json.dumps({**common, **told}, separators=(",", ":")).encode() + b"\n"

    def answer(uuid, output, stop, **more):
        usage = {
            "input_tokens": 10,
            "cache_creation_input_tokens": 0,
            "cache_read_input_tokens": 500,
            "output_tokens": output,
        }
        block = {"type": "tool_use", "id": "toolu_1", "name": "Bash", "input": {"command": "pytest -q"}}
        message = {
            "id": "msg_1",
            "model": "claude-sonnet-4-5-20250929",
            "role": "assistant",
            "content": [block],
            "stop_reason": stop,
            "usage": usage,
        }
        return line(uuid, type="assistant", requestId="req_1", message=message, **more)

    result = {
        "role": "user",
        "content": [
            {"type": "tool_result", "tool_use_id": "toolu_1", "content": "1 failed", "is_error": True}
        ],
    }
    return [
        line("1", type="user", message={"role": "user", "content": "please"}),
        answer("2", 1, None),
        answer("3", 90, "tool_use"),
        line("4", type="user", message=result),
    ]


def test_a_run_shows_its_money_by_kind_of_step(tmp_path):
    folder = tmp_path / ".claude" / "projects" / "-src-app"
    folder.mkdir(parents=True)
    (folder / "11111111-2222-4333-a444-555555555555.jsonl").write_bytes(b"".join(_lines()))
    with opened(tmp_path) as app:
        app.sync()
        session = app.session("11111111-2222-4333-a444-555555555555", app.scope(None))
        (step,) = rows(app, "steps")
    (run,) = session["runs"]
    assert [(one["kind"], one["steps"], one["errors"], one["list_usd"]) for one in run["steps"]] == [
        ("test", 1, 1, run["list_usd"])
    ]
    assert (step["kind"], step["is_error"], step["arguments_digest"]) == ("test", True, None)
    assert run["list_usd"] > 0


def test_no_prompt_answer_command_or_result_is_stored(tmp_path):
    """Rule 15."""
    folder = tmp_path / ".claude" / "projects" / "-src-app"
    folder.mkdir(parents=True)
    planted = (
        b"".join(_lines())
        .replace(b"please", b"PLANTED-PROMPT")
        .replace(b"1 failed", b"PLANTED-OUTPUT")
        .replace(b"pytest -q", b"pytest PLANTED-COMMAND")
    )
    (folder / "11111111-2222-4333-a444-555555555555.jsonl").write_bytes(planted)
    with opened(tmp_path) as app:
        app.sync()
        dumped = json.dumps({table: rows(app, table) for table in app.warehouse.tables}, default=str)
    assert "PLANTED" not in dumped
    kept = b"".join(path.read_bytes() for path in tmp_path.iterdir() if path.is_file())
    assert b"PLANTED" not in kept


@pytest.mark.soak
def test_hazards_of_the_corpus_are_taken_in_as_their_truth_says(tmp_path):
    """Each home in the soak, every sixth otherwise; `payback agents` is held to all of them elsewhere."""
    subprocess.run(
        [sys.executable, desk("bench/gen_corpus.py"), "--out", tmp_path, "--hazards"],
        check=True,
        capture_output=True,
    )
    wrong = {}
    for home in sorted(tmp_path.iterdir())[:: 1 if SOAK else 6]:
        truth = json.loads((home / "truth.json").read_text())
        kinds = ("requests", "input", "output", "cache_read", "cache_write_5m", "cache_write_1h")
        known = {kind: sum(tool[kind] for tool in truth["by_tool"].values()) for kind in kinds}
        with opened(home) as app:
            app.sync(["agents"])
            stored = rows(app, "usage")
        found = {
            kind: sum(row[kind if kind == "requests" else f"{kind}_tokens"] for row in stored)
            for kind in kinds
        }
        if found != known:
            wrong[home.name] = (found, known)
    assert wrong == {}


@pytest.mark.soak
def test_killed_at_random_points_the_next_run_ends_with_the_same_facts(tmp_path):
    """kill -9 during intake: 50 times in the soak, a few times otherwise."""
    calm, rough = tmp_path / "calm", tmp_path / "rough"
    invented(calm, months=2, people=8)
    shutil.copytree(calm, rough)
    _relocate(rough, calm)
    begun = time.monotonic()
    _sync(calm).wait()
    lasted = time.monotonic() - begun
    chance = random.Random(7)
    for _ in range(50 if SOAK else 4):
        for kept in rough.glob("warehouse.duckdb*"):
            if chance.random() < 0.3:  # now and then from the very beginning
                kept.unlink(missing_ok=True)
        process = _sync(rough)
        time.sleep(chance.uniform(0.2, lasted))
        process.send_signal(signal.SIGKILL)
        process.wait()
    assert _sync(rough).wait() == 0
    assert same(calm, rough) == {}


def _sync(home):
    environ = {"HOME": str(home), "PATH": os.environ["PATH"], "USER": "ana"}
    return subprocess.Popen(
        [sys.executable, "-m", "payback.cli", "sync", "--home", home],
        env=environ,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def _relocate(copy, original):
    """Agents' files name their folders absolutely: the copy's shall name the copy's."""
    for path in (one for one in (copy / "company" / "homes").rglob("*") if one.is_file()):
        text = path.read_bytes()
        if str(original).encode() in text:
            path.write_bytes(text.replace(str(original).encode(), str(copy).encode()))


def test_what_an_earlier_way_of_deriving_made_is_made_anew(tmp_path):
    folder = tmp_path / ".claude" / "projects" / "-src-app"
    folder.mkdir(parents=True)
    (folder / "11111111-2222-4333-a444-555555555555.jsonl").write_bytes(b"".join(_lines()))
    with opened(tmp_path) as app:
        app.sync()
        known = rows(app, "spend")
        app.warehouse.apply(
            [
                Delete("spend", "spend_id", [row["spend_id"] for row in known]),
                Cursor("ledger", "derived_as", "1"),
            ]
        )
        app.sync()
        assert rows(app, "spend") == known
