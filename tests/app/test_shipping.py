"""Delivery taken in from files is derived at once, and so is what somebody chose to count as a deployment."""

from __future__ import annotations

import httpx2
import pytest

from payback.access.scope import Scope
from payback.app.files import Import
from payback.delivery.shipping import Choice
from payback.errors import SettingsError
from tests.sources.installation import opened, rows

REPO = "github.com/acme/app"
EVE = Scope.everything("eve", may_see_people=True)
PULLS = (
    f"repo,number,title,state,author,created,merged,merge commit\n{REPO},1,Export,merged,ana,2026-11-02T09:00:00Z,"
    f"2026-11-03T09:00:00Z,{'a' * 40}\n"
)
SHIPPED = f"id,repo,environment,status,created,finished,sha,kind\n7,{REPO},production,success,2026-11-03T10:00:00Z,2026-11-03T11:00:00Z,{'a' * 40},deployment\n"


@pytest.fixture
def app(tmp_path):
    with opened(tmp_path / "home", "", lambda _request: httpx2.Response(404)) as app:
        for kind, text in (("pull_requests", PULLS), ("deployments", SHIPPED)):
            file = tmp_path / f"{kind}.csv"
            file.write_text(text, encoding="utf-8")
            assert app.take_file(Import(file, kind))["rows"] == 1
        yield app


def counted(app):
    return rows(app, "production_deployments", "counted_as", "is_proposed", "pull_requests")


def test_files_of_delivery_are_derived_as_they_are_taken_in(app):
    assert rows(app, "work", "pull_request_id", "deployment_id") == [(f"{REPO}#1", "7")]
    assert counted(app) == [("deployment", True, 1)]


def test_a_choice_holds_at_once_and_taken_back_the_proposal_holds_again(app):
    app.shipping.choose(Choice(REPO, "merge"), EVE)
    assert counted(app) == [("merge", False, 1)]
    app.shipping.take_back(REPO, EVE)
    assert counted(app) == [("deployment", True, 1)]


def test_a_choice_on_a_page_stands_before_a_wide_one_of_the_settings_and_not_before_an_exact_one(
    tmp_path, app
):
    home = app.settings.home
    app.close()
    for pattern, refused in (("github.com/acme/*", False), (REPO, True)):
        told = f'[[deployments]]\nrepository = "{pattern}"\nkind = "release"\n'
        with opened(home, told, lambda _request: httpx2.Response(404)) as again:
            if refused:
                with pytest.raises(SettingsError, match=r"payback\.toml says what counts"):
                    again.shipping.choose(Choice(REPO, "merge"), EVE)
            else:
                assert [row["made"] for row in again.shipping.rows(EVE)] == ["payback.toml"]
                again.shipping.choose(Choice(REPO, "merge"), EVE)
                assert [row["made"] for row in again.shipping.rows(EVE)] == ["page"]
                again.shipping.take_back(REPO, EVE)
