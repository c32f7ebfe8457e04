"""Whole syncs against gateways, tracing tools and clusters: paging, restatement, faults, refusals. Keys never show."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import httpx2
import pytest

from payback.access.scope import Scope
from payback.app import connections
from payback.errors import SettingsError
from payback.metrics.question import Query
from payback.period import Period
from payback.sources import helicone, langfuse, litellm
from payback.sources.http import Http, Wire
from payback.sources.source import Ask, Slice
from tests.sources.gateways.wire import (
    FAULTS,
    KEY,
    NOW,
    Helicone,
    Langfuse,
    LiteLLM,
    OpenCost,
    faulty,
    held,
    opened,
    synced,
)


def log(number: int, when: str, **told) -> dict:
    return {
        "request_id": f"r{number}", "startTime": when, "endTime": when, "model": "gpt-x", "custom_llm_provider": "openai",
        "prompt_tokens": 100 * number, "completion_tokens": 10, "total_tokens": 100 * number + 10, "spend": 0.01,
        "status": "success", "metadata": {"usage_object": {}}, "request_tags": ["team:search"],
    } | told  # fmt: skip


LOGS = [
    log(1, "2026-11-20T23:59:59.500Z"), log(2, "2026-11-21T00:00:00Z"), log(3, "2026-11-21T08:00:00Z"),
    log(4, "2026-11-21T09:00:00Z", status="failure", litellm_call_id="c", completion_tokens=0, total_tokens=400),
    log(5, "2026-11-21T09:00:01Z", litellm_call_id="c"), log(6, "2026-11-22T10:00:00Z"), log(7, "2026-11-23T10:00:00Z"),
    log(8, "2026-11-23T10:30:00Z", total_tokens=1),
]  # fmt: skip
SEEN = [
    {
        "id": f"o{number}", "traceId": f"t-o{number}", "type": "GENERATION", "model": "gpt-x",
        "startTime": f"2026-11-2{day}T09:00:00.000Z", "usageDetails": {"input": number, "output": 1, "total": number + 1},
    }
    for number, day in enumerate((1, 1, 1, 1, 1, 2, 3), 1)
]  # fmt: skip
ASKED = [
    {
        "request_id": f"h{number}", "request_created_at": f"2026-11-2{day}T09:00:00Z", "request_model": "gpt-x",
        "status": 200, "prompt_tokens": number, "completion_tokens": 1, "total_tokens": number + 1,
    }
    for number, day in enumerate((1, 1, 2), 1)
]  # fmt: skip
LITELLM = '[sources.litellm]\nkey = "env:VENDOR_KEY"\nsince = "2026-11-20"\n'
LANGFUSE = '[sources.langfuse]\npublic_key = "pk"\nsecret_key = "env:VENDOR_KEY"\nsince = "2026-11-20"\n'
HELICONE = '[sources.helicone]\nkey = "env:VENDOR_KEY"\nsince = "2026-11-20"\n'
OPENCOST = '[sources.opencost]\nsince = "2026-11-20"\n'
WORLDS = {
    "litellm": (LITELLM, lambda: LiteLLM(LOGS)),
    "langfuse": (LANGFUSE, lambda: Langfuse(SEEN)),
    "helicone": (HELICONE, lambda: Helicone(ASKED)),
    "opencost": (OPENCOST, OpenCost),
}


def after(home, name: str, vendor, times: int = 1) -> dict:
    with opened(home, WORLDS[name][0], vendor) as app:
        for _ in range(times):
            found = synced(app, name)
            assert {row["message"] for row in found.values()} == {""}
        return held(app)


@pytest.mark.parametrize("name", WORLDS)
def test_a_second_sync_changes_nothing_and_faults_that_pass_leave_no_trace(name, tmp_path):
    once = after(tmp_path / "once", name, WORLDS[name][1]())
    assert once["usage"] or once["charges"]
    assert after(tmp_path / "twice", name, WORLDS[name][1](), times=2) == once
    assert after(tmp_path / "faulty", name, faulty(WORLDS[name][1](), *FAULTS)) == once


def test_litellm_is_read_to_its_last_page_and_midnight_belongs_to_one_day(tmp_path):
    found = after(tmp_path, "litellm", LiteLLM(LOGS))
    assert sorted(row["response_id"] for row in found["usage"]) == ["r1", "r2", "r3", "r4", "r5", "r6", "r7"]
    assert [row["why"][:20] for row in found["rejected"]] == ["r8: input 800, cache"]
    assert {
        (row["kind"], row["identity"], row["email"], row["belongs_to"]) for row in found["identities"]
    } == {
        ("user", "u-7", "dev@example.com", None),
        ("key", "9f2c", None, "u-7"),
        ("group", "team-search", None, None),
    }
    (again,) = [row for row in found["usage"] if row["response_id"] == "r4"]
    assert (again["retries"], again["errors"]) == (1, 0)


def test_pages_that_overlap_or_come_in_another_order_give_the_same_end(tmp_path):
    plain = after(tmp_path / "plain", "litellm", LiteLLM(LOGS))
    assert after(tmp_path / "repeats", "litellm", LiteLLM(LOGS, repeats=True)) == plain
    assert after(tmp_path / "turned", "litellm", LiteLLM(LOGS[::-1])) == plain


def test_an_older_proxy_is_read_by_the_older_address(tmp_path):
    assert after(tmp_path / "old", "litellm", LiteLLM(LOGS, old=True)) == after(
        tmp_path / "new", "litellm", LiteLLM(LOGS)
    )


def test_a_day_that_an_older_proxy_cuts_is_refused_and_the_lists_go_on(tmp_path):
    many = [log(1, "2026-11-21T08:00:00Z", request_id=f"r{number}") for number in range(10_000)]
    with opened(tmp_path, LITELLM, LiteLLM(many, old=True)) as app:
        found = synced(app, "litellm")
        assert "at most 10,000 rows a day and 2026-11-21 has more" in found["logs"]["message"]
        assert (found["users"]["rows"], held(app)["usage"]) == (1, [])
    with opened(tmp_path, LITELLM, LiteLLM([{"startTime": "2026-11-21", "users": {}}], old=True)) as app:
        assert "sums by day only" in synced(app, "litellm")["logs"]["message"]


def test_a_day_beyond_what_the_proxy_counts_is_read_in_halves_to_its_last_row(tmp_path):
    """LiteLLM counts to 10,000 and gives as many pages, whatever there is."""
    begin = NOW.replace(hour=0) - timedelta(days=1)
    many = [
        log(1, (begin + timedelta(seconds=6 * number)).isoformat(), request_id=f"r{number}")
        for number in range(12_500)
    ]
    with opened(tmp_path, LITELLM, LiteLLM(many, page=1000)) as app:
        found = synced(app, "litellm")["logs"]
        assert (found["message"], found["rows"]) == ("", 12_500)
        assert len(held(app, "usage")["usage"]) == 12_500


def test_rows_that_did_not_arrive_are_missed_and_the_day_is_not_taken_in(tmp_path):
    with opened(tmp_path, LITELLM, LiteLLM(LOGS, page=1000, loses=1)) as app:
        found = synced(app, "litellm")["logs"]
        assert "1 of 2 requests of 2026-11-20 00:00 arrived" in found["message"]
        assert held(app)["usage"] == []


def test_rows_that_are_corrected_or_gone_are_replaced_in_the_window_that_is_read_again(tmp_path):
    with opened(tmp_path, LITELLM, LiteLLM(LOGS)) as app:
        synced(app, "litellm")
    corrected = [log(6, "2026-11-22T10:00:00Z", completion_tokens=90, total_tokens=690), *LOGS[:5]]
    with opened(tmp_path, LITELLM, LiteLLM(corrected)) as app:
        synced(app, "litellm")
        rows = {row["response_id"]: row["output_tokens"] for row in held(app)["usage"]}
    assert rows == {"r1": 10, "r2": 10, "r3": 10, "r4": 0, "r5": 10, "r6": 90}


def test_langfuse_begins_a_day_again_when_its_cursor_expires(tmp_path):
    plain = after(tmp_path / "plain", "langfuse", Langfuse(SEEN))
    assert len(plain["usage"]) == len(SEEN)
    assert after(tmp_path / "expired", "langfuse", Langfuse(SEEN, expires=1)) == plain


def test_an_older_langfuse_is_read_with_its_traces_and_without_its_texts(tmp_path):
    found = after(tmp_path, "langfuse", Langfuse(SEEN, old=True))
    assert len(found["usage"]) == len(SEEN)
    assert {(row["actor"], row["session_id"], row["workflow"]) for row in found["usage"]} == {
        ("dev@x", "s", "triage")
    }
    assert "secret" not in repr(found)


@pytest.mark.parametrize(
    ("source", "vendor"),
    [
        (litellm.SOURCE, LiteLLM([log(1, "2026-11-21T08:00:00Z", messages="secret", response="secret")])),
        (langfuse.SOURCE, Langfuse(SEEN, old=True)),
        (helicone.SOURCE, Helicone([ASKED[0] | {"request_body": "secret"}])),
    ],
    ids=["litellm", "langfuse", "helicone"],
)
def test_texts_that_come_along_are_gone_before_a_row_is_read(source, vendor):
    wire = Wire(httpx2.MockTransport(vendor), lambda: NOW, lambda _seconds: None)
    http = Http("x", source.base, wire, {"authorization": f"Bearer {KEY}"})
    day = Slice(datetime(2026, 11, 21, tzinfo=UTC), datetime(2026, 11, 22, tzinfo=UTC), "")
    pages = list(source.streams[0].fetch(Ask(http, {}, day, NOW, "x:y", "x", {"key": KEY})))
    assert any(page.body["data"] for page in pages)
    assert "secret" not in repr(pages)


def test_a_clusters_money_is_kept_by_day_and_restated_for_three(tmp_path):
    with opened(tmp_path, OPENCOST, OpenCost()) as app:
        synced(app, "opencost")
        money = [(row["sub_account"], row["sku"], row["effective_cost"]) for row in held(app)["charges"]]
    assert sorted(money) == sorted(
        [("ml", "GPU", Decimal(96)), ("ml", "Compute", Decimal(4)), ("__idle__", "GPU", Decimal(20))] * 4
    )
    with opened(tmp_path, OPENCOST, OpenCost(gpu_cost=100), now=NOW + timedelta(hours=1)) as app:
        synced(app, "opencost")
        days = {
            row["charge_period_start"].day: row["effective_cost"]
            for row in held(app)["charges"]
            if (row["sub_account"], row["sku"]) == ("ml", "GPU")
        }
    assert days == {20: Decimal(96), 21: Decimal(100), 22: Decimal(100), 23: Decimal(100)}


def test_a_wrong_key_is_one_sentence_without_the_key(tmp_path):
    toml = LITELLM.replace("VENDOR_KEY", "OTHER_KEY")
    with opened(tmp_path, toml, LiteLLM(LOGS), OTHER_KEY="another-planted-key") as app:
        messages = [row["message"] for row in synced(app, "litellm").values()]
        tested = connections.tested(app, "litellm")
    assert all("the key is wrong, expired or revoked" in message for message in messages)
    assert "another-planted-key" not in repr(messages) + repr(tested)


def test_a_stream_that_may_not_be_read_says_what_it_needs_and_the_others_go_on(tmp_path):
    proxy = LiteLLM(LOGS)
    proxy.refuses = {"/user/list": 403}
    with opened(tmp_path, LITELLM, proxy) as app:
        found = synced(app, "litellm")
    assert "users needs a key of a proxy admin" in found["users"]["message"]
    assert (found["logs"]["message"], found["keys"]["message"], found["logs"]["rows"]) == ("", "", 7)
    assert KEY not in repr(found)


def test_a_proxy_without_key_and_database_is_told_to_give_one(tmp_path):
    with (
        opened(tmp_path, "[sources.litellm]\n", LiteLLM([])) as app,
        pytest.raises(SettingsError, match="needs key"),
    ):
        synced(app, "litellm")


def vllm(*readings: str):
    """A server whose counters stand at these numbers, one reading after the other."""
    texts = iter(readings)
    return lambda _request: httpx2.Response(200, text=next(texts))


def counters(prompt: int, answered: int) -> str:
    return (
        f'vllm:prompt_tokens_total{{model_name="llama-x"}} {prompt}\n'
        f'vllm:generation_tokens_total{{model_name="llama-x"}} {answered}\n'
    )


VLLM = '[sources.vllm]\nproject = "ml"\n'


def test_vllms_counters_become_use_between_readings_also_over_a_restart(tmp_path):
    for hour, text in enumerate((counters(1000, 100), counters(1500, 180), counters(40, 5))):
        with opened(tmp_path, VLLM, vllm(text, text), now=NOW + timedelta(hours=hour)) as app:
            assert synced(app, "vllm")["counters"]["message"] == ""
            synced(app, "vllm")  # at the same instant: nothing more is known
            rows = held(app)["usage"]
    told = [
        (row["occurred_at"], row["bucket_seconds"], row["input_tokens"], row["output_tokens"]) for row in rows
    ]
    assert sorted(told) == [(NOW, 3600, 500, 80), (NOW + timedelta(hours=1), 3600, 40, 5)]
    assert {(row["vendor"], row["tool"], row["project"]) for row in rows} == {
        ("gpu_cluster", "self_hosted", "ml")
    }


def test_vllms_counters_can_be_read_from_files(tmp_path):
    toml = f'[sources.vllm]\nfiles = "{tmp_path}/*.prom"\n'
    for hour, grown in enumerate((0, 7)):
        (tmp_path / "node-1.prom").write_text(counters(100 + grown, 10), encoding="utf-8")
        with opened(tmp_path / "home", toml, vllm(), now=NOW + timedelta(hours=hour)) as app:
            synced(app, "vllm")
            rows = held(app)["usage"]
    assert [(row["input_tokens"], row["output_tokens"]) for row in rows] == [(7, 0)]
    (tmp_path / "node-1.prom").unlink()
    with opened(tmp_path / "home", toml, vllm(), now=NOW + timedelta(hours=3)) as app:
        assert "no file is at" in synced(app, "vllm")["counters"]["message"]


def test_tokens_split_the_money_of_their_gpus_and_give_the_price_of_a_million(tmp_path):
    """48 GPU hours at 96, the rest at 4 and idle at 20 a day; 2 and 8 million tokens of two models on one day."""

    def vendor(request):
        return OpenCost()(request) if "allocation" in request.url.path else serving(request)

    def both(first: int, second: int) -> str:
        return counters(first, 0) + counters(second, 0).replace("llama-x", "qwen-x")

    day = NOW.replace(hour=1)
    for hour, text in ((1, both(0, 0)), (2, both(2_000_000, 8_000_000))):
        serving = vllm(text)
        with opened(
            tmp_path, VLLM + '[sources.opencost]\nsince = "2026-11-23"\n', vendor, now=day.replace(hour=hour)
        ) as app:
            app.sync(("vllm", "opencost"))
            asked = Query(
                ("gpu_spend", "gpu_price_per_million"),
                Period(day.date(), day.date() + timedelta(days=1)),
                by=("model",),
            )
            found = app.answer(asked, Scope.everything("a test"))
    assert {row.keys["model"]: row["gpu_spend"] for row in found.rows} == {
        "llama-x": Decimal(20), "qwen-x": Decimal(80), None: Decimal(20),
    }  # fmt: skip
    assert found.totals["gpu_spend"].value == Decimal(120)
    assert found.totals["gpu_price_per_million"].value == Decimal(12)


def test_the_connection_test_says_what_is_reached(tmp_path):
    with opened(tmp_path, LITELLM, LiteLLM(LOGS)) as app:
        assert {row["state"] for row in connections.tested(app, "litellm")} == {"good"}
