from __future__ import annotations

from datetime import date
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from payback.delivery.delivered import Delivered, hours
from payback.delivery.links import assign
from payback.delivery.receipt import with_assignment
from payback.delivery.work import size_band, work_rows
from payback.ledger.tables import BY_NAME
from tests.delivery.build import NOW, REPO, commit, hour, pull, request, sign, usage, work

ZONE = ZoneInfo("America/Los_Angeles")


def rows_of(changes, *requests) -> dict[int, dict]:
    table = usage(*requests)
    tables = {name: getattr(changes, name) for name in ("commits", "pull_requests", "evidence")}
    held = Delivered(tables, ZONE, NOW, default_branches=changes.default_branches)
    made = work_rows(held, with_assignment(table, assign(table, changes)))
    assert made.schema == BY_NAME["work"].schema
    return {row["number"]: row for row in made.to_pylist()}


def test_a_pull_request_carries_the_exact_cost_of_its_sessions():
    changes = work([commit("a", 2, pull_request_id=f"{REPO}#7")], [pull(7, 9), pull(8, 9, "other")])
    rows = rows_of(
        changes,
        request(1, 1, usd="0.000000001"),
        request(2, 3, usd="12345.1"),
        request(3, 1, session_id="s2"),
    )
    assert (rows[7]["cost_list"], rows[7]["sessions"]) == (Decimal("12346.100000001"), 2)
    assert (rows[8]["cost_list"], rows[8]["sessions"]) == (None, 0)


def test_a_linked_change_without_prices_has_an_unknown_cost():
    row = rows_of(work([], [pull(7, 9)]), request(1, 1, usd=None))[7]
    assert (row["cost_list"], row["sessions"]) == (None, 1)


def test_the_main_tool_of_a_change_is_the_one_that_took_most_of_its_money_and_its_model_likewise():
    changes = work(
        [],
        [pull(7, 9), pull(8, 9, "other")],
        [sign("x", subject_kind="pull_request", subject_id=f"{REPO}#8", tool="codex")],
    )
    asked = (
        request(1, 1, usd="3", tool="claude_code", model="haiku"),
        request(2, 1, usd="4", tool="claude_code", model="opus"),
        request(3, 1, usd="5", tool="codex", model="gpt"),
    )
    rows = rows_of(changes, *asked)
    assert (rows[7]["main_tool"], rows[7]["main_model"]) == ("claude_code", "opus")
    assert (rows[8]["main_tool"], rows[8]["main_model"]) == ("codex", None)


def test_phases_come_from_real_ends_only():
    times = {
        "first_commit_at": hour(0), "created_at": hour(1), "ready_at": hour(2), "first_review_at": hour(5),
        "approved_at": hour(4), "merged_at": hour(9),
    }  # fmt: skip
    row = rows_of(work([], [pull(7, 9, **times)]))[7]
    phases = ("coding_hours", "pickup_hours", "review_hours", "merge_wait_hours", "cycle_hours")
    assert [row[name] for name in phases] == [2, 3, None, 5, 9]


def test_a_merge_dated_before_its_first_commit_has_no_cycle_time():
    assert rows_of(work([], [pull(7, 1, first_commit_at=hour(5))]))[7]["cycle_hours"] is None
    assert hours(hour(1), hour(1)) == 0


def test_the_day_of_a_merge_is_a_day_of_the_organisations_zone():
    assert rows_of(work([], [pull(7, -2)]))[7]["merged_day"] == date(2026, 3, 1)


@pytest.mark.parametrize(
    ("lines", "band"),
    [(0, "XS"), (9, "XS"), (10, "S"), (49, "S"), (50, "M"), (249, "M"), (250, "L"), (999, "L"), (1000, "XL")],
)
def test_bands_of_size_begin_where_the_table_says(lines, band):
    assert size_band(lines, 0) == band
    assert size_band(None, lines) is None


def test_the_class_of_a_pull_request_is_the_strongest_of_its_commits_and_its_own():
    changes = work(
        [commit("a", 2, pull_request_id=f"{REPO}#7"), commit("b", 3, pull_request_id=f"{REPO}#7")],
        [pull(7, 9), pull(8, 9), pull(9, 9)],
        [
            sign("a"),
            sign("b", ai_class="agent_authored", tool="devin"),
            sign("x", subject_kind="pull_request", subject_id=f"{REPO}#8", tool="codex"),
        ],
    )
    rows = rows_of(changes)
    assert [(rows[n]["ai_class"], rows[n]["ai_tools"]) for n in (7, 8, 9)] == [
        ("agent_authored", "claude_code,devin"),
        ("agent_assisted", "codex"),
        ("none_detected", None),
    ]


def test_evidence_is_complete_only_where_the_description_and_every_commit_were_read():
    commits = [
        commit("a", 2, pull_request_id=f"{REPO}#7"),
        commit("m", 9, "main", pull_request_id=f"{REPO}#7"),
    ]
    pulls = [
        pull(7, 9, commits=1, merge_commit="m", source="github"),
        pull(8, 9, commits=1, source="github"),
        pull(9, 9, commits=0, source="git"),
        pull(10, 9, source="github"),
    ]
    rows = rows_of(work(commits, pulls))
    assert [rows[number]["evidence_complete"] for number in (7, 8, 9, 10)] == [True, False, False, False]


def test_a_change_is_reverted_by_a_pull_request_or_by_a_commit():
    commits = [
        commit("a", 2, pull_request_id=f"{REPO}#7"),
        commit("r", 5, "main", reverts=f"{REPO}@a"),
        commit("s", 5, "main", reverts=f"{REPO}@merged"),
    ]
    pulls = [
        pull(7, 9),
        pull(8, 9, merge_commit="merged"),
        pull(9, 9),
        pull(10, 9, reverts=f"{REPO}#9"),
        pull(11, 9),
    ]
    rows = rows_of(work(commits, pulls))
    assert {number for number, row in rows.items() if row["reverted"]} == {7, 8, 9}
