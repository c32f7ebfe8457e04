"""The invented company with its code at Azure DevOps instead: the same delivery in every cell, over a good wire and a bad one."""

from __future__ import annotations

import pytest

from payback.demo.hosts import Hosts
from payback.demo.merging import AZURE_DEVOPS
from tests.app.elsewhere import limited, load, taken_in, told_the_same_over_a_bad_wire, told_with_key
from tests.app.test_delivery_truth import changes, truth, wrong
from tests.app.world import opened, rows

ON_AZURE = Hosts(forge="azure_devops")


@pytest.fixture(scope="module")
def on_azure(tmp_path_factory):
    return taken_in(tmp_path_factory.mktemp("on-azure"), ON_AZURE)


def number(one):
    """What Azure DevOps calls a change of the truth: no two of a collection share a number."""
    return AZURE_DEVOPS.first[one["repo"].rpartition("/")[2]] + one["number"]


def test_every_cell_of_delivery_is_the_known_one(on_azure):
    with opened(on_azure) as app:
        assert wrong(app, on_azure) == {}
        assert rows(app, "rejected") == []
        assert {row["source"] for row in rows(app, "reviews")} == {"azure_devops:pull_requests"}
        assert {row["merge_method"] for row in rows(app, "pull_requests")} == {"merge", "squash", None}


def test_every_change_shows_of_ai_what_its_marks_show(on_azure):
    told = {(one["repo"], number(one)): one["ai_class"] for one in truth(on_azure)["pull_requests"]}
    with opened(on_azure) as app:
        assert {key: row["ai_class"] for key, row in changes(app).items()} == told


def test_issues_are_work_items_that_changes_are_tied_to(on_azure):
    known = {one["closes"] for one in truth(on_azure)["pull_requests"]} - {None}
    with opened(on_azure) as app:
        tickets = {
            row["ticket_id"] for row in rows(app, "tickets") if row["source"] == "azure_devops:work_items"
        }
        named = {row["tickets"] for row in rows(app, "work")}
    assert {one.replace("#", "/") for one in known} == tickets
    assert tickets <= named


def test_a_reader_that_is_a_machine_is_no_person(on_azure):
    with opened(on_azure) as app:
        looks = rows(app, "reviews")
    assert {row["reviewer"] for row in looks if row["is_bot"]} == {"LUMEN\\coderabbitai"}


def test_branches_rewritten_by_force_are_told_as_such(on_azure):
    with opened(on_azure) as app:
        assert any(row["kind"] == "force_pushed" for row in rows(app, "pull_request_moves"))


def test_reviewers_have_as_much_to_do_there_as_at_github_and_who_left_is_still_named(company, on_azure):
    there, at_github = load(on_azure), load(company)
    assert {team: told for team, told in there.items() if team in at_github} == at_github != {}
    assert [there[team][1] for team in there.keys() - at_github.keys()] == [
        1
    ]  # who left reviewed alone for a team


def test_a_bad_wire_and_another_sync_change_nothing(tmp_path):
    told_the_same_over_a_bad_wire(tmp_path, ON_AZURE, ("azure_devops",))


def test_a_key_that_opens_nothing_is_told_of_once_a_stream_and_never_shown(on_azure, tmp_path):
    said = told_with_key(on_azure, tmp_path / "home", "azure_devops", limited(on_azure, "azure_devops"))
    assert said
    assert all("needs the scope" in one for one in said)


def test_an_unknown_key_is_shown_the_page_to_sign_in_and_said_to_be_wrong(on_azure, tmp_path):
    said = told_with_key(on_azure, tmp_path / "home", "azure_devops", "azd-unknown")
    assert said
    assert all("the key is wrong, expired or revoked" in one for one in said)
