"""Azure's bill and metrics: the reference's sample, real meter names, runs by manifest, and one family of metrics only."""

from __future__ import annotations

import csv
import io
import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import httpx2
import pytest

from payback.ledger.entries import Charge, Rejected
from payback.sources.azure import SOURCE
from payback.sources.azure.meters import meter
from tests.desk import desk
from tests.sources.cloud.bill import laid, parsed
from tests.sources.installation import FAULTS, KEY, Recorder, everything, opened, rows, synced
from tests.sources.reference import blocks

if TYPE_CHECKING:
    from pathlib import Path

RESOURCE = "/subscriptions/0000/resourceGroups/ai/providers/Microsoft.CognitiveServices/accounts/aoai-1"
ROW = {
    "ChargePeriodStart": "2026-11-10T00:00:00Z",
    "ChargePeriodEnd": "2026-11-11T00:00:00Z",
    "ChargeCategory": "Usage",
    "BilledCost": "7.31",
    "EffectiveCost": "7.31",
    "BillingCurrency": "EUR",
    "ResourceId": RESOURCE,
    "x_SkuMeterCategory": "Foundry Models",
    "x_SkuMeterName": "gpt 4.1 cached Inp glbl Tokens",
    "PricingQuantity": "731",
    "PricingUnit": "1K",
    "SubAccountId": "/subscriptions/0000",
}


def nobody(_request: httpx2.Request) -> httpx2.Response:
    raise AssertionError("no vendor is asked over HTTP")


def test_the_sample_row_is_the_charge_worked_out_by_hand():
    (block,) = blocks("azure-openai", "csv")
    (found,) = parsed(SOURCE, "exports", csv.DictReader(io.StringIO(block)), account="ba-1")
    assert isinstance(found, Charge)
    assert found == Charge(
        charge_id=found.charge_id,
        vendor="azure",
        charge_period_start=datetime(2026, 11, 10, tzinfo=UTC),
        charge_period_end=datetime(2026, 11, 11, tzinfo=UTC),
        source="azure:exports",
        precedence="cloud_export",
        account="ba-1",
        sub_account="/subscriptions/0000",
        model="unmapped",
        billed_cost=Decimal("7.31"),
        effective_cost=Decimal("7.31"),
        quantity=731_000.0,
        unit="Tokens",
        tags={"team": "search"},
        details={
            "PricingQuantity": "731",
            "PricingUnit": "1K Tokens",
            "ResourceId": RESOURCE,
            "x_Scope": "global",
            "x_SkuMeterName": "ModelQ Outp glbl Tokens",
            "x_SkuMeterSubcategory": "Azure OpenAI",
            "x_TokenType": "output",
        },
    )


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("gpt 4.1 Inp glbl Tokens", ("gpt-4.1", "input", "global", None, 1000)),
        ("gpt 4.1 cached Inp glbl Tokens", ("gpt-4.1", "cache-read", "global", None, 1000)),
        ("gpt 4.1 mini Outp glbl Tokens", ("gpt-4.1-mini", "output", "global", None, 1000)),
        ("gpt-4o-mini-0718-Outp-glbl Tokens", ("gpt-4o-mini", "output", "global", None, 1000)),
        ("gpt 4o 1120 cached Inp glbl Tokens", ("gpt-4o", "cache-read", "global", None, 1000)),
        ("GPT 5 Mini Inpt Glbl 1M Tokens", ("gpt-5-mini", "input", "global", None, 1_000_000)),
        ("GPT 5 Mini outpt Glbl 1M Tokens", ("gpt-5-mini", "output", "global", None, 1_000_000)),
        ("GPT 5 Mini cchd Inpt Glbl 1M Tokens", ("gpt-5-mini", "cache-read", "global", None, 1_000_000)),
        ("GPT 5.1 inp Gl 1M Tokens", ("gpt-5.1", "input", "global", None, 1_000_000)),
        ("GPT 5.1 opt Gl 1M Tokens", ("gpt-5.1", "output", "global", None, 1_000_000)),
        ("GPT 5.1 cd inp Gl 1M Tokens", ("gpt-5.1", "cache-read", "global", None, 1_000_000)),
        ("5.6 sol ShortCo Cd Inp Std Gl 1M Tokens", ("unmapped", "cache-read", "global", None, 1_000_000)),
        ("gpt aud 0828 txt Inp glbl Tokens", ("gpt-audio", "input", "global", None, 1000)),
        ("gpt 4.1 Batch Outp Data Zone Tokens", ("gpt-4.1", "output", "data zone", "batch", 1000)),
        ("gpt 4o Inp regnl Tokens", ("gpt-4o", "input", "regional", None, 1000)),
        ("V4 Pro Inp glbl Tokens", ("unmapped", "input", "global", None, 1000)),
        ("Provisioned Managed Global Unit", (None, None, "global", None, None)),
    ],
)
def test_a_meters_name_is_read_however_it_is_spelled(name: str, told: tuple[Any, ...]):
    assert tuple(meter(name)) == told


def test_the_table_of_names_maps_a_meter_that_tells_no_model():
    name = "5.6 sol ShortCo Cd Inp Std Gl 1M Tokens"
    (found,) = parsed(SOURCE, "exports", [ROW | {"x_SkuMeterName": name}], models={name: "gpt-5.6-sol"})
    assert (found.model, found.billed_cost, found.currency, found.quantity) == (
        "gpt-5.6-sol",
        Decimal("7.31"),
        "EUR",
        731_000_000.0,
    )


def test_a_gpu_machine_is_taken_in_and_another_machine_is_not(tmp_path: Path):
    machine = ROW | {
        "ResourceId": "/vm/1", "x_SkuMeterCategory": "Virtual Machines", "x_SkuMeterSubcategory": "NDasrA100v4 Series",
        "x_SkuMeterName": "ND96asr A100 v4", "ConsumedQuantity": "3", "ConsumedUnit": "Hours",
        "SkuPriceDetails": '{"GpuCount":"8"}',
    }  # fmt: skip
    laid(
        month(tmp_path, "run-1"),
        [machine, machine | {"x_SkuMeterSubcategory": "Dv5 Series", "x_SkuMeterName": "D4 v5"}],
    )
    with installed(tmp_path) as app:
        synced(app, "azure")
        assert rows(app, "charges", "quantity", "unit", "model") == [(24.0, "GPU Hours", None)]


def test_every_column_of_the_specification_is_kept():
    text = desk("reference/vendors/specs/azure-FocusCost_1.2-preview.json").read_text(encoding="utf-8")
    names = [column["ColumnName"] for column in json.loads(text)["Columns"]]
    marks = {name: f"mark {name}" for name in names if name.startswith("x_") and name != "x_SkuMeterName"}
    (found,) = parsed(SOURCE, "exports", [ROW | marks])
    assert {name: found.details.get(name) for name in marks} == marks


def month(home: Path, run: str) -> Path:
    return home / "blobs" / "root" / "daily" / "20261101-20261130" / run / "part_0_0001.csv"


def manifest(path: Path, size: int) -> None:
    told = {
        "manifestVersion": "2024-04-01",
        "blobs": [{"blobName": f"root/daily/{path.name}", "byteCount": size}],
    }
    (path.parent / "manifest.json").write_text(json.dumps(told))


def installed(home: Path, more: str = "", vendor: Any = nobody) -> Any:
    return opened(home, f'[sources.azure]\nexports = "{home / "blobs"}"\n{more}', vendor)


def test_month_to_date_is_replaced_whole_by_the_newest_whole_run(tmp_path: Path):
    first, second, third = (month(tmp_path, f"2026111{day}0400") for day in (1, 2, 3))
    manifest(laid(first, [ROW, ROW]), first.stat().st_size)
    with installed(tmp_path) as app:
        synced(app, "azure")
        before = rows(app, "charges", "billed_cost")
        manifest(laid(second, [ROW | {"BilledCost": "9"}]), second.stat().st_size)
        manifest(laid(third, [ROW | {"BilledCost": "1"}]), third.stat().st_size + 10)  # still being written
        synced(app, "azure")
        after = rows(app, "charges", "billed_cost")
        held = everything(app)
        again = synced(app, "azure")
        assert everything(app) == held
    assert before == [(Decimal("7.31"),)] * 2
    assert after == [(Decimal(9),)]
    assert sum(row["read"] for row in again) == 0


def test_a_row_that_does_not_read_is_rejected_with_its_place_and_the_others_are_kept():
    odd, good = parsed(SOURCE, "exports", [ROW | {"BilledCost": "much"}, ROW])
    assert isinstance(odd, Rejected)
    assert (odd.file, odd.line) == ("bill.csv", 2)
    assert isinstance(good, Charge)


def series(metric: str, total: float, model: str = "gpt-5-mini") -> dict[str, Any]:
    dimensions = [
        {"name": {"value": "modeldeploymentname"}, "value": "chat"},
        {"name": {"value": "modelname"}, "value": model},
    ]
    point = {"timeStamp": "2026-11-24T09:00:00Z", "total": total}
    return {
        "name": {"value": metric},
        "timeseries": [
            {"metadatavalues": dimensions, "data": [point, {"timeStamp": "2026-11-24T10:00:00Z"}]}
        ],
    }


def monitor(**totals: float) -> Any:
    """A Monitor that knows the metrics given, and answers for the week that holds the 24th only."""

    def answer(request: httpx2.Request) -> httpx2.Response:
        told = request.url.params
        assert request.url.path == f"{RESOURCE}/providers/microsoft.insights/metrics"
        assert request.headers["authorization"] == f"Bearer {KEY}"
        since, until = told["timespan"].split("/")
        inside = since <= "2026-11-24T09:00:00Z" < until
        wanted = [name for name in told["metricnames"].split(",") if name in totals and inside]
        return httpx2.Response(200, json={"value": [series(name, totals[name]) for name in wanted]})

    return answer


def measured(home: Path, vendor: Any) -> Any:
    return opened(
        home,
        f'[sources.azure]\ntoken = "env:VENDOR_KEY"\nresources = ["{RESOURCE}"]\nsince = "2026-11-20"\n',
        vendor,
    )


COUNTS = ("input_tokens", "cache_read_tokens", "output_tokens", "requests", "quality")


@pytest.mark.parametrize(
    ("totals", "told"),
    [
        (
            {
                "InputTokens": 100.0,
                "OutputTokens": 20.0,
                "TotalTokens": 120.0,
                "ModelRequests": 3.0,
                "ProcessedPromptTokens": 100.0,
            },
            (100, 0, 20, 3, "exact"),
        ),
        (
            {"InputTokens": 100.0, "OutputTokens": 20.0, "TotalTokens": 120.0, "cacheReadInputTokens": 60.0},
            (40, 60, 20, 0, "exact"),
        ),
        (
            {"InputTokens": 100.0, "OutputTokens": 20.0, "TotalTokens": 180.0, "cacheReadInputTokens": 60.0},
            (100, 60, 20, 0, "exact"),
        ),
        (
            {
                "ProcessedPromptTokens": 100.0,
                "GeneratedTokens": 20.0,
                "TokenTransaction": 120.0,
                "AzureOpenAIRequests": 3.0,
            },
            (100, 0, 20, 3, "estimated"),
        ),
    ],
)
def test_one_family_of_metrics_is_read_and_its_total_says_where_cached_tokens_are(
    tmp_path: Path, totals: dict[str, float], told: tuple[Any, ...]
):
    with measured(tmp_path, monitor(**totals)) as app:
        synced(app, "azure")
        assert rows(app, "usage", *COUNTS) == [told]
        assert rows(app, "usage", "project", "api_key", "model", "bucket_seconds") == [
            ("/subscriptions/0000", "aoai-1/chat", "gpt-5-mini", 3600)
        ]


def test_counts_that_do_not_add_up_are_rejected(tmp_path: Path):
    with measured(tmp_path, monitor(InputTokens=100.0, OutputTokens=20.0, TotalTokens=500.0)) as app:
        synced(app, "azure")
        assert rows(app, "usage") == []
        assert "the vendor says 500" in rows(app, "rejected", "why")[0][0]


@pytest.mark.parametrize("fault", FAULTS)
def test_faults_on_the_way_leave_the_same_rows(tmp_path: Path, fault: Any):
    vendor = monitor(InputTokens=100.0, OutputTokens=20.0, TotalTokens=120.0)
    with measured(tmp_path / "plain", vendor) as app:
        synced(app, "azure")
        plain = everything(app)
    with measured(tmp_path / "faulty", Recorder(vendor, [fault, None, fault])) as app:
        synced(app, "azure")
        assert everything(app) == plain
        synced(app, "azure")
        assert everything(app) == plain


@pytest.mark.parametrize(
    ("status", "words"), [(401, "wrong, expired or revoked"), (403, "may not read this")]
)
def test_a_refused_token_is_one_sentence_without_it_and_the_bill_goes_on(
    tmp_path: Path, status: int, words: str
):
    laid(month(tmp_path, "run-1"), [ROW])
    more = f'token = "env:VENDOR_KEY"\nresources = ["{RESOURCE}"]\n'
    refuse = lambda _request: httpx2.Response(status, text=f"no {KEY}")  # noqa: E731
    with installed(tmp_path, more, refuse) as app:
        bill, metrics = synced(app, "azure")
    assert (bill["message"], bill["rows"]) == ("", 1)
    assert words in metrics["message"]
    assert "Monitoring Reader" in metrics["message"]
    assert KEY not in metrics["message"]
