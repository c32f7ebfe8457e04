from __future__ import annotations

import json
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from tests.agents_others.disk import LOGS, counts, places, read_all, write

if TYPE_CHECKING:
    from pathlib import Path

STORE = ".config/Code/User/globalStorage/saoudrizwan.claude-dev"
AT = 1780308000000  # 2026-06-01T10:00:00Z


def request(at: int, **counted: Any) -> dict[str, Any]:
    return {
        "ts": at,
        "type": "say",
        "say": "api_req_started",
        "text": json.dumps({"request": "…", **counted}),
    }


MESSAGES: list[dict[str, Any]] = [
    request(AT, tokensIn=50, tokensOut=20, cacheReads=900, cacheWrites=70, cost=0.0123),
    {
        "ts": AT + 1,
        "type": "ask",
        "ask": "tool",
        "text": json.dumps({"tool": "editedExistingFile", "path": "x"}),
    },
    {"ts": AT + 2, "type": "say", "say": "api_req_retry_delayed", "text": "429 Too Many Requests …"},
    request(
        AT + 3, tokensIn=5, tokensOut=0, cancelReason="streaming_failed", streamingFailedMessage="timed out"
    ),
    request(AT + 4),
    {"ts": AT + 5, "type": "say", "say": "text", "text": "…"},
]
SAMPLE = {
    f"{STORE}/tasks/17/ui_messages.json": MESSAGES,
    f"{STORE}/tasks/17/task_metadata.json": {
        "model_usage": [{"ts": AT, "model_id": "claude-sonnet-5", "model_provider_id": "anthropic"}]
    },
    f"{STORE}/tasks/17/api_conversation_history.json": [
        {
            "role": "user",
            "content": [{"type": "text", "text": "# Current Working Directory (/home/ann/shop) Files"}],
        }
    ],
    ".cline/data/sessions/s1/s1.json": {"cwd": "/home/ann/shop", "model": "claude-sonnet-5"},
    ".cline/data/sessions/s1/s1.messages.json": {
        "messages": [
            {"id": "m1", "role": "user", "ts": AT, "content": "…"},
            {
                "id": "m2",
                "role": "assistant",
                "ts": AT + 9,
                "content": [{"type": "tool_use", "id": "c1", "name": "execute_command"}],
                "modelInfo": {"id": "claude-sonnet-5", "provider": "anthropic"},
                "metrics": {
                    "inputTokens": 1000,
                    "outputTokens": 30,
                    "cacheReadTokens": 800,
                    "cacheWriteTokens": 100,
                },
            },
        ]
    },
}


def test_a_task_gives_requests_retries_and_failures(tmp_path: Path) -> None:
    write(tmp_path, SAMPLE)
    answer, retry, failure, session = read_all(LOGS["cline"], places(tmp_path)).usages
    assert counts(answer) == (50, 900, 70, 20, 0)
    assert (answer.model, answer.vendor, answer.reported_usd) == (
        "claude-sonnet-5",
        "anthropic",
        Decimal("0.0123"),
    )
    assert (answer.working_directory, answer.session_id) == ("/home/ann/shop", "17")
    assert (retry.requests, retry.retries, retry.error) == (0, 1, "rate_limit")
    assert (failure.requests, failure.errors, failure.error) == (0, 1, "timeout")
    assert (counts(session), session.session_id) == ((100, 800, 100, 30, 0), "s1")


def test_tool_calls_are_steps(tmp_path: Path) -> None:
    write(tmp_path, SAMPLE)
    steps = read_all(LOGS["cline"], places(tmp_path)).steps
    assert [(step.kind, step.name) for step in steps] == [
        ("edit", "editedExistingFile"),
        ("shell", "execute_command"),
    ]


@pytest.mark.parametrize(
    ("at", "protocol", "whole", "rest"),
    [
        (AT, "anthropic", 1000, 30),  # since November 2025 the count is the whole prompt
        (1760000000000, "anthropic", 1000, 1000),  # in October 2025 Anthropic's protocol gave the rest
        (1760000000000, "openai", 1000, 30),
        (AT, "anthropic", 30, 30),  # below its own cached part it can only be the rest
    ],
)
def test_roo_counts_the_whole_prompt_since_november_2025(
    tmp_path: Path, at: int, protocol: str, whole: int, rest: int
) -> None:
    task = "Library/Application Support/Cursor/User/globalStorage/rooveterinaryinc.roo-cline/tasks/9"
    message = request(at, tokensIn=whole, tokensOut=1, cacheReads=900, cacheWrites=70, apiProtocol=protocol)
    prompt = {
        "role": "user",
        "ts": at + 7,
        "content": [{"type": "text", "text": "<model>claude-opus-5</model>"}],
    }
    write(
        tmp_path, {f"{task}/ui_messages.json": [message], f"{task}/api_conversation_history.json": [prompt]}
    )
    (usage,) = read_all(LOGS["roo_code"], places(tmp_path, "darwin")).usages
    assert (counts(usage), usage.model) == ((rest, 900, 70, 1, 0), "claude-opus-5")


def test_sums_of_deleted_requests_and_of_subagents_are_marked_as_sums(tmp_path: Path) -> None:
    spent = json.dumps({"tokensIn": 10, "tokensOut": 1})
    kept = [
        {"ts": AT + n, "type": "say", "say": say, "text": spent}
        for n, say in enumerate(("deleted_api_reqs", "subagent_usage"))
    ]
    write(tmp_path, {f"{STORE}/tasks/18/ui_messages.json": kept})
    deleted, subagent = read_all(LOGS["cline"], places(tmp_path)).usages
    assert (deleted.quality, deleted.requests, deleted.is_subagent) == ("session_total", 0, False)
    assert (subagent.quality, subagent.requests, subagent.is_subagent) == ("session_total", 0, True)


@pytest.mark.parametrize(
    ("system", "store"),
    [
        ("linux", ".config/VSCodium/User"),
        ("linux", ".vscode-server/data/User"),
        ("darwin", "Library/Application Support/Windsurf/User"),
        ("windows", "AppData/Roaming/Code - Insiders/User"),
    ],
)
def test_the_extension_is_found_in_every_editor_on_every_system(
    tmp_path: Path, system: str, store: str
) -> None:
    write(tmp_path, {f"{store}/globalStorage/kilocode.kilo-code/tasks/1/ui_messages.json": MESSAGES})
    assert read_all(LOGS["kilo_code"], places(tmp_path, system)).usages
