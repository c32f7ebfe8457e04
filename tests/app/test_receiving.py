"""Counters of vLLM pushed by OTLP: what grew becomes use, whatever is sent again, late, anew or beside it."""

from __future__ import annotations

import gzip
import json
from datetime import UTC, datetime

import pytest
from google.protobuf.json_format import ParseDict
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsServiceRequest,
    ExportMetricsServiceResponse,
)
from starlette.testclient import TestClient

from payback.app import open_app
from payback.app.tokens import create
from payback.sources.otlp import metrics
from payback.sources.vllm_pushed import NAMES
from payback.web.site import create_web
from tests.app.world import rows, surroundings

SECOND = 10**9
NINE = int(datetime(2026, 11, 25, 9, tzinfo=UTC).timestamp()) * SECOND
PROMPT, ANSWERED, REQUESTS = (
    "vllm:prompt_tokens_total",
    "vllm:generation_tokens_total",
    "vllm:request_success_total",
)
POD = {"service.name": "llama", "k8s.namespace.name": "ml", "team": "search", "host.name": "node-1"}


def held(values):
    return [{"key": key, "value": {"stringValue": value}} for key, value in values.items()]


def point(value, seconds, begun=0, model="llama-x"):
    return {
        "attributes": held({"model_name": model, "engine": "0"}), "startTimeUnixNano": str(NINE + begun * SECOND),
        "timeUnixNano": str(NINE + seconds * SECOND), "asDouble": value,
    }  # fmt: skip


def push(told, resource=POD, temporality=2):
    """A request with the points of each metric."""
    made = [
        {
            "name": name,
            "sum": {"aggregationTemporality": temporality, "isMonotonic": True, "dataPoints": points},
        }
        for name, points in told.items()
    ]
    return {
        "resourceMetrics": [{"resource": {"attributes": held(resource)}, "scopeMetrics": [{"metrics": made}]}]
    }


@pytest.fixture
def app(tmp_path):
    with open_app(tmp_path, surroundings(tmp_path)) as held:
        yield held


@pytest.fixture
def client(app):
    """A program on this machine."""
    with TestClient(create_web(app), base_url="http://127.0.0.1:8642", client=("127.0.0.1", 50000)) as made:
        yield made


def sent(client, body, **headers):
    return client.post("/v1/metrics", json=body, headers=headers)


def used(app):
    names = ("model", "occurred_at", "bucket_seconds", "input_tokens", "output_tokens", "requests")
    return [
        tuple(row[name] for name in names)
        for row in sorted(rows(app, "usage"), key=lambda row: row["occurred_at"])
    ]


def at(seconds):
    return datetime.fromtimestamp(NINE // SECOND + seconds, UTC)


def test_use_is_what_counters_grew_by_and_an_hour_is_one_row(app, client):
    first = sent(client, push({PROMPT: [point(1000, 0)], ANSWERED: [point(100, 0)], REQUESTS: [point(5, 0)]}))
    assert (first.status_code, first.json()) == (200, {})
    assert used(app) == []
    sent(client, push({PROMPT: [point(1500, 60)], ANSWERED: [point(160, 60)], REQUESTS: [point(7, 60)]}))
    sent(client, push({PROMPT: [point(1600, 120)], ANSWERED: [point(160, 120)], REQUESTS: [point(7, 120)]}))
    assert used(app) == [("llama-x", at(0), 120, 600, 60, 2)]
    sent(client, push({PROMPT: [point(1700, 3700)]}))
    sent(client, push({PROMPT: [point(1750, 3760)]}))
    assert used(app) == [("llama-x", at(0), 3700, 700, 60, 2), ("llama-x", at(3700), 60, 50, 0, 0)]
    (row, _) = rows(app, "usage")
    assert (row["vendor"], row["tool"], row["project"], row["team_tag"], row["precedence"], row["source"]) == (
        "gpu_cluster", "self_hosted", "ml", "search", "telemetry", "otlp:vllm",
    )  # fmt: skip


def test_a_push_sent_again_or_late_adds_nothing(app, client):
    pushes = [push({PROMPT: [point(1000 + 10 * number, 60 * number)]}) for number in range(4)]
    for body in (*pushes, *pushes[::-1], pushes[2]):
        assert sent(client, body).status_code == 200
    assert used(app) == [("llama-x", at(0), 180, 30, 0, 0)]


def test_a_counter_that_fell_began_anew_and_a_new_start_alone_does_not(app, client):
    for body in (
        push({PROMPT: [point(1000, 0)]}),
        push({PROMPT: [point(1100, 60, begun=55)]}),  # the collector began anew, the counter went on
        push({PROMPT: [point(40, 120, begun=100)]}),
    ):
        sent(client, body)
    assert used(app) == [("llama-x", at(0), 120, 140, 0, 0)]


def test_a_counter_first_seen_later_counts_from_its_own_beginning_only(app, client):
    sent(client, push({PROMPT: [point(1000, 0, begun=-500)]}))
    sent(
        client,
        push({ANSWERED: [point(900, 60, begun=-500)], PROMPT: [point(70, 60, begun=30, model="qwen")]}),
    )
    assert used(app) == [("qwen", at(0), 60, 70, 0, 0)]


def test_growth_that_is_told_as_growth_is_added(app, client):
    sent(client, push({PROMPT: [point(30, 60, begun=0), point(20, 120, begun=60)]}, temporality=1))
    assert [row[3] for row in used(app)] == [50]


def test_servers_are_counted_apart(app, client):
    other = POD | {"host.name": "node-2"}
    for seconds, value in ((0, 1000), (60, 1010)):
        sent(client, push({PROMPT: [point(value, seconds)]}))
        sent(client, push({PROMPT: [point(5 * value, seconds)]}, other))
    assert sorted(row[3] for row in used(app)) == [10, 50]


def test_what_is_not_read_is_told_and_what_does_not_read_is_refused_with_its_place(app, client):
    body = push(
        {PROMPT: [point(1, 0), point(-1, 60), point("many", 60)], "vllm:num_requests_running": [point(3, 0)]}
    )
    body["resourceMetrics"][0]["scopeMetrics"][0]["metrics"].append(
        {"name": ANSWERED, "gauge": {"dataPoints": []}}
    )
    told = sent(client, body).json()["partialSuccess"]
    assert told["rejectedDataPoints"] == "3"
    assert "1 points of metrics that payback does not read" in told["errorMessage"]
    assert {row["why"] for row in rows(app, "rejected")} == {
        f"point 2 of {PROMPT} does not read as a number at an instant",
        f"point 3 of {PROMPT} does not read as a number at an instant",
        f"{ANSWERED} is no sum that says how it counts",
    }


def test_a_body_may_be_packed_and_one_that_is_no_export_is_refused_for_good(app, client):
    packed = gzip.compress(json.dumps(push({PROMPT: [point(1, 0)]})).encode())
    headers = {"content-type": "application/json", "content-encoding": "gzip"}
    assert client.post("/v1/metrics", content=packed, headers=headers).status_code == 200
    for body in (packed[:-9], b"\x00"):
        told = client.post("/v1/metrics", content=body, headers=headers)
        assert (told.status_code, told.json()["code"]) == (400, 3)
    assert sent(client, []).status_code == 400
    text = client.post("/v1/metrics", content=b"x", headers={"content-type": "text/plain"})
    assert (text.status_code, text.json()["message"]) == (
        415, "metrics are taken as application/x-protobuf or application/json",
    )  # fmt: skip


def test_protobuf_says_the_same_as_json_and_is_answered_in_kind(app, client):
    request, answered = ExportMetricsServiceRequest(), ExportMetricsServiceResponse()
    first, then = (push({PROMPT: [point(value, at)]}) for value, at in ((100, 0), (140, 60)))
    sent(client, first)
    kind = {"content-type": "application/x-protobuf"}
    told = client.post("/v1/metrics", content=ParseDict(then, request).SerializeToString(), headers=kind)
    assert (told.status_code, told.headers["content-type"]) == (200, kind["content-type"])
    assert answered.FromString(told.content) == answered
    assert [row[3] for row in used(app)] == [40]
    odd = client.post("/v1/metrics", content=b"\xff\xff", headers=kind)
    assert (odd.status_code, odd.json()["code"]) == (400, 3)


def test_a_body_that_unpacks_to_more_than_is_read_is_refused(client):
    bomb = gzip.compress(b" " * (20 * 1024 * 1024 + 1))
    headers = {"content-type": "application/json", "content-encoding": "gzip"}
    assert client.post("/v1/metrics", content=bomb, headers=headers).status_code == 413


def test_from_elsewhere_or_through_a_proxy_a_token_of_this_door_is_needed(app, client):
    body = push({PROMPT: [point(1, 0)]})
    good, other = create(app, "collector", "otlp", 30, "a" * 40), create(app, "okta", "scim", 30, "b" * 40)
    far = TestClient(create_web(app), base_url="http://127.0.0.1:8642", client=("10.0.0.7", 50000))
    assert sent(far, body).status_code == 401
    assert sent(client, body, **{"x-forwarded-for": "10.0.0.7"}).status_code == 401
    assert sent(far, body, authorization=f"Bearer {other}").status_code == 401
    assert sent(client, body, authorization="Bearer wrong").status_code == 401
    assert sent(far, body, authorization=f"Bearer {good}").status_code == 200
    assert used(app) == []


def test_points_without_a_value_are_passed_over():
    body = push({PROMPT: [point(1, 0) | {"flags": 1}]})
    assert metrics(body, NAMES).points == []
    assert metrics({}, NAMES).points == []


def test_names_without_their_ending_are_the_same_counters(app, client):
    for value, seconds in ((10, 0), (15, 60)):
        sent(client, push({PROMPT.removesuffix("_total"): [point(value, seconds)]}))
    assert [row[3] for row in used(app)] == [5]
