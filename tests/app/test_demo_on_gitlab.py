"""The invented company with its code at GitLab instead: the same delivery in every cell, over a good wire and a bad one."""

from __future__ import annotations

import shutil

import pytest
import stamina

from payback.demo.hosts import Hosts
from payback.demo.wire import Faults
from tests.app.test_delivery_truth import changes, truth, wrong
from tests.app.world import invented, opened, rows

ON_GITLAB = Hosts(forge="gitlab")
DERIVED = (
    "pull_requests", "reviews", "pull_request_moves", "commits", "evidence", "tickets", "ticket_moves", "deployments",
    "links", "identities", "work", "code_fates", "rejected",
)  # fmt: skip
KEPT = ("warehouse.duckdb", "state.db")


@pytest.fixture(autouse=True)
def _no_waiting():
    stamina.set_testing(True, attempts=6)
    yield
    stamina.set_testing(False)


@pytest.fixture(scope="module")
def on_gitlab(tmp_path_factory):
    home = tmp_path_factory.mktemp("on-gitlab")
    invented(home, hosts=ON_GITLAB)
    with opened(home) as app:
        app.sync()
    return home


def everything(app):
    return {table: rows(app, table) for table in DERIVED}


def messages(told):
    return [row["message"] for row in told if row["source"].startswith("gitlab") and row.get("message")]


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


def test_a_bad_wire_and_another_sync_change_nothing(tmp_path):
    """The same company once over a good wire, and once, in the same place, over a bad one, until a sync has nothing to say, and
    then again. A list whose place expires too often in one sync is read to its end with a later one.
    """
    invented(tmp_path, months=2, people=8, hosts=ON_GITLAB)
    with opened(tmp_path) as app:
        told, good = app.sync(), everything(app)
        again = app.sync()
        assert everything(app) == good
        assert messages(told) == messages(again) == []
    for name in KEPT:
        (tmp_path / name).unlink()
    with opened(tmp_path, Faults(3, share=0.5)) as app:
        assert any(not messages(app.sync()) for _ in range(4))
        assert everything(app) == good
        app.sync()
        assert everything(app) == good


def test_a_key_that_opens_nothing_is_told_of_once_a_stream_and_never_shown(on_gitlab, tmp_path):
    home = tmp_path / "home"
    shutil.copytree(on_gitlab, home)
    key, limited = (home / "company" / "keys" / name for name in ("gitlab", "gitlab-limited"))
    key.write_bytes(limited.read_bytes())
    with opened(home) as app:
        report = app.sync(["gitlab"])
    told = messages(report)
    assert len(told) == len({row["source"] for row in report if row["source"].startswith("gitlab")})
    assert all("needs the scope read_api" in said for said in told)
    assert not any(limited.read_text().strip() in said for said in told)
