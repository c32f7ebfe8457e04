from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from tests.agents_others.disk import LOGS, counts, places, read_all, write

if TYPE_CHECKING:
    from pathlib import Path

FOLDER = hashlib.md5(b"/home/ann/shop", usedforsecurity=False).hexdigest()
OLD = f".kimi/sessions/{FOLDER}/s1"
NEW = ".kimi-code/sessions/wd_shop/session_1"
MESSAGE = "chatcmpl-0123456789abcdef"


def said(at: float, kind: str, **payload: Any) -> dict[str, Any]:
    return {"timestamp": at, "message": {"type": kind, "payload": payload}}


SPENT = {"input_other": 100, "input_cache_read": 700, "input_cache_creation": 50, "output": 40}
STATUS = said(1780308002.5, "StatusUpdate", message_id=MESSAGE, token_usage=SPENT)
OLD_SAMPLE = {
    ".kimi/config.toml": 'default_model = "k"\n[models.k]\nmodel = "kimi-k2-thinking"\nprovider = "managed"\n',
    ".kimi/kimi.json": {"work_dirs": [{"path": "/home/ann/shop"}]},
    f"{OLD}/wire.jsonl": [
        {"type": "metadata", "protocol_version": "1"},
        said(1780308000, "TurnBegin", user_input="…"),
        said(
            1780308001, "ToolCall", type="function", id="c1", function={"name": "ReadFile", "arguments": "…"}
        ),
        said(1780308002, "ToolResult", tool_call_id="c1", return_value={"is_error": True, "output": "…"}),
        STATUS,
        STATUS,
    ],
}
USED = {"inputOther": 100, "inputCacheRead": 700, "inputCacheCreation": 50, "output": 40}
NEW_SAMPLE = {
    f"{NEW}/state.json": {"workDir": "/home/ann/shop"},
    f"{NEW}/agents/main/wire.jsonl": [
        {"type": "metadata", "protocol_version": "1.5", "created_at": 1780308000000},
        {"type": "llm.request", "model": "kimi-k3", "attempt": 1, "time": 1780308001000},
        {"type": "llm.request", "model": "kimi-k3", "attempt": 2, "time": 1780308002000},
        {
            "type": "usage.record",
            "model": "kimi-code/k3",
            "usage": USED,
            "usageScope": "turn",
            "time": 1780308003000,
        },
        {
            "type": "context.append_loop_event",
            "time": 1780308004000,
            "event": {"type": "tool.call", "toolCallId": "c1", "name": "Bash"},
        },
    ],
    f"{NEW}/agents/helper/wire.jsonl": [
        {"type": "usage.record", "model": "k3", "usage": USED, "time": 1780308005000}
    ],
}


def test_a_status_written_twice_counts_once(tmp_path: Path) -> None:
    write(tmp_path, OLD_SAMPLE)
    reading = read_all(LOGS["kimi_cli"], places(tmp_path))
    (usage,) = reading.usages
    assert counts(usage) == (100, 700, 50, 40, 0)
    assert (usage.model, usage.vendor, usage.session_id) == ("kimi-k2-thinking", "moonshot", "s1")
    assert (usage.working_directory, usage.run_id) == ("/home/ann/shop", "s1:2")
    assert [(step.kind, step.is_error) for step in reading.steps] == [("read", True)]


def test_a_subagents_message_in_its_own_file_and_in_its_parents_counts_once(tmp_path: Path) -> None:
    inner = {**STATUS["message"]}
    event = said(1780308002.5, "SubagentEvent", task_tool_call_id="c9", event=inner)
    write(tmp_path, {f"{OLD}/wire.jsonl": [event], f"{OLD}/subagents/a/wire.jsonl": [STATUS]})
    (usage,) = read_all(LOGS["kimi_cli"], places(tmp_path)).usages
    assert (usage.is_subagent, usage.session_id, usage.requests) == (True, "s1", 1)


def test_a_request_with_a_second_attempt_and_no_usage_was_a_retry(tmp_path: Path) -> None:
    write(tmp_path, NEW_SAMPLE)
    reading = read_all(LOGS["kimi_code"], places(tmp_path))
    retry, answer, helper = reading.usages
    assert (retry.requests, retry.retries) == (0, 1)
    assert (counts(answer), answer.model, answer.retries) == ((100, 700, 50, 40, 0), "kimi-k3", 0)
    assert (helper.agent, helper.is_subagent, helper.model) == ("helper", True, "k3")
    assert (answer.session_id, answer.working_directory) == ("session_1", "/home/ann/shop")
    assert [step.kind for step in reading.steps] == ["shell"]


def test_the_homes_can_be_moved(tmp_path: Path) -> None:
    write(tmp_path / "old", {name.removeprefix(".kimi/"): content for name, content in OLD_SAMPLE.items()})
    write(
        tmp_path / "new", {name.removeprefix(".kimi-code/"): content for name, content in NEW_SAMPLE.items()}
    )
    moved = places(tmp_path, KIMI_SHARE_DIR=str(tmp_path / "old"), KIMI_CODE_HOME=str(tmp_path / "new"))
    assert len(read_all(LOGS["kimi_cli"], moved).usages) == 1
    assert len(read_all(LOGS["kimi_code"], moved).usages) == 3
