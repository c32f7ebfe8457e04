"""Copilot's pages as entries, and a connection that is brought up to date whatever comes in between."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from decimal import Decimal

import httpx2
import orjson
import pytest

from payback.app.window import Window
from payback.ledger.entries import Activity, Charge, Identity, Rejected, Seat
from payback.sources.copilot import SOURCE
from payback.sources.copilot.items import items, remainder
from payback.sources.source import Context, Page
from tests.desk import desk
from tests.sources.contracts import complaints
from tests.sources.copilot.github import GitHub, credit_item, person
from tests.sources.installation import (
    FAULTS,
    KEY,
    NOW,
    Recorder,
    everything,
    opened,
    rows,
    synced,
)
from tests.sources.reference import samples

ENTERPRISE = '[sources.copilot]\nkey = "env:VENDOR_KEY"\nenterprise = "acme"\nsince = 2026-10-01\nseat_price = "19.00"\n'
ORGANIZATION = ENTERPRISE.replace("enterprise", "organization")
CONTEXT = Context("copilot:x", "copilot", {"enterprise": "acme"}, NOW)


def entries(stream: str, body: object, **about: str) -> list:
    return list(SOURCE.stream(stream).parse(Page(body, "page", about), CONTEXT))


def test_the_seat_of_the_reference_page():
    seat, *identities = entries("seats", samples("github-copilot")[0]["seats"])
    assert isinstance(seat, Seat)
    assert (seat.tool, seat.vendor, seat.person, seat.plan, seat.ends_on) == (
        "copilot", "github", "octo-dev", "business", None,
    )  # fmt: skip
    assert seat.valid_from == datetime(2026, 2, 1, 9, tzinfo=UTC)
    assert seat.last_active_at == datetime(2026, 11, 20, 8, 11, tzinfo=UTC)
    assert seat.price is None
    assert [(one.identity, one.kind, one.belongs_to) for one in identities if isinstance(one, Identity)] == [
        ("octo-dev", "user", "team:core"), ("team:core", "group", None),
    ]  # fmt: skip


def test_the_day_of_the_reference_page_keeps_an_agents_own_lines_apart():
    line = orjson.dumps(samples("github-copilot")[1])
    assert entries("metrics", [line], day="2026-11-18") == [
        Activity(
            day=date(2026, 11, 18),
            person="octo-dev",
            tool="copilot",
            source="copilot:x",
            active=True,
            suggestions=51,  # 60, of which 9 were agent edits
            acceptances=19,
            lines_suggested=420,
            lines_accepted=80,  # 260, of which agents wrote 180
            chats=23,
            lines_added=180,
            lines_removed=31,
        )
    ]


def test_the_bill_of_the_reference_page_is_net_billed_and_gross_listed():
    about = {"since": "2026-11-01T00:00:00+00:00", "until": "2026-11-26T00:00:00+00:00", "centre": "Platform"}
    (charge,) = entries("credits", {"total": samples("github-copilot")[2]}, **about)
    assert isinstance(charge, Charge)
    assert (charge.billed_cost, charge.effective_cost, charge.list_cost) == (
        Decimal(30), Decimal(30), Decimal(120),
    )  # fmt: skip
    assert (charge.vendor, charge.account, charge.tool, charge.model) == (
        "github",
        "acme",
        "copilot",
        "model-y",
    )
    assert (charge.quantity, charge.unit, charge.precedence) == (3000.0, "credits", "billing_api")
    assert charge.tags == {"cost_center": "Platform"}
    assert Decimal(charge.details["x_DiscountAmount"]) == 90
    assert (charge.charge_period_start, charge.charge_period_end) == (
        datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 11, 26, tzinfo=UTC),
    )  # fmt: skip


def test_every_field_of_a_day_may_be_absent_and_is_then_unknown():
    (found,) = entries("metrics", [b'{"user_login":"x"}'], day="2026-11-18")
    assert found == Activity(day=date(2026, 11, 18), person="x", tool="copilot", source="copilot:x")


def test_a_line_that_does_not_read_is_refused_with_its_place_and_the_others_stay():
    lines = [
        orjson.dumps(person("2026-11-18", "a")),
        b"{half",
        b'{"day":"2026-11-18"}',
        orjson.dumps(person("2026-11-18", "b")),
    ]
    found = entries("metrics", lines, day="2026-11-18")
    assert [one.person for one in found if isinstance(one, Activity)] == ["a", "b"]
    assert [(one.file, one.line) for one in found if isinstance(one, Rejected)] == [("page", 2), ("page", 3)]


def test_a_seat_that_does_not_read_is_refused_and_the_others_stay():
    seats = [{"assignee": {"login": "x"}, "created_at": "soon"}, *GitHub().seats[:1]]
    found = entries("seats", seats)
    assert [one.line for one in found if isinstance(one, Rejected)] == [1]
    assert [one.person for one in found if isinstance(one, Seat)] == ["octo-dev"]


def test_the_parts_of_persons_and_what_is_left_add_up_to_the_total_exactly():
    total, parts = [credit_item(120, 30.1)], [[credit_item(80, 20.7)], [credit_item(1.1, 0.3)]]
    (left,) = remainder(total, parts)
    assert (left["netAmount"], left["grossAmount"]) == (Decimal("9.1"), Decimal("38.9"))
    assert remainder(total, [total]) == []
    assert items(None) == []


def test_a_month_is_taken_in_whole_and_a_second_sync_changes_nothing(tmp_path):
    vendor = GitHub()
    with opened(tmp_path / "home", ENTERPRISE, vendor) as app:
        assert [row["message"] for row in synced(app, "copilot")] == [""] * 6
        assert rows(app, "seats", "person", "price", "interval", "ends_on", "plan") == [
            ("idle-dev", Decimal(19), "month", date(2026, 11, 30), "business"),
            ("octo-dev", Decimal(19), "month", None, "business"),
            (None, Decimal(19), "month", None, "business"),
        ]
        assert rows(app, "activity", "day", "person", "suggestions") == [(date(2026, 11, 18), "octo-dev", 10)]
        assert rows(app, "charges", "source", "actor", "billed_cost", "charge_category") == [
            ("copilot:credits", "octo-dev", Decimal("20.5"), "Usage"),
            ("copilot:credits", None, Decimal("9.5"), "Usage"),  # 30 less 20.5: nobody's seat
            ("copilot:seat_charges", None, Decimal(57), "Purchase"),
        ]
        assert [row[0] for row in rows(app, "charges", "tags") if row[0]] == [[("cost_center", "Platform")]]
        assert rows(app, "identities", "identity", "kind", "belongs_to")[:2] == [
            ("cost_center:cc-1", "group", None),
            ("idle-dev", "user", None),
        ]
        before = everything(app)
        synced(app, "copilot")
        assert everything(app) == before


def test_a_person_with_a_seat_in_two_organizations_is_charged_once(tmp_path):
    names = {"copilot": "acme-eng", "copilot-lab": "acme-lab"}
    told = "".join(
        f'[sources.{name}]\nkind = "copilot"\nkey = "env:VENDOR_KEY"\norganization = "{place}"\nseat_price = "19"\n'
        'streams = ["seats"]\n'
        for name, place in names.items()
    )
    with opened(tmp_path / "home", told, GitHub()) as app:
        app.sync()
        assert len(rows(app, "seats")) == 6
        found = [row for row in rows(app, "charges") if row["charge_period_start"].month == 10]
        assert sorted((row["actor"] or "", row["billed_cost"]) for row in found) == [
            ("", Decimal(19)), ("", Decimal(19)), ("idle-dev", Decimal(19)), ("octo-dev", Decimal(19)),
        ]  # fmt: skip
        before = everything(app)
        app.sync()
        assert everything(app) == before


def test_without_parts_of_persons_each_cost_centre_is_asked_for_and_none_is_counted_twice(tmp_path):
    vendor = Recorder(GitHub())
    with opened(tmp_path / "home", ENTERPRISE + 'per_user = "false"\n', vendor) as app:
        synced(app, "copilot")
        found = rows(app, "charges", "source", "billed_cost", "tags", "charge_period_start")
    day = datetime(2026, 11, 18, tzinfo=UTC)
    assert found[:2] == [
        ("copilot:credits", Decimal(30), None, day),
        ("copilot:credits", Decimal(7), [("cost_center", "Platform")], day),
    ]
    asked = [request for request in vendor.asked if request.url.path.endswith("billing/usage")]
    assert {request.url.params.get("cost_center_id") for request in asked} == {None, "cc-1", "cc-2"}


def test_premium_requests_are_read_for_the_months_in_which_they_ran(tmp_path):
    told = ENTERPRISE.replace("2026-10-01", "2026-04-15")
    vendor = Recorder(GitHub())
    with opened(tmp_path / "home", told, vendor) as app:
        synced(app, "copilot")
        (charge,) = [row for row in rows(app, "charges") if row["source"] == "copilot:premium_requests"]
    assert charge["billed_cost"] == Decimal(4)
    assert charge["charge_period_end"] == datetime(2026, 6, 1, tzinfo=UTC)
    months = {
        path: sorted({int(r.url.params["month"]) for r in vendor.asked if r.url.path.endswith(path)})
        for path in ("premium_request/usage", "ai_credit/usage")
    }
    assert months == {"premium_request/usage": [4, 5, 6], "ai_credit/usage": [6, 7, 8, 9, 10, 11]}


def test_a_restated_day_replaces_what_it_said_and_a_taken_back_seat_ends(tmp_path):
    vendor = GitHub()
    with opened(tmp_path / "home", ENTERPRISE, vendor) as app:
        synced(app, "copilot")
        vendor.reports = {"2026-11-18": [person("2026-11-18", "octo-dev", 12)]}
        vendor.parts = {"octo-dev": credit_item(80, 21)}
        vendor.seats = vendor.seats[1:]
        synced(app, "copilot", Window(datetime(2026, 11, 17, tzinfo=UTC), datetime(2026, 11, 20, tzinfo=UTC)))
        assert rows(app, "activity", "suggestions") == [(12,)]
        assert rows(app, "charges", "billed_cost") == [(Decimal(21),), (Decimal(57),), (Decimal(9),)]


@pytest.mark.parametrize("told", [ENTERPRISE, ORGANIZATION], ids=["enterprise", "organization"])
def test_faults_on_the_way_leave_the_same_rows(tmp_path, told):
    with opened(tmp_path / "calm", told, GitHub()) as app:
        synced(app, "copilot")
        calm = everything(app)
    troubled = GitHub()
    troubled.dead_links = 1
    faults = [*FAULTS, None, None] * 20
    with opened(tmp_path / "troubled", told, Recorder(troubled, faults)) as app:
        assert [row["message"] for row in synced(app, "copilot")] == [""] * 6
        assert everything(app) == calm


@pytest.mark.parametrize(
    ("status", "sentence"), [(401, "the key is wrong"), (403, "the key may not read this")]
)
def test_a_refusal_is_one_sentence_without_the_key_and_the_other_streams_go_on(tmp_path, status, sentence):
    vendor = GitHub()
    vendor.refused = {"settings/billing": status}
    with opened(tmp_path / "home", ENTERPRISE, vendor) as app:
        found = {row["source"]: row["message"] for row in synced(app, "copilot")}
        assert found["copilot:seats"] == found["copilot:metrics"] == ""
        assert rows(app, "activity", "person") == [("octo-dev",)]
    told = found["copilot:credits"]
    assert sentence in told
    assert "billing manager" in told
    assert "\n" not in told
    assert not any(KEY in message for message in found.values())


def test_an_organization_or_an_enterprise_must_be_named(tmp_path):
    with opened(tmp_path / "home", '[sources.copilot]\nkey = "env:VENDOR_KEY"\n', GitHub()) as app:
        assert all("organization =" in row["message"] for row in synced(app, "copilot"))


SPECS = {
    ENTERPRISE: "github-copilot-billing.openapi.json",
    ORGANIZATION: "github-copilot-billing.public.openapi.json",
}


@pytest.mark.parametrize("per_user", ["true", "false"])
@pytest.mark.parametrize("told", SPECS, ids=["enterprise", "organization"])
def test_every_request_is_one_that_github_describes(tmp_path, told, per_user):
    description = json.loads(desk(f"reference/vendors/specs/{SPECS[told]}").read_bytes())
    vendor = Recorder(GitHub())
    since = told.replace("2026-10-01", "2026-05-01")
    with opened(tmp_path / "home", f'{since}per_user = "{per_user}"\n', vendor) as app:
        synced(app, "copilot")
    asked = [request for request in vendor.asked if request.url.host == "api.github.com"]
    assert len({request.url.path for request in asked}) >= 5
    assert [fault for request in asked for fault in complaints(description, request)] == []


def test_a_request_that_github_does_not_describe_is_noticed():
    description = json.loads(
        desk("reference/vendors/specs/github-copilot-billing.public.openapi.json").read_bytes()
    )
    base = "https://api.github.com/organizations/acme/settings/billing"
    odd = {
        f"{base}/usage?year=twenty": "year=twenty is not of type integer",
        f"{base}/usage?cost_center_id=1": "no query parameter 'cost_center_id'",
        f"{base}/uses": "is not described",
        "https://api.github.com/orgs/acme/copilot/metrics/reports/users-1-day": "needs the query parameter 'day'",
    }
    for address, sentence in odd.items():
        (found,) = complaints(description, httpx2.Request("GET", address))
        assert sentence in found
