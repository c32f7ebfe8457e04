"""What holds for every reader of agent logs, on its own sample and on broken versions of it."""

from __future__ import annotations

import copy
import random
from dataclasses import asdict
from datetime import UTC, timedelta
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from payback.sources.agents.others_list import OTHERS
from tests.agents_others.disk import LOGS, places, read_all, write
from tests.agents_others.samples import sample

if TYPE_CHECKING:
    from payback.sources.agents.reader import AgentLog, Reading

each = pytest.mark.parametrize("log", OTHERS, ids=lambda log: log.tool)
WEIRD = (
    None,
    True,
    -1,
    -(10**30),
    10**30,
    1.5,
    1e308,
    "",
    "x" * 3000,
    "\ud83d",
    "NaN",
    "2026-13-45T99:00:00Z",
    "0001-01-01T00:00:00+14:00",
    [],
    {},
    [[]],
    {"a": None},
    b"\xff\xfe\x00",
)


def is_sound(reading: Reading) -> bool:
    for usage in reading.usages:
        counted = {name: value for name, value in asdict(usage).items() if name.endswith("_tokens")}
        assert all(value is None or value >= 0 for value in counted.values())
        assert min(usage.requests, usage.errors, usage.retries) >= 0
        assert usage.reasoning_tokens <= usage.output_tokens
        assert usage.occurred_at.utcoffset() == timedelta(0)
        assert 2000 <= usage.occurred_at.astimezone(UTC).year < 2200
        assert usage.reported_usd is None or (
            isinstance(usage.reported_usd, Decimal) and usage.reported_usd > 0
        )
        assert all(
            value is None or isinstance(value, str) for value in (usage.model, usage.session_id, usage.branch)
        )
    for step in reading.steps:
        assert step.name
        assert step.session_id
    return all(rejected.why for rejected in reading.rejected)


def test_no_tool_is_listed_twice() -> None:
    assert len({log.tool for log in OTHERS}) == len(OTHERS)


@each
def test_a_sample_gives_sound_rows_and_only_zed_refuses_any(log: AgentLog, tmp_path: Path) -> None:
    write(tmp_path, sample(log.tool, tmp_path))
    reading = read_all(log, places(tmp_path))
    assert reading.usages
    assert {usage.tool for usage in reading.usages} == {log.tool}
    assert log.quality in {usage.quality for usage in reading.usages}
    assert is_sound(reading)
    assert bool(reading.rejected) == (log.tool == "zed")


@each
def test_reading_twice_gives_the_same_rows(log: AgentLog, tmp_path: Path) -> None:
    write(tmp_path, sample(log.tool, tmp_path))
    assert read_all(log, places(tmp_path)) == read_all(log, places(tmp_path))


@each
def test_an_unchanged_file_gives_nothing_new_and_its_mark_again(log: AgentLog, tmp_path: Path) -> None:
    write(tmp_path, sample(log.tool, tmp_path))
    for path in log.discover(places(tmp_path)):
        mark = log.read(path, None, None).mark
        again = log.read(path, mark, None)
        assert mark is not None
        assert (again.usages, again.steps, again.rejected, again.mark) == ([], [], [], mark)


@each
def test_an_empty_home_holds_nothing_on_any_system(log: AgentLog, tmp_path: Path) -> None:
    for system in ("linux", "darwin", "windows"):
        assert list(log.discover(places(tmp_path, system))) == []
        assert list(log.discover(places(tmp_path / "missing", system))) == []


@each
def test_a_file_that_cannot_be_opened_is_one_refusal(log: AgentLog, tmp_path: Path) -> None:
    write(tmp_path, sample(log.tool, tmp_path))
    for path in list(log.discover(places(tmp_path))):
        path.unlink()
        gone = log.read(path, None, None)
        path.mkdir()
        folder = log.read(path, None, None)
        assert [len(gone.rejected), len(folder.rejected)] == [1, 1]
        assert (gone.usages, gone.mark, folder.usages) == ([], None, [])


@each
def test_nothing_that_was_said_leaves_a_reader(log: AgentLog, tmp_path: Path) -> None:
    secret = "the-secret-sauce"
    files = {name: _with_secret(content, secret) for name, content in sample(log.tool, tmp_path).items()}
    write(tmp_path, files)
    assert secret not in repr(read_all(log, places(tmp_path)))


def _with_secret(value: Any, secret: str) -> Any:
    """Every text that stands for what people, models or tools said, replaced."""
    if isinstance(value, dict):
        said = {
            "content",
            "text",
            "arguments",
            "args",
            "input",
            "errorMessage",
            "message",
            "user_input",
            "command",
        }
        return {
            name: secret
            if name in said and isinstance(inner, str) and not _is_json(inner)
            else _with_secret(inner, secret)
            for name, inner in value.items()
        }
    return [_with_secret(inner, secret) for inner in value] if isinstance(value, list) else value


def _is_json(value: str) -> bool:
    return value.startswith("{")


@each
@settings(max_examples=15, deadline=None, derandomize=True)
@given(seed=st.integers(0, 2**32), changes=st.integers(1, 4))
def test_broken_values_are_refused_and_never_raise(log: AgentLog, seed: int, changes: int) -> None:
    chance = random.Random(seed)
    with TemporaryDirectory() as folder:
        home = Path(folder)
        files = copy.deepcopy(sample(log.tool, home))
        for _ in range(changes):
            name = chance.choice(sorted(files))
            files[name] = _broken(files[name], chance)
        write(home, files)
        assert is_sound(read_all(log, places(home)))


def _broken(value: Any, chance: random.Random) -> Any:
    """The value with one of its parts, at any depth, replaced by something odd or taken away."""
    if isinstance(value, dict) and value:
        name = chance.choice(sorted(value, key=str))
        return {**value, name: _broken(value[name], chance)}
    if isinstance(value, list) and value and chance.random() < 0.95:
        index = chance.randrange(len(value))
        return [*value[:index], _broken(value[index], chance), *value[index + 1 :]]
    if isinstance(value, list | bytes | dict) or value is None:
        return value
    found = chance.choice(WEIRD)
    return found if not isinstance(found, bytes) else found.decode("latin-1")


@each
@settings(max_examples=15, deadline=None, derandomize=True)
@given(seed=st.integers(0, 2**32))
def test_broken_bytes_are_refused_and_never_raise(log: AgentLog, seed: int) -> None:
    chance = random.Random(seed)
    with TemporaryDirectory() as folder:
        home = Path(folder)
        write(home, sample(log.tool, home))
        for path in list(log.discover(places(home))):
            raw = bytearray(path.read_bytes())
            for _ in range(chance.randrange(1, 6)):
                raw[chance.randrange(len(raw))] = chance.randrange(256)
            path.write_bytes(raw[: chance.randrange(len(raw)) + 1] if chance.random() < 0.5 else raw)
            assert is_sound(log.read(path, None, None))


@pytest.mark.parametrize("log", [log for log in OTHERS if log.appends], ids=lambda log: log.tool)
def test_a_log_cut_anywhere_and_continued_gives_what_it_gives_whole(log: AgentLog, tmp_path: Path) -> None:
    write(tmp_path, sample(log.tool, tmp_path))
    for path in [path for path in log.discover(places(tmp_path)) if ".jsonl" in path.name]:
        raw = path.read_bytes()
        whole = {usage.usage_id: asdict(usage) for usage in log.read(path, None, _digest).usages}
        for cut in range(1, len(raw), 37):
            path.write_bytes(raw[:cut])
            first = log.read(path, None, _digest)
            with path.open("ab") as file:
                file.write(raw[cut:])
            second = log.read(path, first.mark, _digest)
            found = {usage.usage_id: asdict(usage) for usage in (*first.usages, *second.usages)}
            assert found == whole, cut


def _digest(tail: bytes) -> str:
    return str(hash(tail))


def test_the_list_of_tools_is_known_by_name() -> None:
    assert set(LOGS) >= {
        "gemini_cli",
        "copilot_cli",
        "opencode",
        "cline",
        "kimi_code",
        "pi",
        "goose",
        "droid",
        "amp",
    }
