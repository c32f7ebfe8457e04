from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.agents_others.disk import LOGS, counts, places, read_all, write

if TYPE_CHECKING:
    from pathlib import Path

ROW = {
    "id": 1,
    "created_at": "2026-07-01 12:34:56",
    "session_id": "s1",
    "turn_index": 0,
    "model": "claude-sonnet-5",
    "input_tokens": 1000,
    "output_tokens": 40,
    "cache_read_tokens": 200,
    "cache_write_tokens": 100,
    "reasoning_tokens": 10,
    "total_nano_aiu": 6056400000,
    "duration_ms": 1288.0,
    "finish_reason": "stop",
    "initiator": "user",
}
STORE = {
    "sessions": [{"id": "s1", "cwd": "/home/ann/shop", "repository": "ann/shop", "branch": "till"}],
    "assistant_usage_events": [ROW, {**ROW, "id": 2, "initiator": "sub-agent", "cache_write_tokens": None}],
}
METRICS = {
    "requests": {"count": 2, "cost": 1},
    "usage": {"inputTokens": 1000, "outputTokens": 40, "cacheReadTokens": 200, "cacheWriteTokens": 100},
}
EVENTS: list[dict[str, Any]] = [
    {
        "type": "session.start",
        "id": "e1",
        "timestamp": "2026-07-01T12:34:50Z",
        "data": {"sessionId": "s1", "context": {"cwd": "/home/ann/shop", "branch": "till"}},
    },
    {
        "type": "user.message",
        "id": "e2",
        "timestamp": "2026-07-01T12:34:51Z",
        "data": {"interactionId": "i1"},
    },
    {
        "type": "tool.execution_start",
        "id": "e3",
        "timestamp": "2026-07-01T12:34:52Z",
        "data": {"toolCallId": "c1", "toolName": "bash"},
    },
    {
        "type": "tool.execution_complete",
        "id": "e4",
        "timestamp": "2026-07-01T12:34:53Z",
        "data": {"toolCallId": "c1", "success": False},
    },
    {
        "type": "session.shutdown",
        "id": "e5",
        "timestamp": "2026-07-01T12:35:00Z",
        "data": {"modelMetrics": {"claude-sonnet-5": METRICS}},
    },
]
EVENTS_AT = ".copilot/session-state/s1/events.jsonl"
SAMPLE = {".copilot/session-store.db": STORE, EVENTS_AT: EVENTS}
SPAN: dict[str, Any] = {
    "type": "span",
    "traceId": "t",
    "spanId": "1",
    "name": "chat gpt-5.6",
    "startTime": [1782909290, 0],
    "endTime": [1782909292, 500000000],
    "attributes": {
        "gen_ai.operation.name": "chat",
        "gen_ai.response.model": "gpt-5.6",
        "gen_ai.response.id": "resp_1",
        "gen_ai.usage.input_tokens": 700,
        "gen_ai.usage.output_tokens": 30,
        "gen_ai.usage.cache_read.input_tokens": 500,
        "github.copilot.nano_aiu": 1,
    },
}


def test_the_store_holds_each_request_and_shutdown_sums_of_its_sessions_add_nothing(tmp_path: Path) -> None:
    write(tmp_path, SAMPLE)
    first, second = read_all(LOGS["copilot_cli"], places(tmp_path)).usages
    assert counts(first) == (700, 200, 100, 40, 10)
    assert counts(second) == (800, 200, 0, 40, 10)
    assert (first.is_subagent, second.is_subagent) == (False, True)
    assert (first.branch, first.working_directory, first.run_id) == ("till", "/home/ann/shop", "s1:0")
    assert (first.vendor, first.duration_seconds, first.reported_usd) == ("github", 1.288, None)


def test_a_build_with_fewer_columns_is_read_all_the_same(tmp_path: Path) -> None:
    few = {
        name: ROW[name]
        for name in ("id", "created_at", "session_id", "model", "input_tokens", "output_tokens")
    }
    write(tmp_path, {".copilot/session-store.db": {"assistant_usage_events": [few]}})
    (usage,) = read_all(LOGS["copilot_cli"], places(tmp_path)).usages
    assert counts(usage) == (1000, 0, 0, 40, 0)


def test_without_a_store_each_shutdown_counts_what_it_adds_to_the_one_before(tmp_path: Path) -> None:
    def ended(at: str, requests: int, given: int) -> dict[str, Any]:
        usage = {"inputTokens": given, "outputTokens": given // 10}
        metrics = {"gpt-5.6": {"requests": {"count": requests}, "usage": usage}}
        return {"type": "session.shutdown", "timestamp": at, "data": {"modelMetrics": metrics}}

    log = [
        ended("2026-07-01T10:00:00Z", 2, 1000),
        ended("2026-07-01T11:00:00Z", 5, 2500),
        ended("2026-07-01T12:00:00Z", 1, 300),  # a compaction began the sums anew
    ]
    write(tmp_path, {EVENTS_AT: log})
    legs = read_all(LOGS["copilot_cli"], places(tmp_path)).usages
    assert [(leg.requests, leg.input_tokens, leg.output_tokens) for leg in legs] == [
        (2, 1000, 100),
        (3, 1500, 150),
        (1, 300, 30),
    ]
    assert {leg.quality for leg in legs} == {"session_total"}


def test_tool_calls_come_from_the_event_log(tmp_path: Path) -> None:
    write(tmp_path, SAMPLE)
    (step,) = read_all(LOGS["copilot_cli"], places(tmp_path)).steps
    assert (step.kind, step.name, step.is_error, step.run_id) == ("shell", "bash", True, "i1")


def test_spans_count_only_where_there_is_no_store(tmp_path: Path) -> None:
    summary = {
        **SPAN,
        "spanId": "2",
        "attributes": {**SPAN["attributes"], "gen_ai.operation.name": "invoke_agent"},
    }
    write(tmp_path, {".copilot/otel/spans.jsonl": [SPAN, summary]})
    (usage,) = read_all(LOGS["copilot_cli"], places(tmp_path)).usages
    assert counts(usage) == (200, 500, 0, 30, 0)
    assert (usage.response_id, usage.duration_seconds) == ("resp_1", 2.5)
    write(tmp_path, {".copilot/session-store.db": STORE})
    assert len(read_all(LOGS["copilot_cli"], places(tmp_path)).usages) == 2


def test_the_home_can_be_moved(tmp_path: Path) -> None:
    write(tmp_path, {"moved/session-store.db": STORE})
    assert (
        len(read_all(LOGS["copilot_cli"], places(tmp_path, COPILOT_HOME=str(tmp_path / "moved"))).usages) == 2
    )


def test_a_shutdown_whose_line_feed_comes_later_is_subtracted_once(tmp_path: Path) -> None:
    write(tmp_path, {EVENTS_AT: EVENTS})
    path, log = tmp_path / EVENTS_AT, LOGS["copilot_cli"]
    whole = path.read_bytes()
    path.write_bytes(whole[:-1])
    first = log.read(path, None, None)
    path.write_bytes(whole)
    second = log.read(path, first.mark, None)
    assert [usage.requests for usage in first.usages] == [2]
    assert first.usages == second.usages
