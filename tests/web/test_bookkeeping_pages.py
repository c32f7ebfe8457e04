"""Reconciliation, money without a team, rules, currencies and seats as pages, over two months worked out by hand
(`tests.app.test_bookkeeping`) and the invented company.
"""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from starlette.testclient import TestClient

from payback.access.scope import Scope
from payback.web.pages.rules import stability_said
from payback.web.site import create_web
from tests.app.test_bookkeeping import app, home  # noqa: F401  fixtures
from tests.web.conftest import HERE
from tests.web.fake import a_company
from tests.web.reading import Outline
from tests.web.test_forms import send, token_of

EVE = Scope.everything("eve", may_see_people=True)
LEAD = Scope.of_teams("lead of search", ["search"])
OCTOBER = "since=2026-10-01&through=2026-10-31"
BOTH = "since=2026-10-01&through=2026-11-30"
THING = f"/unattributed/openai/project/key-2?{OCTOBER}"


def browser(desk, scope=EVE):
    return TestClient(create_web(desk, whose=lambda _request: scope), base_url=HERE)


@pytest.fixture
def client(app):  # noqa: F811
    return browser(app)


def text_of(client, path):
    answer = client.get(path)
    assert answer.status_code == 200, answer.text
    return Outline(answer.text).text.replace("\u202f", " ").replace("\u00a0", " ")


def test_what_share_of_the_bills_is_explained_is_said_for_each_currency(client):
    text = text_of(client, f"/reconciliation?{OCTOBER}")
    assert (
        "95.0 % of the $100 billed for use in Oct 2026 is explained by known use; $5.00 is explained by nothing"
        in text
    )
    assert "0.0 % of the €12.0 billed for use in Oct 2026 is explained" in text
    assert "they are never added" in text


def test_a_vendor_and_month_stands_in_one_row_with_whose_word_it_is(client):
    rows = client.get(f"/reconciliation.json?{BOTH}").json()["table"]["rows"]
    row = next(row for row in rows if row["vendor"] == "openai" and row["billed"])
    assert (row["said_by"], row["aside"]) == ("billing API", "gateway $95.00")
    assert [Decimal(row[name]) for name in ("billed", "metered", "difference", "unexplained")] == [
        100,
        90,
        10,
        5,
    ]
    assert row["href"].startswith("/reconciliation/openai/2026-10")
    assert "no bill" in text_of(client, f"/reconciliation?{BOTH}")


def test_money_of_a_row_is_said_in_its_own_currency(client):
    text = text_of(client, f"/reconciliation?{OCTOBER}")
    assert "€12.00" in text
    assert "$12.00" not in text


def test_a_vendor_and_month_is_taken_apart(client):
    told = client.get("/reconciliation/openai/2026-10.json").json()
    assert [(row["said_by"], row["counts"]) for row in told["charges"]["rows"]] == [
        ("billing API", "counts"),
        ("gateway", "set aside"),
    ]
    parts = {row["name"]: row["amount"] for row in told["parts"][0]["rows"]}
    assert Decimal(parts["Billed"]) == Decimal(parts["· for use, explained"]) + Decimal(
        parts["· for use, unexplained"]
    )
    assert client.get("/reconciliation/nobody/2026-10").status_code == 404
    assert client.get("/reconciliation/openai/october").status_code == 400


def test_money_without_a_team_is_ranked_and_offers_a_choice_of_teams(client):
    told = client.get(f"/unattributed.json?{OCTOBER}").json()
    assert [row["what"] for row in told["table"]["rows"]] == [
        "OpenAI, project key-2",
        "OpenAI, OpenAI API",
        "Mistral, Mistral API",
    ]
    assert told["table"]["rows"][0]["pick"]["options"] == [["platform", "Platform"], ["search", "Search"]]
    assert "$30.0 at list price in 1–31 Oct 2026 has no team" in text_of(client, f"/unattributed?{OCTOBER}")


def test_a_choice_shows_what_would_move_and_changes_nothing(client, app):  # noqa: F811
    text = text_of(client, f"{THING}&to=search&basis=billed")
    assert "$30.0 billed in 1–31 Oct 2026 would go to Search: $30.0 that has no team now." in text
    assert "Yes, it belongs to Search" in text
    assert [rule["rule"] for rule in app.bookkeeping.rules()] == ["platform-key"]


def test_a_trial_is_told_in_the_currency_of_the_money(client):
    text = text_of(client, f"/unattributed/mistral/tool/mistral_api?{OCTOBER}&to=search")
    assert "€12.0 billed in 1–31 Oct 2026 would go to Search: €12.0 that has no team now." in text


def test_a_rule_is_confirmed_listed_and_taken_back(client, app):  # noqa: F811
    done = send(client, f"{THING}&to=search", act="make", team="search")
    said = Outline(done.text).text
    assert "OpenAI, project key-2 belongs to Search now." in said
    assert "A rule says that it belongs to Search." in said
    queue = client.get(f"/unattributed.json?{OCTOBER}").json()["table"]["rows"]
    assert "OpenAI, project key-2" not in [row["what"] for row in queue]
    rules = {row["rule"]: row for row in client.get(f"/rules.json?{OCTOBER}").json()["rules"]["rows"]}
    assert rules["openai/project/key-2"]["share"] == pytest.approx(0.3)
    assert rules["platform-key"]["acts"] == []
    back = send(client, f"/rules?{OCTOBER}", act="drop", rule="openai/project/key-2")
    assert "The rule openai/project/key-2 is taken back." in Outline(back.text).text
    assert [rule["rule"] for rule in app.bookkeeping.rules()] == ["platform-key"]


def test_a_reader_without_everything_makes_no_rule_and_sees_no_queue(app):  # noqa: F811
    lead = browser(app, LEAD)
    assert lead.get(f"/unattributed.json?{OCTOBER}").json().get("table", {"rows": []})["rows"] == []
    assert lead.get(f"{THING}&to=search").status_code == 404
    scopes = [EVE]
    client = TestClient(create_web(app, whose=lambda _request: scopes[-1]), base_url=HERE)
    told = {"form": token_of(client, f"{THING}&to=search")}
    scopes.append(LEAD)
    for path, fields in (
        (THING, {"act": "make", "team": "search"}),
        ("/rules", {"act": "drop", "rule": "platform-key"}),
    ):
        assert client.post(path, data=told | fields).status_code == 403
    assert [rule["rule"] for rule in app.bookkeeping.rules()] == ["platform-key"]


def test_currencies_stand_side_by_side_on_the_spend_page_and_are_never_added(client):
    told = client.get(f"/spend.json?{OCTOBER}&basis=billed").json()
    rows = {row["currency"]: row["spend_billed"] for row in told["currencies"]["rows"]}
    assert {code: Decimal(amount) for code, amount in rows.items()} == {"USD": 100, "EUR": 12}
    assert Decimal(told["table"]["total"]["spend"]) == 100
    euro = client.get(f"/spend.json?{OCTOBER}&basis=billed&currency=EUR").json()
    assert Decimal(euro["table"]["total"]["spend"]) == 12
    assert "never added" in text_of(client, f"/spend?{OCTOBER}&basis=billed")
    assert client.get("/spend?currency=CHF").status_code == 400


@pytest.mark.parametrize(
    "cut", ["api_key", "project", "account", "owner", "cost_center", "allocation", "basis", "reconciled"]
)
@pytest.mark.parametrize("basis", ["list", "billed", "amortised"])
def test_spend_is_cut_every_way_in_every_basis_and_adds_up(client, cut, basis):
    table = client.get(f"/spend.json?{OCTOBER}&by={cut}&basis={basis}").json()["table"]
    known = sum(Decimal(row["spend"]) for row in table["rows"] if row["spend"])
    assert known == Decimal(table["total"]["spend"]) == (110 if basis == "list" else 100)
    export = client.get(f"/export.csv?{OCTOBER}&by={cut}&basis={basis}")
    assert export.status_code == 200


THIS = datetime(2026, 11, 1, tzinfo=UTC).date()


def steady(**months):
    return [
        {"month": THIS.replace(month=int(name[1:])), "stability": value} for name, value in months.items()
    ]


@pytest.mark.parametrize(
    ("rows", "figure"),
    [
        (steady(m8=0.9, m9=0.95, m10=1.0), "Stable enough to charge by:"),
        (steady(m7=0.1, m8=0.9, m9=0.95, m10=1.0), "Stable enough to charge by:"),
        (steady(m8=0.9, m9=0.899, m10=1.0), "Not stable enough to charge by:"),
        (steady(m9=1.0, m10=1.0), "cannot be told yet"),
        ([], "cannot be told yet"),
    ],
)
def test_stable_enough_is_nine_tenths_in_each_of_the_last_three_whole_months(rows, figure):
    assert stability_said(rows, THIS).figure == figure


def seat_days(desk):
    from payback.warehouse.contract import Append
    from tests.metrics.month import rows_of
    from tests.web import invented

    plain = {
        "day": invented.TODAY, "tool": "copilot", "vendor": "github", "currency": "USD", "is_latest": True, "source": "copilot:seats",
        "synced_at": invented.NOW, "amortised": Decimal("0.5"), "price": Decimal(19), "interval": "month",
    }  # fmt: skip
    rows = [
        plain | {"seat_id": "1", "holder": "ann", "person": "ann", "active_28": False, "idle_30": True},
        plain | {"seat_id": "2", "holder": "bob", "person": "bob", "active_28": True, "idle_30": False},
    ]
    desk.ground.warehouse.apply([Append("seat_days", rows_of("seat_days", rows))])


def test_idle_seats_are_told_with_their_money_and_named_to_who_may_see_people():
    desk = a_company()
    seat_days(desk)
    text = text_of(browser(desk), "/seats")
    assert (
        "1 of 2 seats can be given back: $19.00 a month, from each renewal on. The next renewal is 1 Dec 2026, Copilot."
        in text
    )
    assert "Ann Nother" in text
    others = text_of(browser(desk, Scope.everything("role finance")), "/seats")
    assert "Ann Nother" not in others
    assert "$19.00 a month" in others
    desk.ground.warehouse.close()


def test_without_seats_none_is_called_idle(site):
    assert "No seat is known, so none can be called idle." in text_of(site, "/seats")
