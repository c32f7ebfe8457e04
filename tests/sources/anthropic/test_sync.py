"""Anthropic from the setting to the ledger: whichever generation the key opens, however the wire behaves, once."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from decimal import Decimal
from itertools import cycle

import httpx2
import pytest

from payback.app import Surroundings, connections, open_app
from payback.errors import SettingsError
from tests.app.world import rows
from tests.sources.anthropic.organisation import KEY, Organisation, cut, refusal

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
TABLES = ("charges", "usage", "activity", "seats", "identities", "rejected")
DAYS = 5
EVERY_DAY = sum(Decimal(f"{100 * n + day}.123456") for day in range(20, 25) for n in (1, 2)) / 100


@pytest.fixture
def home(tmp_path):
    settle(tmp_path)
    return tmp_path


def settle(home, more=""):
    text = f'[sources.anthropic]\nkey = "env:ANTHROPIC_KEY"\nsince = 2026-11-20\n{more}\n'
    (home / "payback.toml").write_text(text, encoding="utf-8")


def opened(home, vendor, now=NOW, key=KEY):
    environ = {"HOME": str(home), "PATH": "", "ANTHROPIC_KEY": key}
    wire = httpx2.MockTransport(vendor)
    return open_app(
        home, Surroundings(environ, "linux", lambda: now, transport=wire, sleep=lambda _seconds: None)
    )


def synced(home, vendor, **more):
    """What each stream said, by its name, and the tables afterwards."""
    with opened(home, vendor, **more) as app:
        told = {row["source"]: row for row in connections.sync(app, "anthropic")}
        return told, {table: rows(app, table) for table in TABLES}


def counts(tables):
    return {table: len(found) for table, found in tables.items()}


def billed(tables):
    return sum(row["billed_cost"] for row in tables["charges"])


def asked(vendor):
    """How often each report was asked for."""
    return Counter(request.url.path.removeprefix("/v1/organizations/") for request in vendor.asked)


FOUND = {
    ("console",): {"charges": 2 * DAYS, "usage": 2 * DAYS + 4 * DAYS, "activity": 2 * DAYS, "seats": 0},
    ("analytics",): {"charges": 2 * DAYS, "usage": 2 * DAYS, "activity": 0, "seats": 0},
    ("enterprise",): {"charges": 2 * DAYS, "usage": 2 * DAYS, "activity": 2 * DAYS, "seats": 3},
}
FOUND["console", "analytics"] = FOUND["console",]
FOUND["analytics", "enterprise"] = {**FOUND["enterprise",]}


@pytest.mark.parametrize("opens", FOUND)
def test_the_same_money_comes_once_whichever_reports_the_key_opens(home, opens):
    told, tables = synced(home, Organisation(opens))
    assert billed(tables) == EVERY_DAY
    assert {name: len(tables[name]) for name in FOUND[opens]} == FOUND[opens]
    assert not tables["rejected"]
    assert not told["anthropic:cost"]["message"]


def test_money_carries_who_what_and_where(home):
    _, tables = synced(home, Organisation(("analytics", "console")))
    row = next(row for row in tables["charges"] if row["actor"] == "ben@example.com")
    known = {
        "vendor": "anthropic",
        "account": "org-1",
        "sub_account": "wrkspc_2",
        "api_key": "apikey_2",
        "model": "claude-opus-4-8",
        "service": "messages_api",
        "tool": None,
        "precedence": "billing_api",
    }
    assert {name: row[name] for name in known} == known
    assert row["list_cost"] == Decimal(5)


def test_the_analytics_reports_come_first_and_the_others_are_not_asked(home):
    vendor = Organisation(("analytics", "console", "enterprise"))
    synced(home, vendor)
    assert not {"cost_report", "usage_report/messages", "analytics/user_cost_report"} & set(asked(vendor))


def test_an_organisation_without_workspaces_and_keys_in_its_analytics_is_cut_by_what_it_has(home):
    vendor = Organisation(("analytics",), without=("workspace_id", "api_key_id"))
    _, tables = synced(home, vendor)
    assert billed(tables) == EVERY_DAY
    assert {row["sub_account"] for row in tables["charges"]} == {None}
    assert {row["actor"] for row in tables["charges"]} == {"ana@example.com", "ben@example.com"}


def test_a_generation_that_is_named_is_the_only_one_asked_for_money(home):
    settle(home, 'generation = "console"')
    vendor = Organisation(("analytics", "console", "enterprise"))
    _, tables = synced(home, vendor)
    assert billed(tables) == EVERY_DAY
    assert not [path for path in asked(vendor) if path.startswith("analytics/")]


def test_a_generation_that_nobody_knows_is_told_with_those_there_are(home):
    settle(home, 'generation = "newest"')
    told, _ = synced(home, Organisation())
    assert "auto, analytics, console, enterprise" in told["anthropic:cost"]["message"]


def test_a_better_report_that_opens_later_replaces_what_the_older_told(home):
    _, before = synced(home, Organisation(("console",)))
    _, after = synced(home, Organisation(("console", "analytics")))
    assert billed(before) == billed(after) == EVERY_DAY
    assert {row["actor"] for row in before["charges"]} == {None}
    assert {row["actor"] for row in after["charges"]} == {"ana@example.com", "ben@example.com"}
    _, back = synced(home, Organisation(("console",)))
    assert billed(back) == EVERY_DAY


@pytest.mark.parametrize("opens", [("console",), ("analytics",), ("enterprise",)])
def test_a_second_sync_changes_nothing_and_asks_only_for_what_may_be_restated(home, opens):
    _, before = synced(home, Organisation(opens))
    vendor = Organisation(opens)
    _, after = synced(home, vendor)
    assert before == after
    since = [
        request.url.params.get("starting_at", "") for request in vendor.asked if "cost" in request.url.path
    ]
    assert min(since) == ("2026-11-23T00:00:00Z" if opens == ("console",) else "2026-11-20T00:00:00Z")


@pytest.mark.parametrize(("opens", "late"), [(("console",), 2), (("analytics",), 5), (("enterprise",), 5)])
def test_what_the_vendor_restates_takes_the_place_of_what_it_said(home, opens, late):
    synced(home, Organisation(opens))
    _, tables = synced(home, Organisation(opens, late=late, restated=7))
    assert len(tables["charges"]) == 2 * DAYS
    assert billed(tables) == EVERY_DAY + Decimal("0.07") * 2 * late


def disordered(pages):
    """The pages backwards, each twice, with empty ones between."""
    return [part for page in pages[::-1] for part in ([], page, page)] + [[]]


def faulty(vendor):
    """The vendor behind a bad wire: every third request is answered with the next fault."""
    faults = cycle(("limit", "broken", "slow", "cut"))
    asked_ = iter(range(10**9))

    def answer(request):
        if next(asked_) % 3 != 1:
            return vendor(request)
        match next(faults):
            case "limit":
                return httpx2.Response(429, headers={"retry-after": "7"})
            case "broken":
                return httpx2.Response(500)
            case "slow":
                raise httpx2.ReadTimeout("slow", request=request)
        real = vendor(request)
        return real if real.status_code >= 400 else cut(real)

    return answer


def forgetful(vendor):
    """The vendor with page cursors that expire before their first use."""
    expired = set()

    def answer(request):
        key = request.url.path
        if {"page", "after_id"} & set(request.url.params) and key not in expired:
            expired.add(key)
            return refusal(400, "the page cursor expired")
        return vendor(request)

    return answer


@pytest.mark.parametrize("opens", [("console",), ("analytics",), ("enterprise",)])
def test_a_bad_wire_expired_cursors_and_disordered_pages_leave_the_same_facts(tmp_path, opens):
    bad = faulty(forgetful(Organisation(opens, shape=disordered)))
    found = []
    for name, vendor in (("good", Organisation(opens)), ("bad", bad)):
        (tmp_path / name).mkdir()
        settle(tmp_path / name)
        told, tables = synced(tmp_path / name, vendor)
        found.append((tables, {stream: row["message"] for stream, row in told.items()}))
    assert found[0] == found[1]


def test_a_wrong_key_is_one_sentence_per_stream_and_never_shown(home):
    told, tables = synced(home, Organisation(), key="sk-ant-admin01-wrong-planted")
    assert counts(tables) == dict.fromkeys(TABLES, 0)
    for row in told.values():
        assert "the key is wrong, expired or revoked" in row["message"]
        assert "planted" not in row["message"]


def test_a_key_that_may_not_read_money_says_which_right_and_which_pages(home):
    told, tables = synced(home, Organisation(("console",), {"cost_report": 403}))
    message = told["anthropic:cost"]["message"]
    assert "the key may not read this" in message
    assert "needs an admin key, or a key with read:analytics" in message
    assert "Reconciliation" in message
    assert KEY not in message
    assert counts(tables)["charges"] == 0
    assert counts(tables)["usage"] == 6 * DAYS


def test_the_connection_test_says_what_is_there_and_what_is_not(home):
    with opened(home, Organisation(("enterprise",))) as app:
        found = {row["check"]: row["state"] for row in app.check() if row["check"].startswith("anthropic")}
    assert found == {
        "anthropic: Costs": "good",
        "anthropic: Usage": "good",
        "anthropic: Claude Code": "good",
        "anthropic: Assigned seats": "good",
        "anthropic: Workspaces": "nothing yet",
        "anthropic: API keys": "nothing yet",
        "anthropic: Users": "nothing yet",
        "anthropic: Service accounts": "nothing yet",
    }


def test_the_connection_test_says_what_the_settings_leave_out(home):
    settle(home, 'generation = "console"')
    with opened(home, Organisation()) as app:
        found = {row["check"]: row for row in connections.tested(app, "anthropic")}
    assert found["anthropic: Workspaces"]["state"] == "good"
    assert found["anthropic: Assigned seats"]["state"] == "nothing yet"
    assert "nothing to ask for" in found["anthropic: Assigned seats"]["missing"]


@pytest.mark.parametrize("streams", ['["cost", "money"]', '"cost"'])
def test_a_stream_that_there_is_not_is_told_with_those_there_are(home, streams):
    settle(home, f"streams = {streams}")
    with opened(home, Organisation()) as app, pytest.raises(SettingsError, match="cost, usage, claude_code"):
        list(connections.sync(app, "anthropic"))


def test_only_the_streams_that_the_setting_names_are_read(home):
    settle(home, 'streams = ["usage"]')
    told, tables = synced(home, Organisation())
    assert list(told) == ["anthropic:usage"]
    assert counts(tables)["charges"] == 0


def test_the_directory_says_what_belongs_to_whom(home):
    _, tables = synced(home, Organisation())
    found = {row["identity"]: (row["kind"], row["name"], row["belongs_to"]) for row in tables["identities"]}
    assert found == {
        "wrkspc_1": ("project", "Space 1", None),
        "wrkspc_2": ("project", "Space 2", None),
        "apikey_1": ("key", "ci", "wrkspc_1"),
        "apikey_2": ("key", "own", "user_2"),
        "apikey_3": ("key", "bot", "svac_1"),
        "user_1": ("user", "Ana", None),
        "user_2": ("user", "Ben", None),
        "svac_1": ("service_account", "ci-bot", None),
    }
    assert {row["account"] for row in tables["identities"]} == {"org-1"}


def test_an_unfinished_day_of_engagement_is_not_asked_for(home):
    vendor = Organisation(("enterprise",))
    synced(home, vendor, now=NOW.replace(hour=9))
    dates = [request.url.params["date"] for request in vendor.asked if "date" in request.url.params]
    assert max(dates) == "2026-11-23"


def test_a_vendor_that_names_the_same_page_again_is_left_with_a_sentence(home):
    def circling(request):
        if request.url.path.endswith("cost_report") and request.url.params["limit"] != "1":
            return httpx2.Response(200, json={"data": [], "has_more": True, "next_page": "p1"})
        return Organisation()(request)

    told, _ = synced(home, circling)
    assert "never ends" in told["anthropic:cost"]["message"]
    assert not told["anthropic:usage"]["message"]
