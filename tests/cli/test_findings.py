"""`payback findings` and `payback decide`: found, decided, refused, taken back, as a person types it."""

from __future__ import annotations

import json

import pytest

from tests.cli.test_verbs import home, payback  # noqa: F401  a fixture


def found(*words, home):  # noqa: F811
    asked = payback("findings", "--format", "json", *words, home=home)
    assert (asked.returncode, asked.stderr) == (0, "")
    return json.loads(asked.stdout)


@pytest.fixture
def finding(home):  # noqa: F811
    """The id of a finding: one finding kept as if it had been found, since a small home has none of its own."""
    from datetime import UTC, datetime
    from decimal import Decimal

    from payback.insight.finding import Finding, to_json
    from payback.state import open_state, state_url
    from payback.state.decided import Kept, keep_findings

    told = Finding(
        "planted",
        "team",
        "red",
        "Red pays twice.",
        "Pay once.",
        "red",
        Decimal("12.50"),
        team="red",
        metric="retry_spend",
    )
    (home / ".payback").mkdir(exist_ok=True)
    state = open_state(state_url(home / ".payback" / "state.db"))
    at = datetime(2026, 11, 1, tzinfo=UTC)
    keep_findings(state, [Kept(told.id, "red", to_json(told), at.date(), at)])
    state.close()
    return told.id


def test_a_finding_is_listed_decided_and_taken_back(home, finding):  # noqa: F811
    [row] = found(home=home)
    assert (row["id"], row["stake"], row["standing"], row["action"]) == (
        finding,
        "12.50",
        "open",
        "Pay once.",
    )
    done = payback("decide", finding, "--accept", "--as", "restrict", "--size", "50", home=home)
    assert done.returncode == 0
    assert done.stdout.startswith("planted:team:red: restrict, red; looked at on ")
    assert found(home=home) == []
    [row] = found("--all", home=home)
    assert (row["standing"], row["decision"]["option"], row["check"]["state"]) == (
        "decided",
        "restrict",
        "waiting",
    )
    assert payback("decide", finding, "--reopen", home=home).returncode == 0
    assert [row["standing"] for row in found(home=home)] == ["open"]


def test_what_cannot_be_decided_is_one_sentence_and_exit_1_and_wrong_usage_is_2(home, finding):  # noqa: F811
    refused = payback("decide", finding, "--dismiss", home=home)
    assert (refused.returncode, refused.stderr.count("\n")) == (1, 1)
    assert "with a reason: --reason TEXT" in refused.stderr
    assert payback("decide", "nothing", "--dismiss", "--reason", "x", home=home).returncode == 1
    assert payback("decide", finding, "--accept", "--dismiss", home=home).returncode == 2
    told = payback("decide", finding, "--snooze", "--until", "2099-01-01", "--format", "json", home=home)
    assert json.loads(told.stdout)["standing"] == "snoozed"
