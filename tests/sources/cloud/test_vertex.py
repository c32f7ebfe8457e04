"""Google's bill: the reference's sample, days added up and replaced whole, credits apart, files and BigQuery alike."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import httpx2
import pytest

from payback.ledger.entries import Charge
from payback.sources.source import Page
from payback.sources.vertex import SOURCE, skus
from tests.sources.cloud.bill import MONTH, context
from tests.sources.installation import FAULTS, KEY, Recorder, everything, expired, opened, rows, synced
from tests.sources.reference import samples

if TYPE_CHECKING:
    from pathlib import Path

TABLE = "acme-billing.bills.gcp_billing_export_resource_v1_AAA"
ROW: dict[str, Any] = {
    "billing_account_id": "BA-1",
    "service": {"id": "S-1", "description": "Vertex AI"},
    "sku": {"id": "AAAA-1111", "description": "Gemini X Text Output"},
    "usage_start_time": "2026-11-10T08:00:00Z",
    "usage_end_time": "2026-11-10T09:00:00Z",
    "project": {
        "id": "ai-prod",
        "labels": [{"key": "team", "value": "platform"}, {"key": "env", "value": "prod"}],
    },
    "labels": [{"key": "team", "value": "search"}],
    "cost": 4.2,
    "cost_at_list": 5,
    "currency": "USD",
    "credits": [{"type": "DISCOUNT", "name": "Agreement", "amount": -0.42}],
    "usage": {"amount": 350000, "unit": "count", "amount_in_pricing_units": 0.35, "pricing_unit": "1M count"},
    "invoice": {"month": "202611"},
    "cost_type": "regular",
    "export_time": "2026-11-10T14:00:00Z",
}


def nobody(_request: httpx2.Request) -> httpx2.Response:
    raise AssertionError("no vendor is asked over HTTP")


def summed(*told: dict[str, Any] | None, **more: Any) -> list[Any]:
    page = Page([("bill.jsonl", line, row) for line, row in enumerate(told, 1)], "bill", MONTH)
    return list(SOURCE.stream("billing").parse(page, context(SOURCE, "billing", **more)))


def test_the_sample_row_is_the_charge_and_the_credit_worked_out_by_hand():
    used, credit = summed(samples("vertex")[0], account="BA-9")
    assert used == Charge(
        charge_id=used.charge_id,
        vendor="google",
        charge_period_start=datetime(2026, 11, 10, tzinfo=UTC),
        charge_period_end=datetime(2026, 11, 11, tzinfo=UTC),
        source="vertex:billing",
        precedence="cloud_export",
        account="BA-9",
        sub_account="ai-prod",
        service="Vertex AI",
        sku="AAAA-1111",
        model="gemini-x",
        billed_cost=Decimal("4.2"),
        effective_cost=Decimal("4.2"),
        quantity=0.35,
        unit="1M count",
        tags={"team": "search"},
        details={
            "ChargeDescription": "Gemini X Text Output",
            "x_InvoiceMonth": "202611",
            "x_TokenType": "output",
        },
    )
    assert (credit.charge_category, credit.billed_cost, credit.effective_cost, credit.quantity) == (
        "Credit",
        Decimal("-0.42"),
        Decimal("-0.42"),
        None,
    )
    assert used.billed_cost + credit.billed_cost == Decimal("3.78")


def test_rows_of_a_day_are_added_up_by_project_sku_and_labels_exactly():
    tenth = ROW | {"cost": 0.1, "credits": []}
    other = tenth | {"labels": [{"key": "team", "value": "ads"}]}
    next_day = tenth | {"usage_start_time": "2026-11-11T00:00:00Z"}
    found = summed(tenth, tenth, tenth, other, next_day)
    assert sorted(
        (one.tags["team"], one.charge_period_start.day, one.billed_cost, one.list_cost) for one in found
    ) == [
        ("ads", 10, Decimal("0.1"), Decimal(5)),
        ("search", 10, Decimal("0.3"), Decimal(15)),
        ("search", 11, Decimal("0.1"), Decimal(5)),
    ]


def test_the_nearest_label_wins_and_labels_of_the_project_stay():
    assert summed(ROW)[0].tags == {"team": "search", "env": "prod"}


@pytest.mark.parametrize(
    ("cost_type", "category", "correction"),
    [
        ("tax", "Tax", None),
        ("adjustment", "Adjustment", "Correction"),
        ("rounding_error", "Adjustment", None),
    ],
)
def test_what_is_no_use_says_so(cost_type: str, category: str, correction: str | None):
    (found,) = summed(ROW | {"cost_type": cost_type, "credits": []})
    assert (found.charge_category, found.charge_class) == (category, correction)


def test_a_row_that_does_not_read_is_rejected_with_its_place_and_the_others_are_kept():
    found = summed(ROW | {"cost": "much"}, None, ROW | {"cost_type": "gift"}, ROW)
    assert [(one.file, one.line) for one in found[:3]] == [
        ("bill.jsonl", 1),
        ("bill.jsonl", 2),
        ("bill.jsonl", 3),
    ]
    assert [one.charge_category for one in found[3:]] == ["Usage", "Credit"]


@pytest.mark.parametrize(
    ("description", "model", "kind"),
    [
        ("Gemini 2.5 Flash Text Output - Predictions", "gemini-2.5-flash", "output"),
        ("Gemini 2.5 Pro Input Text Caching", "gemini-2.5-pro", "cache-read"),
        ("Claude Sonnet 4.5 Cache Write Input Tokens", "claude-sonnet-4.5", "cache-write"),
        ("Online Prediction", None, None),
    ],
)
def test_a_sku_tells_model_and_kind_of_token(description: str, model: str | None, kind: str | None):
    assert (skus.model(description), skus.kind(description)) == (model, kind)


def test_rows_of_ai_are_chosen_by_service_by_partner_and_by_gpu():
    compute = ROW | {"service": {"description": "Compute Engine"}}
    assert skus.is_ai(ROW)
    assert skus.is_ai(compute | {"sku": {"description": "Nvidia H100 80GB GPU running in Americas"}})
    assert not skus.is_ai(compute | {"sku": {"description": "N2 Instance Core running in Americas"}})
    partner = {"service": {"description": "Claude Sonnet 4.5"}, "sku": {"description": "Input"}}
    assert skus.is_ai(partner | {"seller_name": "Anthropic PBC"})
    assert not skus.is_ai({"service": {"description": "Kafka"}, "seller_name": "Confluent"})


def test_gpu_hours_are_a_quantity_of_gpu_hours():
    (found,) = summed(
        ROW
        | {
            "service": {"description": "Compute Engine"},
            "sku": {"id": "G", "description": "Nvidia H100 80GB GPU running in Americas"},
            "usage": {"amount_in_pricing_units": 16, "pricing_unit": "hour"},
            "credits": [],
        }
    )
    assert (found.quantity, found.unit) == (16.0, "GPU Hours")


def written(home: Path, name: str, *told: dict[str, Any]) -> None:
    (home / "bill").mkdir(exist_ok=True)
    (home / "bill" / name).write_text("\n".join(json.dumps(row) for row in told))


def installed(home: Path) -> Any:
    return opened(home, f'[sources.vertex]\nexports = "{home / "bill"}"\n', nobody)


BILLED = ("charge_period_start", "charge_category", "billed_cost")


def test_a_late_row_restates_its_day_and_a_second_sync_reads_nothing(tmp_path: Path):
    october = ROW | {"usage_start_time": "2026-10-31T23:00:00Z", "credits": []}
    written(tmp_path, "a.jsonl", ROW | {"credits": []}, october)
    with installed(tmp_path) as app:
        first = synced(app, "vertex")
        again = synced(app, "vertex")
        written(tmp_path, "b.jsonl", ROW | {"cost": 1, "credits": [], "export_time": "2026-11-12T00:00:00Z"})
        synced(app, "vertex")
        found = rows(app, "charges", *BILLED)
    assert (first[0]["read"], again[0]["read"]) == (2, 0)
    assert found == [
        (datetime(2026, 10, 31, tzinfo=UTC), "Usage", Decimal("4.2")),
        (datetime(2026, 11, 10, tzinfo=UTC), "Usage", Decimal("5.2")),
    ]


def test_a_csv_with_records_as_text_says_what_the_json_says(tmp_path: Path):
    from tests.sources.cloud.bill import laid

    flat = {name: json.dumps(told) if isinstance(told, dict | list) else told for name, told in ROW.items()}
    laid(tmp_path / "bill" / "a.csv", [flat])
    with installed(tmp_path) as app:
        synced(app, "vertex")
        from_csv = rows(app, "charges")
    (tmp_path / "bill" / "a.csv").unlink()
    written(tmp_path, "a.jsonl", ROW)
    with installed(tmp_path) as app:
        synced(app, "vertex")
        assert rows(app, "charges") == from_csv
    assert len(from_csv) == 2


def test_the_focus_view_is_read_by_its_columns(tmp_path: Path):
    written(
        tmp_path,
        "focus.jsonl",
        {
            "BilledCost": 2.5, "EffectiveCost": 2.5, "BillingCurrency": "EUR", "ChargeCategory": "Usage",
            "ChargePeriodStart": "2026-11-10T08:00:00Z", "ChargePeriodEnd": "2026-11-10T09:00:00Z",
            "ServiceName": "Vertex AI", "ChargeDescription": "Gemini 2.5 Flash Text Output", "BillingAccountId": "BA-1",
        },
    )  # fmt: skip
    with installed(tmp_path) as app:
        synced(app, "vertex")
        assert rows(app, "charges", "vendor", "account", "model", "billed_cost", "currency") == [
            ("google", "BA-1", "gemini-2.5-flash", Decimal("2.5"), "EUR")
        ]


class BigQuery:
    """A BigQuery that holds rows of the export and answers the two queries, one row a page."""

    def __init__(self, *held: dict[str, Any], repeats: bool = False) -> None:
        self.held, self.jobs, self.bodies, self.repeats = list(held), {}, [], repeats

    def __call__(self, request: httpx2.Request) -> httpx2.Response:
        assert request.headers["authorization"] == f"Bearer {KEY}"
        if request.method == "POST":
            assert request.url.path == "/bigquery/v2/projects/acme-billing/queries"
            body = json.loads(request.content)
            self.bodies.append(body)
            job = f"job-{len(self.jobs)}"
            self.jobs[job] = self._rows(body)
            reference = {"projectId": "acme-billing", "jobId": job, "location": "EU"}
            return httpx2.Response(200, json={"jobReference": reference, "jobComplete": False})
        job = request.url.path.rpartition("/")[2]
        assert request.url.params["location"] == "EU"
        page = int(request.url.params.get("pageToken", 0))
        name, told = self.jobs[job]
        reply = {"jobComplete": True, "schema": {"fields": [{"name": one} for one in name]}}
        reply["rows"] = [{"f": [{"v": cell} for cell in row]} for row in told[page : page + 1]]
        if page + 1 < len(told):
            reply["pageToken"] = str(page + 1)
        return httpx2.Response(200, json=reply)

    def _rows(self, body: dict[str, Any]) -> tuple[list[str], list[list[str]]]:
        values = {one["name"]: one["parameterValue"].get("value") for one in body["queryParameters"]}
        if "AS day" not in body["query"]:
            inside = [
                row for row in self.held if values["since"] <= _iso(row["usage_start_time"]) < values["until"]
            ]
            return ["line"], [[json.dumps(row)] for row in inside]
        seen: dict[str, int] = {}
        for row in self.held:
            stamp = _micros(row["export_time"])
            if stamp > int(values["seen"]) and _iso(row["usage_start_time"]) >= values["since"]:
                day = row["usage_start_time"][:10]
                seen[day] = max(stamp, seen.get(day, 0))
        return ["day", "seen"], [[day, str(stamp)] for day, stamp in sorted(seen.items())]


def _iso(told: str) -> str:
    return datetime.fromisoformat(told).isoformat()


def _micros(told: str) -> int:
    return (datetime.fromisoformat(told) - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)


def queried(home: Path, vendor: Any, more: str = "") -> Any:
    return opened(home, f'[sources.vertex]\ntable = "{TABLE}"\ntoken = "env:VENDOR_KEY"\n{more}', vendor)


def test_bigquery_is_asked_for_days_that_changed_and_they_are_replaced_whole(tmp_path: Path):
    far = ROW | {"usage_start_time": "2026-09-01T08:00:00Z", "credits": []}
    vendor = BigQuery(ROW | {"credits": []}, far)
    with queried(tmp_path, vendor) as app:
        first = synced(app, "vertex")
        again = synced(app, "vertex")
        vendor.held.append(ROW | {"cost": -1, "credits": [], "export_time": "2026-11-13T00:00:00Z"})
        late = synced(app, "vertex")
        found = rows(app, "charges", *BILLED)
    assert [told[0]["read"] for told in (first, again, late)] == [2, 0, 1]
    assert [told[0]["message"] for told in (first, again, late)] == [""] * 3
    assert sorted(found) == [
        (datetime(2026, 9, 1, tzinfo=UTC), "Usage", Decimal("4.2")),
        (datetime(2026, 11, 10, tzinfo=UTC), "Usage", Decimal("3.2")),
    ]


def test_values_are_parameters_of_the_query_and_the_tables_name_is_held_to_a_names_letters(tmp_path: Path):
    vendor = BigQuery(ROW)
    with queried(tmp_path, vendor, 'since = "2026-11-01"\n') as app:
        synced(app, "vertex")
    assert [sorted(one["name"] for one in body["queryParameters"]) for body in vendor.bodies] == [
        ["seen", "services", "since"],
        ["services", "since", "until"],
    ]
    assert all("2026" not in body["query"] and body["useLegacySql"] is False for body in vendor.bodies)
    strange = f'[sources.vertex]\ntable = "a.b.c` WHERE true --"\ntoken = "env:VENDOR_KEY"\n'  # noqa: F541
    with opened(tmp_path / "strange", strange, nobody) as app:
        (told,) = synced(app, "vertex")
    assert "is not project.dataset.table" in told["message"]


def test_files_and_bigquery_make_the_same_charges(tmp_path: Path):
    written(tmp_path, "a.jsonl", ROW, ROW)
    with installed(tmp_path) as app:
        synced(app, "vertex")
        from_files = rows(app, "charges")
    with queried(tmp_path / "query", BigQuery(ROW, ROW)) as app:
        synced(app, "vertex")
        assert rows(app, "charges") == from_files


@pytest.mark.parametrize(
    "faults", [*([fault, None, fault, None, fault] for fault in FAULTS), [None, None, None, None, expired]]
)
def test_faults_on_the_way_leave_the_same_rows(tmp_path: Path, faults: list[Any]):
    held = (ROW, ROW | {"cost": 1}, ROW | {"usage_start_time": "2026-11-12T08:00:00Z"})
    with queried(tmp_path / "plain", BigQuery(*held)) as app:
        synced(app, "vertex")
        plain = everything(app)
    with queried(tmp_path / "faulty", Recorder(BigQuery(*held), faults)) as app:
        synced(app, "vertex")
        assert everything(app) == plain
        synced(app, "vertex")
        assert everything(app) == plain


def test_the_export_and_its_focus_view_in_one_folder_are_refused(tmp_path: Path):
    focus = {"BilledCost": 1, "ChargePeriodStart": "2026-11-10T08:00:00Z", "ServiceName": "Vertex AI"}
    written(tmp_path, "a.jsonl", ROW)
    written(tmp_path, "b.jsonl", focus)
    with installed(tmp_path) as app:
        (told,) = synced(app, "vertex")
        assert rows(app, "charges") == []
    assert "tell of the same money" in told["message"]


def test_two_ways_to_one_bill_are_refused(tmp_path: Path):
    with queried(tmp_path, nobody, f'exports = "{tmp_path}"\n') as app:
        (told,) = synced(app, "vertex")
    assert told["message"] == "exports and table tell of the same money; set one of them"


@pytest.mark.parametrize(
    ("status", "words"), [(401, "wrong, expired or revoked"), (403, "may not read this")]
)
def test_a_refused_token_is_one_sentence_without_it(tmp_path: Path, status: int, words: str):
    refuse = lambda _request: httpx2.Response(status, text=f"no {KEY}")  # noqa: E731
    with queried(tmp_path, refuse) as app:
        (told,) = synced(app, "vertex")
    assert words in told["message"]
    assert "BigQuery Job User" in told["message"]
    assert KEY not in told["message"]
