"""`payback export focus`: the invented company's counted charges, whole, attributed, valid, and read back alike."""

from __future__ import annotations

import csv
from decimal import Decimal

import pytest

from payback.access.scope import Scope
from payback.app.entering import Entry, enter
from payback.app.files import Import
from payback.app.focus_export import export
from payback.app.window import Window
from payback.errors import PaybackError, UnknownNameError
from tests.app.world import TODAY, opened, rows
from tests.focus_validator import verdict

OPEN = (
    {"vendor": "openai", "amount": "120", "team": "search"},
    {"vendor": "openai", "amount": "-20", "category": "Credit"},
    {"vendor": "anthropic", "amount": "19", "category": "Tax"},
    {"vendor": "anthropic", "amount": "-5"},
)
ALL = Scope.everything("test", may_see_people=True)


def told(file):
    with file.open(encoding="utf-8") as held:
        return list(csv.DictReader(held))


def counted(app):
    """The charges that count; those that a higher source set aside are in no file."""
    paid = {row["charge_id"] for row in rows(app, "spend") if row["charge_id"]}
    return [row for row in rows(app, "charges") if row["charge_id"] in paid]


def summed(found, column):
    return sum(Decimal(row[column]) for row in found)


def test_cash_and_cost_of_the_file_are_those_of_the_charges_and_of_spend(company, tmp_path):
    with opened(company) as app:
        [one] = export(app.ground, ALL, tmp_path / "out.csv", None, apart=False)
        charges, spend = counted(app), rows(app, "spend")
    found = told(tmp_path / "out.csv")
    assert (one.charges, one.rows) == (len(charges), len(found))
    assert summed(found, "BilledCost") == sum(row["billed_cost"] or 0 for row in charges)
    assert summed(found, "EffectiveCost") == sum(row["effective_cost"] or 0 for row in charges)
    by_team = {row["x_Team"] for row in found}
    for team in by_team:
        cost = sum(
            (row["amortised"] or 0 for row in spend if row["charge_id"] and (row["team"] or "") == team),
            Decimal(0),
        )
        assert sum(Decimal(row["EffectiveCost"]) for row in found if row["x_Team"] == team) == cost


def test_the_tokens_that_charges_paid_for_are_shown_once(company, tmp_path):
    with opened(company) as app:
        export(app.ground, ALL, tmp_path / "out.csv", None, apart=False)
        listed = [row for row in rows(app, "spend") if row["charge_id"] is None]
    found = [int(row["x_Tokens"]) for row in told(tmp_path / "out.csv") if row["x_Tokens"]]
    assert 0 < sum(found) <= sum(row["tokens"] for row in listed)


def test_an_empty_home_takes_the_file_in_and_holds_the_same_charges(company, tmp_path):
    with opened(company) as app:
        export(app.ground, ALL, tmp_path / "out.parquet", None, apart=False)
        before = {row["charge_id"]: row | {"tags": dict(row["tags"] or ())} for row in counted(app)}
    of_seats = [row for row in before.values() if row["source"] == "seats"]
    assert of_seats
    for row in of_seats:  # they do not follow from seats of the other home
        row["source"] = "file:focus:seats"
    with opened(tmp_path / "other") as other:
        other.take_file(Import(tmp_path / "out.parquet", "focus"))
        after = {row["charge_id"]: row | {"tags": dict(row["tags"] or ())} for row in rows(other, "charges")}
    assert after == before


def test_a_window_holds_the_charges_that_begin_in_it(company, tmp_path):
    with opened(company) as app:
        window = Window.told("2026-10-01", "2026-11-01", TODAY, app.settings.zone)
        [one] = export(app.ground, ALL, tmp_path / "out.csv", window, apart=False)
    assert one.charges
    begun = {row["BillingPeriodStart"] for row in told(tmp_path / "out.csv")}
    assert begun == {"2026-09-30T22:00:00Z", "2026-10-01T00:00:00Z"}  # midnight of Paris, and of the vendors


def test_invoiced_and_open_charges_are_told_apart(company, tmp_path):
    with opened(company) as app:
        invoiced, open_ones = export(app.ground, ALL, tmp_path / "out.csv", None, apart=True)
    assert (invoiced.file.name, open_ones.file.name) == ("out.invoiced.csv", "out.open.csv")
    assert all(row["InvoiceId"] for row in told(invoiced.file))
    assert not any(row["InvoiceId"] for row in told(open_ones.file))


def test_a_file_of_everything_is_not_written_for_who_sees_a_part(company, tmp_path):
    with opened(company) as app:
        with pytest.raises(PaybackError, match="may see everything"):
            export(app.ground, Scope.of_teams("lead", ["checkout"]), tmp_path / "out.csv", None, apart=False)
        with pytest.raises(UnknownNameError, match="kind of FOCUS file"):
            export(app.ground, ALL, tmp_path / "out.xlsx", None, apart=False)


def test_the_validator_of_the_focus_project_finds_no_fault_and_would_find_one(company, tmp_path):
    with opened(company) as app:
        for ending in ("csv", "parquet"):
            for one in export(app.ground, ALL, tmp_path / f"out.{ending}", None, apart=True):
                passed, failed = verdict(one.file)
                assert failed == []
                assert passed > 250
    with opened(tmp_path / "entered") as app:
        for words in OPEN:
            enter(app, Entry("charge", {"from": "2026-10-01", "until": "2026-11-01", **words}))
        enter(
            app,
            Entry(
                "seat",
                {
                    "tool": "chatgpt",
                    "person": "ana",
                    "price": "20",
                    "interval": "month",
                    "from": "2026-09-01",
                },
            ),
        )
        _, one = export(app.ground, ALL, tmp_path / "open.csv", None, apart=True)
    assert one.charges == len(OPEN) + 3
    assert verdict(one.file)[1] == []
    spoilt = tmp_path / "spoilt.csv"
    text = (tmp_path / "out.open.csv").read_text(encoding="utf-8")
    spoilt.write_text(text.replace(",USD,", ",DOLLARS,", 1), encoding="utf-8")
    _, failed = verdict(spoilt)
    assert any(rule.startswith("BillingCurrency") for rule in failed)
