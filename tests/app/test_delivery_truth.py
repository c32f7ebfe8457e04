"""The invented company's delivery: what payback says of every month and team is what happened there, in every cell."""

from __future__ import annotations

import json
import os
from collections import Counter, defaultdict
from datetime import date

import pytest

from payback.access.scope import Scope
from payback.demo.wire import Faults
from payback.metrics.question import Query
from payback.period import Grain, Period
from tests.app.world import TODAY, invented, opened, rows

ALL = Scope.everything("test", may_see_people=True)
SEEDS = tuple(int(seed) for seed in os.environ.get("PAYBACK_DELIVERY_SEEDS", "11").split(","))
ASKED = Period(date(2025, 1, 1), TODAY)
CLOSE = 1e-6
CUTS = ("team", "ai_class")


def truth(home):
    return json.loads((home / "truth.json").read_text())


def known(home):
    """The known values by metric and cut, then by month, team and, where a row tells it, AI class."""
    found: dict[tuple, dict] = defaultdict(dict)
    for row in truth(home)["delivery"]:
        cuts = [name for name in CUTS if name in row]
        found[row["metric"], *cuts][row["month"], *(row[name] for name in cuts)] = row["value"]
    return found


def told(app, metric, *cuts):
    """What payback says, likewise."""
    query = Query((metric,), ASKED, by=cuts, grain=Grain.MONTH)
    return {
        (str(row["period"])[:7], *(row[name] for name in cuts)): float(row[metric])
        for row in app.answer(query, ALL).rows
        if row[metric] is not None
    }


def wrong(app, home):
    """Cells in which they differ, with both values."""
    differ = {}
    for asked, true in known(home).items():
        found = told(app, *asked)
        for cell in found.keys() | true.keys():
            if cell not in found or cell not in true or abs(found[cell] - true[cell]) > CLOSE:
                differ[asked[0], *cell] = (found.get(cell), true.get(cell))
    return differ


def test_every_cell_of_delivery_is_the_known_one(company):
    with opened(company) as app:
        assert wrong(app, company) == {}


def fates(app):
    """Lines by age, month, team and AI class: added and alive of those old enough, and those that are not."""
    found: dict[tuple, list[int]] = defaultdict(lambda: [0, 0, 0])
    for row in rows(app, "code_fates"):
        month = f"{row['committed_at'].astimezone(app.settings.zone):%Y-%m}"
        lines = found[row["age_days"], month, row["team"], row["ai_class"]]
        if row["alive"] is None:
            lines[2] += row["added"]
        else:
            lines[0] += row["added"]
            lines[1] += row["alive"]
    return dict(found)


def test_lines_last_as_long_as_they_do_at_every_age_and_class(company):
    known = {
        (row["age"], row["month"], row["team"], row["ai_class"]): [row["added"], row["alive"], row["locked"]]
        for row in truth(company)["lines"]
    }
    with opened(company) as app:
        assert fates(app) == known
    assert {age for age, *_ in known} == {14, 30, 60, 90}
    assert len({ai_class for *_, ai_class in known}) > 1
    assert any(added > alive for added, alive, _ in known.values())


def changes(app):
    return {(row["repo"], row["number"]): row for row in rows(app, "work")}


def test_every_change_shows_of_ai_what_its_marks_show(company):
    with opened(company) as app:
        found = changes(app)
    told = truth(company)["pull_requests"]
    assert {(one["repo"], one["number"]): one["ai_class"] for one in told} == {
        key: row["ai_class"] for key, row in found.items()
    }


def test_what_agents_open_is_theirs_and_nobody_s_team(company):
    told = {
        (one["repo"], one["number"]): one for one in truth(company)["pull_requests"] if one["kind"] == "agent"
    }
    with opened(company) as app:
        found, moves = changes(app), rows(app, "pull_request_moves")
        pulls = {(row["repo"], row["number"]): row for row in rows(app, "pull_requests")}
    for key, one in told.items():
        assert (found[key]["ai_class"], found[key]["team"]) == ("agent_authored", None)
        assert (pulls[key]["author"], pulls[key]["author_kind"]) == (one["author"], "agent")
    assert {one["author"] for one in told.values()} == {"copilot-swe-agent", "devin-ai-integration"}
    worked = {move["pull_request_id"] for move in moves if move["kind"] == "work_started"}
    assert worked == {
        f"{repo}#{number}" for (repo, number), one in told.items() if one["author"] == "copilot-swe-agent"
    }


def test_who_left_is_a_ghost_at_the_host_and_known_by_their_commits(company):
    (left,) = (event["what"] for event in truth(company)["events"] if event["kind"] == "left")
    with opened(company) as app:
        ghosts = [row["pull_request_id"] for row in rows(app, "pull_requests") if row["author"] is None]
        who = {
            app.books.directory.people[row["person"]].name
            for row in rows(app, "work")
            if row["pull_request_id"] in ghosts
        }
    assert {f"{name} has left" for name in who} == {left}


def test_cursor_tells_of_commits_that_carry_no_mark(tmp_path):
    invented(tmp_path, months=3, people=20, seed=5)
    told = {(one["repo"], one["number"]): one for one in truth(tmp_path)["pull_requests"]}
    unmarked = {key for key, one in told.items() if one["tracked"] and not one["mark"]}
    with opened(tmp_path, Faults(5)) as app:
        app.sync()
        app.sync()
        found = changes(app)
        assert {key for key, row in found.items() if row["ai_class"] != told[key]["ai_class"]} == set()
        assert wrong(app, tmp_path) == {}
    assert unmarked
    assert {(found[key]["ai_class"], found[key]["ai_tools"]) for key in unmarked} == {
        ("agent_assisted", "cursor")
    }


def test_issues_beside_jira_are_tickets_that_changes_close(company):
    closes = {one["closes"] for one in truth(company)["pull_requests"]} - {None}
    with opened(company) as app:
        tickets = {row["ticket_id"]: row for row in rows(app, "tickets") if "#" in row["ticket_id"]}
        named = {row["tickets"] for row in rows(app, "work")}
    assert closes == set(tickets)
    assert closes <= named
    assert {row["source"] for row in tickets.values()} == {"github:issues"}


def test_branches_rewritten_by_force_are_told_as_such(company):
    with opened(company) as app:
        assert any(row["kind"] == "force_pushed" for row in rows(app, "pull_request_moves"))


def test_recall_and_precision_of_marks_are_the_known_ones(company):
    with opened(company) as app:
        found = changes(app)
    with_ai = {(one["repo"], one["number"]) for one in truth(company)["pull_requests"] if one["with_ai"]}
    counted: dict[tuple, Counter] = defaultdict(Counter)
    for key, row in found.items():
        if row["state"] == "merged":
            marked = row["ai_class"] != "none_detected"
            counted[f"{row['merged_day']:%Y-%m}", row["team"]].update(
                changes=1, with_ai=key in with_ai, marked=marked, both=marked and key in with_ai
            )
    known = {(row.pop("month"), row.pop("team")): Counter(row) for row in truth(company)["evidence"]}
    assert counted == known
    whole = sum(known.values(), Counter())
    assert 0 < whole["both"] < whole["with_ai"]


def test_the_truth_tells_of_every_phase_of_a_change(company):
    assert {metric for metric, *_ in known(company)} >= {
        "merged_prs", "coding_time", "draft_time", "pickup_time", "review_time", "merge_wait", "deploy_wait",
        "cycle_time", "lead_time_for_changes", "deployment_frequency", "review_rejection_rate", "revert_rate", "change_fail_rate", "incident_rate",
        "failed_deployment_recovery_time", "reopen_rate", "rewrite_rate", "rework_rate", "follow_up_fix_rate", "bug_rate", "deployment_rework_rate", "survival_30",
        "survival_60", "review_rounds", "lines_locked_30", "lines_locked_60", "tickets_resolved", "stories_completed", "commitment_met", "unplanned_completed",
    }  # fmt: skip


@pytest.mark.parametrize("seed", SEEDS)
def test_it_holds_for_other_seeds_over_a_bad_wire_and_when_synced_again(tmp_path, seed):
    invented(tmp_path, months=2, people=8, seed=seed)
    with opened(tmp_path, Faults(seed)) as app:
        app.sync()
        assert wrong(app, tmp_path) == {}
        app.sync()
        assert wrong(app, tmp_path) == {}
