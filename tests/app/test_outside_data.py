"""Data that others measured, taken in as files: totals and prices come out as published."""

from __future__ import annotations

from decimal import Decimal

import pytest

from payback.access.scope import Scope
from payback.app.files import Import
from payback.metrics.question import Query
from payback.period import Period
from tests.app.world import opened
from tests.desk import desk

ALL = Scope.everything("test", may_see_people=True)


def totals(app, *metrics):
    first, last = app.first_day(), app.last_day()
    found = app.answer(Query(metrics, Period(first, last.replace(year=last.year + 1))), ALL).totals
    return {name: found[name].value for name in metrics}


def test_the_tokens_of_the_azure_inference_trace_are_exact(tmp_path):
    """8,819 requests of Azure's production trace of 2023 (Splitwise, ISCA'24), CC-BY-4.0."""
    trace = desk("data/llm-traces/AzureLLMInferenceTrace_code_2023.csv")
    with opened(tmp_path) as app:
        told = app.take_file(Import(trace, "usage", constants=("vendor=azure", "model=gpt-4")))
        found = totals(app, "tokens_input", "tokens_output", "requests")
    assert (told["rows"], told["rejected"]) == (8819, [])
    assert found == {"tokens_input": 18_059_974, "tokens_output": 245_896, "requests": 8819}


@pytest.mark.parametrize(
    ("tokens_in", "tokens_out", "usd"),
    [(2_671_437, 380_717, Decimal("68.6253")), (2_567_514, 363_142, Decimal("65.7484"))],
)
def test_the_two_priced_runs_of_the_aider_benchmark_cost_what_was_published(
    tmp_path, tokens_in, tokens_out, usd
):
    """Claude Opus 4 on the polyglot benchmark of Aider (Apache-2.0), to the fourth decimal."""
    run = tmp_path / "run.csv"
    run.write_text(
        "date,vendor,model,input_tokens,output_tokens,bucket_seconds\n"
        f"2025-06-01,anthropic,claude-opus-4-20250514,{tokens_in},{tokens_out},86400\n"
    )
    with opened(tmp_path) as app:
        app.take_file(Import(run, "usage"))
        assert round(totals(app, "spend_list")["spend_list"], 4) == usd
