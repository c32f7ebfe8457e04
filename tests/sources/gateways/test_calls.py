"""Overlapping counts made disjoint, and Langfuse's and Helicone's rows."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payback.ledger.batches import digest
from payback.ledger.entries import Usage
from payback.sources import helicone, langfuse
from payback.sources.calls import Counts, disjoint
from tests.sources.gateways.samples import only, parsed, refused, sample

NINE = datetime(2026, 11, 10, 9, tzinfo=UTC)
BOTH = (True, False)
number = st.integers(0, 10**6)


@given(st.builds(Counts, *[number] * 5), st.booleans())
def test_whichever_way_a_source_counts_its_total_tells_the_five_counts(told, cached_inside):
    """Counts written with the cached tokens inside or beside the input come out the same five, and add up."""
    written = Counts(
        told.input + told.cached if cached_inside else told.input,
        told.cache_read,
        told.cache_write_5m,
        told.cache_write_1h,
        told.output,
    )
    total = told.input + told.cached + told.output
    found = disjoint(written, total, holds_cached=BOTH, holds_reasoning=(True,))
    assert found["input_tokens"] == told.input
    assert sum(found.values()) - found["reasoning_tokens"] == total


def test_langfuses_sample_is_the_generation_worked_out_by_hand():
    assert only(langfuse.SOURCE, sample("others.md", "usageDetails")) == Usage(
        usage_id=digest("langfuse", "langfuse", "obs1"),
        occurred_at=NINE,
        vendor=None,
        tool="langfuse",
        source="langfuse:generations",
        model="model-x",
        actor="dev@example.com",
        session_id="s1",
        run_id="tr1",
        workflow="triage",
        environment="production",
        precedence="telemetry",
        input_tokens=1200,
        output_tokens=300,
        duration_seconds=3.1,
        reported_usd=Decimal("0.007500000"),
        reported_tokens=1500,
    )


def generation(**told) -> dict:
    return {
        "data": [
            {"id": "o", "type": "GENERATION", "startTime": "2026-11-10T09:00:00Z", "model": "gpt-x"} | told
        ]
    }


@pytest.mark.parametrize(
    ("told", "counts"),
    [
        # beside one another, as Langfuse's own integrations write them
        ({"input": 100, "input_cached_tokens": 900, "output": 50, "output_reasoning_tokens": 30, "total": 1080}, (100, 900, 0, 0, 80, 30)),
        # inside one another, as a caller copied them from OpenAI
        ({"input": 1000, "input_cached_tokens": 900, "output": 80, "output_reasoning_tokens": 30, "total": 1080}, (100, 900, 0, 0, 80, 30)),
        ({"input": 5, "cache_read_input_tokens": 7, "cache_creation_input_tokens": 3, "output": 2}, (5, 7, 3, 0, 2, 0)),
        ({"input": 5, "input_cache_creation_1h": 4, "input_audio_tokens": 6, "output": 2, "total": 17}, (11, 0, 0, 4, 2, 0)),
        ({}, (0, 0, 0, 0, 0, 0)),
    ],
)  # fmt: skip
def test_langfuses_open_ended_counts_come_out_disjoint(told, counts):
    found = only(langfuse.SOURCE, generation(usageDetails=told))
    assert (
        found.input_tokens, found.cache_read_tokens, found.cache_write_5m_tokens, found.cache_write_1h_tokens,
        found.output_tokens, found.reasoning_tokens,
    ) == counts  # fmt: skip


def test_counts_that_say_nothing_or_do_not_add_up_are_refused():
    assert "neither input nor output" in refused(langfuse.SOURCE, generation(usageDetails={"tiles": 3}))
    assert "do not add up to the total 9" in refused(
        langfuse.SOURCE, generation(usageDetails={"input": 5, "total": 9})
    )


def test_only_generations_are_use_and_a_failed_one_is_an_error():
    body = generation(level="ERROR", environment="default")
    body["data"].append(
        {"id": "p", "type": "SPAN", "startTime": "2026-11-10T09:00:00Z", "usageDetails": {"input": 5}}
    )
    (found,) = parsed(langfuse.SOURCE, body)
    assert (found.requests, found.errors, found.environment, found.tool) == (0, 1, None, "openai_api")


def test_helicones_requests_are_use_with_properties_as_places():
    body = {
        "data": [
            {
                "request_id": "h1", "request_created_at": "2026-11-10 09:00:00", "request_model": "claude-x",
                "provider": "ANTHROPIC", "status": 200, "request_user_id": "dev@example.com", "prompt_tokens": 100,
                "completion_tokens": 20, "total_tokens": 1020, "prompt_cache_read_tokens": 900, "cost": 0.25,
                "delay_ms": 1500,
                "request_properties": {"Team": "search", "Helicone-Session-Id": "s1", "Cost-Center": "4711"},
            },
            {"request_id": "h2", "request_created_at": "2026-11-10 09:00:01", "model": "gpt-x", "status": 429},
            {"request_created_at": "2026-11-10 09:00:01"},
        ]
    }  # fmt: skip
    used, failed, refused_row = parsed(helicone.SOURCE, body)
    assert (used.vendor, used.tool, used.actor, used.session_id) == (
        "anthropic",
        "anthropic_api",
        "dev@example.com",
        "s1",
    )
    assert (used.input_tokens, used.cache_read_tokens, used.output_tokens) == (100, 900, 20)
    assert (used.team, used.cost_center, used.reported_usd, used.duration_seconds) == (
        "search",
        "4711",
        Decimal("0.25"),
        1.5,
    )
    assert (failed.requests, failed.errors, failed.error) == (0, 1, "rate_limit")
    assert refused_row.why == "the request has no request_id"
