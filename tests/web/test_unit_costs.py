from __future__ import annotations

from decimal import Decimal

from payback.web.charts.quadrants import WHAT_TO_DO, Middle, Point
from tests.web import invented

ALL = "/unit-costs.json?range=all"


def test_attributed_and_all_in_stand_beside_each_other(site):
    row = site.get(ALL).json()["pieces"]["rows"][0]
    merged = [one for one in invented.work() if one["merged_at"]]
    costs = [one["cost_list"] for one in merged if one["cost_list"]]
    spent = sum(one["list"] or 0 for one in invented.spend(invented.usage()))
    assert (row["n"], row["all_n"]) == (len(costs), len(merged))
    assert abs(Decimal(row["attributed"]) - sum(costs) / len(costs)) < Decimal("1e-9")
    assert abs(Decimal(row["all_in"]) - spent / len(merged)) < Decimal("1e-9")


def test_every_column_has_a_head(site):
    told = site.get(ALL).json()
    tables = (told["pieces"], told["judged"], told["compared"], *told["cuts"])
    assert all(column["title"] for table in tables for column in table["columns"])


def test_what_has_too_few_behind_it_stands_back(site):
    rows = site.get(ALL).json()["pieces"]["rows"]
    assert [row["quiet"] for row in rows] == [False, True, True, True, True]


def test_changes_by_tool_and_model_add_up_to_all_with_ai(site):
    told = site.get(ALL).json()
    with_ai = [one for one in invented.work() if one["merged_at"] and one["ai_class"] != "none_detected"]
    assert sum(Decimal(row["merged_prs"]) for row in told["compared"]["rows"]) == len(with_ai)
    tools = {row["id"]: Decimal(row["merged_prs"]) for row in told["cuts"][1]["rows"]}
    assert tools["codex"] == sum(one["main_tool"] == "codex" for one in with_ai)


def test_no_verdict_is_given_on_few_changes(site):
    assert {row["word"] for row in site.get(ALL).json()["judged"]["rows"]} == {"cannot tell"}


def test_each_field_of_the_picture_says_what_to_do(site):
    middle = Middle(Decimal(2), Decimal("0.1"))
    said = {
        middle.advice(Point("x", Decimal(cost), Decimal(again), 9))
        for cost, again in (("1", "0"), ("3", "0"), ("1", "0.2"), ("3", "0.2"))
    }
    assert len(said) == 4
    assert middle.advice(Point("x", Decimal(2), Decimal("0.1"), 9)).startswith("Scale")
    chart = site.get(ALL).json()["charts"][0]
    words = str(chart["spec"])
    assert all(one.split("\n")[0] in words for one in WHAT_TO_DO.values())
    assert all(row["n"] >= 5 and row["advice"] in said for row in chart["table"]["rows"])


def test_a_piece_of_a_workflow_has_its_unit_cost_with_quality_beside(site):
    told = site.get(ALL).json()
    (row,) = told["workflows"]["rows"]
    spent = sum(one["list_usd"] or 0 for one in invented.usage() if one["workflow"] == "triage")
    assert (row["output"], row["back_n"]) == ("output:triage", 20)
    assert abs(Decimal(row["workflow_unit_cost"]) - spent / 20) < Decimal("1e-9")
    assert Decimal(row["came_back_rate"]) == Decimal("0.5")  # every third corrected or every fourth sent on


def test_pieces_are_compared_by_the_model_that_made_them(site):
    (row,) = site.get(ALL).json()["tasks"]["rows"]
    assert (row["tool"], row["model"], Decimal(row["useful_outputs"])) == (
        "Claude Code",
        "claude-haiku-4-5",
        20,
    )


def test_lines_alive_stand_only_where_they_are_known_by_the_cut(site):
    cuts = site.get(ALL).json()["cuts"]
    shown = {cut["caption"]: {column["key"] for column in cut["columns"]} for cut in cuts}
    assert "survival_30" in shown["By team"] & shown["By tool"]
    assert "survival_30" not in shown["By model"]
