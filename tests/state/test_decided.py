"""Findings are kept as they were found last; decisions only grow."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from payback.state import open_state, state_url
from payback.state.decided import Decided, Kept, decisions, keep_findings, kept_findings, record_decision

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
TODAY = date(2026, 11, 23)
FOUND = Kept("retries:team:red", "red", {"stake": "12.50", "evidence": [{"says": "x"}]}, TODAY, NOW)
MADE = Decided(
    "retries:team:red", NOW, "eve", "accept", "restrict", "ann", "enough", None, "retry_spend", "less", "50",
    TODAY + timedelta(days=60), {"sentence": "as it was"},
)  # fmt: skip


@pytest.fixture
def state(tmp_path):
    with closing(open_state(state_url(tmp_path / "state.db"))) as opened:
        yield opened


def test_a_finding_is_kept_whole_and_replaced_when_found_again(state):
    keep_findings(state, [FOUND, replace(FOUND, id="other", team=None)])
    assert kept_findings(state) == (replace(FOUND, id="other", team=None), FOUND)
    gone = replace(FOUND, gone_on=TODAY)
    keep_findings(state, [gone])
    assert kept_findings(state)[1] == gone


def test_decisions_come_back_whole_in_the_order_they_were_made(state):
    later = replace(MADE, occurred_at=NOW - timedelta(days=1), act="reopen", metric=None, due=None)
    record_decision(state, MADE)
    record_decision(state, later)
    assert decisions(state) == (MADE, later)


@pytest.mark.parametrize("change", ["UPDATE decisions SET actor = 'you'", "DELETE FROM decisions"])
def test_the_database_itself_refuses_to_change_a_decision(state, tmp_path, change):
    record_decision(state, MADE)
    with (
        closing(sqlite3.connect(tmp_path / "state.db")) as raw,
        pytest.raises(sqlite3.IntegrityError, match="only grow"),
    ):
        raw.execute(change)
    assert decisions(state) == (MADE,)
