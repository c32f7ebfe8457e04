"""Tools that keep sums of sessions: Goose, Droid, Crush, Zed, Hermes."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from tests.agents_others.disk import LOGS, Files, counts, places, read_all, write

if TYPE_CHECKING:
    from pathlib import Path

GOOSE: Files = {
    ".local/share/goose/sessions/sessions.db": {
        "sessions": [
            {
                "id": "20260601_1",
                "working_dir": "/home/ann/shop",
                "model_config_json": {"model_name": "claude-sonnet-5"},
                "provider_name": "anthropic",
                "created_at": "2026-06-01 10:00:00",
                "total_tokens": 10,
                "input_tokens": 8,
                "output_tokens": 2,
                "accumulated_total_tokens": 1000,
                "accumulated_input_tokens": 800,
                "accumulated_output_tokens": 150,
            }
        ],
        "messages": [
            {
                "id": 1,
                "session_id": "20260601_1",
                "role": "assistant",
                "created_timestamp": 1780308001,
                "content_json": [
                    {
                        "type": "toolRequest",
                        "id": "c1",
                        "toolCall": {"status": "success", "value": {"name": "developer__shell"}},
                    }
                ],
            },
            {
                "id": 2,
                "session_id": "20260601_1",
                "role": "user",
                "created_timestamp": 1780308002,
                "content_json": [{"type": "toolResponse", "id": "c1", "toolResult": {"status": "error"}}],
            },
        ],
    }
}
DROID: Files = {
    ".factory/sessions/-home-ann-shop/d1.settings.json": {
        "model": "custom:Claude-Sonnet-5-[Own]-0",
        "providerLock": "anthropic",
        "providerLockTimestamp": "2026-06-01T10:00:00Z",
        "tokenUsage": {
            "inputTokens": 100,
            "outputTokens": 40,
            "cacheCreationTokens": 50,
            "cacheReadTokens": 700,
            "thinkingTokens": 10,
        },
    },
    ".factory/sessions/-home-ann-shop/d1.jsonl": [
        {"type": "session_start", "id": "d1", "title": "…", "cwd": "/home/ann/shop"},
        {
            "type": "message",
            "id": "m1",
            "timestamp": "2026-06-01T10:00:01Z",
            "message": {
                "role": "assistant",
                "content": [{"type": "tool_use", "id": "c1", "name": "Execute"}],
            },
        },
        {
            "type": "message",
            "id": "m2",
            "timestamp": "2026-06-01T10:00:02Z",
            "message": {
                "role": "user",
                "content": [{"type": "tool_result", "tool_use_id": "c1", "is_error": True}],
            },
        },
    ],
}
CRUSH_SESSION = {
    "id": "c-1",
    "parent_session_id": None,
    "prompt_tokens": 900,
    "completion_tokens": 30,
    "cost": 0.5,
    "created_at": 1780308000,
}
HERMES_SUMS = {
    "model": "claude-opus-5",
    "billing_provider": "anthropic",
    "api_call_count": 3,
    "input_tokens": 70,
    "output_tokens": 30,
    "cache_read_tokens": 200,
    "cache_write_tokens": 5,
    "reasoning_tokens": 12,
    "estimated_cost_usd": 0.02,
    "actual_cost_usd": None,
}
HERMES: Files = {
    ".hermes/state.db": {
        "sessions": [{"id": "h1", "started_at": 1780308000.25, "parent_session_id": None, **HERMES_SUMS}],
        "messages": [
            {
                "session_id": "h1",
                "timestamp": 1780308001.0,
                "tool_calls": [{"id": "c1", "type": "function", "function": {"name": "web_search"}}],
            }
        ],
    }
}
THREAD = {
    "model": {"provider": "zed.dev", "model": "claude-sonnet-5"},
    "updated_at": "2026-06-01T10:00:00Z",
    "request_token_usage": {"u1": {"input_tokens": 10, "output_tokens": 5}},
    "cumulative_token_usage": {
        "input_tokens": 100,
        "output_tokens": 40,
        "cache_creation_input_tokens": 50,
        "cache_read_input_tokens": 700,
    },
}
ZED: Files = {
    ".local/share/zed/threads/threads.db": {
        "threads": [
            {"id": "z1", "updated_at": "2026-06-01T10:00:00+00:00", "data_type": "json", "data": THREAD},
            {
                "id": "z2",
                "updated_at": "2026-06-01T10:00:00+00:00",
                "data_type": "zstd",
                "data": b"\x28\xb5\x2f\xfd",
            },
        ]
    }
}


def crush(home: Path) -> Files:
    """Crush keeps its database in the project; only the list of projects is in a fixed place."""
    parts = [
        {"type": "tool_call", "data": {"id": "c1", "name": "bash", "input": "…"}},
        {"type": "tool_result", "data": {"tool_call_id": "c1", "is_error": False}},
    ]
    message = {"session_id": "c-1", "role": "assistant", "parts": parts, "created_at": 1780308001}
    answers = [{**message, "model": model, "provider": "openai"} for model in ("gpt-5.5", "gpt-5.6")]
    return {
        ".local/share/crush/projects.json": {
            "projects": [{"path": str(home / "shop"), "data_dir": ".crush"}]
        },
        "shop/.crush/crush.db": {"sessions": [CRUSH_SESSION], "messages": answers},
    }


def test_goose_prefers_accumulated_sums_and_calls_what_is_over_reasoning(tmp_path: Path) -> None:
    write(tmp_path, GOOSE)
    reading = read_all(LOGS["goose"], places(tmp_path))
    (usage,) = reading.usages
    assert (counts(usage), usage.quality, usage.requests) == ((800, 0, 0, 200, 50), "session_total", 1)
    assert (usage.vendor, usage.working_directory) == ("anthropic", "/home/ann/shop")
    assert [(step.kind, step.is_error) for step in reading.steps] == [("shell", True)]


@pytest.mark.parametrize(
    ("system", "folder"),
    [
        ("darwin", "Library/Application Support/goose/sessions"),
        ("windows", "AppData/Roaming/Block/goose/data/sessions"),
    ],
)
def test_goose_is_found_on_every_system(tmp_path: Path, system: str, folder: str) -> None:
    (tables,) = GOOSE.values()
    write(tmp_path, {f"{folder}/sessions.db": tables})
    assert read_all(LOGS["goose"], places(tmp_path, system)).usages


def test_droid_has_sums_in_its_settings_and_tool_calls_in_its_messages(tmp_path: Path) -> None:
    write(tmp_path, DROID)
    reading = read_all(LOGS["droid"], places(tmp_path))
    (usage,) = reading.usages
    assert (counts(usage), usage.quality) == ((100, 700, 50, 50, 10), "session_total")
    assert (usage.model, usage.working_directory, usage.session_id) == (
        "Claude-Sonnet-5",
        "/home/ann/shop",
        "d1",
    )
    assert [(step.kind, step.is_error) for step in reading.steps] == [("shell", True)]


def test_crush_has_a_true_cost_and_estimated_tokens(tmp_path: Path) -> None:
    write(tmp_path, crush(tmp_path))
    reading = read_all(LOGS["crush"], places(tmp_path))
    (usage,) = reading.usages
    assert (usage.reported_usd, usage.quality, usage.requests) == (Decimal("0.5"), "estimated", 2)
    assert (usage.model, usage.working_directory) == ("gpt-5.6", str(tmp_path / "shop"))
    assert [(step.kind, step.is_error) for step in reading.steps] == [("shell", False)]


def test_zed_counts_threads_it_cannot_unpack(tmp_path: Path) -> None:
    write(tmp_path, ZED)
    reading = read_all(LOGS["zed"], places(tmp_path))
    (usage,) = reading.usages
    assert (counts(usage), usage.vendor, usage.requests) == ((100, 700, 50, 40, 0), "anthropic", 1)
    assert [row.why for row in reading.rejected] == [
        "1 threads are compressed with Zstandard, which cannot be unpacked here"
    ]


def test_hermes_gives_its_estimate_where_the_actual_cost_is_unknown(tmp_path: Path) -> None:
    write(tmp_path, HERMES)
    reading = read_all(LOGS["hermes"], places(tmp_path))
    (usage,) = reading.usages
    assert (counts(usage), usage.requests, usage.reported_usd) == ((70, 200, 5, 30, 12), 3, Decimal("0.02"))
    assert [step.kind for step in reading.steps] == ["search"]


def test_hermes_gives_a_row_for_each_model_where_they_are_kept_apart(tmp_path: Path) -> None:
    def part(model: str, given: int) -> dict[str, Any]:
        return {
            **HERMES_SUMS,
            "session_id": "h1",
            "model": model,
            "input_tokens": given,
            "first_seen": 1780308001,
        }

    (tables,) = HERMES.values()
    by_model = [part("claude-opus-5", 60), part("claude-haiku-5", 10)]
    write(tmp_path, {".hermes/state.db": {**tables, "session_model_usage": by_model}})
    usages = read_all(LOGS["hermes"], places(tmp_path)).usages
    assert {usage.model: usage.input_tokens for usage in usages} == {
        "claude-opus-5": 60,
        "claude-haiku-5": 10,
    }
