"""What a person enters by hand: kept once, with its proof, placed by its tags, and gone when the bill arrives."""

from __future__ import annotations

from decimal import Decimal

import pytest

from payback.app.entering import Entry, enter, withdraw
from payback.app.files import Import
from payback.errors import SettingsError, UnknownNameError, UnreadableFileError
from tests.app.world import opened, rows

CHARGE = {
    "vendor": "OpenAI",
    "amount": "120",
    "from": "2026-10-01",
    "until": "2026-11-01",
    "team": "search",
    "owner": "ana",
    "currency": "usd",
}


def billed(app):
    return sum((row["billed"] for row in rows(app, "spend") if row["billed"]), Decimal(0))


def test_a_charge_counts_for_its_team_until_the_bill_says_the_same(tmp_path):
    with opened(tmp_path / "home") as app:
        enter(app, Entry("charge", CHARGE))
        enter(app, Entry("charge", CHARGE))
        [row] = rows(app, "charges")
        assert (row["vendor"], row["billed_cost"], row["precedence"], row["source"]) == (
            "openai",
            Decimal(120),
            "entered",
            "entered",
        )
        assert dict(row["tags"]) == {"team": "search", "owner": "ana"}
        assert billed(app) == 120
        bill = tmp_path / "bill.csv"
        bill.write_text("vendor,from,to,amount\nopenai,2026-10-01,2026-11-01,125.50\n", encoding="utf-8")
        app.take_file(Import(bill, "charges"))
        assert billed(app) == Decimal("125.5")


def test_the_file_that_proves_it_is_kept_under_the_digest_of_its_content(tmp_path):
    proof = tmp_path / "invoice.PDF"
    proof.write_bytes(b"%PDF proof")
    with opened(tmp_path / "home") as app:
        told = enter(app, Entry("charge", CHARGE, proof))
        [row] = rows(app, "charges")
        [link] = rows(app, "links")
    kept = tmp_path / "home" / "attachments" / told["attachment"]
    assert kept.read_bytes() == b"%PDF proof"
    assert (kept.suffix, kept.stat().st_mode & 0o777) == (".pdf", 0o600)
    details = dict(row["details"])
    assert (details["x_Attachment"], details["x_EnteredAs"]) == (told["attachment"], "charge")
    assert (link["from_id"], link["to_id"]) == (told["ids"][0], told["attachment"])


def test_a_contract_is_one_charge_for_its_term_or_one_for_each_interval(tmp_path):
    term = {"vendor": "cursor", "tool": "cursor", "from": "2026-01-01", "until": "2027-01-01"}
    with opened(tmp_path / "home") as app:
        whole = enter(app, Entry("contract", {**term, "amount": "1200"}))
        monthly = enter(
            app,
            Entry("contract", {**term, "tool": "chatgpt", "price": "20", "seats": "5", "interval": "month"}),
        )
        charges = {row["charge_id"]: row for row in rows(app, "charges")}
    [once] = [charges[one] for one in whole["ids"]]
    assert (once["billed_cost"], once["charge_category"]) == (Decimal(1200), "Purchase")
    parts = [charges[one] for one in monthly["ids"]]
    assert len(parts) == 12
    assert {(row["billed_cost"], row["quantity"], row["unit"]) for row in parts} == {
        (Decimal(100), 5.0, "Seats")
    }


def test_a_seat_gives_its_charges_and_hours_their_row(tmp_path):
    with opened(tmp_path / "home") as app:
        enter(
            app,
            Entry(
                "seat",
                {"tool": "cursor", "person": "ana", "price": "32", "interval": "month", "from": "2026-10-01"},
            ),
        )
        told = enter(
            app, Entry("hours", {"kind": "review", "hours": "1.5", "day": "2026-10-05", "team": "pay"})
        )
        assert [row["billed_cost"] for row in rows(app, "charges")] == [Decimal(32), Decimal(32)]
        [effort] = rows(app, "effort")
        assert (effort["hours"], effort["measured"], effort["effort_id"]) == (1.5, False, told["ids"][0])


def test_an_entry_can_be_taken_back_and_takes_its_money_with_it(tmp_path):
    with opened(tmp_path / "home") as app:
        told = enter(app, Entry("charge", CHARGE))
        withdraw(app, told["ids"][0])
        assert rows(app, "charges") == []
        assert billed(app) == 0
        with pytest.raises(UnknownNameError, match="no entry"):
            withdraw(app, told["ids"][0])


@pytest.mark.parametrize(
    ("form", "words", "why"),
    [
        ("charge", {"vendor": "openai"}, "needs charge_period_start, billed_cost"),
        ("charge", {**CHARGE, "colour": "red"}, "has no 'colour'"),
        ("charge", {**CHARGE, "amount": "much"}, "billed_cost: 'much' is not a number"),
        ("contract", {"vendor": "x", "from": "2026-01-01", "until": "2027-01-01"}, "say amount="),
        ("seat", {"tool": "cursor", "person": "ana"}, "say from="),
    ],
)
def test_what_cannot_be_entered_is_refused_with_what_is_missing(tmp_path, form, words, why):
    with opened(tmp_path / "home") as app, pytest.raises(SettingsError, match=why):
        enter(app, Entry(form, words))


def test_a_form_or_a_proof_that_does_not_exist_is_refused(tmp_path):
    with opened(tmp_path / "home") as app:
        with pytest.raises(UnknownNameError, match="charge, contract, hours, seat"):
            enter(app, Entry("feeling", {}))
        with pytest.raises(UnreadableFileError, match="cannot be read"):
            enter(app, Entry("charge", CHARGE, tmp_path / "nothing.pdf"))
        assert rows(app, "charges") == []
