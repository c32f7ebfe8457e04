"""Own inference: OpenCost's allocations as charges, vLLM's counters as use."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from payback.ledger.batches import digest
from payback.ledger.entries import Charge
from payback.sources import opencost, vllm
from payback.sources.prometheus import Sample, growth, samples
from payback.sources.source import Page
from tests.sources.gateways.samples import context, only, parsed, refused, sample

DAY = (datetime(2026, 11, 10, tzinfo=UTC), datetime(2026, 11, 11, tzinfo=UTC))


def allocation(name: str = "ml", **told) -> dict:
    plain = {
        "window": {"start": "2026-11-10T00:00:00Z", "end": "2026-11-11T00:00:00Z"},
        "properties": {"cluster": "c1"},
    }
    return {"code": 200, "data": [{name: plain | told}]}


def test_the_sample_of_the_reference_is_the_two_charges_worked_out_by_hand():
    plain = {
        "vendor": "gpu_cluster", "charge_period_start": DAY[0], "charge_period_end": DAY[1],
        "source": "opencost:allocation", "precedence": "usage_api", "account": "c1", "sub_account": "ml-serving",
        "service": "Kubernetes", "tool": "self_hosted", "tags": {"team": "search"},
    }  # fmt: skip
    assert parsed(opencost.SOURCE, sample("gpu.md", "gpuHours")) == [
        Charge(
            charge_id=digest("opencost", "opencost:allocation", DAY[0], "ml-serving", "GPU"),
            sku="GPU",
            effective_cost=Decimal("96.000000000"),
            quantity=48.0,
            unit="GPU Hours",
            details={"x_Allocation": "ml-serving", "x_GpuEfficiency": "0.42"},
            **plain,
        ),
        Charge(
            charge_id=digest("opencost", "opencost:allocation", DAY[0], "ml-serving", "Compute"),
            sku="Compute",
            effective_cost=Decimal("4.300000000"),
            details={"x_Allocation": "ml-serving"},
            **plain,
        ),
    ]


def test_idle_is_a_row_of_its_own():
    found = only(opencost.SOURCE, allocation("c1/__idle__", gpuHours=10, gpuCost=20, totalCost=20))
    assert (found.sub_account, found.quantity, found.details["x_Idle"]) == ("__idle__", 10.0, "true")


def test_adjustments_are_part_of_the_money():
    gpu, rest = parsed(
        opencost.SOURCE, allocation(gpuCost=96, gpuCostAdjustment=-6, cpuCost=4, totalCost=94, gpuHours=48)
    )
    assert (gpu.effective_cost, rest.effective_cost) == (Decimal(90), Decimal(4))


def test_what_could_not_be_worked_out_is_null_and_not_nothing():
    rest = only(
        opencost.SOURCE, allocation(gpuCost=None, gpuHours=None, cpuCost=3, ramCost=None, totalCost=None)
    )
    assert (rest.sku, rest.effective_cost) == ("Compute", Decimal(3))
    assert refused(opencost.SOURCE, allocation()) == "ml: no amount is known (all are null)"
    assert "is less than the GPU part" in refused(opencost.SOURCE, allocation(gpuCost=9, totalCost=5))
    assert refused(opencost.SOURCE, {"code": 400}) == "the answer holds no list of days"


def test_labels_are_tags_by_sanitised_key_and_name_the_team():
    labels = {"app.kubernetes.io/name": "llm", "squad": "search", "env": "production"}
    found = only(
        opencost.SOURCE,
        allocation(properties={"labels": labels}, totalCost=1),
        team_label="squad",
        account="a-1",
    )
    assert found.tags == {
        "app_kubernetes_io_name": "llm", "squad": "search", "env": "production", "environment": "production",
        "team": "search",
    }  # fmt: skip
    assert found.account == "a-1"


METRICS = """# HELP vllm:prompt_tokens_total Number of prefill tokens processed.
# TYPE vllm:prompt_tokens_total counter
vllm:prompt_tokens_total{engine="0",model_name="llama-x"} 1.5e+03
vllm:prompt_tokens_total{engine="1",model_name="llama-x"} 500.0 1762765200000
vllm:generation_tokens_total{engine="0",model_name="llama-x"} 200.0
vllm:request_success_total{engine="0",finished_reason="stop",model_name="llama-x"} 7.0
vllm:request_success_total{engine="0",finished_reason="length",model_name="llama-x"} 1.0
vllm:num_requests_running{model_name="llama-x"} 3.0
vllm:generation_tokens_total{model_name="broken"} NaN
"""


def reading(before: dict | None) -> list:
    body = {"text": METRICS, "before": before, "since": DAY[0], "until": DAY[1]}
    return list(vllm.parse(Page(body, "node-1/metrics"), context(vllm.SOURCE)))


def test_tokens_are_what_the_counters_grew_by_since_the_reading_before():
    before = {
        "vllm:prompt_tokens_total{engine=0,model_name=llama-x}": 1000.0,
        "vllm:prompt_tokens_total{engine=1,model_name=llama-x}": 900.0,  # began anew since: 500 of its own
        "vllm:generation_tokens_total{engine=0,model_name=llama-x}": 150.0,
        "vllm:request_success_total{engine=0,finished_reason=stop,model_name=llama-x}": 5.0,
    }
    broken, found = reading(before)
    assert broken.why == "line 9 of vllm:generation_tokens_total does not read as a sample"
    assert (found.input_tokens, found.output_tokens, found.requests) == (1000, 50, 3)
    assert (found.occurred_at, found.bucket_seconds, found.model) == (DAY[0], 86400, "llama-x")
    assert (found.vendor, found.tool, found.precedence) == ("gpu_cluster", "self_hosted", "telemetry")


def test_the_first_reading_of_a_server_is_where_counting_begins():
    assert [type(one).__name__ for one in reading(None)] == ["Rejected"]


@pytest.mark.parametrize(("before", "after", "grown"), [(None, 5, 5), (5, 5, 0), (5, 8, 3), (5, 2, 2)])
def test_a_counter_that_is_smaller_than_before_began_anew(before, after, grown):
    assert growth(before, after) == grown


def test_labels_of_a_sample_may_hold_quotes_and_commas():
    (found,) = samples('x_total{a="one, \\"two\\"",b="c\\\\d"} 4', {"x_total"})
    assert found == Sample("x_total", {"a": 'one, "two"', "b": "c\\d"}, 4.0)
