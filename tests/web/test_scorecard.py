from __future__ import annotations

from dataclasses import fields, replace
from datetime import date, timedelta
from decimal import Decimal
from types import SimpleNamespace

from starlette.testclient import TestClient

from payback.insight.adoption import LOOKED_BACK, THRESHOLD, WEEK, Adoption
from payback.web.site import create_web
from tests.metrics.month import ground_of
from tests.web import invented
from tests.web.conftest import HERE
from tests.web.fake import BERLIN, FakeDesk


def _rows(told) -> dict:
    return {row["id"]: row for table in told["families"] for row in table["rows"]}


def test_each_figure_stands_beside_the_period_before(site):
    now = _rows(site.get("/scorecard.json?since=2026-11-01&through=2026-11-23").json())
    before = _rows(site.get("/scorecard.json?since=2026-10-09&through=2026-10-31").json())
    assert len(now) == 36
    assert {name: row["before"] for name, row in now.items()} == {
        name: row["now"] for name, row in before.items()
    }
    assert now["merged_prs"]["moved"]
    assert "vs" not in now["merged_prs"]["moved"]


def test_a_ratio_or_median_of_few_stands_back_and_a_count_does_not(site):
    rows = _rows(site.get("/scorecard.json?since=2026-11-16&through=2026-11-23").json())
    assert int(Decimal(rows["merged_prs"]["now"])) < 5
    assert rows["cycle_time"]["quiet"] is True
    assert rows["merged_prs"]["quiet"] is False


def _company(company, *, is_read: bool, none: int):
    """The same company with so many changes of none detected, read in full or not."""
    rows = [
        {
            **row,
            "ai_class": "none_detected" if number < none else "agent_assisted",
            "evidence_complete": is_read,
        }
        for number, row in enumerate(invented.work())
        if row["merged_at"]
    ]
    return TestClient(create_web(replace(company, ground=ground_of(BERLIN, work=rows))), base_url=HERE)


def _pairs(company, **told):
    answer = _company(company, **told).get("/scorecard.json?range=all").json()
    return [row["quiet"] for row in answer["pairs"][0]["rows"] if row["id"] == "rework_rate"]


def test_a_pair_stands_back_where_evidence_was_not_read_or_too_few_stand_on_a_side(company):
    assert _pairs(company, is_read=True, none=12) == [False]
    assert _pairs(company, is_read=False, none=12) == [True]
    assert _pairs(company, is_read=True, none=4) == [True]


def test_the_two_sides_of_a_pair_are_all_merged_changes(site):
    told = site.get("/scorecard.json?range=all").json()
    row = told["pairs"][0]["rows"][0]
    merged = sum(bool(one["merged_at"]) for one in invented.work())
    assert Decimal(row["ai"]) + Decimal(row["none"]) == merged
    assert sum(one["ai_n"] + one["none_n"] for one in told["pairs"][1]["rows"]) == merged


def test_one_team_has_its_own_scorecard(site):
    told = site.get("/scorecard.json?range=all&team=red").json()
    red = sum(bool(one["merged_at"]) and one["team"] == "red" for one in invented.work())
    assert Decimal(_rows(told)["merged_prs"]["now"]) == red


def test_a_tool_and_a_workflow_have_their_own_scorecard(site):
    told = site.get("/scorecard.json?range=all&tool=codex").json()
    codex = [one for one in invented.work() if one["merged_at"] and one.get("main_tool") == "codex"]
    rows = _rows(told)
    assert Decimal(rows["merged_prs"]["now"]) == len(codex)
    assert rows["tickets_resolved"]["moved"] == "not told by tool"
    assert rows["tickets_resolved"]["quiet"] is True
    assert [table["caption"].split(" ")[0] for table in told["side_by_side"]] == ["Teams", "Workflows"]
    triage = _rows(site.get("/scorecard.json?range=all&workflow=triage").json())
    assert Decimal(triage["useful_outputs"]["now"]) == 20
    assert triage["active_users"]["moved"] == "not told by workflow"


def test_a_tool_stands_beside_all_work_with_none_detected(site):
    told = site.get("/scorecard.json?range=all&tool=codex").json()
    merged = [one for one in invented.work() if one["merged_at"]]
    none = sum(one["ai_class"] == "none_detected" for one in merged)
    assert Decimal(told["pairs"][0]["rows"][0]["none"]) == none
    by_tool = site.get("/scorecard.json?range=all").json()["pairs"][2]
    assert {row["id"]: row["none_n"] for row in by_tool["rows"]} == {"claude_code": none, "codex": none}
    with_ai = sum(one["ai_class"] != "none_detected" for one in merged)
    assert sum(row["ai_n"] for row in by_tool["rows"]) == with_ai


class _Adopting(FakeDesk):
    """The company with adoptions as they are told here."""

    told: tuple[Adoption, ...] = ()

    @property
    def impacts(self):
        return SimpleNamespace(adoptions=lambda _scope: self.told)


def _adoption(team: str, since: date | None, threshold: float = THRESHOLD) -> Adoption:
    return Adoption(team, threshold, since and since + (LOOKED_BACK - 1) * WEEK, 5, 3)


def test_before_and_after_adoption_stand_as_many_days_on_either_side(company):
    since = invented.TODAY - timedelta(days=35)
    told = (("red", since), ("blue", since - timedelta(days=30)), ("shop", None))
    adoptions = (*(_adoption(*one) for one in told), _adoption("red", invented.TODAY, 0.5))
    desk = _Adopting(**{one.name: getattr(company, one.name) for one in fields(company)})
    desk.told = adoptions
    told = TestClient(create_web(desk), base_url=HERE).get("/scorecard.json?range=all").json()
    rows = {row["id"]: row for row in told["adoption"]["rows"]}
    assert rows["red"]["days"] == 35
    assert "Descriptive" in told["adoption"]["note"]
    merged = [one["cycle_hours"] for one in invented.work() if one["merged_at"] and one["team"] == "red"]
    days = [one["merged_day"] for one in invented.work() if one["merged_at"] and one["team"] == "red"]
    after = sorted(
        hours for hours, day in zip(merged, days, strict=True) if since <= day < since + timedelta(days=35)
    )
    assert float(rows["red"]["cycle_time"]) == after[(len(after) - 1) // 2]
    assert rows["blue"]["quiet"] is True  # ten days before are too few


def test_hours_that_nobody_told_are_unknown_and_not_zero(site):
    told = site.get("/scorecard.json?range=all").json()
    rows = _rows(told)
    assert (rows["downstream_cost"]["now"], rows["workflow_full_unit_cost"]["now"]) == (None, None)
    assert rows["downstream_cost"]["moved"] == "no hours told"
    (flow,) = told["side_by_side"][2]["rows"]
    assert flow["workflow_full_unit_cost"] is None
    assert Decimal(flow["workflow_unit_cost"]) > 0
