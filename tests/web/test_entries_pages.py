"""A charge, a contract, a seat and hours entered on a page: listed, changed, taken back, and replaced when the bill arrives."""

from __future__ import annotations

from decimal import Decimal

import pytest
from starlette.testclient import TestClient

from payback.access.scope import Scope
from payback.app.files import Import
from payback.state.watched import audited
from payback.web.site import create_web
from tests.app.world import opened, rows
from tests.web.conftest import HERE
from tests.web.fake import a_company
from tests.web.reading import Outline
from tests.web.test_forms import token_of

EVE = Scope.everything("eve", may_see_people=True)
TOLD = '[organisation]\ntime_zone = "Europe/Paris"\n[[teams]]\nid = "search"\nname = "Search"\n'
CHARGE = {
    "vendor": "OpenAI", "billed_cost": "120.50", "currency": "eur", "charge_period_start": "2026-10-01",
    "charge_period_end": "2026-11-01", "charge_category": "Usage", "team": "search", "owner": "ana",
}  # fmt: skip
TERM = {
    "vendor": "cursor", "tool": "cursor", "charge_period_start": "2026-01-01", "charge_period_end": "2027-01-01",
    "interval": "month", "price": "32", "seats": "10",
}  # fmt: skip
PROOF = ("invoice 17.PDF", b"%PDF\r\n--not a boundary\r\n\x00\xff proof", "application/pdf")


@pytest.fixture
def app(tmp_path):
    home = tmp_path / "home"
    home.mkdir()
    (home / "payback.toml").write_text(TOLD)
    with opened(home) as held:
        yield held


@pytest.fixture
def client(app):
    return browser(app)


def browser(desk, scope=EVE):
    return TestClient(create_web(desk, whose=lambda _request: scope), base_url=HERE)


def send(client, form, fields, proof=None, entry=""):
    path = f"/entries/{form}"
    told = {"form": token_of(client, path), "entry": entry, **fields}
    return client.post(path, data=told, files={"proof": proof or ("", b"", "application/octet-stream")})


def listed(client):
    return client.get("/entries.json").json()["table"]["rows"]


def test_before_anything_is_entered_the_page_says_what_it_is_for(client):
    text = Outline(client.get("/entries").text).text
    assert "Nothing has been entered by hand." in text
    assert "when its bill arrives, the bill counts" in text
    assert {"/entries/charge", "/entries/contract", "/entries/seat", "/entries/hours"} <= Outline(
        client.get("/entries").text
    ).links()


def test_a_charge_is_entered_with_owner_and_proof_and_counts_until_the_bill_arrives(client, app, tmp_path):
    said = Outline(send(client, "charge", CHARGE, PROOF).text).text
    assert "Charge entered, its attachment kept as" in said
    assert "€120.50" in said
    [charge] = rows(app, "charges")
    assert (charge["vendor"], charge["billed_cost"], charge["currency"], charge["precedence"]) == (
        "openai", Decimal("120.5"), "EUR", "entered",
    )  # fmt: skip
    assert dict(charge["tags"]) == {"team": "search", "owner": "ana"}
    [row] = listed(client)
    assert (row["what"], row["since"], row["until"], row["whose"], row["standing"]) == (
        "OpenAI", "2026-10-01", "2026-11-01", "Search, owner ana", "counts",
    )  # fmt: skip
    proof = client.get(row["proof_href"])
    assert (proof.content, row["proof"]) == (PROOF[1], "PDF")
    assert proof.headers["content-disposition"].startswith("attachment;")
    assert browser(app, Scope.of_teams("lead", ["search"])).get(row["proof_href"]).status_code == 404
    assert client.get("/attachments/..%2Fpayback.toml").status_code == 404
    bill = tmp_path / "bill.csv"
    bill.write_text("vendor,from,to,amount,currency\nopenai,2026-10-01,2026-11-01,125.50,EUR\n")
    app.take_file(Import(bill, "charges"))
    [row] = listed(client)
    assert (row["standing"], row["quiet"]) == ("replaced by invoice", True)
    assert "1 entry by hand; bills have replaced 1 of them" in Outline(client.get("/entries").text).text
    assert [one.actor for one in audited(app.state, "entry.make")] == ["eve"]


def test_the_charges_of_a_contract_are_one_entry_of_which_bills_replace_some(client, app, tmp_path):
    send(client, "contract", TERM)
    assert len(rows(app, "charges")) == 12
    [row] = listed(client)
    assert (row["form"], Decimal(row["amount"]), row["parts"]) == ("contract", 3840, 12)
    bill = tmp_path / "bill.csv"
    bill.write_text("vendor,tool,category,from,to,amount\ncursor,cursor,Purchase,2026-03-01,2026-04-01,300\n")
    app.take_file(Import(bill, "charges"))
    assert listed(client)[0]["standing"] == "1 of 12 charges replaced by invoice"
    shown = {
        one["name"]: one["value"]
        for one in client.get(f"/entries/contract.json?entry={row['id']}").json()["blanks"]
    }
    assert (shown["interval"], shown["billed_cost"], shown["seats"]) == ("month", "320", "10")
    client.post(
        "/entries", data={"form": token_of(client, "/entries"), "act": "withdraw", "entry": row["id"]}
    )
    assert listed(client) == []
    assert [charge["billed_cost"] for charge in rows(app, "charges")] == [Decimal(300)]


def test_an_entry_is_changed_in_its_place_and_keeps_its_proof(client, app):
    send(client, "charge", CHARGE, PROOF)
    [row] = listed(client)
    form = client.get(row["href"]).text
    assert 'value="120.5"' in form
    assert "Change it" in form
    send(client, "charge", {**CHARGE, "billed_cost": "99", "team": "shop"}, entry=row["id"])
    [changed] = listed(client)
    assert (Decimal(changed["amount"]), changed["whose"], changed["proof_href"]) == (
        99,
        "shop, owner ana",
        row["proof_href"],
    )
    send(client, "charge", {**CHARGE, "billed_cost": "99", "team": "shop"}, entry=changed["id"])
    assert [one["id"] for one in listed(client)] == [changed["id"]]
    gone = send(client, "charge", CHARGE, entry=row["id"])
    assert "Not done: there is no entry called" in Outline(gone.text).text
    assert len(rows(app, "charges")) == 1


def test_a_seat_and_hours_are_entered_and_taken_back(client, app):
    send(
        client,
        "seat",
        {"tool": "cursor", "person": "ana", "price": "32", "interval": "month", "valid_from": "2026-10-01"},
    )
    send(client, "hours", {"kind": "enablement", "hours": "1.5", "day": "2026-10-05", "team": "search"})
    told = {row["form"]: row for row in listed(client)}
    assert (told["seat"]["standing"], told["seat"]["whose"], told["seat"]["parts"]) == ("counts", "ana", 2)
    assert (told["hours"]["hours"], told["hours"]["whose"], told["hours"]["standing"]) == (
        1.5,
        "Search",
        None,
    )
    for row in told.values():
        client.post(
            "/entries", data={"form": token_of(client, "/entries"), "act": "withdraw", "entry": row["id"]}
        )
    assert (listed(client), rows(app, "charges"), rows(app, "seats"), rows(app, "effort")) == ([], [], [], [])


@pytest.mark.parametrize(
    ("form", "fields", "wrong"),
    [
        ("charge", {"vendor": "x"}, {"billed_cost": "it is needed", "charge_period_start": "it is needed"}),
        ("charge", {**CHARGE, "billed_cost": "much"}, {"billed_cost": "'much' is not a number"}),
        ("contract", {**TERM, "price": ""}, {"billed_cost": "an amount is needed, or price and seats"}),
        ("contract", {**TERM, "charge_period_end": "2025-01-01"}, {"charge_period_end": "the contract ends before it begins"}),
        ("seat", {"tool": "cursor"}, {"valid_from": "it is needed"}),
        ("hours", {"kind": "review", "hours": "1", "day": "yesterday"}, {"day": "'yesterday' is not a date"}),
    ],
)  # fmt: skip
def test_what_is_wrong_stands_beside_its_field_and_nothing_typed_is_lost(client, app, form, fields, wrong):
    answer = send(client, form, fields)
    assert answer.status_code == 422
    outline = Outline(answer.text)
    said = {value for tag, name, value in outline.attributes if name == "aria-describedby"}
    assert said == {f"w-{name}" for name in wrong}
    assert all(why in outline.text for why in wrong.values())
    typed = {value for tag, name, value in outline.attributes if name == "value"}
    assert {one for one in fields.values() if one} <= typed
    assert [rows(app, table) for table in ("charges", "seats", "effort")] == [[], [], []]


def test_a_file_that_came_with_a_refused_form_is_asked_for_again_and_not_kept(client, app):
    answer = send(client, "charge", {"vendor": "x"}, PROOF)
    assert "choose the file again" in Outline(answer.text).text
    assert not (app.settings.home / "attachments").exists()


def test_a_name_of_a_file_reaches_no_path(client, app):
    send(client, "charge", CHARGE, ("../../evil.sh/../x.p<d>f", b"x", "text/plain"))
    [kept] = (app.settings.home / "attachments").iterdir()
    assert kept.suffix == ""
    assert kept.name.isalnum()


def test_a_form_of_another_site_or_a_file_that_is_too_large_enters_nothing(client, app):
    token = token_of(client, "/entries/charge")
    told = {"form": token, **CHARGE}
    empty = {"proof": ("", b"", "text/plain")}
    far = client.post("/entries/charge", data=told, files=empty, headers={"Sec-Fetch-Site": "cross-site"})
    wrong = client.post("/entries/charge", data={**told, "form": "é"}, files=empty)
    large = client.post(
        "/entries/charge", data=told, files={"proof": ("x", b"x" * 8 * 1024**2, "text/plain")}
    )
    assert [one.status_code for one in (far, wrong, large)] == [403, 403, 403]
    assert rows(app, "charges") == []


@pytest.mark.parametrize(
    "scope", [Scope.everything("finance"), Scope.of_teams("lead", ["search"]), Scope.nothing("x")]
)
def test_who_has_no_right_to_it_enters_nothing_and_takes_nothing_back(client, app, scope):
    send(client, "hours", {"kind": "review", "hours": "2", "day": "2026-10-05", "person": "ana@example.com"})
    scopes = [EVE]
    other = TestClient(create_web(app, whose=lambda _request: scopes[-1]), base_url=HERE)
    token = token_of(other, "/entries/charge")
    scopes.append(scope)
    assert "<button" not in other.get("/entries").text.partition('id="page"')[2].partition("</main>")[0]
    assert "ana@example.com" not in other.get("/entries").text + other.get("/entries.json").text
    assert "You may not enter anything" in other.get("/entries/charge").text
    [row] = listed(client)
    for path, fields in (("/entries/charge", CHARGE), ("/entries", {"act": "withdraw", "entry": row["id"]})):
        assert other.post(path, data={"form": token, **fields}).status_code == 403
    assert len(listed(client)) == 1
    assert rows(app, "charges") == []


def test_a_form_or_an_entry_that_does_not_exist_is_not_found(client):
    assert client.get("/entries/feelings").status_code == 404
    assert client.get("/entries/charge?entry=none").status_code == 404
    assert browser(a_company()).get("/entries").status_code == 200
