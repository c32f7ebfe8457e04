"""`payback import --as focus`: taken in once however often, refused requests with their way out."""

from __future__ import annotations

from decimal import Decimal

import pytest

from payback.app.files import Import
from payback.errors import SettingsError
from tests.app.world import opened, rows

BILL = """\ufeffProviderName,BillingAccountId,BillingCurrency,ChargePeriodStart,ChargePeriodEnd,BilledCost,EffectiveCost,Tags
OpenAI,org-1,USD,2026-10-05T00:00:00Z,2026-10-06T00:00:00Z,0.0000000014,0.1,"{""team"":""search""}"
OpenAI,org-1,USD,2026-10-06T00:00:00Z,2026-10-07T00:00:00Z,0.0000000014,0.2,NULL
OpenAI,org-1,USD,soon,2026-10-07T00:00:00Z,1,1,NULL
"""


def bill(folder):
    path = folder / "bill.csv"
    path.write_text(BILL, encoding="utf-8")
    return path


def test_a_focus_bill_becomes_charges_and_spend_with_its_sums_told_exactly(tmp_path):
    with opened(tmp_path / "home") as app:
        told = app.take_file(Import(bill(tmp_path), "focus"))
        charges, spend = rows(app, "charges"), rows(app, "spend")
    assert told["sentence"] == "2 charges taken in from bill.csv, 1 refused."
    assert told["rejected"] == [
        {"line": 4, "why": "ChargePeriodStart: 'soon' is not an instant; write 2026-11-23T10:00:00Z"}
    ]
    assert {
        "currency": "USD",
        "column": "BilledCost",
        "exact": "0.0000000028",
        "kept": "0.000000003",
    } in told["sums"]
    assert sum(row["billed_cost"] for row in charges) == Decimal("0.000000003")
    assert {row["team"]: row["amortised"] for row in spend} == {
        "search": Decimal("0.1"),
        None: Decimal("0.2"),
    }


def test_the_same_file_twice_leaves_the_same_rows(tmp_path):
    with opened(tmp_path / "home") as app:
        app.take_file(Import(bill(tmp_path), "focus"))
        before = rows(app, "charges"), rows(app, "spend"), rows(app, "rejected")
        app.take_file(Import(bill(tmp_path), "focus"))
        assert (rows(app, "charges"), rows(app, "spend"), rows(app, "rejected")) == before


def test_a_dry_run_tells_and_writes_nothing(tmp_path):
    with opened(tmp_path / "home") as app:
        assert app.take_file(Import(bill(tmp_path), "focus", dry_run=True))["rows"] == 2
        assert rows(app, "charges") == []


@pytest.mark.parametrize(
    ("said", "sentence"), [("team=search", "vendor, account"), ("precedence=rumour", "is none of invoice")]
)
def test_what_cannot_be_said_for_all_rows_is_refused_with_what_can(tmp_path, said, sentence):
    with opened(tmp_path / "home") as app, pytest.raises(SettingsError, match=sentence):
        app.take_file(Import(bill(tmp_path), "focus", constants=[said]))


def test_a_watched_focus_file_is_read_as_focus_and_one_that_is_no_bill_stops_no_other(tmp_path):
    home = tmp_path / "home"
    (home / "bills").mkdir(parents=True)
    (home / "payback.toml").write_text('[imports]\ncharges = ["bills/*.csv"]\n')
    bill(home / "bills")
    (home / "bills" / "a-list.csv").write_text("colour,size\nred,4\n")
    with opened(home) as app:
        [told] = [row for row in app.sync() if row["title"] == "Charge files"]
        assert (told["files"], told["read"], told["rows"], told["rejected"]) == (2, 1, 2, 1)
        assert told["message"].startswith("a-list.csv: no column tells ")
        assert {(row["source"], row["vendor"], row["effective_cost"]) for row in rows(app, "charges")} == {
            ("file:bill.csv", "openai", Decimal("0.1")),
            ("file:bill.csv", "openai", Decimal("0.2")),
        }
        assert {row["team"] for row in rows(app, "spend")} == {"search", None}
