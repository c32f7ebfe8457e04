from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from tests.agents_others.disk import LOGS, counts, places, read_all, write

if TYPE_CHECKING:
    from pathlib import Path

AT = ".pi/agent/sessions/--home-ann-shop--/2026-06-01T10-00-00-000Z_s1.jsonl"
USAGE = {
    "input": 100,
    "output": 40,
    "cacheRead": 700,
    "cacheWrite": 50,
    "reasoning": 15,
    "totalTokens": 890,
    "cost": {"total": 0.0042},
}
ANSWER: dict[str, Any] = {
    "role": "assistant",
    "provider": "anthropic",
    "model": "claude-sonnet-5",
    "responseId": "msg_01abc",
    "usage": USAGE,
    "stopReason": "toolUse",
    "content": [{"type": "toolCall", "id": "c1", "name": "edit", "arguments": {}}],
}
HEADER = {"type": "session", "id": "s1", "timestamp": "2026-06-01T10:00:00Z", "cwd": "/home/ann/shop"}
ENTRIES: list[dict[str, Any]] = [
    HEADER,
    {
        "type": "message",
        "id": "u1",
        "timestamp": "2026-06-01T10:00:01Z",
        "message": {"role": "user", "content": "…"},
    },
    {"type": "message", "id": "a1", "timestamp": "2026-06-01T10:00:02Z", "message": ANSWER},
    {
        "type": "message",
        "id": "t1",
        "timestamp": "2026-06-01T10:00:03Z",
        "message": {"role": "toolResult", "toolCallId": "c1", "toolName": "edit", "isError": False},
    },
    {
        "type": "message",
        "id": "a2",
        "timestamp": "2026-06-01T10:00:04Z",
        "message": {
            "role": "assistant",
            "provider": "anthropic",
            "model": "claude-sonnet-5",
            "usage": {"input": 0, "output": 0},
            "stopReason": "error",
            "errorMessage": "529 overloaded_error …",
        },
    },
]
SAMPLE = {AT: ENTRIES}


def test_an_answer_and_a_failure(tmp_path: Path) -> None:
    write(tmp_path, SAMPLE)
    reading = read_all(LOGS["pi"], places(tmp_path))
    answer, failure = reading.usages
    assert counts(answer) == (100, 700, 50, 40, 15)
    assert (answer.reported_usd, answer.response_id, answer.run_id) == (Decimal("0.0042"), "msg_01abc", "u1")
    assert (answer.working_directory, answer.session_id) == ("/home/ann/shop", "s1")
    assert (failure.requests, failure.errors, failure.error) == (0, 1, "overloaded")
    assert [(step.kind, step.is_error) for step in reading.steps] == [("edit", False)]


def test_a_fork_copies_its_history_which_counts_once(tmp_path: Path) -> None:
    fork = AT.replace("_s1", "_s2")
    write(tmp_path, {**SAMPLE, fork: [{**HEADER, "id": "s2", "parentSession": AT}, *ENTRIES[1:]]})
    usages = read_all(LOGS["pi"], places(tmp_path)).usages
    assert (sum(usage.requests for usage in usages), sum(usage.errors for usage in usages)) == (1, 1)


def test_openclaw_takes_the_model_from_a_change_before(tmp_path: Path) -> None:
    change = {"type": "model_change", "provider": "openai", "modelId": "gpt-5.6"}
    answer = {"role": "assistant", "usage": USAGE}
    message = {"type": "message", "id": "a1", "timestamp": "2026-06-01T10:00:02Z", "message": answer}
    write(tmp_path, {".openclaw/agents/main/sessions/s7.jsonl.reset.2026": [change, message]})
    (usage,) = read_all(LOGS["openclaw"], places(tmp_path)).usages
    assert (usage.tool, usage.vendor, usage.model) == ("openclaw", "openai", "gpt-5.6")


def test_a_resumed_reading_remembers_the_model_and_the_open_tool_call(tmp_path: Path) -> None:
    write(tmp_path, {AT: [HEADER, {"type": "model_change", "provider": "google", "modelId": "gemini-3-pro"}]})
    log, path = LOGS["pi"], tmp_path / AT
    first = log.read(path, None, None)
    nameless = {**ENTRIES[2], "message": {"role": "assistant", "usage": USAGE, "content": ANSWER["content"]}}
    write(tmp_path / "more", {"a.jsonl": [nameless], "b.jsonl": [ENTRIES[3]]})
    with path.open("ab") as file:
        file.write((tmp_path / "more/a.jsonl").read_bytes())
    second = log.read(path, first.mark, None)
    with path.open("ab") as file:
        file.write((tmp_path / "more/b.jsonl").read_bytes())
    third = log.read(path, second.mark, None)
    assert [usage.model for usage in second.usages] == ["gemini-3-pro"]
    assert [step.is_error for step in (*second.steps, *third.steps)] == [None, False]
    assert second.steps[0].step_id == third.steps[0].step_id
    assert (third.usages, third.steps[0].usage_id) == ([], second.usages[0].usage_id)


def test_the_sessions_folder_can_be_moved(tmp_path: Path) -> None:
    write(tmp_path, {"elsewhere/x.jsonl": ENTRIES, "agent/sessions/y.jsonl": ENTRIES})
    for variable, folder in (("PI_AGENT_DIR", "elsewhere"), ("PI_CODING_AGENT_DIR", "agent")):
        assert read_all(LOGS["pi"], places(tmp_path, **{variable: str(tmp_path / folder)})).usages
