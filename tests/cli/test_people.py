"""`payback people`: the queue, a decision, and what became of it."""

from __future__ import annotations

import json

from tests.cli.test_verbs import home, payback  # noqa: F401  a fixture

TOLD = """
[[people]]
id = "a.duarte"
name = "Ana Duarte"
email = "ana@example.com"
"""


def test_a_proposal_is_confirmed_and_taken_back(home):  # noqa: F811
    (home / ".payback").mkdir()
    (home / ".payback" / "payback.toml").write_text(TOLD)
    assert payback("sync", home=home).returncode == 0
    asked = payback("people", "match", "--format", "json", home=home)
    assert asked.stderr == ""
    [row] = json.loads(asked.stdout)
    assert (row["account"], row["proposed"], row["confidence"]) == ("ana", "a.duarte", "0.8")
    done = payback("people", "confirm", "ana", "a.duarte", home=home)
    assert (done.returncode, done.stdout) == (0, "ana is Ana Duarte.\n")
    [person] = json.loads(payback("people", "list", "--format", "json", home=home).stdout)
    assert (person["accounts"], person["list_usd"]) == ("ana", "0.006780000")
    assert payback("people", "split", "ana", home=home).returncode == 0
    refused = payback("people", "split", "ana", home=home)
    assert refused.returncode == 1
    assert refused.stderr.startswith("payback: ana is nobody's account")
