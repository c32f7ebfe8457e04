"""The page Payback: an answer with its interval and reason, lines that add up, rows behind each, and what is missing."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from starlette.testclient import TestClient

from payback.web.site import create_web
from tests.metrics.month import ground_of, spend
from tests.web import invented
from tests.web.conftest import HERE
from tests.web.fake import BERLIN, a_company
from tests.web.reading import Outline

ALL = "/payback.json?range=90d"


@pytest.fixture(scope="module")
def billed():
    """The company with bills, and people who develop in both teams."""
    desk = a_company()
    day = invented.TODAY - timedelta(days=3)
    bills = [
        spend(spend_id="x", day=day, team="red", amortised="300.25", charge_id="c"),
        spend(spend_id="y", day=day, team="blue", amortised="90", charge_id="c"),
        spend(spend_id="z", day=day, amortised="9.75", charge_id="c"),
    ]
    ground = ground_of(
        BERLIN, spend=bills, effort_costs=invented.effort_costs(), work=invented.work(),
        developer_days=[row | {"team": team} for row in invented.developers() for team in ("red", "blue")],
    )  # fmt: skip
    held = replace(desk, ground=ground)
    with TestClient(create_web(held), base_url=HERE) as client:
        yield client
    ground.warehouse.close()
    desk.ground.warehouse.close()


def lines(told):
    return {row["id"]: row for row in told["lines"]["rows"] if "id" in row}


def test_full_less_invoice_is_the_sum_of_the_lines_shown(billed):
    for path in (ALL, f"{ALL}&team=red", f"{ALL}&team=blue"):
        told = billed.get(path).json()
        rows = lines(told)
        invoice = Decimal(rows.pop("invoice_cost")["cost"])
        shown = sum(Decimal(row["cost"]) for row in rows.values() if row.get("cost"))
        assert Decimal(told["lines"]["total"]["cost"]) - invoice == shown != 0


def test_a_line_below_zero_is_shown_as_it_is(billed):
    review = lines(billed.get(f"{ALL}&team=blue").json())["review"]
    own = [
        row
        for row in invented.effort_costs()
        if row["kind"] == "review" and row["team"] == "blue" and not row["replaced"]
    ]
    assert Decimal(review["cost"]) == sum(row["cost"] for row in own) < 0
    assert "−$" in review["between"]


def test_the_answer_has_number_interval_money_and_reason(billed):
    told = billed.get(ALL).json()["sentence"]
    assert (told["before"], told["figure"]) == (
        "Merged pull requests",
        "+12\u202f% (+3\u202f% to +21\u202f%)",
    )
    assert "controlled, worth $" in told["after"]
    assert "$400 of it invoiced" in told["after"]
    assert told["after"].rstrip(".").rpartition(": ")[2]


def test_each_team_has_money_delivery_guardrail_worth_and_signal(billed):
    red, blue = billed.get(ALL).json()["teams"]["rows"]
    assert (red["id"], blue["id"]) == ("red", "blue")
    assert Decimal(red["full"]) > Decimal(red["invoice"]) == Decimal("300.25")
    assert "+18\u202f% (+6\u202f% to +31\u202f%), controlled" in red["effect"]
    assert red["guardrail"] == "1 of 1 known, none worse"
    assert "Rework rate +31" in blue["guardrail"]
    assert blue["signal"] == "rebalance"
    assert "rework rate pays for it" in blue["why"]


def test_a_workflow_that_nothing_is_known_of_cannot_be_told_yet(site):
    [triage] = site.get(ALL).json()["workflows"]["rows"]
    assert (triage["signal"], triage["effect"], triage["net"]) == ("cannot tell yet", "cannot tell yet", "–")
    assert triage["why"] == "needs about 6 more weeks"


def test_invoice_only_and_full_return_stand_side_by_side(billed):
    only, full = billed.get(ALL).json()["returned"]["rows"]
    assert (only["name"], full["name"]) == ("Invoice only", "Full cost")
    assert only["value"] == full["value"]
    assert "(" in only["net"]
    assert only["ratio"] != full["ratio"]


def test_the_picture_begins_with_the_invoice_and_ends_with_full_cost(billed):
    chart = billed.get(ALL).json()["chart"]
    rows, total = chart["table"]["rows"], chart["table"]["total"]
    assert sum(Decimal(row["amount"]) for row in rows) == Decimal(total["amount"])
    assert [one["name"] for one in chart["spec"]["data"]["values"]][:1] == ["Invoice"]


def test_a_line_leads_to_its_rows_and_they_add_up_to_it(billed):
    line = lines(billed.get(ALL).json())["review"]
    assert line["href"].startswith("/payback/review")
    told = billed.get("/payback/review.json?range=90d").json()
    counted = [row for row in told["table"]["rows"] if not row["quiet"]]
    assert sum(Decimal(row["cost"]) for row in counted) == Decimal(line["cost"])
    assert {row["how"] for row in told["table"]["rows"]} == {"measured", "stands back for what was entered"}
    assert all(row["href"].startswith("/changes/") and row["matched"] == 9 for row in told["table"]["rows"])


def test_there_is_no_line_but_those_of_full_cost(site):
    assert site.get("/payback/gardening").status_code == 404


def test_without_a_bill_the_invoice_is_unknown_and_not_zero(site):
    told = site.get(ALL).json()
    assert told["tiles"][0]["value"] is None
    assert {row["invoice"] for row in told["teams"]["rows"]} == {None}
    assert told["chart"] is None
    missing = [row["what"] for row in told["missing"]["rows"]]
    assert "No bill is known" in missing
    assert "1 row of hours without a rate" in missing
    assert any("security review" in one for one in missing)


def test_what_is_assumed_says_where_it_comes_from(site):
    rows = {row["setting"]: row for row in site.get(ALL).json()["assumed"]["rows"]}
    assert rows["review_lines_per_hour"]["value"] == "500 changed lines an hour"
    assert rows["review_lines_per_hour"]["read_on"] == "2026-11-25"
    assert rows["bug_hours"]["value"] == "not told, so not priced"


def test_days_without_money_or_hours_say_what_is_missing(site):
    text = Outline(site.get("/payback?since=2025-01-01&through=2025-01-31").text).text
    assert "What the money bought cannot be told yet" in text
    assert "Enter hours" in text


def test_home_answers_what_it_bought_and_leads_there(site):
    bought = site.get("/index.json?range=90d").json()["questions"][2]
    assert bought["sentence"]["figure"] == "+12\u202f% (+3\u202f% to +21\u202f%)"
    assert bought["link"]["href"].startswith("/payback")
    assert "merged changes were made with AI" in bought["note"]
