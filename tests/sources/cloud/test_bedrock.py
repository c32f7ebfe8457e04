"""AWS bills and invocation logs: the reference's samples, every line type, months replaced whole, and what is dropped."""

from __future__ import annotations

import csv
import gzip
import io
import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from payback.app import connections
from payback.ledger.entries import Charge, Rejected
from payback.sources.bedrock import SOURCE, lines, principals
from tests.sources.cloud.bill import laid, parsed
from tests.sources.installation import opened, rows, synced
from tests.sources.reference import blocks, samples

if TYPE_CHECKING:
    from pathlib import Path

    import httpx2

PROFILE = "arn:aws:bedrock:us-east-1:111122223333:application-inference-profile/ab12"
LINE = {
    "identity_line_item_id": "id-1",
    "bill_payer_account_id": "999900001111",
    "line_item_usage_account_id": "111122223333",
    "line_item_usage_start_date": "2026-11-10T09:00:00Z",
    "line_item_usage_end_date": "2026-11-10T10:00:00Z",
    "line_item_product_code": "AmazonBedrock",
    "line_item_usage_type": "USE1-ModelQ-output-tokens",
    "line_item_line_item_type": "Usage",
    "line_item_usage_amount": "84.2",
    "line_item_unblended_cost": "1.263",
    "line_item_currency_code": "USD",
    "pricing_unit": "1K tokens",
    "line_item_resource_id": PROFILE,
}  # fmt: skip


def nobody(_request: httpx2.Request) -> httpx2.Response:
    raise AssertionError("no vendor is asked over HTTP")


def charge(**told: Any) -> Charge:
    (found,) = parsed(SOURCE, "exports", [LINE | told])
    assert isinstance(found, Charge), found
    return found


def test_the_sample_line_is_the_charge_worked_out_by_hand():
    (block,) = blocks("bedrock", "csv")
    (row,) = csv.DictReader(io.StringIO(block))
    (found,) = parsed(SOURCE, "exports", [row])
    assert isinstance(found, Charge)
    assert (found.billed_cost, found.effective_cost, found.list_cost) == (Decimal("1.263"),) * 3
    assert found == Charge(
        charge_id=found.charge_id,
        vendor="aws",
        charge_period_start=datetime(2026, 11, 10, 9, tzinfo=UTC),
        charge_period_end=datetime(2026, 11, 10, 10, tzinfo=UTC),
        source="bedrock:exports",
        precedence="cloud_export",
        sub_account="111122223333",
        service="AmazonBedrock",
        model="ModelQ",
        billed_cost=Decimal("1.263"),
        effective_cost=Decimal("1.263"),
        list_cost=Decimal("1.263"),
        quantity=84.2,
        unit="1K tokens",
        actor="dev@example.com",
        tags={"team": "search"},
        details={
            "x_ServiceCode": "AmazonBedrock",
            "x_UsageType": "USE1-ModelQ-output-tokens",
            "x_Operation": "InvokeModelInference",
            "x_LineItemType": "Usage",
            "ResourceId": PROFILE,
            "x_line_item_unblended_cost": "1.263",
            "x_IamPrincipal": "arn:aws:sts::111122223333:assumed-role/AppRole/dev@example.com",
            "x_TokenType": "output",
        },
    )


@pytest.mark.parametrize(
    ("kind", "more", "category", "billed", "effective"),
    [
        ("Usage", {}, "Usage", "1.263", "1.263"),
        ("Usage", {"line_item_net_unblended_cost": "1.1"}, "Usage", "1.1", "1.1"),
        ("Tax", {"line_item_unblended_cost": "0.24"}, "Tax", "0.24", "0.24"),
        ("Credit", {"line_item_unblended_cost": "-0.5"}, "Credit", "-0.5", "-0.5"),
        ("Refund", {"line_item_unblended_cost": "-0.3"}, "Credit", "-0.3", "-0.3"),
        ("EdpDiscount", {"line_item_unblended_cost": "-0.163"}, "Adjustment", "-0.163", "-0.163"),
        (
            "EdpDiscount",
            {"line_item_unblended_cost": "-0.163", "line_item_net_unblended_cost": ""},
            "Adjustment",
            "0",
            "0",
        ),
        (
            "SavingsPlanCoveredUsage",
            {"savings_plan_savings_plan_effective_cost": "0.9"},
            "Usage",
            "0",
            "0.9",
        ),
        ("SavingsPlanNegation", {"line_item_unblended_cost": "-1.263"}, "Adjustment", "0", "0"),
        (
            "SavingsPlanRecurringFee",
            {"savings_plan_total_commitment_to_date": "2", "savings_plan_used_commitment": "1.5"},
            "Purchase",
            "1.263",
            "0.5",
        ),
        ("DiscountedUsage", {"reservation_effective_cost": "0.7"}, "Usage", "0", "0.7"),
        ("RIFee", {"reservation_unused_recurring_fee": "0.2"}, "Purchase", "1.263", "0.2"),
    ],
)
def test_every_line_type_has_its_category_and_its_money_once(
    kind: str, more: dict[str, str], category: str, billed: str, effective: str
):
    found = charge(line_item_line_item_type=kind, **more)
    assert (found.charge_category, found.billed_cost, found.effective_cost) == (
        category,
        Decimal(billed),
        Decimal(effective),
    )


def test_a_line_type_that_nobody_knows_is_rejected_with_its_place():
    strange, good = parsed(SOURCE, "exports", [LINE | {"line_item_line_item_type": "Gift"}, LINE])
    assert strange == Rejected(
        "bedrock:exports", "line_item_line_item_type 'Gift' is none that payback knows", "bill.csv", 2
    )
    assert isinstance(good, Charge)


@pytest.mark.parametrize(
    ("usage_type", "model", "kind"),
    [
        ("USE1-ModelQ-input-tokens", "ModelQ", "input"),
        ("EU-ModelQ-cache-read-input-token-count", "ModelQ", "cache-read"),
        ("APN1-ModelQ-cache-write-input-token-count-batch", "ModelQ", "cache-write"),
        ("USW2-ModelQ-mantle-input-tokens-flex", "ModelQ", "input"),
        ("USE1-Model-4.5-cross-region-global-output-tokens", "Model-4.5", "output"),
        ("USE1-Guardrail-ContentPolicyUnitsConsumed", None, None),
    ],
)
def test_a_usage_type_tells_model_and_kind_of_token(usage_type: str, model: str | None, kind: str | None):
    assert lines.line(usage_type) == (model, kind)


def test_a_model_sold_by_the_marketplace_is_chosen_and_named_by_its_product():
    product = json.dumps({"product_name": "Claude Sonnet 4.5 (Amazon Bedrock Edition)"})
    found = charge(
        line_item_product_code="abc123",
        line_item_resource_id="",
        product=product,
        bill_billing_entity="AWS Marketplace",
    )
    assert (found.model, found.details["x_BillingEntity"]) == ("Claude Sonnet 4.5", "AWS Marketplace")


def test_the_table_of_names_says_what_a_profile_stands_for():
    (found,) = parsed(SOURCE, "exports", [LINE], models={PROFILE: "anthropic.model-q-v1:0"})
    assert found.model == "anthropic.model-q-v1:0"


def test_hours_of_gpu_machines_are_gpu_hours_where_the_bill_says_how_many_there_are():
    machine = {
        "line_item_product_code": "AmazonEC2",
        "line_item_usage_type": "USE1-BoxUsage:p5.48xlarge",
        "line_item_resource_id": "i-1",
        "line_item_usage_amount": "2",
        "pricing_unit": "Hrs",
    }
    told = charge(**machine, product=json.dumps({"instance_type": "p5.48xlarge", "gpu": "8"}))
    assert (told.quantity, told.unit, told.details["x_InstanceType"]) == (16.0, "GPU Hours", "p5.48xlarge")
    silent = charge(**machine)
    assert (silent.quantity, silent.unit) == (2.0, "Hrs")


def test_an_actor_is_the_person_of_a_session_or_the_role():
    assert principals.actor("arn:aws:sts::1:assumed-role/App/dev@example.com") == "dev@example.com"
    assert principals.actor("arn:aws:sts::1:assumed-role/App/i-0abc") == "arn:aws:sts::1:assumed-role/App"
    assert principals.actor("arn:aws:iam::1:user/bot") == "arn:aws:iam::1:user/bot"


def test_a_tag_of_the_resource_wins_over_the_callers():
    assert principals.plain({"iamPrincipal/team": "a", "user:team": "b", "env": "prod"}) == {
        "team": "b",
        "env": "prod",
    }


def bucket(home: Path) -> Path:
    return home / "bucket" / "cur"


def at(home: Path, month: str = "2026-11", run: str = "") -> Path:
    return bucket(home) / "data" / f"BILLING_PERIOD={month}" / run / "cur-00001.csv.gz"


def installed(home: Path, more: str = "") -> Any:
    return opened(home, f'[sources.bedrock]\nexports = "{bucket(home)}"\n{more}', nobody)


def test_the_connection_test_says_what_is_there_and_what_is_not(tmp_path: Path):
    laid(at(tmp_path), [LINE])
    with installed(tmp_path) as app:
        assert [row["state"] for row in connections.tested(app, "bedrock")] == ["good", "nothing yet"]
    empty = tmp_path / "empty"
    with opened(tmp_path, f'[sources.bedrock]\nexports = "{empty}"\nlogs = "{empty}"\n', nobody) as app:
        told = connections.tested(app, "bedrock")
    assert [row["state"] for row in told] == ["fails", "fails"]
    assert all(f"there is nothing at {empty}" in row["missing"] for row in told)


@pytest.mark.parametrize("since", ["2026-11-01", "soon"])
def test_months_before_the_setting_since_are_left_out(tmp_path: Path, since: str):
    laid(at(tmp_path, "2026-10"), [LINE | {"line_item_usage_start_date": "2026-10-02T00:00:00Z"}])
    laid(at(tmp_path), [LINE])
    with installed(tmp_path, f'since = "{since}"\n') as app:
        told = synced(app, "bedrock")[0]
    assert (told["read"], "is not a day" in told["message"]) == ((1, False) if since != "soon" else (0, True))


def test_lines_that_are_not_ai_are_left_out_and_equal_lines_stay_two(tmp_path: Path):
    other = LINE | {
        "line_item_product_code": "AmazonS3",
        "line_item_resource_id": "b",
        "line_item_usage_type": "Bytes",
    }
    laid(at(tmp_path), [LINE, LINE, other])
    with installed(tmp_path) as app:
        synced(app, "bedrock")
        assert rows(app, "charges", "billed_cost") == [(Decimal("1.263"),)] * 2


def test_a_month_is_replaced_whole_and_a_second_sync_changes_nothing(tmp_path: Path):
    laid(at(tmp_path, "2026-10"), [LINE | {"line_item_usage_start_date": "2026-10-02T00:00:00Z"}])
    laid(at(tmp_path), [LINE, LINE | {"line_item_usage_amount": "1", "line_item_unblended_cost": "2"}])
    with installed(tmp_path) as app:
        first = synced(app, "bedrock")
        again = synced(app, "bedrock")
        laid(at(tmp_path), [LINE | {"line_item_unblended_cost": "5"}])
        restated = synced(app, "bedrock")
        found = rows(app, "charges", "billed_cost")
    assert [told[0]["read"] for told in (first, again, restated)] == [2, 0, 1]
    assert found == [(Decimal("1.263"),), (Decimal(5),)]


def test_of_several_runs_of_a_month_only_the_newest_counts(tmp_path: Path):
    laid(at(tmp_path, run="20261110T010203Z-aa"), [LINE], written=2_000_000_000)
    laid(
        at(tmp_path, run="20261111T010203Z-bb"),
        [LINE | {"line_item_unblended_cost": "7"}],
        written=1_000_000_000,
    )
    with installed(tmp_path) as app:
        synced(app, "bedrock")
        assert rows(app, "charges", "billed_cost") == [(Decimal(7),)]


def test_two_exports_in_one_place_are_refused_because_they_tell_the_same_money(tmp_path: Path):
    laid(at(tmp_path), [LINE])
    laid(bucket(tmp_path) / "focus" / "data" / "BILLING_PERIOD=2026-11" / "f.csv", [LINE])
    with installed(tmp_path) as app:
        (told,) = [row for row in synced(app, "bedrock") if row["message"]]
    assert "2 exports" in told["message"]


def test_a_line_of_an_earlier_month_keeps_its_money_in_the_month_that_billed_it(tmp_path: Path):
    laid(at(tmp_path), [LINE | {"line_item_usage_start_date": "2026-10-30T00:00:00Z"}])
    with installed(tmp_path) as app:
        synced(app, "bedrock")
        (row,) = rows(app, "charges")
    assert row["charge_period_start"] == datetime(2026, 11, 1, tzinfo=UTC)
    assert ("x_OwnPeriodStart", "2026-10-30T00:00:00+00:00") in row["details"]


def test_parquet_with_maps_says_what_the_same_csv_says(tmp_path: Path):
    maps = pa.map_(pa.string(), pa.string())
    table = pa.table(
        {
            **{
                name: [text]
                for name, text in LINE.items()
                if name not in {"line_item_unblended_cost", "line_item_usage_start_date"}
            },
            "line_item_unblended_cost": [1.263],
            "line_item_usage_start_date": [datetime(2026, 11, 10, 9)],  # noqa: DTZ001  exports carry no zone
            "resource_tags": pa.array([[("user:team", "search")]], maps),
        }
    )
    path = at(tmp_path).with_name("cur-00001.snappy.parquet")
    path.parent.mkdir(parents=True)
    pq.write_table(table, path)
    with installed(tmp_path) as app:
        synced(app, "bedrock")
        (row,) = rows(app, "charges")
    assert (row["billed_cost"], row["tags"], row["charge_period_start"].hour) == (
        Decimal("1.263"),
        [("team", "search")],
        9,
    )


def test_a_focus_export_is_read_by_its_columns():
    row = {
        "BilledCost": "1.5", "EffectiveCost": "1.5", "ListCost": "2", "BillingCurrency": "USD", "ChargeCategory": "Usage",
        "ChargePeriodStart": "2026-11-10T09:00:00Z", "ChargePeriodEnd": "2026-11-10T10:00:00Z", "ProviderName": "AWS",
        "BillingAccountId": "999900001111", "SubAccountId": "111122223333", "ServiceName": "Amazon Bedrock",
        "x_ServiceCode": "AmazonBedrock", "x_UsageType": "USE1-ModelQ-input-tokens", "Tags": '{"user:team":"search"}',
    }  # fmt: skip
    (found,) = parsed(SOURCE, "exports", [row])
    assert (found.vendor, found.account, found.model, found.billed_cost, found.tags, found.details["x_TokenType"]) == (
        "aws", "999900001111", "ModelQ", Decimal("1.5"), {"team": "search"}, "input",
    )  # fmt: skip


def record(**told: Any) -> dict[str, Any]:
    (found,) = samples("bedrock")
    return found | told


def logged(home: Path, hour: str, records: list[dict[str, Any]]) -> None:
    path = home / f"logs/AWSLogs/111122223333/BedrockModelInvocationLogs/us-east-1/{hour}/log.json.gz"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gzip.compress("\n".join(json.dumps(one) for one in records).encode(), mtime=0))


def with_logs(home: Path) -> Any:
    return opened(home, f'[sources.bedrock]\nlogs = "{home / "logs"}"\naccount = "999900001111"\n', nobody)


def test_the_sample_record_is_the_request_worked_out_by_hand(tmp_path: Path):
    logged(tmp_path, "2026/11/10/09", samples("bedrock"))
    with with_logs(tmp_path) as app:
        synced(app, "bedrock")
        (row,) = rows(app, "usage")
    told = {name: row[name] for name in ("occurred_at", "vendor", "tool", "model", "account", "project", "actor", "team_tag", "workflow", "input_tokens", "output_tokens", "requests", "precedence", "region", "response_id")}  # fmt: skip
    assert told == {
        "occurred_at": datetime(2026, 11, 10, 9, 12, 1, tzinfo=UTC),
        "vendor": "aws",
        "tool": "bedrock",
        "model": PROFILE,
        "account": "999900001111",
        "project": "111122223333",
        "actor": "dev@example.com",
        "team_tag": "search",
        "workflow": "rerank",
        "input_tokens": 820,
        "output_tokens": 210,
        "requests": 1,
        "precedence": "usage_api",
        "region": "us-east-1",
        "response_id": "r-1",
    }


def test_prompts_are_dropped_as_the_file_is_read():
    from payback.sources.bedrock.invocations import bare

    told = record(input={"inputBodyJson": {"messages": ["planted prompt"]}, "inputTokenCount": 3})
    assert "planted" not in json.dumps(bare(told))
    assert bare(told)["inputTokenCount"] == 3


def test_a_record_past_midnight_counts_on_its_own_day_and_once(tmp_path: Path):
    late = record(timestamp="2026-11-11T00:00:01Z", requestId="r-2")
    logged(tmp_path, "2026/11/10/23", [record(), late, late])
    with with_logs(tmp_path) as app:
        synced(app, "bedrock")
        again = synced(app, "bedrock")
        found = rows(app, "usage", "occurred_at")
    assert found == [
        (datetime(2026, 11, 10, 9, 12, 1, tzinfo=UTC),),
        (datetime(2026, 11, 11, 0, 0, 1, tzinfo=UTC),),
    ]
    assert sum(row["read"] for row in again) == 0


def test_a_refused_request_is_an_error_and_a_broken_record_is_rejected(tmp_path: Path):
    logged(
        tmp_path,
        "2026/11/10/09",
        [record(errorCode="ThrottlingException"), record(timestamp="soon"), record(requestId=None)],
    )
    with with_logs(tmp_path) as app:
        synced(app, "bedrock")
        assert rows(app, "usage", "requests", "errors", "error") == [(0, 1, "ThrottlingException")]
        assert [row["why"] for row in rows(app, "rejected")] == [
            "'soon' is not an instant",
            "the record has no requestId",
        ]


def test_a_tag_is_known_however_it_is_spelled(tmp_path: Path):
    logged(
        tmp_path,
        "2026/11/10/09",
        [record(requestMetadata={"Cost-Center": "cc7", "taskType": "triage", "other": "x"})],
    )
    with with_logs(tmp_path) as app:
        synced(app, "bedrock")
        (row,) = rows(app, "usage")
    assert (row["cost_center_tag"], row["task_type"]) == ("cc7", "triage")
