"""Forms count only if one of our own pages made them for this browser; what became of them is said once."""

from __future__ import annotations

import re
from contextlib import closing

import pytest
from starlette.testclient import TestClient

from payback.access.scope import Scope
from payback.state import open_state, state_url
from payback.state.watched import audited
from payback.web.serving import shared_forms
from payback.web.site import create_web
from tests.web.conftest import HERE
from tests.web.fake import a_company
from tests.web.reading import Outline

EVE = Scope.everything("eve", may_see_people=True)
ACCOUNT = "/people/accounts/login/a.nother"


@pytest.fixture
def desk(tmp_path):
    with closing(open_state(state_url(tmp_path / "state.db"))) as state:
        held = a_company()
        held.state = state
        yield held
        held.ground.warehouse.close()


def browser(desk, scope=EVE):
    return TestClient(create_web(desk, whose=lambda _request: scope), base_url=HERE, follow_redirects=False)


def token_of(client, path):
    return re.search(r'name="form" value="([0-9a-f]{64})"', client.get(path).text)[1]


def send(client, path, **fields):
    told = {"form": token_of(client, path), **fields}
    return client.post(path, data=told, headers={"Sec-Fetch-Site": "same-origin"})


def test_a_form_of_ours_is_done_said_once_and_recorded(desk):
    client = browser(desk)
    answer = send(client, "/people", act="confirm", account="a.nother", system="login", person="ann")
    assert (answer.status_code, answer.headers["location"]) == (303, "/people")
    assert "a.nother is Ann Nother." in Outline(client.get("/people").text).text
    assert "a.nother is Ann Nother." not in Outline(client.get("/people").text).text
    assert desk.directory().person_of("a.nother") == "ann"
    assert [one.actor for one in audited(desk.state, "identity.confirm")] == ["eve"]
    assert desk.settled == 1


@pytest.mark.parametrize(
    ("fields", "headers"),
    [
        ({}, {}),
        ({"form": "0" * 64}, {}),
        (None, {"Sec-Fetch-Site": "cross-site"}),
        (None, {"Sec-Fetch-Site": "same-site"}),
        (None, {"Origin": "http://evil.example"}),
        (None, {"Origin": "http://127.0.0.1:9999"}),
        (None, {"Content-Type": "text/plain"}),
    ],
)
def test_any_other_form_changes_nothing(desk, fields, headers):
    client = browser(desk)
    token = {"form": token_of(client, "/people")} if fields is None else fields
    told = {"act": "confirm", "account": "a.nother", "person": "ann", **token}
    answer = client.post("/people", data=told, headers=headers)
    assert answer.status_code == 403
    assert desk.directory().person_of("a.nother") is None


def test_a_token_of_another_browser_or_server_counts_for_nothing(desk):
    mine, other = browser(desk), browser(desk)
    stolen = token_of(other, "/people")
    token_of(mine, "/people")
    told = {"act": "confirm", "account": "a.nother", "person": "ann", "form": stolen}
    assert mine.post("/people", data=told).status_code == 403


def test_what_a_page_says_cannot_be_put_into_its_mouth(desk):
    client = browser(desk)
    client.cookies.set("payback_said", "MXlvdSBvd2UgdXM=.0000")
    assert "you owe us" not in client.get("/people").text


def test_what_cannot_be_done_is_said_on_the_page(desk):
    client = browser(desk)
    assert send(client, "/people", act="confirm", account="a.nother", person="nobody").status_code == 303
    assert "Not done: there is no person called 'nobody'" in Outline(client.get("/people").text).text
    assert send(client, "/people", act="explode").status_code == 303
    assert "the form lacks explode" in Outline(client.get("/people").text).text


@pytest.mark.parametrize(
    "scope", [Scope.everything("finance"), Scope.of_teams("lead", ["red"]), Scope.nothing("x")]
)
def test_who_may_not_see_people_decides_nothing(desk, scope):
    client = browser(desk, scope)
    owner = browser(desk)
    client.cookies.update(owner.cookies)
    page = client.get("/people").text
    assert 'name="act"' not in page
    cookie = client.cookies["payback_form"]
    from payback.web.forms import Forms

    forms = Forms(b"one secret")
    known = TestClient(
        create_web(desk, whose=lambda _request: scope, forms=forms), base_url=HERE, follow_redirects=False
    )
    known.cookies.set("payback_form", cookie)
    told = {"form": forms.token(cookie), "act": "confirm", "account": "a.nother", "person": "ann"}
    assert known.post("/people", data=told).status_code == 403
    assert desk.directory().person_of("a.nother") is None


def test_a_form_that_is_too_large_is_turned_away(desk):
    client = browser(desk)
    assert send(client, "/people", act="x" * 70_000).status_code == 403


def test_an_account_is_given_to_somebody_new_and_split_off_again(desk):
    client = browser(desk)
    send(client, ACCOUNT, act="add", name="Ano Ther", kind="person", email="", team="red")
    person = desk.directory().person_of("a.nother")
    assert "Go to Ano Ther" in Outline(client.get(ACCOUNT).text).text
    assert desk.directory().team_of(person, desk.register.clock()) == "red"
    path = "/people/ann"
    send(client, "/people", act="confirm", account="renovate[bot]", person="ann")
    assert "renovate[bot]" in Outline(client.get(path).text).text
    send(client, path, act="split", account="renovate[bot]", system="login")
    assert desk.directory().person_of("renovate[bot]") is None


def test_two_people_are_merged_and_the_merge_is_taken_back(desk):
    client = browser(desk)
    assert "E-7" in client.get("/people").text
    send(client, "/people", act="merge", person="E-7", into="bob")
    assert set(desk.directory().people) == {"ann", "bob"}
    send(client, "/people/bob", act="unmerge", person="E-7")
    assert set(desk.directory().people) == {"ann", "bob", "E-7"}


def test_naming_an_owner_takes_the_row_away(desk):
    client = browser(desk)

    def missing():
        return {(row["kind"], row["subject"]) for row in client.get("/owners.json").json()["table"]["rows"]}

    assert ("tool", "codex") in missing()
    assert ("licence", "copilot/business") in missing()
    assert ("tool", "claude_code") not in missing()
    send(client, "/owners", act="name", kind="tool", subject="codex", owner="shop")
    assert ("tool", "codex") not in missing()
    assert desk.directory().owner_of("tool", "codex", desk.register.clock()).team == "shop"


def test_the_answer_to_a_form_is_kept_from_scripts_and_other_sites(desk):
    client = browser(desk)
    cookie = client.get("/people").headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie
    assert "set-cookie" not in client.get("/spend").headers


def test_a_page_of_one_process_may_be_sent_to_another_of_the_same_home(desk):
    def serving():
        web = create_web(desk, whose=lambda _request: EVE, forms=shared_forms(desk))
        return TestClient(web, base_url=HERE, follow_redirects=False)

    one, other = serving(), serving()
    told = {
        "form": token_of(one, "/people"),
        "act": "confirm",
        "account": "a.nother",
        "system": "login",
        "person": "ann",
    }
    other.cookies.update(one.cookies)
    assert other.post("/people", data=told).status_code == 303
    assert desk.directory().person_of("a.nother") == "ann"
