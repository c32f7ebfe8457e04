"""OpenAI from the setting to the ledger: samples by hand, requests as described, the same end however the wire behaves."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import httpx2

from payback.ledger.entries import Charge, Rejected, Usage
from payback.sources.openai import SOURCE, reports
from payback.sources.source import Context, Page
from tests.desk import desk
from tests.sources.contracts import complaints
from tests.sources.installation import FAULTS, KEY, Recorder, everything, expired, opened, rows, synced
from tests.sources.reference import samples

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
CONTEXT = Context("openai:costs", "openai", {}, NOW)
DAY = 86_400
START = 1793836800
TOLD = '[sources.openai]\nkey = "env:VENDOR_KEY"\nsince = 2026-11-21\naccount = "org-1"\n'


def bucketed(*results):
    return {"data": [{"start_time": START, "end_time": START + DAY, "results": list(results)}]}


def test_the_sample_of_costs_is_one_charge_in_dollars():
    told = samples("openai")[0]
    (found,) = reports.costs(Page(told, "costs"), CONTEXT)
    assert isinstance(found, Charge)
    assert found.billed_cost == found.effective_cost == Decimal("12.4075")
    assert (found.currency, found.model, found.sku) == ("USD", "gpt-x", "gpt-x, input_tokens")
    assert (found.quantity, found.unit, found.sub_account) == (4963000.0, "tokens", "proj_demo")
    assert (found.actor, found.api_key) == (None, None)
    assert found.charge_period_start == datetime(2026, 11, 5, tzinfo=UTC)
    assert found.charge_period_end == datetime(2026, 11, 6, tzinfo=UTC)


def test_the_sample_of_completions_counts_cached_tokens_once():
    (found,) = reports.usages(Page(bucketed(samples("openai")[1]), "use"), CONTEXT)
    assert isinstance(found, Usage)
    assert (found.input_tokens, found.cache_read_tokens, found.output_tokens) == (80_000, 40_000, 9_000)
    assert (found.requests, found.actor, found.api_key) == (310, "user_9", "key_3")
    assert (found.model, found.service_tier, found.bucket_seconds) == ("gpt-x-2026-05-01", "default", DAY)


def test_cache_writes_are_taken_out_of_the_input_by_how_long_they_live():
    row = {"input_tokens": 100, "input_cached_tokens": 10, "input_cache_write_tokens": 50}
    row["input_cache_write_12h_tokens"] = 20
    (found,) = reports.usages(Page(bucketed(row), "use"), CONTEXT)
    assert (found.input_tokens, found.cache_read_tokens) == (40, 10)
    assert (found.cache_write_5m_tokens, found.cache_write_1h_tokens) == (30, 20)


def test_a_web_search_is_a_search_and_no_second_request():
    row = {"object": "organization.usage.web_search_calls.result", "num_requests": 7, "num_model_requests": 3}
    (found,) = reports.usages(Page(bucketed(row), "use"), CONTEXT)
    assert (found.web_searches, found.requests) == (7, 0)


def test_a_row_that_does_not_read_is_refused_with_its_place_and_the_others_stay():
    good = {"amount": {"value": 1, "currency": "usd"}}
    bad = {"amount": {"value": "much"}}
    found = list(reports.costs(Page(bucketed(good, bad, "text"), "costs, page 1"), CONTEXT))
    assert [type(one) for one in found] == [Charge, Rejected, Rejected]
    assert [(one.file, one.line) for one in found[1:]] == [("costs, page 1", 2), ("costs, page 1", 3)]


class Organisation:
    """Two days of everything a page at a time, and lists of three a page. Newer cuts may be refused."""

    def __init__(self, *, newer=True, refused=(), amount=1.25):
        self.newer, self.refused, self.amount = newer, refused, amount

    def __call__(self, request):
        if request.headers.get("authorization") != f"Bearer {KEY}":
            return httpx2.Response(401, json={"error": {"message": f"Incorrect API key provided: {KEY}"}})
        path = request.url.path.removeprefix("/v1/organization/")
        if path in self.refused:
            return httpx2.Response(403, json={"error": {"message": "missing scope"}})
        if path == "costs" or path.startswith("usage/"):
            return self.report(path, request.url.params)
        return self.listed(path, request.url.params)

    def report(self, path, params):
        cuts = set(params.get_list("group_by[]"))
        if not self.newer and cuts & {"api_source", "user_id"} & self.new_cuts(path):
            return httpx2.Response(400, json={"error": {"message": "unknown group_by"}})
        first, end = int(params["start_time"]), int(params["end_time"])
        days = list(range(first, end, DAY))
        at = int(params.get("page", "0"))
        bucket = {
            "start_time": days[at],
            "end_time": days[at] + DAY,
            "results": self.results(path, days[at], cuts),
        }
        more = at + 1 < len(days)
        return httpx2.Response(
            200, json={"data": [bucket], "has_more": more, "next_page": str(at + 1) if more else None}
        )

    @staticmethod
    def new_cuts(path):
        return {"api_source", "user_id"} if path == "costs" else {"api_source"}

    def results(self, path, day, cuts):
        dims = {"project_id": "proj_1", "api_key_id": "key_1", "user_id": "user_1", "model": "gpt-5"}
        dims = {name: value if name in cuts else None for name, value in dims.items()}
        if path == "costs":
            amount = {"value": self.amount, "currency": "usd"}
            return [{**dims, "amount": amount, "line_item": f"gpt-5, {side}"} for side in ("input", "output")]
        row = {**dims, "object": f"organization.{path.replace('/', '.')}.result", "num_model_requests": 4}
        return [{**row, "input_tokens": 100, "num_requests": 2}] if day % (2 * DAY) else []

    @staticmethod
    def listed(path, params):
        names = {"users": ["user_1", "user_2"], "projects": ["proj_1", "proj_2"], "admin_api_keys": ["adm_1"]}
        found = names.get(path) or [f"{path.split('/')[1]}_{path.split('/')[2]}_{n}" for n in range(3)]
        at = found.index(params["after"]) + 1 if "after" in params else 0
        row = {"id": found[at], "name": f"the {found[at]}", "created_at": START}
        if path == "users":
            row["email"] = f"{found[at]}@example.com"
        if path.endswith("/api_keys"):
            row["owner"] = {"type": "user", "user": {"id": "user_1", "email": "user_1@example.com"}}
        return httpx2.Response(
            200, json={"data": [row], "last_id": found[at], "has_more": at + 1 < len(found)}
        )


def state(home, vendor):
    with opened(home, TOLD, vendor, NOW) as app:
        return synced(app, "openai"), everything(app)


def test_every_page_of_every_stream_is_read_and_a_second_sync_changes_nothing(tmp_path):
    told, once = state(tmp_path / "one", Organisation())
    assert [row["message"] for row in told] == [""] * len(SOURCE.streams)
    assert (len(once["charges"]), sum(row["billed_cost"] for row in once["charges"])) == (10, Decimal("12.5"))
    assert len(once["identities"]) == 2 + 2 + 1 + 2 * 3 + 2 * 3
    assert not once["rejected"]
    assert {row["account"] for row in once["charges"]} == {"org-1"}
    with opened(tmp_path / "one", TOLD, Organisation(), NOW) as app:
        synced(app, "openai")
        assert everything(app) == once


def test_keys_belong_to_their_owner_and_users_have_addresses(tmp_path):
    with opened(tmp_path / "home", TOLD, Organisation()) as app:
        synced(app, "openai")
        found = {
            row[0]: row[1:] for row in rows(app, "identities", "identity", "kind", "email", "belongs_to")
        }
    assert found["proj_1_api_keys_0"] == ("key", None, "user_1")
    assert found["proj_2_service_accounts_0"] == ("service_account", None, "proj_2")
    assert found["user_2"] == ("user", "user_2@example.com", None)


def test_newer_cuts_are_left_out_where_the_vendor_refuses_them_and_the_money_is_the_same(tmp_path):
    told, found = state(tmp_path / "home", Organisation(newer=False))
    assert [row["message"] for row in told] == [""] * len(SOURCE.streams)
    assert sum(row["billed_cost"] for row in found["charges"]) == Decimal("12.5")
    assert {(row["actor"], row["api_key"]) for row in found["charges"]} == {(None, "key_1")}


def test_a_restated_day_replaces_what_was_told_and_older_days_stand(tmp_path):
    state(tmp_path / "home", Organisation())
    with opened(tmp_path / "home", TOLD, Organisation(amount=2.0), NOW + timedelta(days=2)) as app:
        synced(app, "openai")
        days = rows(app, "charges", "charge_period_start", "billed_cost")
    assert [float(amount) for _, amount in days] == [1.25] * 4 + [2.0] * 10


def test_faults_on_the_wire_leave_the_same_end(tmp_path):
    _, whole = state(tmp_path / "one", Organisation())
    faults = [fault for fault in FAULTS for _ in range(2)] * 6
    spread = [one for fault in faults for one in (fault, None)]
    told, found = state(tmp_path / "two", Recorder(Organisation(), spread))
    assert [row["message"] for row in told] == [""] * len(SOURCE.streams)
    assert found == whole


def test_a_cursor_that_expired_begins_the_slice_again(tmp_path):
    _, whole = state(tmp_path / "one", Organisation())
    told, found = state(tmp_path / "two", Recorder(Organisation(), [None, None, expired]))
    assert told[0]["message"] == ""
    assert found == whole


def test_a_wrong_key_is_one_sentence_without_the_key_for_each_stream(tmp_path):
    told, found = state(tmp_path / "home", lambda _request: httpx2.Response(401, text=f"bad key {KEY}"))
    assert all("wrong, expired or revoked" in row["message"] for row in told)
    assert KEY not in json.dumps([told, found], default=str)


def test_one_stream_refused_says_what_it_needs_and_the_others_go_on(tmp_path):
    told, found = state(tmp_path / "home", Organisation(refused=("costs",)))
    assert "admin key" in told[0]["message"]
    assert [row["message"] for row in told[1:]] == [""] * (len(told) - 1)
    assert not found["charges"]
    assert found["usage"]


def test_requests_are_those_that_the_vendors_own_description_allows(tmp_path):
    description = json.loads(desk("reference/vendors/specs/openai-admin.openapi.json").read_text())
    vendor = Recorder(Organisation(newer=False))
    state(tmp_path / "home", vendor)
    newer = ("api_source", "user_id")
    odd = [one for request in vendor.asked for one in complaints(description, request, "/v1")]
    assert [one for one in odd if not any(f"={name} is none of" in one for name in newer)] == []
    plain = [one for one in vendor.asked if not {*one.url.params.get_list("group_by[]")} & {*newer}]
    assert plain
