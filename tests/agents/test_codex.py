"""Codex: what a rollout's lines become in the ledger and in the tally."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from payback.ledger.identity import merge
from payback.sources.agents.codex import CODEX
from payback.sources.agents.codex_lines import repository
from tests.agents.logs import THREAD, compact, context, count, event, meta, rollout, tallied

if TYPE_CHECKING:
    from payback.ledger.entries import Usage

ONE, TWO = (1000, 200, 100, 40), (2500, 900, 300, 90)
CHILD = "01970000-0000-7000-8000-000000000002"


def rows(*paths: Path) -> list[Usage]:
    return merge(row for path in paths for row in CODEX.read(path, None, None).usages)


def test_a_call_is_told_in_disjoint_counts(tmp_path: Path) -> None:
    (row,) = rows(rollout(tmp_path, meta(), context(), count(ONE, ONE, 5)))
    assert (row.input_tokens, row.cache_read_tokens, row.output_tokens, row.reasoning_tokens) == (
        800,
        200,
        100,
        40,
    )
    assert (row.vendor, row.model, row.quality) == ("openai", "gpt-5.1-codex", "exact")
    assert (row.repo, row.branch, row.commit) == ("github.com/acme/app", "main", "c" * 40)


@pytest.mark.parametrize(
    ("remote", "repo"),
    [
        ("https://github.com/acme/app.git", "github.com/acme/app"),
        ("https://user:secret@GitHub.com/acme/app", "github.com/acme/app"),
        ("git@gitlab.example.org:group/sub/app.git", "gitlab.example.org/group/sub/app"),
        ("ssh://git@host.example.org:2222/acme/app.git", "host.example.org/acme/app"),
        ("/home/dev/bare.git", None),
        (None, None),
    ],
)
def test_a_repository_is_named_without_its_keys(remote: str | None, repo: str | None) -> None:
    assert repository(remote) == repo


def test_a_forked_rollout_counts_only_what_it_adds(tmp_path: Path) -> None:
    rollout(tmp_path, meta(), context(), count(ONE, ONE, 5), count(TWO, (1500, 700, 200, 50), 60))
    lines = (
        meta(CHILD, 600, forked_from_id=THREAD),
        meta(THREAD, 600),
        context(600),
        count(ONE, ONE, 600),
        count(TWO, (1500, 700, 200, 50), 600.003),
        count((3500, 1800, 350, 100), (1000, 900, 50, 10), 640),
    )
    rollout(tmp_path, *lines, name=f"rollout-2026-10-05T12-10-00-{CHILD}")
    totals = tallied(tmp_path).totals()
    assert (totals["requests"], totals["input_tokens"]) == (3, 1700)


def test_a_replay_that_came_late_is_known_by_the_running_total(tmp_path: Path) -> None:
    first = rollout(tmp_path, meta(), context(), count(ONE, ONE, 5))
    lines = (meta(CHILD, 600, forked_from_id=THREAD), context(600), count(ONE, ONE, 630))
    copy = rollout(tmp_path, *lines, name=f"rollout-2026-10-05T12-10-00-{CHILD}")
    (row,) = rows(first, copy)
    assert row.session_id == THREAD
    assert tallied(tmp_path).totals()["requests"] == 1


def test_a_fresh_subagent_counts_from_its_first_call(tmp_path: Path) -> None:
    source = {"subagent": {"thread_spawn": {"parent_thread_id": THREAD, "depth": 1}}}
    (row,) = rows(rollout(tmp_path, meta(CHILD, source=source), context(), count(ONE, ONE, 2)))
    assert (row.is_subagent, row.session_id) == (True, CHILD)


def test_a_rollout_without_a_model_is_priced_as_assumed_and_says_estimated(tmp_path: Path) -> None:
    (row,) = rows(rollout(tmp_path, meta(), count(ONE, ONE, 5)))
    assert (row.model, row.quality) == ("gpt-5", "estimated")


def test_errors_and_retries_are_counted_apart_from_calls(tmp_path: Path) -> None:
    lines = (
        meta(),
        context(),
        event("event_msg", {"type": "stream_error", "message": "stream disconnected; retrying 1/5"}, 1),
        event("event_msg", {"type": "error", "message": "usage limit", "codex_error_info": "rate limit"}, 2),
        event("event_msg", {"type": "turn_aborted", "reason": "interrupted"}, 3),
        count(ONE, ONE, 5),
    )
    found = rows(rollout(tmp_path, *lines))
    assert sorted(
        (row.requests, row.errors, row.retries, row.error) for row in found if not row.requests
    ) == [
        (0, 0, 1, "error"),
        (0, 1, 0, "rate_limit"),
    ]
    totals = tallied(tmp_path).totals()
    assert (totals["requests"], totals["errors"], totals["retries"]) == (1, 1, 1)


def test_counts_that_contradict_each_other_are_refused_once(tmp_path: Path) -> None:
    wrong = count((100, 900, 10, 0), (100, 900, 10, 0), 5)
    path = rollout(tmp_path, meta(), context(), wrong, count((1100, 200, 110, 40), (1000, 200, 100, 40), 9))
    reading = CODEX.read(path, None, None)
    assert [(row.line, "exceed" in row.why) for row in reading.rejected] == [(3, True)]
    assert [row.output_tokens for row in reading.usages] == [100]
    assert [row["line"] for row in tallied(tmp_path).rejected] == [3]


def test_a_total_that_is_not_the_sum_of_its_parts_is_refused(tmp_path: Path) -> None:
    line = count(ONE, ONE, 5)
    line["payload"]["info"]["last_token_usage"]["total_tokens"] = 999
    reading = CODEX.read(rollout(tmp_path, meta(), context(), line), None, None)
    assert [row.why for row in reading.rejected] == ["token counts add up to 1100, the log says 999"]


def test_a_cache_write_is_kept_apart_in_the_ledger_and_is_input_where_it_has_no_price(tmp_path: Path) -> None:
    line = count(ONE, ONE, 5)
    for counts in line["payload"]["info"].values():
        if isinstance(counts, dict):
            counts["cache_write_input_tokens"] = 300
    (row,) = rows(rollout(tmp_path, meta(), context(), line))
    assert (row.input_tokens, row.cache_write_5m_tokens) == (500, 300)
    totals = tallied(tmp_path).totals()
    assert (totals["input_tokens"], totals["cache_write_5m_tokens"]) == (800, 0)


def test_a_run_is_a_turn(tmp_path: Path) -> None:
    said = {"type": "user_message", "message": "go on"}
    lines = (
        meta(),
        context(),
        event("event_msg", said),
        count(ONE, ONE, 5),
        event("event_msg", said),
        count(TWO, (1500, 700, 200, 50), 60),
    )
    assert [
        row.run_id for row in sorted(rows(rollout(tmp_path, *lines)), key=lambda row: row.occurred_at)
    ] == [
        f"{THREAD}/1",
        f"{THREAD}/2",
    ]
    named = rows(rollout(tmp_path / "b", meta(), context(turn_id="t9"), count(ONE, ONE, 5)))
    assert named[0].run_id == f"{THREAD}/t9"


def test_steps_belong_to_the_next_request_and_tell_failures(tmp_path: Path) -> None:
    call = {
        "type": "function_call",
        "name": "shell",
        "arguments": '{"command":["bash","-lc","cargo test"]}',
        "call_id": "c1",
    }
    output = {
        "type": "function_call_output",
        "call_id": "c1",
        "output": '{"output":"no","metadata":{"exit_code":101}}',
    }
    patch = {"type": "custom_tool_call", "name": "apply_patch", "input": "*** Begin Patch", "call_id": "c2"}
    items = (event("response_item", item, 3) for item in (call, output, patch))
    reading = CODEX.read(rollout(tmp_path, meta(), context(), *items, count(ONE, ONE, 5)), None, None)
    found = {step.name: step for step in reading.steps}
    assert (found["shell"].kind, found["shell"].is_error) == ("test", True)
    assert (found["apply_patch"].kind, found["apply_patch"].is_error, found["apply_patch"].output_tokens) == (
        "edit",
        None,
        None,
    )
    assert {step.usage_id for step in reading.steps} == {reading.usages[0].usage_id}


def test_a_reading_goes_on_with_model_total_and_open_calls(tmp_path: Path) -> None:
    call = {"type": "function_call", "name": "shell", "arguments": "{}", "call_id": "c1"}
    path = rollout(tmp_path, meta(), context(), count(ONE, None, 5), event("response_item", call, 6))
    first = CODEX.read(path, None, None)
    output = {"type": "function_call_output", "call_id": "c1", "output": "Exit code: 0\nfine"}
    with path.open("ab") as file:
        file.write(compact(event("response_item", output, 7)) + compact(count(TWO, None, 60)))
    second = CODEX.read(path, first.mark, None)
    assert [(row.input_tokens, row.model) for row in second.usages] == [(800, "gpt-5.1-codex")]
    assert [(step.is_error, step.usage_id) for step in second.steps] == [(False, second.usages[0].usage_id)]


def test_a_repeated_total_after_a_pause_counts_once(tmp_path: Path) -> None:
    path = rollout(tmp_path, meta(), context(), count(ONE, ONE, 5))
    first = CODEX.read(path, None, None)
    with path.open("ab") as file:
        file.write(compact(count(ONE, ONE, 90)))
    assert CODEX.read(path, first.mark, None).usages == []
