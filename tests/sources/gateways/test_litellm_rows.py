"""LiteLLM's spend log, row by row: counts, money, places, failures, and what is never read."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from payback.ledger.batches import digest
from payback.ledger.checks import fault
from payback.ledger.entries import Usage
from payback.sources.litellm import SOURCE
from payback.sources.litellm_rows import marked, slim
from tests.sources.gateways.samples import only, parsed, refused, sample

NINE = datetime(2026, 11, 10, 9, tzinfo=UTC)


def row(**told) -> dict:
    plain = {
        "request_id": "r1", "startTime": "2026-11-10T09:00:00Z", "model": "claude-x", "prompt_tokens": 1000,
        "completion_tokens": 100, "total_tokens": 1100, "custom_llm_provider": "anthropic", "status": "success",
        "cache_hit": "None", "spend": 0.5, "metadata": {},
    }  # fmt: skip
    return plain | told


def usage(**told) -> Usage:
    return only(SOURCE, [row(**told)])


def counts(found: Usage) -> tuple[int, ...]:
    return (
        found.input_tokens,
        found.cache_read_tokens,
        found.cache_write_5m_tokens,
        found.cache_write_1h_tokens,
        found.output_tokens,
        found.reasoning_tokens,
    )


def test_the_sample_of_the_reference_is_the_request_worked_out_by_hand():
    found = only(SOURCE, {"data": [sample("litellm.md", "chatcmpl-1")]})
    assert found == Usage(
        usage_id=digest("litellm", "litellm", "chatcmpl-1"),
        occurred_at=NINE,
        vendor="anthropic",
        tool="litellm",
        source="litellm:logs",
        model="claude-x",
        response_id="chatcmpl-1",
        project="team-search",
        api_key="9f2c…",
        actor="dev@example.com",
        session_id="s-1",
        repo="acme/app",
        workflow="triage",
        precedence="gateway",
        input_tokens=2100,
        output_tokens=380,
        requests=1,
        duration_seconds=4.0,
        reported_usd=Decimal("0.013420000"),
        reported_tokens=2480,
    )


def test_cached_tokens_are_taken_out_of_the_prompt_whichever_shape_recorded_them():
    anthropic = usage(
        metadata={
            "usage_object": {
                "cache_read_input_tokens": 600,
                "cache_creation_input_tokens": 300,
                "prompt_tokens_details": {"cache_creation_token_details": {"ephemeral_1h_input_tokens": 100}},
                "server_tool_use": {"web_search_requests": 2},
            }
        }
    )
    assert counts(anthropic) == (100, 600, 200, 100, 100, 0)
    assert anthropic.web_searches == 2
    openai = usage(
        custom_llm_provider="openai",
        metadata={
            "additional_usage_values": {
                "prompt_tokens_details": {"cached_tokens": 400},
                "completion_tokens_details": {"reasoning_tokens": 70},
            }
        },
    )
    assert counts(openai) == (600, 400, 0, 0, 100, 70)


def test_old_rows_that_keep_cached_tokens_apart_are_known_by_their_total():
    apart = usage(total_tokens=1700, metadata={"usage_object": {"cache_read_input_tokens": 600}})
    assert counts(apart) == (1000, 600, 0, 0, 100, 0)
    untold = usage(total_tokens=None, metadata={"usage_object": {"cache_read_input_tokens": 600}})
    assert counts(untold) == (400, 600, 0, 0, 100, 0)


def test_a_row_that_does_not_add_up_is_refused_and_the_others_are_kept():
    found = parsed(
        SOURCE, {"data": [row(), row(request_id="r2", total_tokens=7), "nonsense", row(request_id="r3")]}
    )
    assert [type(one).__name__ for one in found] == ["Usage", "Rejected", "Rejected", "Usage"]
    assert found[1].why.startswith("r2: input 1000")
    assert (found[1].file, found[1].line) == ("a page", 2)
    assert refused(SOURCE, [row(startTime="yesterday")]) == "r1: 'yesterday' is not an instant"
    assert refused(SOURCE, {"detail": "no"}) == "the page holds no list of rows"


def test_calls_of_tools_are_no_requests_of_models():
    assert parsed(SOURCE, [row(call_type="call_mcp_tool")]) == []


def test_a_cached_answer_used_no_tokens():
    found = usage(cache_hit="True", spend=0.0, metadata={"usage_object": {"prompt_tokens": 1000}})
    assert (counts(found), found.requests, found.reported_usd) == ((0, 0, 0, 0, 0, 0), 1, Decimal(0))
    assert fault(found) is None


@pytest.mark.parametrize(
    ("provider", "model", "vendor", "name"),
    [
        ("bedrock", "anthropic.claude-x-v1:0", "aws", "anthropic.claude-x-v1:0"),
        ("vertex_ai", "vertex_ai/gemini-x", "google", "gemini-x"),
        ("azure", "azure/gpt-x", "azure", "gpt-x"),
        ("openai", "gpt-x", "openai", "gpt-x"),
        ("hosted_vllm", "hosted_vllm/llama-x", "gpu_cluster", "llama-x"),
        ("voyage", "voyage-3", "voyage", "voyage-3"),
        ("", "claude-x", "anthropic", "claude-x"),
        ("", "who-knows", None, "who-knows"),
    ],
)
def test_who_is_paid_is_told_by_the_provider(provider, model, vendor, name):
    found = usage(custom_llm_provider=provider, model=model)
    assert (found.vendor, found.model) == (vendor, name)


@pytest.mark.parametrize(
    ("told", "tool"),
    [
        ({"metadata": {"user_agent": "claude-cli/2.1.0 (external, cli)"}}, "claude_code"),
        ({"request_tags": ["User-Agent: codex_cli_rs"]}, "codex"),
        ({"metadata": {"user_agent": "OpenAI/Python 2.0"}}, "litellm"),
        ({"custom_llm_provider": "hosted_vllm"}, "self_hosted"),
    ],
)
def test_the_tool_is_the_agent_that_asked_where_it_is_known(told, tool):
    assert usage(**told).tool == tool


def test_tags_win_over_the_callers_keys_and_both_over_the_team_of_the_key():
    found = usage(
        team_id="t-9",
        request_tags='["team:search", "wf:triage", "env:production", "task:review", "cost_center:4711", "blue"]',
        metadata={
            "user_api_key_project_id": "p-1",
            "spend_logs_metadata": {
                "team": "other",
                "repo": "acme/app",
                "branch": "fix",
                "prompt": "secret words",
            },
        },
    )
    assert (found.team, found.workflow, found.environment, found.task_type) == (
        "search",
        "triage",
        "production",
        "review",
    )
    assert (found.cost_center, found.repo, found.branch, found.project) == ("4711", "acme/app", "fix", "p-1")


@pytest.mark.parametrize(
    ("alias", "teams", "team", "project"),
    [
        (None, {}, None, "t-9"),
        ("Search", {}, "Search", None),
        ("Search", {"Search": "search"}, "search", None),
        (None, {"t-9": "search"}, "search", None),
    ],
)
def test_the_teams_id_becomes_a_team_by_the_setting_or_alias_and_a_project_otherwise(
    alias, teams, team, project
):
    body = [row(team_id="t-9", metadata={"user_api_key_team_alias": alias})]
    found = only(SOURCE, body, teams=teams)
    assert (found.team, found.project) == (team, project)


def test_a_failure_counts_as_an_error_and_one_that_was_tried_again_as_a_retry():
    nothing = {"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0, "spend": 0, "status": "failure"}
    failure = {
        "error_information": {"error_code": "429", "error_class": "RateLimitError", "error_message": "secret"}
    }
    rows = [
        row(
            request_id="c",
            litellm_call_id="call",
            startTime="2026-11-10T09:00:02Z",
            metadata={"attempted_retries": 1},
        ),
        row(
            request_id="b",
            litellm_call_id="call",
            startTime="2026-11-10T09:00:01Z",
            metadata=failure,
            **nothing,
        ),
        row(
            request_id="a",
            litellm_call_id="else",
            startTime="2026-11-10T09:00:00Z",
            metadata=failure,
            **nothing,
        ),
    ]
    answered, again, final = parsed(SOURCE, list(marked(slim(one) for one in rows)))
    assert (answered.requests, answered.errors, answered.retries, answered.attempt) == (1, 0, 0, 2)
    assert (again.requests, again.errors, again.retries, again.error) == (0, 0, 1, "rate_limit")
    assert (final.requests, final.errors, final.retries) == (0, 1, 0)
    assert answered.run_id == again.run_id == "call"


def test_use_by_a_persons_own_subscription_is_a_seats():
    assert usage(metadata={"used_client_oauth_token": True}).payment == "seat"
    assert usage().payment is None


def test_prompts_and_answers_are_dropped_before_a_row_is_looked_at():
    told = slim(
        row(
            messages=[{"content": "secret"}],
            response={"content": "secret"},
            proxy_server_request={"body": "secret"},
            metadata={
                "requester_metadata": "secret",
                "error_information": {"error_message": "secret", "traceback": "secret"},
            },
        )
    )
    assert "secret" not in repr(told)
