"""Claude Code: what a session's lines become in the ledger and in the tally."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from payback.ledger.identity import merge
from payback.sources.agents.claude import CLAUDE
from tests.agents.logs import SESSION, answer, compact, prompt, session, stamp, tallied

if TYPE_CHECKING:
    from payback.ledger.entries import Usage


def rows(path: Path) -> list[Usage]:
    return merge(CLAUDE.read(path, None, None).usages)


def test_a_response_written_four_times_counts_once_with_its_largest_output(tmp_path: Path) -> None:
    outs = ((1, None), (1, None), (3, None), (427, "end_turn"))
    path = session(tmp_path, *(answer(out=out, stop=stop, seconds=at) for at, (out, stop) in enumerate(outs)))
    (row,) = rows(path)
    assert (row.output_tokens, row.is_final, row.requests) == (427, True, 1)
    assert tallied(tmp_path).totals()["output_tokens"] == 427


@pytest.mark.parametrize("order", [(427, 3, 1), (3, 427, 1), (1, 3, 427)])
def test_the_largest_output_counts_wherever_it_stands(tmp_path: Path, order: tuple[int, ...]) -> None:
    session(tmp_path, *(answer(out=out, stop=None) for out in order))
    assert tallied(tmp_path).totals()["output_tokens"] == 427


def test_a_partial_line_that_claims_more_than_the_final_one_counts(tmp_path: Path) -> None:
    session(tmp_path, answer(out=900, stop=None), answer(out=427))
    assert tallied(tmp_path).totals()["output_tokens"] == 900


def test_a_number_inside_a_content_is_not_taken_for_the_usage(tmp_path: Path) -> None:
    quoted = [
        {"type": "tool_use", "id": "t", "name": "Write", "input": {"output_tokens": 1, "usage": {"x": 1}}}
    ]
    session(tmp_path, answer(out=900, stop=None, content=quoted), answer(out=427))
    assert tallied(tmp_path).totals()["output_tokens"] == 900


def test_the_ids_of_rows_do_not_depend_on_the_file(tmp_path: Path) -> None:
    one = session(tmp_path / "a", answer())
    other = session(tmp_path / "b", answer(session="another"), name="another")
    assert rows(one)[0].usage_id == rows(other)[0].usage_id


def test_a_copied_line_belongs_to_the_session_it_came_from(tmp_path: Path) -> None:
    session(tmp_path, answer())
    fork = {"forkedFrom": {"sessionId": SESSION, "messageUuid": "x"}}
    session(tmp_path, answer(session="00000000-fork", extra=fork), name="00000000-fork")
    assert [row["session"] for row in tallied(tmp_path).rows(("session",))] == [SESSION]


def test_two_requests_of_one_message_count_twice_unless_one_is_a_side_chain(tmp_path: Path) -> None:
    session(tmp_path / "a", answer(), answer(request="req_2"))
    assert tallied(tmp_path / "a").totals()["requests"] == 2
    session(tmp_path / "b", answer(), answer(request="req_2", side=True))
    assert tallied(tmp_path / "b").totals()["requests"] == 1


def test_an_old_progress_line_and_the_subagents_own_log_count_once(tmp_path: Path) -> None:
    inner = answer("msg_s", "req_s", side=True)
    outer = {**prompt(), "type": "progress", "data": {"type": "agent_progress", "message": inner}}
    session(tmp_path, outer)
    path = session(tmp_path, inner, name=f"{SESSION}/subagents/agent-a1")
    assert tallied(tmp_path).totals()["requests"] == 1
    assert rows(path)[0].is_subagent


def test_a_failed_request_is_an_error_and_a_failed_attempt_a_retry(tmp_path: Path) -> None:
    failed = answer(
        "m",
        None,
        model="<synthetic>",
        usage={"input_tokens": 0, "output_tokens": 0},
        extra={"isApiErrorMessage": True},
    )
    failed["message"]["content"] = [{"type": "text", "text": "API Error: 529 overloaded_error"}]
    tried = {
        **prompt(seconds=5),
        "type": "system",
        "subtype": "api_error",
        "retryAttempt": 2,
        "error": {"status": 429},
        "uuid": "u",
    }
    found = {row.error: row for row in rows(session(tmp_path, failed, tried, answer()))}
    assert (found["overloaded"].errors, found["overloaded"].requests, found["overloaded"].output_tokens) == (
        1,
        0,
        0,
    )
    assert (found["rate_limit"].retries, found["rate_limit"].attempt, found["rate_limit"].model) == (
        1,
        2,
        None,
    )
    assert (found[None].requests, found[None].errors, found[None].retries) == (1, 0, 0)
    totals = tallied(tmp_path).totals()
    assert (totals["requests"], totals["errors"], totals["retries"]) == (1, 1, 1)


def test_a_synthetic_line_that_is_no_error_is_nothing(tmp_path: Path) -> None:
    assert rows(session(tmp_path, answer(model="<synthetic>"))) == []


@pytest.mark.parametrize(
    ("model", "vendor"),
    [
        ("claude-opus-4-5", "anthropic"),
        ("us.anthropic.claude-sonnet-4-5-20250929-v1:0", "aws"),
        ("arn:aws:bedrock:us-east-1:1:inference-profile/x", "aws"),
        ("claude-sonnet-4-5@20250929", "google"),
        ("glm-4.6", "zai"),
        ("a-model-nobody-knows", "anthropic"),
    ],
)
def test_the_vendor_is_who_ran_the_model(tmp_path: Path, model: str, vendor: str) -> None:
    assert rows(session(tmp_path, answer(model=model)))[0].vendor == vendor


def test_a_row_says_where_how_and_in_which_run_it_was_used(tmp_path: Path) -> None:
    told = {
        "service_tier": "priority",
        "speed": "fast",
        "inference_geo": "us",
        "server_tool_use": {"web_search_requests": 3},
    }
    (row,) = rows(session(tmp_path, prompt(uuid="the-prompt"), answer(usage=told)))
    assert (row.project, row.working_directory, row.branch) == ("app", "/home/dev/src/app", "main")
    assert (row.service_tier, row.speed, row.region, row.web_searches) == ("priority", "fast", "us", 3)
    assert (row.session_id, row.run_id, row.response_id) == (SESSION, "the-prompt", "msg_1")


def test_a_run_begins_at_a_prompt_and_not_at_a_tools_result(tmp_path: Path) -> None:
    result = prompt([{"type": "tool_result", "tool_use_id": "t", "content": "ok"}], uuid="a-result")
    meta = prompt("note", uuid="a-note", extra={"isMeta": True})
    path = session(
        tmp_path,
        prompt(uuid="p1"),
        answer(),
        result,
        meta,
        answer("msg_2"),
        prompt(uuid="p2"),
        answer("msg_3"),
    )
    assert {row.response_id: row.run_id for row in rows(path)} == {
        "msg_1": "p1",
        "msg_2": "p1",
        "msg_3": "p2",
    }


def test_a_named_prompt_is_the_run_in_subagents_too(tmp_path: Path) -> None:
    name = f"{SESSION}/subagents/agent-a1"
    path = session(tmp_path, prompt(extra={"promptId": "p7"}), answer(side=True), name=name)
    path.with_suffix(".meta.json").write_text(
        json.dumps({"agentType": "Explore", "description": "secret plan"})
    )
    (row,) = rows(path)
    assert (row.run_id, row.agent, row.is_subagent) == ("p7", "Explore", True)
    (bare,) = rows(session(tmp_path, answer("msg_2", side=True), name=f"{SESSION}/subagents/agent-b2"))
    assert bare.run_id == SESSION


def test_steps_say_kind_error_weight_and_the_request_behind_them(tmp_path: Path) -> None:
    calls = [
        {"type": "tool_use", "id": "t1", "name": "Bash", "input": {"command": "cd x && pytest -q tests"}},
        {"type": "tool_use", "id": "t2", "name": "Edit", "input": {"file_path": "a"}},
    ]
    results = [
        {"type": "tool_result", "tool_use_id": "t1", "content": "x" * 400, "is_error": True},
        {"type": "tool_result", "tool_use_id": "t2", "content": [{"type": "text", "text": "y" * 80}]},
    ]
    reading = CLAUDE.read(
        session(tmp_path, prompt(uuid="p"), answer(content=calls), prompt(results)), None, None
    )
    test, edit = reading.steps
    assert (test.kind, test.name, test.is_error, test.output_tokens) == ("test", "Bash", True, 100)
    assert (edit.kind, edit.is_error, edit.output_tokens) == ("edit", False, 20)
    assert {step.usage_id for step in reading.steps} == {reading.usages[0].usage_id}
    assert {(step.run_id, step.session_id, step.arguments_digest) for step in reading.steps} == {
        ("p", SESSION, None)
    }


def test_a_result_in_a_later_reading_completes_its_step(tmp_path: Path) -> None:
    call = answer(content=[{"type": "tool_use", "id": "t1", "name": "Read", "input": {}}])
    path = session(tmp_path, prompt(uuid="p"), call)
    first = CLAUDE.read(path, None, None)
    with path.open("ab") as file:
        file.write(compact(prompt([{"type": "tool_result", "tool_use_id": "t1", "content": "z" * 40}])))
    (step,) = CLAUDE.read(path, first.mark, None).steps
    assert (step.step_id, step.usage_id) == (first.steps[0].step_id, first.usages[0].usage_id)
    assert (step.is_error, step.output_tokens) == (False, 10)


def test_an_unchanged_log_is_left_alone_with_its_mark(tmp_path: Path) -> None:
    path = session(tmp_path, prompt(uuid="p"), answer())
    mark = CLAUDE.read(path, None, None).mark
    again = CLAUDE.read(path, mark, None)
    assert (again.usages, again.steps, again.mark) == ([], [], mark)


def test_arguments_are_digested_only_when_asked_for(tmp_path: Path) -> None:
    call = answer(content=[{"type": "tool_use", "id": "t1", "name": "Read", "input": {"b": 1, "a": 2}}])
    path = session(tmp_path, call)
    (step,) = CLAUDE.read(path, None, lambda data: f"digest of {data.decode()}").steps
    assert step.arguments_digest == 'digest of {"a":2,"b":1}'


def test_nothing_that_was_said_leaves_the_reader(tmp_path: Path) -> None:
    secret = "SECRET-WORDS"
    calls = [
        {"type": "tool_use", "id": "t1", "name": "Bash", "input": {"command": f"echo {secret}"}},
        {"type": "text", "text": secret},
    ]
    failed = answer("m", None, model="<synthetic>", extra={"isApiErrorMessage": True})
    failed["message"]["content"] = [{"type": "text", "text": f"API Error: {secret}"}]
    broken = b'{"text":"' + secret.encode() + b"\n"
    lines = (
        prompt(secret),
        answer(content=calls),
        prompt([{"type": "tool_result", "tool_use_id": "t1", "content": secret}]),
        failed,
        broken,
    )
    reading = CLAUDE.read(session(tmp_path, *lines), None, None)
    store = tmp_path / "store"
    assert reading.usages
    assert reading.steps
    assert reading.rejected
    assert secret not in repr(reading)
    tallied(tmp_path, store)
    assert secret.encode() not in store.read_bytes()


def test_a_day_is_a_day_of_the_zone_asked_for(tmp_path: Path) -> None:
    session(tmp_path, answer(time="2026-10-05T22:30:00.000Z"))
    assert [row["day"] for row in tallied(tmp_path, zone="UTC").rows(("day",))] == ["2026-10-05"]
    assert [row["day"] for row in tallied(tmp_path, zone="Europe/Paris").rows(("day",))] == ["2026-10-06"]


def test_the_time_of_a_response_is_that_of_its_final_line(tmp_path: Path) -> None:
    lines = (
        answer(out=1, stop=None, time="2026-10-05T23:59:59.900Z"),
        answer(time="2026-10-06T00:00:00.100Z"),
    )
    session(tmp_path, *lines)
    assert [row["day"] for row in tallied(tmp_path).rows(("day",))] == ["2026-10-06"]


def test_a_flat_count_without_a_split_is_a_five_minute_write(tmp_path: Path) -> None:
    (row,) = rows(session(tmp_path, answer(usage={"cache_creation": None})))
    assert (row.cache_write_5m_tokens, row.cache_write_1h_tokens) == (1000, 0)


def test_a_split_above_its_total_is_refused(tmp_path: Path) -> None:
    split = {"ephemeral_5m_input_tokens": 900, "ephemeral_1h_input_tokens": 900}
    path = session(tmp_path, answer(usage={"cache_creation": split}), answer("msg_2"))
    reading = CLAUDE.read(path, None, None)
    assert [(row.line, row.why) for row in reading.rejected] == [
        (1, "cache writes add up to 1800, the log says 1000")
    ]
    assert [row.response_id for row in reading.usages] == ["msg_2"]
    assert [row["line"] for row in tallied(tmp_path).rejected] == [1]


def test_a_detached_head_is_no_branch(tmp_path: Path) -> None:
    (row,) = rows(session(tmp_path, answer(branch="HEAD")))
    assert row.branch is None


def test_the_usual_time_of_a_line_is_kept_to_the_millisecond(tmp_path: Path) -> None:
    (row,) = rows(session(tmp_path, answer(seconds=1.25)))
    assert row.occurred_at.isoformat(timespec="milliseconds").replace("+00:00", "Z") == stamp(1.25)
