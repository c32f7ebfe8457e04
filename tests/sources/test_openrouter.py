"""OpenRouter: the sample by hand, money by key that adds up to the whole, and what is billed elsewhere left there."""

from __future__ import annotations

import json
from decimal import Decimal

import httpx2
import pytest
import stamina

from payback.ledger.entries import Charge, Rejected, Usage
from payback.sources.openrouter import SOURCE
from payback.sources.source import Context, Page
from tests.sources.installation import FAULTS, KEY, NOW, Recorder, everything, opened, rows, synced
from tests.sources.reference import samples

TOLD = '[sources.openrouter]\nkey = "env:VENDOR_KEY"\n'
CONTEXT = Context("openrouter:activity", "openrouter", {}, NOW)
ACTIVITY = SOURCE.stream("activity")


@pytest.fixture(autouse=True)
def _no_waiting():
    stamina.set_testing(True, attempts=6)
    yield
    stamina.set_testing(False)


def parsed(whole, **by_key):
    return list(ACTIVITY.parse(Page({"whole": whole, "by_key": by_key}, "activity"), CONTEXT))


def line(**more):
    same = {"date": "2026-11-20", "model": "v/m", "endpoint_id": "ep", "requests": 2, "prompt_tokens": 100}
    return {**same, "usage": 0.3, "completion_tokens": 10, **more}


def test_the_sample_is_what_was_billed_here_and_its_use():
    (sample,) = next(one for one in samples("others") if "byok_usage_inference" in json.dumps(one))["data"]
    charge, usage = parsed([sample])
    assert isinstance(charge, Charge)
    assert isinstance(usage, Usage)
    assert (charge.billed_cost, charge.model, charge.vendor) == (
        Decimal("1.92"),
        "vendor/model-x",
        "openrouter",
    )
    assert (usage.input_tokens, usage.output_tokens, usage.reasoning_tokens) == (410_000, 52_000, 9_000)
    assert (usage.requests, usage.payment, usage.precedence) == (140, "metered", "usage_api")


def test_a_line_of_own_keys_is_use_and_no_charge():
    (usage,) = parsed([line(usage=0, byok_usage_inference=0.4)])
    assert (usage.payment, usage.requests) == ("own_key", 2)


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
