"""The invented company with its code at GitLab instead: the same delivery in every cell, over a good wire and a bad one."""

from __future__ import annotations

import pytest

from payback.demo.hosts import Hosts
from tests.app.elsewhere import limited, load, taken_in, told_the_same_over_a_bad_wire, told_with_key
from tests.app.test_delivery_truth import changes, truth, wrong
from tests.app.world import opened, rows

ON_GITLAB = Hosts(forge="gitlab")


@pytest.fixture(scope="module")
def on_gitlab(tmp_path_factory):
    return taken_in(tmp_path_factory.mktemp("on-gitlab"), ON_GITLAB)


def test_every_cell_of_delivery_is_the_known_one(on_gitlab):
    with opened(on_gitlab) as app:
        assert wrong(app, on_gitlab) == {}
        assert rows(app, "rejected") == []
        assert {row["source"] for row in rows(app, "reviews")} == {"gitlab:merge_requests"}
        assert {row["merge_method"] for row in rows(app, "pull_requests")} == {"merge", "squash", None}


def test_every_change_shows_of_ai_what_its_marks_show(on_gitlab):
    told = {(one["repo"], one["number"]): one["ai_class"] for one in truth(on_gitlab)["pull_requests"]}
    with opened(on_gitlab) as app:
        assert {key: row["ai_class"] for key, row in changes(app).items()} == told


def test_who_left_is_nobody_and_a_reader_that_is_a_machine_no_person(on_gitlab):
    with opened(on_gitlab) as app:
        pulls, looks = rows(app, "pull_requests"), rows(app, "reviews")
    assert any(row["author"] is None for row in pulls)
    assert not any("ghost" in (row["author"] or "") for row in pulls)
    assert {row["reviewer"] for row in looks if row["is_bot"]} == {"coderabbitai"}


def test_reviewers_have_as_much_to_do_there_as_at_github(company, on_gitlab):
    assert load(on_gitlab) == load(company) != {}


def test_a_bad_wire_and_another_sync_change_nothing(tmp_path):
    """A list whose place expires too often in one sync is read to its end with a later one."""
    told_the_same_over_a_bad_wire(tmp_path, ON_GITLAB, ("gitlab",), syncs=4)


def test_a_key_that_opens_nothing_is_told_of_once_a_stream_and_never_shown(on_gitlab, tmp_path):
    said = told_with_key(on_gitlab, tmp_path / "home", "gitlab", limited(on_gitlab, "gitlab"))
    assert said
    assert all("needs the scope read_api" in one for one in said)
