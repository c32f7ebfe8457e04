"""The invented company with its code at GitLab instead: the same delivery, and what GitLab does not tell, by name."""

from __future__ import annotations

import pytest
import stamina

from payback.demo.hosts import Hosts
from payback.demo.wire import Faults
from tests.app.test_delivery_truth import changes, known, truth, wrong
from tests.app.world import invented, opened, rows

ON_GITLAB = Hosts(forge="gitlab")
DERIVED = (
    "pull_requests", "reviews", "pull_request_moves", "commits", "evidence", "tickets", "ticket_moves", "deployments",
    "links", "identities", "work", "code_fates",
)  # fmt: skip


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


def test_every_cell_of_delivery_is_the_known_one(on_gitlab):
    with opened(on_gitlab) as app:
        assert wrong(app, on_gitlab) == {}
        assert rows(app, "rejected") == []
        assert {row["source"] for row in rows(app, "reviews")} == {"gitlab:merge_requests"}
