"""Every page, by looping over the registry: it renders, has a twin, keeps to its scope, says when data are invented."""

from __future__ import annotations

import re
from decimal import Decimal

import pytest
from starlette.testclient import TestClient

from payback.access.scope import Scope
from payback.web.page import GROUPS
from payback.web.pages import PAGES
from payback.web.site import create_web
from tests.web.conftest import HERE
from tests.web.fake import invented_too
from tests.web.reading import ALL, Outline


@pytest.mark.parametrize(("name", "path", "twin"), ALL)
def test_a_page_renders_well_formed_and_alone(site, name, path, twin):
    answer = site.get(path)
    assert answer.status_code == 200
    outline = Outline(answer.text)
    assert outline.open == []
    assert [a for a in outline.attributes if a[1] == "style" or a[1].startswith("on")] == []
    outside = [a for a in outline.attributes if a[1] in {"src", "action"} and a[2] and "//" in a[2]]
    assert outside == []
    ids = [value for _, name, value in outline.attributes if name == "id"]
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize(("name", "path", "twin"), ALL)
def test_a_page_has_a_twin_that_writes_money_as_text(site, name, path, twin):
    answer = site.get(twin)
    assert answer.status_code == 200
    told = answer.json()
    assert told["page"] == name
    assert told["asked"]["scope"] == "single user on loopback"
    amounts = [value for key, value in _leaves(told) if key in {"list_usd", "spend", "cost_list", "at_stake"}]
    assert all(value is None or isinstance(value, str) for value in amounts)


def _leaves(value, key=""):
    if isinstance(value, dict):
        for name, inner in value.items():
            if name != "spec":
                yield from _leaves(inner, name)
    elif isinstance(value, list):
        for inner in value:
            yield from _leaves(inner, key)
    else:
        yield key, value


@pytest.mark.parametrize(("name", "path", "twin"), ALL)
def test_every_link_of_a_page_leads_somewhere(site, name, path, twin):
    for link in Outline(site.get(path).text).links():
        if link.startswith("/") and "/sessions/" not in link and "/changes/" not in link:
            assert site.get(link.partition("#")[0]).status_code == 200, link


@pytest.mark.parametrize(("name", "path", "twin"), ALL)
def test_facts_are_asked_for_with_the_scope_of_the_reader_and_no_other(company, name, path, twin):
    company.asked.clear()
    scope = Scope.of_teams("role lead", ["red"])
    client = TestClient(create_web(company, whose=lambda _request: scope), base_url=HERE)
    for address in (path, twin):
        client.get(address)
    assert {id(one) for one in company.asked} <= {id(scope)}


def test_a_reader_without_rights_sees_no_figure(company):
    client = TestClient(create_web(company, whose=lambda _request: Scope.nothing("nobody")), base_url=HERE)
    assert "No use of AI" in client.get("/").text
    assert "No session" in client.get("/sessions").text
    assert client.get("/sessions/s-1").status_code == 404


@pytest.mark.parametrize(("name", "path", "twin"), ALL)
def test_invented_data_say_so_on_each_page_and_true_data_do_not(company, site, name, path, twin):
    client = TestClient(create_web(invented_too(company)), base_url=HERE)
    assert "Invented company." in client.get(path).text
    assert client.get(twin).json()["invented"] is True
    assert "Invented company." not in site.get(path).text
    assert site.get(twin).json()["invented"] is False


@pytest.mark.parametrize("path", ["/", "/spend", "/sessions", "/changes", "/sources", "/metrics"])
def test_an_installation_without_facts_says_what_is_missing(bare_site, path):
    answer = bare_site.get(path)
    assert answer.status_code == 200
    assert "$" not in re.sub(r"<script.*?</script>", "", answer.text, flags=re.DOTALL)


def test_the_first_run_is_a_ladder(bare_site):
    text = Outline(bare_site.get("/").text).text
    assert "Nothing has been taken in yet" in text
    assert text.index("Local agent logs") < text.index("One vendor") < text.index("First effect")


def test_the_menu_shows_groups_that_have_pages_and_no_others(site):
    text = Outline(site.get("/").text).text
    shown = {page.group for page in PAGES}
    assert all((f" {group} " in text) == (group in shown) for group in GROUPS if group != "Home")


def test_home_says_four_things_each_with_a_way_in(site):
    questions = site.get("/index.json").json()["questions"]
    assert [question["question"] for question in questions] == [
        "How much?",
        "Why did it move?",
        "What did it buy?",
        "What should we do?",
    ]
    assert all(question["link"]["href"] and question["sentence"]["figure"] for question in questions)


def test_the_parts_of_a_move_add_up_to_it_exactly(site):
    told = site.get("/index.json").json()["questions"][1]["chart"]["table"]
    total = told["total"]
    assert sum(Decimal(row["moved"]) for row in told["rows"]) == Decimal(total["moved"])
    assert Decimal(total["before"]) + Decimal(total["moved"]) == Decimal(total["now"])
    spent = site.get("/spend.json").json()["table"]["total"]
    assert Decimal(total["now"]) == Decimal(spent["spend"])


def test_money_with_unpriced_tokens_behind_it_is_at_least(site):
    assert "≥ $" in Outline(site.get("/").text).text
    assert "≥ $" not in Outline(site.get("/?tool=codex").text).text


def test_unpriced_use_stands_in_its_place_with_its_tokens(site):
    rows = {row["id"]: row for row in site.get("/spend.json").json()["table"]["rows"]}
    assert rows["opencode"]["spend"] is None
    assert rows["opencode"]["spend_unknown"] == "unpriced"
    assert rows["opencode"]["unpriced_tokens"] > 0


def test_unattributed_money_stands_in_its_place(site):
    rows = site.get("/spend.json?by=team").json()["table"]["rows"]
    assert [row["name"] for row in rows] == ["Unattributed"]
    assert Decimal(rows[0]["spend"]) > 0


def test_the_rows_of_a_cut_add_up_to_the_total(site):
    for by in ("tool", "model", "team", "vendor", "source"):
        table = site.get(f"/spend.json?by={by}&range=all").json()["table"]
        known = sum(Decimal(row["spend"]) for row in table["rows"] if row["spend"])
        assert known == Decimal(table["total"]["spend"]), by


def test_billed_money_without_a_bill_is_not_zero(site):
    text = Outline(site.get("/?basis=billed").text).text
    assert "No bill taken in yet" in text
    assert "$0 billed" not in text


def test_a_period_before_the_data_is_not_compared_with(site):
    told = site.get("/index.json?range=90d").json()["questions"]
    assert "nothing to compare with" in told[0]["sentence"]["after"]
    assert told[1]["sentence"]["figure"] == "Cannot tell"


def test_a_period_known_in_part_is_compared_with_and_named_so(site):
    told = site.get("/index.json?since=2026-10-10").json()["questions"]
    assert "(known from 14 Sep 2026)" in told[0]["sentence"]["after"]


def test_sessions_are_ordered_by_the_url(site):
    rows = site.get("/sessions.json?sort=-list_usd").json()["table"]["rows"]
    amounts = [Decimal(row["list_usd"]) for row in rows if row["list_usd"]]
    assert amounts == sorted(amounts, reverse=True)
    assert rows == sorted(rows, key=lambda row: row["list_usd"] is None)


def test_the_second_page_goes_on_where_the_first_ended(site):
    first = site.get("/sessions.json?range=all").json()
    second = site.get("/sessions.json?range=all&page=2").json()
    ids = [row["session_id"] for part in (first, second) for row in part["table"]["rows"]]
    assert len(ids) == len(set(ids))
    assert second["pager"]["first"] == 51


def test_an_order_that_no_column_has_is_refused(site):
    answer = site.get("/sessions?sort=password")
    assert answer.status_code == 400
    assert "order" in answer.text


def test_a_session_shows_the_money_of_each_kind_of_step(site):
    told = site.get("/sessions/s-1.json").json()
    by_kind = sum(Decimal(kind["value"]) for kind in told["kinds"])
    assert by_kind == Decimal(told["runs"]["total"]["list_usd"])


def test_a_receipt_counts_each_model_and_session_to_the_same_total(site):
    told = site.get("/changes/shop%2312.json").json()
    total = Decimal(told["models"]["total"]["list_usd"])
    assert total == sum(Decimal(row["list_usd"]) for row in told["models"]["rows"])
    assert total == sum(Decimal(row["list_usd"]) for row in told["sessions"]["rows"])
    assert told["markdown"].startswith("### What ")


def test_what_is_not_there_is_a_page_that_says_so(site):
    for path in (
        "/nowhere",
        "/sessions/none",
        "/changes/none",
        "/metrics/none",
        "/choices/none",
        "/export.doc",
    ):
        answer = site.get(path)
        assert answer.status_code == 404, path
        assert "Traceback" not in answer.text
        assert Outline(answer.text).open == []


def test_a_twin_is_refused_in_json(site):
    answer = site.get("/spend.json?by=password")
    assert answer.status_code == 400
    assert "by cannot be 'password'" in answer.json()["error"]


def test_a_page_offers_only_filters_that_its_facts_know(site):
    html = site.get("/changes").text
    assert "/choices/team" in html
    assert "/choices/tool" not in html
    carried = [
        link for link in Outline(site.get("/?tool=codex&repo=x").text).links() if link.startswith("/changes")
    ]
    assert all("tool=" not in link for link in carried)


def test_choices_are_a_part_for_htmx_and_a_page_without(site):
    assert "<html" not in site.get("/choices/tool", headers={"HX-Request": "true"}).text
    assert "<html" in site.get("/choices/tool").text


def test_a_choice_adds_itself_to_the_url_and_takes_itself_away(site):
    added = Outline(site.get("/choices/tool?path=/spend").text).links()
    assert "/spend?tool=codex" in added
    dropped = Outline(site.get("/choices/tool?path=/spend&tool=codex").text).links()
    assert "/spend" in dropped


def test_the_export_holds_every_row_of_the_table(site):
    rows = site.get("/export.csv?by=model").text.splitlines()
    table = site.get("/spend.json?by=model").json()["table"]
    assert len(rows) == 1 + len(table["rows"])
    assert rows[0].startswith("model,spend_list,")


def test_work_under_way_is_shown_and_ends_with_the_page_anew(company):
    from dataclasses import replace

    busy = replace(company, working={"title": "Reading logs", "done": 3, "total": 9, "message": "Codex"})
    client = TestClient(create_web(busy), base_url=HERE)
    assert "Reading logs: Codex" in client.get("/").text
    assert "HX-Refresh" not in client.get("/progress").headers
    busy.working = None
    assert client.get("/progress").headers["HX-Refresh"] == "true"
