from __future__ import annotations

from typing import TYPE_CHECKING

from tests.agents_others.disk import LOGS, counts, places, read_all, write

if TYPE_CHECKING:
    from pathlib import Path

COMMON = {"sessionId": "q1", "cwd": "/home/ann/shop", "version": "0.9", "gitBranch": "till"}
FIRST = "11111111-1111-4111-8111-111111111111"
SAMPLE = {
    ".qwen/projects/-home-ann-shop/chats/q1.jsonl": [
        {
            **COMMON,
            "uuid": "u1",
            "timestamp": "2026-06-01T10:00:00Z",
            "type": "user",
            "message": {"parts": []},
        },
        {
            **COMMON,
            "uuid": FIRST,
            "timestamp": "2026-06-01T10:00:04Z",
            "type": "assistant",
            "model": "qwen3-coder-plus",
            "message": {
                "parts": [{"functionCall": {"id": "c1", "name": "read_file", "args": {"path": "x"}}}]
            },
            "usageMetadata": {
                "promptTokenCount": 900,
                "candidatesTokenCount": 60,
                "thoughtsTokenCount": 25,
                "cachedContentTokenCount": 300,
                "totalTokenCount": 960,
            },
        },
        {
            **COMMON,
            "uuid": "r1",
            "timestamp": "2026-06-01T10:00:05Z",
            "type": "tool_result",
            "toolCallResult": {"callId": "c1", "status": "success"},
        },
        {
            **COMMON,
            "uuid": "e1",
            "timestamp": "2026-06-01T10:00:09Z",
            "type": "system",
            "systemPayload": {"uiEvent": {"event.name": "qwen-code.api_error", "status_code": 503}},
        },
    ]
}


def test_the_total_says_that_thoughts_lie_inside_the_answer(tmp_path: Path) -> None:
    write(tmp_path, SAMPLE)
    answer, failure = read_all(LOGS["qwen_code"], places(tmp_path)).usages
    assert counts(answer) == (600, 300, 0, 60, 25)
    assert (answer.vendor, answer.branch, answer.working_directory) == ("alibaba", "till", "/home/ann/shop")
    assert (answer.project, answer.run_id, answer.session_id) == ("shop", "u1", "q1")
    assert (failure.requests, failure.errors, failure.error) == (0, 1, "overloaded")


def test_the_total_says_that_thoughts_stand_beside_the_answer(tmp_path: Path) -> None:
    chat = ".qwen/projects/-home-ann-shop/chats/q1.jsonl"
    asked, answer, *_ = SAMPLE[chat]
    spent = {**answer["usageMetadata"], "totalTokenCount": 985}  # type: ignore[dict-item]  # the record is a mapping
    write(tmp_path, {chat: [asked, {**answer, "usageMetadata": spent}]})
    (usage,) = read_all(LOGS["qwen_code"], places(tmp_path)).usages
    assert counts(usage) == (600, 300, 0, 85, 25)


def test_a_tool_call_gets_its_result_from_a_later_record(tmp_path: Path) -> None:
    write(tmp_path, SAMPLE)
    (step,) = read_all(LOGS["qwen_code"], places(tmp_path)).steps
    assert (step.kind, step.name, step.is_error, step.run_id) == ("read", "read_file", False, "u1")


def test_a_branch_copies_records_that_count_once(tmp_path: Path) -> None:
    chat = ".qwen/projects/-home-ann-shop/chats/q1.jsonl"
    forked = {"sessionId": "q1", "messageUuid": FIRST}
    copy = {**SAMPLE[chat][1], "uuid": "copy", "sessionId": "q2", "forkedFrom": forked}
    write(tmp_path, {**SAMPLE, ".qwen/projects/-home-ann-shop/chats/q2.jsonl": [copy]})
    assert sum(usage.requests for usage in read_all(LOGS["qwen_code"], places(tmp_path)).usages) == 1


def test_a_subagent_takes_its_model_from_the_file_beside_it(tmp_path: Path) -> None:
    chat = ".qwen/projects/-home-ann-shop/chats/q1.jsonl"
    line = {**SAMPLE[chat][1], "model": None, "isSidechain": True, "agentName": "explorer"}
    folder = ".qwen/projects/-home-ann-shop/subagents/q1"
    write(
        tmp_path, {f"{folder}/agent-7.jsonl": [line], f"{folder}/agent-7.meta.json": {"model": "qwen3-flash"}}
    )
    (usage,) = read_all(LOGS["qwen_code"], places(tmp_path)).usages
    assert (usage.model, usage.agent, usage.is_subagent) == ("qwen3-flash", "explorer", True)


def test_the_runtime_folder_can_be_moved(tmp_path: Path) -> None:
    write(tmp_path / "elsewhere", {name.removeprefix(".qwen/"): content for name, content in SAMPLE.items()})
    moved = places(tmp_path, QWEN_HOME=str(tmp_path / "elsewhere"))
    assert len(read_all(LOGS["qwen_code"], moved).usages) == 2
