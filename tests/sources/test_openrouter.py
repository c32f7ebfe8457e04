"""OpenRouter: the sample by hand, money by key that adds up to the whole, and what is billed elsewhere left there."""

from __future__ import annotations

import json
from decimal import Decimal

import httpx2
import pytest

from payback.ledger.entries import Charge, Rejected, Usage
from payback.sources.openrouter import SOURCE
from payback.sources.source import Context, Page
from tests.sources.installation import FAULTS, KEY, NOW, Recorder, everything, opened, rows, synced
from tests.sources.reference import samples

TOLD = '[sources.openrouter]\nkey = "env:VENDOR_KEY"\n'
CONTEXT = Context("openrouter:activity", "openrouter", {}, NOW)
ACTIVITY = SOURCE.stream("activity")


def parsed(whole, **by_key):
    return list(ACTIVITY.parse(Page({"whole": whole, "by_key": by_key}, "activity"), CONTEXT))


def line(**more):
    same = {"date": "2026-11-20", "model": "v/m", "endpoint_id": "ep", "requests": 2, "prompt_tokens": 100}
    return {**same, "usage": 0.3, "completion_tokens": 10, **more}


def test_the_sample_is_what_was_billed_here_and_its_use():
    (sample,) = next(one for one in samples("others") if "byok_usage_inference" in json.dumps(one))["data"]
    charge, own, usage = parsed([sample])
    assert isinstance(charge, Charge)
    assert isinstance(usage, Usage)
    assert (charge.billed_cost, charge.model, charge.vendor) == (
        Decimal("1.92"),
        "vendor/model-x",
        "openrouter",
    )
    # 1.92 of 2.23 dollars were billed here: 410,000 x 0.31 / 2.23 = 56,995.5 tokens were not, and so on
    assert (own.input_tokens, own.output_tokens, own.reasoning_tokens, own.requests) == (
        56_995,
        7_228,
        1_251,
        19,
    )
    assert (usage.input_tokens, usage.output_tokens, usage.reasoning_tokens) == (353_005, 44_772, 7_749)
    assert (usage.requests, usage.payment, usage.precedence) == (121, "metered", "usage_api")
    assert (own.payment, own.reported_usd, own.quality) == ("own_key", Decimal("0.31"), "estimated")
    assert own.usage_id != usage.usage_id


def test_a_line_of_own_keys_is_use_and_no_charge():
    (usage,) = parsed([line(usage=0, byok_usage_inference=0.4)])
    assert (usage.payment, usage.requests, usage.quality) == ("own_key", 2, "exact")
    assert usage.reported_usd == Decimal("0.4")


@pytest.mark.parametrize("own", [0.0001, 0.1, 0.3, 7, 900])
def test_a_split_line_loses_no_token_and_bills_only_what_was_billed_here(own):
    told = {
        "prompt_tokens": 101,
        "cached_tokens": 100,
        "completion_tokens": 7,
        "reasoning_tokens": 7,
        "requests": 1,
    }
    found = parsed([line(byok_usage_inference=own, **told)])
    uses = [one for one in found if isinstance(one, Usage)]
    assert [one.billed_cost for one in found if isinstance(one, Charge)] == [Decimal("0.3")]
    assert sum(one.input_tokens + one.cache_read_tokens for one in uses) == 101
    assert sum(one.cache_read_tokens for one in uses) == 100
    assert (sum(one.output_tokens for one in uses), sum(one.requests for one in uses)) == (7, 1)
    assert all(one.reasoning_tokens <= one.output_tokens for one in uses)


def test_what_no_key_explains_is_kept_without_a_key():
    found = parsed(
        [line(usage=0.3)], one=[line(usage=0.1, requests=1, prompt_tokens=40, completion_tokens=4)]
    )
    charges = [(one.api_key, one.billed_cost) for one in found if isinstance(one, Charge)]
    usages = [(one.api_key, one.input_tokens, one.requests) for one in found if isinstance(one, Usage)]
    assert charges == [("one", Decimal("0.1")), (None, Decimal("0.2"))]
    assert usages == [("one", 40, 1), (None, 60, 1)]


def test_what_the_keys_explain_whole_is_told_once():
    found = parsed([line()], one=[line()])
    assert [one.api_key for one in found] == ["one", "one"]


def test_a_row_that_does_not_read_is_refused_with_its_place():
    found = parsed([line(), line(date="soon"), 3])
    assert [(one.file, one.line) for one in found if isinstance(one, Rejected)] == [
        ("activity", 2),
        ("activity", 3),
    ]
    assert len(found) == 4


def vendor(request):
    if request.url.path.endswith("/keys"):
        at = int(request.url.params["offset"])
        return httpx2.Response(
            200, json={"data": [{"hash": f"h{at}", "name": f"key {at}"}] if at < 3 else []}
        )
    key = request.url.params.get("api_key_hash")
    told = (
        [line(usage=0.1)] if key else [line(usage=0.4, requests=8, prompt_tokens=400, completion_tokens=40)]
    )
    return httpx2.Response(200, json={"data": told})


def state(home, wire, times=1):
    with opened(home, TOLD, wire) as app:
        for _ in range(times):
            told = synced(app, "openrouter")
        return told, everything(app)


def test_every_key_is_asked_for_and_the_sum_is_what_was_billed(tmp_path):
    with opened(tmp_path / "home", TOLD, vendor) as app:
        synced(app, "openrouter")
        found = rows(app, "charges", "api_key", "billed_cost")
        keys = rows(app, "identities", "identity", "name", "kind")
    assert sum(amount for _, amount in found) == Decimal("0.4")
    assert {key for key, _ in found} == {"h0", "h1", "h2", None}
    assert keys == [("h0", "key 0", "key"), ("h1", "key 1", "key"), ("h2", "key 2", "key")]


def test_a_second_sync_and_faults_on_the_wire_leave_the_same_end(tmp_path):
    _, once = state(tmp_path / "one", vendor)
    faults = [one for fault in FAULTS for one in (fault, None)] * 3
    told, twice = state(tmp_path / "two", Recorder(vendor, faults), times=2)
    assert [row["message"] for row in told] == ["", ""]
    assert twice == once


@pytest.mark.parametrize(("status", "says"), [(401, "wrong, expired or revoked"), (403, "may not read")])
def test_a_refused_key_is_one_sentence_without_the_key(tmp_path, status, says):
    told, found = state(tmp_path / "home", lambda _request: httpx2.Response(status, text=f"no {KEY}"))
    assert all(says in row["message"] for row in told)
    assert KEY not in json.dumps([told, found], default=str)
