"""`payback reconcile`, `payback unattributed`, `payback rules`: asked, tried, made and taken back."""

from __future__ import annotations

import csv
import io
import json

from tests.cli.test_verbs import home, payback  # noqa: F401  a fixture

TEAMS = '[[teams]]\nid = "red"\nname = "Red"\n'
BILL = "vendor,from,until,amount,currency\nanthropic,2026-11-01,2026-12-01,2.00,USD\n"
DAYS = ("--since", "2026-01-01")


def asked(*words, home):  # noqa: F811
    found = payback(*words, *DAYS, "--format", "json", home=home)
    assert found.stderr == ""
    return json.loads(found.stdout)


def test_a_rule_is_tried_made_and_taken_back(home):  # noqa: F811
    (home / ".payback").mkdir()
    (home / ".payback" / "payback.toml").write_text(TEAMS)
    assert payback("sync", home=home).returncode == 0
    (home / "bill.csv").write_text(BILL)
    assert payback("import", str(home / "bill.csv"), "--as", "charges", home=home).returncode == 0

    rows = asked("reconcile", home=home)
    assert {row["vendor"] for row in rows} == {"anthropic"}
    assert [row["source"] for row in rows if row["billed"]] == ["invoice"]
    assert sum(float(row["billed"] or 0) for row in rows) == 2
    queue = asked("unattributed", home=home)
    assert queue
    assert all(row["when"] for row in queue)
    written = payback("unattributed", *DAYS, "--format", "csv", home=home).stdout
    assert [row["currency"] for row in csv.DictReader(io.StringIO(written))] == ["USD"] * len(queue)

    rule = ("--when", "vendor=anthropic", "--give", "team=red")
    told = asked("rules", "try", *rule, home=home)
    [gains] = [row for row in told["rows"] if row["team"] == "red"]
    assert (gains["billed_before"], float(gains["billed_after"])) == ("0", 2)
    assert payback("rules", "list", "--format", "json", home=home).stdout.strip() == "[]"
    made = payback("rules", "make", *rule, home=home)
    assert (made.returncode, made.stdout) == (0, "Rule vendor/anthropic holds.\n")
    assert asked("unattributed", home=home) == []
    [kept] = json.loads(payback("rules", "list", "--format", "json", home=home).stdout)
    assert (kept["rule"], kept["give"], kept["made"]) == ("vendor/anthropic", {"team": "red"}, "page")
    dropped = payback("rules", "drop", "vendor/anthropic", home=home)
    assert dropped.stdout == "Rule vendor/anthropic is taken back.\n"
    assert asked("unattributed", home=home) == queue


def test_a_rule_that_cannot_be_is_refused_in_one_sentence(home):  # noqa: F811
    for words in (("--when", "vendor"), ("--when", "colour=red"), ()):
        refused = payback("rules", "make", *words, "--give", "team=red", home=home)
        assert refused.returncode == 1
        assert refused.stderr.startswith("payback: ")
        assert refused.stderr.count("\n") == 1
