"""Bad data is a value: whatever a log holds, the rest of it counts and nothing raises."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from payback.ledger.entries import Rejected, Usage
from payback.sources.agents.claude import CLAUDE
from payback.sources.agents.codex import CODEX
from tests.agents.logs import answer, compact, context, count, meta, prompt, rollout, session, tallied

GOOD = answer()
Twice = tuple[list[Usage], list[Rejected], dict[str, Any], list[dict[str, Any]]]


def both(home: Path, path: Path) -> Twice:
    """What the ledger's reader and the tally make of the only log in a home."""
    reading = CLAUDE.read(path, None, None)
    made = tallied(home)
    return reading.usages, reading.rejected, made.totals(), made.rejected


def lines_of(rejected: list[Rejected]) -> list[int | None]:
    return [row.line for row in rejected]


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("text_that_is_no_json", b"not json at all\n"),
        ("a_line_cut_in_the_middle", compact(answer("msg_2"))[:200] + b"\n"),
        ("two_lines_written_into_each_other", compact(answer("msg_2"))[:200] + compact(answer("msg_3"))),
        (
            "a_prompt_and_an_answer_written_into_each_other",
            compact(prompt("x" * 500))[:400] + compact(answer("msg_3")),
        ),
        ("a_list_instead_of_an_object", b'[{"usage":1}]\n'),
        ("a_text_as_a_count", compact(answer("msg_2", usage={"input_tokens": "many"}))),
        ("a_negative_count", compact(answer("msg_2", usage={"input_tokens": -5}))),
        ("a_fraction_of_a_token", compact(answer("msg_2", usage={"output_tokens": 1.5}))),
        ("a_count_beyond_reason", compact(answer("msg_2", usage={"output_tokens": 10**15}))),
        ("no_time", compact(answer("msg_2", time=None))),
        ("a_time_that_is_none", compact(answer("msg_2", time="yesterday"))),
        ("a_clock_far_in_the_past", compact(answer("msg_2", time="1970-01-01T00:00:00.000Z"))),
        ("a_clock_far_in_the_future", compact(answer("msg_2", time="9999-12-31T23:59:59.999Z"))),
        ("nothing_but_nul_bytes", b"\x00" * 50 + b"\n"),
        ("json_nested_beyond_reason", b'{"usage":' + b"[" * 5000 + b"]" * 5000 + b"}\n"),
    ],
)
def test_a_bad_line_is_refused_and_its_neighbours_count(tmp_path: Path, name: str, line: bytes) -> None:
    path = session(tmp_path, GOOD, line, answer("msg_9"))
    usages, rejected, totals, told = both(tmp_path, path)
    assert sorted({row.response_id for row in usages}) == ["msg_1", "msg_9"], name
    assert totals["requests"] == 2
    assert lines_of(rejected) == [row["line"] for row in told] == [2]
    assert all(row["file"] == str(path) and row["why"] for row in told)


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("spaces", compact(answer("msg_2")).replace(b'":', b'" : ').replace(b',"', b' ,  "')),
        ("a_windows_line_end", compact(answer("msg_2")).replace(b"\n", b"\r\n")),
        ("blank_lines", b"\n\r\n  \n" + compact(answer("msg_2"))),
        ("nul_bytes_before_it", b"\x00" * 20 + compact(answer("msg_2"))),
        ("bytes_that_are_not_utf_8", compact(answer("msg_2")).replace(b'"hi"', b'"h\xff\xfei"')),
        ("keys_in_another_order", compact(dict(reversed(answer("msg_2").items())))),
        ("a_whole_number_as_a_float", compact(answer("msg_2", usage={"input_tokens": 10.0}))),
        ("a_number_as_text", compact(answer("msg_2", usage={"input_tokens": "10"}))),
        (
            "null_everywhere",
            compact(answer("msg_2", cwd=None, branch=None, extra={"parentUuid": None, "costUSD": None})),
        ),
        ("numbers_for_names", compact(answer("msg_2", cwd=5, branch=[], session=7))),
        ("null_counts", compact(answer("msg_2", given=None, usage={"cache_read_input_tokens": None}))),
        (
            "objects_for_words",
            compact(answer("msg_2", usage={"service_tier": {}, "server_tool_use": [], "speed": 1})),
        ),
        ("a_time_with_an_offset", compact(answer("msg_2", time="2026-10-05T14:00:00+02:00"))),
        ("a_time_without_a_zone", compact(answer("msg_2", time="2026-10-05T12:00:00"))),
    ],
)
def test_an_unusual_line_counts_like_any_other(tmp_path: Path, name: str, line: bytes) -> None:
    usages, rejected, totals, told = both(tmp_path, session(tmp_path, GOOD, line, answer("msg_9")))
    assert sorted({row.response_id for row in usages}) == ["msg_1", "msg_2", "msg_9"], name
    assert totals["requests"] == 3
    assert (rejected, told) == ([], [])


def test_a_byte_order_mark_is_passed_over(tmp_path: Path) -> None:
    usages, rejected, totals, told = both(tmp_path, session(tmp_path, b"\xef\xbb\xbf" + compact(GOOD)))
    assert (len(usages), rejected, totals["requests"], told) == (1, [], 1, [])


def test_a_file_in_utf_16_is_refused_with_its_reason(tmp_path: Path) -> None:
    path = session(tmp_path, b"\xff\xfe" + compact(GOOD).decode().encode("utf-16-le"))
    usages, rejected, totals, told = both(tmp_path, path)
    assert (usages, totals["requests"]) == ([], 0)
    assert rejected[0].why == told[0]["why"] == "the file is UTF-16, not UTF-8"


def test_an_empty_file_is_nothing(tmp_path: Path) -> None:
    usages, rejected, totals, told = both(tmp_path, session(tmp_path))
    assert (usages, rejected, totals["requests"], told) == ([], [], 0, [])


def test_a_torn_last_line_waits_and_is_counted_once_it_is_whole(tmp_path: Path) -> None:
    line = compact(answer("msg_2"))
    path, store = session(tmp_path, GOOD, line[:300]), tmp_path / "store"
    first = CLAUDE.read(path, None, None)
    assert (len(first.usages), first.rejected) == (1, [])
    assert tallied(tmp_path, store).totals()["requests"] == 1
    with path.open("ab") as file:
        file.write(line[300:])
    second = CLAUDE.read(path, first.mark, None)
    assert [row.response_id for row in second.usages] == ["msg_2"]
    assert tallied(tmp_path, store).totals()["requests"] == 2


def test_a_last_line_that_only_lacks_its_newline_counts_once(tmp_path: Path) -> None:
    path, store = session(tmp_path, GOOD, compact(answer("msg_2")).rstrip()), tmp_path / "store"
    first = CLAUDE.read(path, None, None)
    assert len(first.usages) == 2
    assert tallied(tmp_path, store).totals()["requests"] == 2
    with path.open("ab") as file:
        file.write(b"\n" + compact(answer("msg_3")))
    assert [row.response_id for row in CLAUDE.read(path, first.mark, None).usages] == ["msg_3"]
    assert tallied(tmp_path, store).totals()["requests"] == 3


def test_a_bad_line_far_into_a_log_is_named_by_its_number_after_a_pause(tmp_path: Path) -> None:
    path, store = session(tmp_path, *(answer(f"msg_{number}") for number in range(300))), tmp_path / "store"
    first = CLAUDE.read(path, None, None)
    tallied(tmp_path, store)
    with path.open("ab") as file:
        file.write(compact(answer("msg_a")) + b"{broken\n")
    assert lines_of(CLAUDE.read(path, first.mark, None).rejected) == [302]
    assert [row["line"] for row in tallied(tmp_path, store).rejected] == [302]


def change_begin(path: Path) -> None:
    path.write_bytes(compact(answer("msg_7")) * 3)


def shrink(path: Path) -> None:
    path.write_bytes(compact(answer("msg_7")))


def replace_file(path: Path) -> None:
    other = path.with_suffix(".new")
    other.write_bytes(path.read_bytes() + compact(answer("msg_7")))
    other.replace(path)


@pytest.mark.parametrize(("change", "responses"), [(change_begin, 1), (shrink, 1), (replace_file, 3)])
def test_a_log_that_was_rewritten_is_read_anew(
    tmp_path: Path, change: Callable[[Path], None], responses: int
) -> None:
    path, store = session(tmp_path, GOOD, answer("msg_2")), tmp_path / "store"
    first = CLAUDE.read(path, None, None)
    tallied(tmp_path, store)
    change(path)
    again = CLAUDE.read(path, first.mark, None)
    assert len({row.response_id for row in again.usages}) == responses
    assert tallied(tmp_path, store).totals() == tallied(tmp_path).totals()
    assert tallied(tmp_path, store).totals()["requests"] == responses


def test_a_line_of_a_hundred_megabytes_that_adds_nothing_is_not_held(tmp_path: Path) -> None:
    snapshot = b'{"type":"file-history-snapshot","snapshot":"' + b"x" * 100_000_000 + b'"}\n'
    usages, rejected, totals, told = both(
        tmp_path, session(tmp_path, GOOD, snapshot, answer("msg_2"), b"{bad\n")
    )
    assert (len(usages), totals["requests"]) == (2, 2)
    assert lines_of(rejected) == [row["line"] for row in told] == [4]


def test_an_answer_of_several_megabytes_counts(tmp_path: Path) -> None:
    long = answer("msg_2", content=[{"type": "text", "text": "x" * 3_000_000}])
    usages, rejected, totals, told = both(tmp_path, session(tmp_path, GOOD, long, answer("msg_3")))
    assert (len(usages), rejected, totals["requests"], told) == (3, [], 3, [])


def test_an_endless_line_is_refused_and_the_rest_counts(tmp_path: Path) -> None:
    endless = b'{"type":"mystery","x":"' + b"x" * (1 << 27) + b'","usage":1}\n'
    usages, rejected, totals, told = both(tmp_path, session(tmp_path, GOOD, endless, answer("msg_2")))
    assert (len(usages), totals["requests"]) == (2, 2)
    assert lines_of(rejected) == [row["line"] for row in told] == [2]
    assert told[0]["why"] == "the line is longer than 128 MiB"


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that every user may enter."""
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@contextmanager
def as_nobody() -> Iterator[None]:
    """Without root's right to read everything, where root runs the tests."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


def test_a_log_that_may_not_be_read_is_one_refusal(open_folder: Path) -> None:
    path = session(open_folder, GOOD)
    both(open_folder, path)  # everything imported
    path.chmod(0)
    with as_nobody():
        usages, rejected, totals, told = both(open_folder, path)
    assert (usages, totals["requests"]) == ([], 0)
    assert rejected[0].why == told[0]["why"] == "the log cannot be read: Permission denied"
    path.chmod(0o644)
    assert both(open_folder, path)[2]["requests"] == 1


def test_a_log_that_is_a_folder_or_is_gone_is_one_refusal(tmp_path: Path) -> None:
    folder = tmp_path / "log.jsonl"
    folder.mkdir()
    for path in (folder, tmp_path / "gone.jsonl"):
        reading = CLAUDE.read(path, None, None)
        assert len(reading.rejected) == 1
        assert reading.rejected[0].why.startswith("the log cannot be read: ")


def test_a_rollout_is_as_patient_as_a_session(tmp_path: Path) -> None:
    one, two = (1000, 200, 100, 40), (2500, 900, 300, 90)
    wrong = [b"{broken\n", compact(meta())[:90] + b"\n", compact(["token_count"])]
    strange = [
        {"type": "event_msg", "payload": None},
        {"type": "turn_context"},
        {"type": "event_msg", "payload": {"type": "token_count", "info": []}},
    ]
    spaced = compact(count(two, (1500, 700, 200, 50), 60)).replace(b'":', b'" : ')
    path = rollout(tmp_path, meta(), context(), *wrong, *strange, count(one, one, 5), spaced)
    reading = CODEX.read(path, None, None)
    assert [row.output_tokens for row in reading.usages] == [100, 200]
    assert lines_of(reading.rejected) == [3, 4, 5]
    made = tallied(tmp_path)
    assert (made.totals()["output_tokens"], [row["line"] for row in made.rejected]) == (300, [3, 4, 5])


def test_a_log_that_grows_while_it_is_read_counts_each_line_once_in_the_end(tmp_path: Path) -> None:
    path, store, mark, found = session(tmp_path, GOOD), tmp_path / "store", None, set[str]()
    content = b"".join(compact(answer(f"msg_{number}")) for number in range(2, 41))
    for end in range(0, len(content), 777):
        reading = CLAUDE.read(path, mark, None)
        mark = reading.mark
        assert reading.rejected == []
        ids = [row.usage_id for row in reading.usages]
        assert found.isdisjoint(ids)
        found.update(ids)
        tallied(tmp_path, store)
        with path.open("ab") as file:
            file.write(content[end : end + 777])
    found.update(row.usage_id for row in CLAUDE.read(path, mark, None).usages)
    assert len(found) == tallied(tmp_path, store).totals()["requests"] == 40
