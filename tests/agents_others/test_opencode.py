from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from tests.agents_others.disk import LOGS, counts, places, read_all, write

if TYPE_CHECKING:
    from pathlib import Path

TOKENS = {"input": 362, "output": 57, "reasoning": 29, "cache": {"read": 31105, "write": 0}}
MESSAGE: dict[str, Any] = {
    "role": "assistant",
    "parentID": "msg_user",
    "modelID": "claude-sonnet-5",
    "providerID": "anthropic",
    "agent": "build",
    "path": {"cwd": "/home/ann/shop", "root": "/home/ann/shop"},
    "time": {"created": 1780308000000, "completed": 1780308004500},
    "cost": 0.00111015,
    "tokens": TOKENS,
}
FAILED = {
    **MESSAGE,
    "cost": 0,
    "tokens": {"input": 0, "output": 0, "reasoning": 0, "cache": {"read": 0, "write": 0}},
    "time": {"created": 1780308010000},
    "error": {"name": "APIError", "data": {"message": "…", "statusCode": 429, "isRetryable": True}},
}
TOOL = {
    "type": "tool",
    "callID": "c1",
    "tool": "grep",
    "state": {"status": "error", "time": {"start": 1780308001000}},
}
DATABASE = {
    "session": [
        {"id": "ses_1", "parent_id": None, "directory": "/home/ann/shop"},
        {"id": "ses_2", "parent_id": "ses_1", "directory": "/home/ann/shop"},
    ],
    "message": [
        {"id": "msg_1", "session_id": "ses_1", "data": MESSAGE},
        {"id": "msg_2", "session_id": "ses_2", "data": FAILED},
        {"id": "msg_user", "session_id": "ses_1", "data": {"role": "user"}},
    ],
    "part": [
        {"id": "prt_1", "message_id": "msg_1", "session_id": "ses_1", "data": TOOL},
        {
            "id": "prt_2",
            "message_id": "msg_1",
            "session_id": "ses_1",
            "data": {"type": "retry", "attempt": 1},
        },
        {"id": "prt_3", "message_id": "msg_1", "session_id": "ses_1", "data": {"type": "text", "text": "…"}},
        {"id": "prt_4", "message_id": "msg_1", "session_id": "ses_1", "data": "{not JSON"},
    ],
}
AT = ".local/share/opencode/opencode.db"
SAMPLE = {AT: DATABASE}


def test_a_message_is_one_request_with_the_tools_own_cost(tmp_path: Path) -> None:
    write(tmp_path, SAMPLE)
    answer, failure = read_all(LOGS["opencode"], places(tmp_path)).usages
    assert counts(answer) == (362, 31105, 0, 86, 29)
    assert answer.reported_usd == Decimal("0.001110150")
    assert (answer.vendor, answer.agent, answer.run_id) == ("anthropic", "build", "msg_user")
    assert (answer.requests, answer.retries, answer.errors, answer.duration_seconds) == (1, 1, 0, 4.5)
    assert (failure.requests, failure.errors, failure.error) == (0, 1, "rate_limit")
    assert (answer.is_subagent, failure.is_subagent, failure.reported_usd) == (False, True, None)


def test_tool_parts_are_steps(tmp_path: Path) -> None:
    write(tmp_path, SAMPLE)
    reading = read_all(LOGS["opencode"], places(tmp_path))
    (step,) = reading.steps
    assert (step.kind, step.name, step.is_error) == ("search", "grep", True)
    assert step.usage_id == reading.usages[0].usage_id


def test_a_message_in_the_database_and_in_its_old_file_counts_once(tmp_path: Path) -> None:
    old = {"id": "msg_1", "sessionID": "ses_1", **MESSAGE}
    write(tmp_path, {**SAMPLE, ".local/share/opencode/storage/message/ses_1/msg_1.json": old})
    assert sum(usage.requests for usage in read_all(LOGS["opencode"], places(tmp_path)).usages) == 1


def test_an_old_file_finds_its_parent_in_the_sessions_file(tmp_path: Path) -> None:
    folder = ".local/share/opencode/storage"
    old = {"id": "msg_9", "sessionID": "ses_9", **MESSAGE}
    session = {"id": "ses_9", "parentID": "ses_1"}
    write(tmp_path, {f"{folder}/message/ses_9/msg_9.json": old, f"{folder}/session/prj/ses_9.json": session})
    (usage,) = read_all(LOGS["opencode"], places(tmp_path)).usages
    assert (counts(usage), usage.is_subagent) == ((362, 31105, 0, 86, 29), True)


def test_each_finished_step_of_a_message_is_a_request_and_costs_add_up(tmp_path: Path) -> None:
    def step(part: str, given: int, cost: float) -> dict[str, Any]:
        spent = {"input": given, "output": 1, "reasoning": 0, "cache": {"read": 0, "write": 0}}
        data = {"type": "step-finish", "tokens": spent, "cost": cost}
        return {"id": part, "message_id": "msg_1", "session_id": "ses_1", "data": data}

    message = {**MESSAGE, "cost": 0.03, "tokens": {"input": 20, "output": 1}}
    tables = {
        "message": [{"id": "msg_1", "session_id": "ses_1", "data": message}],
        "part": [step("prt_1", 10, 0.01), step("prt_2", 20, 0.02)],
    }
    write(tmp_path, {AT: tables})
    usages = read_all(LOGS["opencode"], places(tmp_path)).usages
    assert sorted((usage.input_tokens, usage.reported_usd) for usage in usages) == [
        (10, Decimal("0.01")),
        (20, Decimal("0.02")),
    ]


def test_a_request_that_the_person_stopped_is_no_failure(tmp_path: Path) -> None:
    stopped = {**MESSAGE, "error": {"name": "MessageAbortedError", "data": {"message": "…"}}}
    write(tmp_path, {AT: {"message": [{"id": "msg_1", "session_id": "ses_1", "data": stopped}]}})
    (usage,) = read_all(LOGS["opencode"], places(tmp_path)).usages
    assert (usage.requests, usage.errors) == (1, 0)


def test_every_channel_and_every_fork_is_read(tmp_path: Path) -> None:
    one = {"message": [DATABASE["message"][0]]}
    other = {"message": [{"id": "msg_7", "session_id": "ses_7", "data": MESSAGE}]}
    write(tmp_path, {AT: one, ".local/share/opencode/opencode-dev.db": other, "data/kilo/kilo.db": other})
    assert len(read_all(LOGS["opencode"], places(tmp_path)).usages) == 2
    (usage,) = read_all(LOGS["kilo_cli"], places(tmp_path, XDG_DATA_HOME=str(tmp_path / "data"))).usages
    assert (usage.tool, usage.session_id) == ("kilo_cli", "ses_7")
