"""Amp, aider, Codebuff, Cursor."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from tests.agents_others.disk import LOGS, Files, counts, places, read_all, write

if TYPE_CHECKING:
    from pathlib import Path

BILLED = {
    "model": "claude-opus-5",
    "timestamp": "2026-02-01T10:00:01Z",
    "inputTokens": 10,
    "outputTokens": 20,
    "cacheCreationInputTokens": 986,
    "cacheReadInputTokens": 11372,
    "totalInputTokens": 12368,
    "credits": 1.5,
}
THREAD: dict[str, Any] = {
    "id": "T-1",
    "created": 1769940000000,
    "env": {"initial": {"trees": [{"uri": "file:///home/ann/my%20shop"}]}},
    "messages": [
        {"role": "user", "messageId": 0, "content": [{"type": "text", "text": "…"}]},
        {
            "role": "assistant",
            "messageId": 1,
            "usage": BILLED,
            "content": [{"type": "tool_use", "id": "c1", "name": "Bash", "input": {}}],
        },
        {
            "role": "user",
            "messageId": 2,
            "content": [{"type": "tool_result", "toolUseID": "c1", "run": {"status": "done"}}],
        },
    ],
}
EVENT = {
    "id": "ev1",
    "timestamp": "2026-02-01T10:00:01Z",
    "model": "claude-opus-5",
    "credits": 1.5,
    "tokens": {"input": 10, "output": 20},
    "toMessageId": 1,
}
AMP: Files = {".local/share/amp/threads/T-1.json": {**THREAD, "usageLedger": {"events": [EVENT]}}}
SENT = {
    "event": "message_send",
    "properties": {
        "main_model": "anthropic/claude-sonnet-5",
        "prompt_tokens": 1200,
        "completion_tokens": 300,
        "total_tokens": 1500,
        "cost": 0.0081,
        "total_cost": 0.0081,
    },
    "user_id": "u",
    "time": 1780308000,
}
AIDER: Files = {
    ".aider.conf.yml": "model: sonnet\nanalytics-log: ~/aider.jsonl\n",
    "aider.jsonl": [{"event": "launched", "properties": {}, "user_id": "u", "time": 1780307999}, SENT, SENT],
}
CHAT = ".config/manicode/projects/shop/chats/2026-06-01T10-00-00.000Z"
CODEBUFF: Files = {
    f"{CHAT}/chat-messages.json": [
        {"variant": "user", "content": "…"},
        {
            "variant": "ai",
            "timestamp": "2026-06-01T10:00:05Z",
            "credits": 1.25,
            "metadata": {
                "model": "claude-sonnet-5",
                "usage": {
                    "inputTokens": 500,
                    "outputTokens": 200,
                    "cacheCreationInputTokens": 300,
                    "cacheReadInputTokens": 100,
                },
            },
        },
        {
            "variant": "ai",
            "timestamp": "2026-06-01T10:00:15Z",
            "metadata": {
                "model": "openai/gpt-5.6",
                "codebuff": {
                    "usage": {
                        "prompt_tokens": 750,
                        "completion_tokens": 80,
                        "prompt_tokens_details": {"cached_tokens": 100},
                    }
                },
            },
        },
    ]
}
BUBBLE = {
    "type": 2,
    "createdAt": "2025-03-01T10:00:00.000Z",
    "requestId": "r1",
    "tokenCount": {"inputTokens": 900, "outputTokens": 60},
    "modelInfo": {"modelName": "claude-4-sonnet"},
}
ZEROS = {**BUBBLE, "tokenCount": {"inputTokens": 0, "outputTokens": 0}}
CURSOR: Files = {
    ".config/Cursor/User/globalStorage/state.vscdb": {
        "cursorDiskKV": [
            {"key": "bubbleId:comp:b1", "value": BUBBLE},
            {"key": "bubbleId:comp:b2", "value": ZEROS},
            {"key": "composerData:comp", "value": {"tokenCount": {"inputTokens": 5}}},
        ]
    }
}


def test_amps_ledger_wins_and_takes_cache_counts_from_the_message(tmp_path: Path) -> None:
    write(tmp_path, AMP)
    reading = read_all(LOGS["amp"], places(tmp_path))
    (usage,) = reading.usages
    assert counts(usage) == (10, 11372, 986, 20, 0)
    assert (usage.working_directory, usage.project) == ("/home/ann/my shop", "my shop")
    assert (usage.session_id, usage.reported_usd) == ("T-1", None)
    assert [(step.kind, step.is_error) for step in reading.steps] == [("shell", False)]


def test_amps_thread_that_gains_a_ledger_keeps_its_rows(tmp_path: Path) -> None:
    write(tmp_path, {".local/share/amp/threads/T-1.json": THREAD})
    (before,) = read_all(LOGS["amp"], places(tmp_path)).usages
    write(tmp_path, AMP)
    (after,) = read_all(LOGS["amp"], places(tmp_path)).usages
    assert (before.usage_id, counts(before)) == (after.usage_id, counts(after))


def test_aider_writes_only_where_its_user_asked_it_to(tmp_path: Path) -> None:
    write(tmp_path, AIDER)
    first, second = read_all(LOGS["aider"], places(tmp_path)).usages
    assert (counts(first), first.reported_usd, first.quality) == (
        (1200, 0, 0, 300, 0),
        Decimal("0.0081"),
        "estimated",
    )
    assert first.usage_id != second.usage_id
    (tmp_path / ".aider.conf.yml").unlink()
    assert read_all(LOGS["aider"], places(tmp_path)).usages == []
    named = places(tmp_path, AIDER_ANALYTICS_LOG=str(tmp_path / "aider.jsonl"))
    assert len(read_all(LOGS["aider"], named).usages) == 2


def test_codebuff_writes_counts_in_two_shapes(tmp_path: Path) -> None:
    write(tmp_path, CODEBUFF)
    first, second = read_all(LOGS["codebuff"], places(tmp_path)).usages
    assert (counts(first), first.vendor) == ((500, 100, 300, 200, 0), "anthropic")
    assert (counts(second), second.vendor) == ((650, 100, 0, 80, 0), "openai")
    assert (first.project, first.session_id) == ("shop", "2026-06-01T10-00-00.000Z")


def test_codebuffs_answer_without_a_time_is_dated_by_its_chat_and_counted_from_the_runs_history(
    tmp_path: Path,
) -> None:
    history = [
        {
            "role": "assistant",
            "providerOptions": {"codebuff": {"usage": {"inputTokens": 42, "outputTokens": 9}}},
        },
        {"role": "user", "providerOptions": {}},
        {"role": "assistant", "providerOptions": {"codebuff": {"model": "openai/gpt-5.6"}}},
    ]
    state = {"sessionState": {"mainAgentState": {"messageHistory": history}}}
    write(tmp_path, {f"{CHAT}/chat-messages.json": [{"variant": "ai", "metadata": {"runState": state}}]})
    (usage,) = read_all(LOGS["codebuff"], places(tmp_path)).usages
    assert (counts(usage), usage.model) == ((42, 0, 0, 9, 0), "openai/gpt-5.6")
    assert usage.occurred_at.isoformat() == "2026-06-01T10:00:00+00:00"


def test_cursors_zeros_give_nothing_and_its_old_counts_are_estimates(tmp_path: Path) -> None:
    write(tmp_path, CURSOR)
    (usage,) = read_all(LOGS["cursor"], places(tmp_path)).usages
    assert (counts(usage), usage.quality, usage.session_id) == ((900, 0, 0, 60, 0), "estimated", "comp")


def test_two_events_of_one_amp_message_are_two_requests_and_its_cache_counts_once(tmp_path: Path) -> None:
    title = {**EVENT, "id": "ev2", "tokens": {"input": 7, "output": 3}}
    write(
        tmp_path, {".local/share/amp/threads/T-1.json": {**THREAD, "usageLedger": {"events": [EVENT, title]}}}
    )
    usages = read_all(LOGS["amp"], places(tmp_path)).usages
    assert sorted(map(counts, usages)) == [(7, 0, 0, 3, 0), (10, 11372, 986, 20, 0)]
