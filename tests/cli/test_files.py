"""Verbs about files and entries, as a process: what they print, and how they refuse."""

from __future__ import annotations

import csv
import json

from tests.cli.test_verbs import payback

WORDS = ("vendor=openai", "amount=120", "from=2026-10-01", "until=2026-11-01", "team=search")


def test_a_charge_entered_by_hand_is_exported_as_focus_and_imported_elsewhere(tmp_path):
    here, there = ("--home", tmp_path / "here"), ("--home", tmp_path / "there")
    entered = payback("enter", "charge", *WORDS, *here, home=tmp_path)
    assert (entered.returncode, entered.stdout.splitlines()[0]) == (0, "charge entered.")
    written = payback("export", "focus", "--out", tmp_path / "out.csv", *here, home=tmp_path)
    assert written.stdout.strip() == f"wrote {tmp_path / 'out.csv'}: 1 charges in 1 rows"
    with (tmp_path / "out.csv").open(encoding="utf-8") as file:
        [row] = csv.DictReader(file)
    assert (row["BilledCost"], row["x_ChargeId"], json.loads(row["Tags"])) == (
        "120.0",
        entered.stdout.splitlines()[1],
        {"team": "search"},
    )
    taken = payback("import", tmp_path / "out.csv", "--as", "focus", *there, home=tmp_path)
    assert "1 charges taken in from out.csv." in taken.stdout
    forgotten = payback("enter", "charge", "--forget", row["x_ChargeId"], *here, home=tmp_path)
    assert forgotten.stdout.strip() == f"{row['x_ChargeId']} taken back."


def test_an_entry_that_lacks_something_is_refused_in_one_sentence(tmp_path):
    done = payback("enter", "charge", "vendor=openai", "--home", tmp_path / "here", home=tmp_path)
    assert (done.returncode, done.stdout) == (1, "")
    assert "a charge needs charge_period_start, billed_cost" in done.stderr


def test_an_export_of_numbers_without_a_metric_is_wrong_usage(tmp_path):
    done = payback("export", "csv", "--out", tmp_path / "x.csv", "--home", tmp_path / "here", home=tmp_path)
    assert done.returncode == 2
