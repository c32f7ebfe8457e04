from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from starlette.testclient import TestClient

from payback.web.site import create_web
from tests.metrics.month import ground_of
from tests.web import invented
from tests.web.conftest import HERE
from tests.web.fake import BERLIN


def _rows(told) -> dict:
    return {row["id"]: row for table in told["families"] for row in table["rows"]}


def test_each_figure_stands_beside_the_period_before(site):
    now = _rows(site.get("/scorecard.json?since=2026-11-01&through=2026-11-23").json())
    before = _rows(site.get("/scorecard.json?since=2026-10-09&through=2026-10-31").json())
    assert len(now) == 28
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
    return [row["quiet"] for row in answer["pairs"]["rows"] if row["id"] == "rework_rate"]


def test_a_pair_stands_back_where_evidence_was_not_read_or_too_few_stand_on_a_side(company):
    assert _pairs(company, is_read=True, none=12) == [False]
    assert _pairs(company, is_read=False, none=12) == [True]
    assert _pairs(company, is_read=True, none=4) == [True]


def test_the_two_sides_of_a_pair_are_all_merged_changes(site):
    told = site.get("/scorecard.json?range=all").json()
    row = told["pairs"]["rows"][0]
    merged = sum(bool(one["merged_at"]) for one in invented.work())
    assert Decimal(row["ai"]) + Decimal(row["none"]) == merged
    assert sum(one["ai_n"] + one["none_n"] for one in told["by_team"]["rows"]) == merged


def test_one_team_has_its_own_scorecard(site):
    told = site.get("/scorecard.json?range=all&team=red").json()
    red = sum(bool(one["merged_at"]) and one["team"] == "red" for one in invented.work())
    assert Decimal(_rows(told)["merged_prs"]["now"]) == red
