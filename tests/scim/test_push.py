"""A provider pushes users and groups: the protocol's own exchanges (RFC 7644, section 3), and what became of the organisation."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from starlette.testclient import TestClient

from payback.app import open_app
from payback.state.watched import Token, add_token, audit
from payback.web.site import create_web
from tests.app.test_people import by_team
from tests.app.test_sync import _lines
from tests.app.world import NOW, rows, surroundings

SECRET = "s3cret-of-the-provider"
TOLD = """
[[teams]]
id = "tour-guides"
name = "Tour Guides"

[[people]]
id = "mandy"
name = "Mandy Pepperidge"
email = "mandy@example.com"
"""
BABS = {
    "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
    "userName": "ana",
    "externalId": "bjensen",
    "name": {"formatted": "Ms. Barbara J Jensen III", "familyName": "Jensen", "givenName": "Barbara"},
    "emails": [{"value": "bjensen@example.com", "type": "work", "primary": True}],
    "phoneNumbers": [{"value": "555-555-8377"}],
}
GUIDES = {"schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"], "displayName": "Tour Guides"}
PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"


class Clock:
    def __init__(self):
        self.now = NOW

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def app(tmp_path, clock):
    folder = tmp_path / ".claude" / "projects" / "-src-app"
    folder.mkdir(parents=True)
    (folder / "11111111-2222-4333-a444-555555555555.jsonl").write_bytes(b"".join(_lines()))
    (tmp_path / "payback.toml").write_text(TOLD)
    with open_app(tmp_path, replace(surroundings(tmp_path), clock=clock)) as held:
        held.sync()
        add_token(held.state, SECRET, Token("okta", "scim", NOW, NOW + timedelta(days=400)))
        add_token(held.state, "reader", Token("reader", "read", NOW, None))
        yield held


@pytest.fixture
def web(app):
    headers = {"Authorization": f"Bearer {SECRET}"}
    with TestClient(create_web(app), base_url="http://127.0.0.1:8642/", headers=headers) as client:
        yield client


def call(web, method, path, told=None, status=200):
    answer = web.request(method, f"/scim/v2{path}", json=told)
    assert answer.status_code == status, answer.text
    return answer.json() if answer.content else None


def patch(web, path, *operations, status=200):
    return call(web, "PATCH", path, {"schemas": [PATCH], "Operations": list(operations)}, status)


def teams_of(app, account, *instants):
    held = app.directory()
    return [held.team_of(held.person_of(account), at) for at in instants]


@pytest.mark.parametrize("secret", ["", "Bearer", "Bearer wrong", f"Basic {SECRET}", "Bearer reader"])
@pytest.mark.parametrize("path", ["/Users", "/Groups/x", "/ServiceProviderConfig", "/Schemas"])
def test_nothing_is_answered_without_a_token_of_this_door(web, secret, path):
    answer = web.get(f"/scim/v2{path}", headers={"Authorization": secret})
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith("Bearer")
    assert answer.json()["schemas"] == ["urn:ietf:params:scim:api:messages:2.0:Error"]
    assert answer.json()["status"] == "401"


def test_a_token_that_ended_opens_nothing(web, clock):
    clock.now = NOW + timedelta(days=401)
    call(web, "GET", "/Users", status=401)


def test_a_user_is_created_as_the_protocol_shows(web, app):
    answer = web.post("/scim/v2/Users", json=BABS)
    told = answer.json()
    assert answer.status_code == 201
    assert answer.headers["content-type"] == "application/scim+json"
    place = f"http://127.0.0.1:8642/scim/v2/Users/{told['id']}"
    assert (answer.headers["location"], told["meta"]["location"]) == (place, place)
    assert told["meta"]["resourceType"] == "User"
    assert told["meta"]["created"] == told["meta"]["lastModified"] == "2026-11-23T12:00:00.000Z"
    assert {name: told[name] for name in ("userName", "externalId", "name", "emails")} == {
        name: BABS[name] for name in ("userName", "externalId", "name", "emails")
    }
    assert told["active"] is True
    assert "phoneNumbers" not in told, "only what the organisation needs is kept"
    assert call(web, "GET", f"/Users/{told['id']}") == told
    held = app.directory()
    assert held.person_of("ana") == held.person_of("BJensen@example.com") == "bjensen"
    assert held.people["bjensen"].name == "Ms. Barbara J Jensen III"


def test_a_user_that_is_known_already_is_that_person(web, app):
    call(web, "POST", "/Users", {"userName": "MANDY@example.com"}, 201)
    assert set(app.directory().people) == {"mandy"}


def test_a_name_is_taken_once_whatever_its_case(web):
    call(web, "POST", "/Users", BABS, 201)
    told = call(web, "POST", "/Users", {**BABS, "userName": "ANA"}, 409)
    assert (told["status"], told["scimType"]) == ("409", "uniqueness")


def test_lists_are_filtered_and_paged_and_show_the_attributes_asked_for(web):
    for number in range(5):
        call(web, "POST", "/Users", {"userName": f"u{number}@example.com", "active": number > 0}, 201)
    found = call(web, "GET", '/Users?filter=userName eq "U3@example.com"')
    assert (found["totalResults"], found["Resources"][0]["userName"]) == (1, "u3@example.com")
    assert call(web, "GET", '/Users?filter=userName eq "nobody"')["totalResults"] == 0
    page = call(web, "GET", "/Users?startIndex=4&count=10&attributes=userName")
    assert (page["totalResults"], page["startIndex"], page["itemsPerPage"]) == (5, 4, 2)
    assert [set(one) for one in page["Resources"]] == [{"schemas", "id", "userName"}] * 2
    assert call(web, "GET", "/Users?count=0")["Resources"] == []
    assert "emails" not in call(web, "GET", "/Users?excludedAttributes=emails")["Resources"][0]
    assert call(web, "GET", "/Users?filter=userName is", status=400)["scimType"] == "invalidFilter"
    assert call(web, "GET", "/Users?count=many", status=400)["scimType"] == "invalidValue"


def test_members_of_a_group_are_a_team_and_the_first_one_holds_for_the_days_before(web, app):
    before = by_team(app)
    user = call(web, "POST", "/Users", BABS, 201)
    group = call(web, "POST", "/Groups", {**GUIDES, "members": [{"value": user["id"]}]}, 201)
    assert group["members"][0]["display"] == "ana"
    assert group["members"][0]["$ref"].endswith(f"/Users/{user['id']}")
    assert by_team(app) == {"tour-guides": before[None]}, "the group is the team that payback.toml names so"


def test_a_move_holds_from_when_it_was_pushed(web, app, clock):
    user = call(web, "POST", "/Users", BABS, 201)
    first = call(web, "POST", "/Groups", {**GUIDES, "members": [{"value": user["id"]}]}, 201)
    second = call(web, "POST", "/Groups", {"displayName": "Search & Ads"}, 201)
    moved = clock.now = NOW + timedelta(days=7)
    patch(web, f"/Groups/{second['id']}", {"op": "Add", "path": "members", "value": [{"value": user["id"]}]})
    patch(web, f"/Groups/{first['id']}", {"op": "remove", "path": f'members[value eq "{user["id"]}"]'})
    assert teams_of(app, "ana", NOW, moved) == ["tour-guides", "search-ads"]
    spans = {(row["team_id"], row["valid_until"]) for row in rows(app, "memberships")}
    assert spans == {("tour-guides", moved), ("search-ads", None)}


def test_a_deactivated_user_keeps_the_past_and_has_an_end(web, app, clock):
    user = call(web, "POST", "/Users", BABS, 201)
    call(web, "POST", "/Groups", {**GUIDES, "members": [{"value": user["id"]}]}, 201)
    before = by_team(app)
    left = clock.now = NOW + timedelta(days=7)
    told = patch(web, f"/Users/{user['id']}", {"op": "Replace", "path": "active", "value": "False"})
    assert told["active"] is False
    assert app.directory().people["bjensen"].span.until == left
    assert teams_of(app, "ana", NOW, left) == ["tour-guides", None]
    assert by_team(app) == before
    back = clock.now = NOW + timedelta(days=9)
    patch(web, f"/Users/{user['id']}", {"op": "replace", "value": {"active": True}})
    assert teams_of(app, "ana", left, back) == [None, "tour-guides"]
    assert app.directory().people["bjensen"].span.until is None


def test_a_deleted_user_is_not_found_and_comes_back_as_the_same_person(web, app, clock):
    user = call(web, "POST", "/Users", BABS, 201)
    clock.now = NOW + timedelta(days=1)
    call(web, "DELETE", f"/Users/{user['id']}", status=204)
    gone = call(web, "GET", f"/Users/{user['id']}", status=404)
    assert gone["schemas"] == ["urn:ietf:params:scim:api:messages:2.0:Error"]
    call(web, "DELETE", f"/Users/{user['id']}", status=404)
    assert app.directory().people["bjensen"].span.until == clock.now
    again = call(web, "POST", "/Users", BABS, 201)
    assert again["id"] != user["id"]
    assert list(app.directory().people) == ["mandy", "bjensen"]


def test_a_replaced_user_keeps_earlier_names_for_earlier_use(web, app, clock):
    user = call(web, "POST", "/Users", BABS, 201)
    clock.now = NOW + timedelta(days=1)
    changed = {"userName": "bj@example.com", "emails": [{"value": "bj@example.com"}], "displayName": "Babs"}
    told = call(web, "PUT", f"/Users/{user['id']}", changed)
    assert "externalId" not in told, "a replacement leaves out what it does not say"
    assert told["meta"]["version"] != user["meta"]["version"]
    held = app.directory()
    assert {held.person_of(one) for one in ("ana", "bjensen@example.com", "bj@example.com")} == {"bjensen"}
    assert (held.people["bjensen"].name, held.people["bjensen"].email) == ("Babs", "bj@example.com")


def test_a_name_that_goes_to_somebody_else_is_theirs_from_then_on(web, app, clock):
    emails = [{"value": "first@example.com"}]
    user = call(web, "POST", "/Users", {"userName": "desk", "emails": emails}, 201)
    clock.now = NOW + timedelta(days=1)
    call(web, "PUT", f"/Users/{user['id']}", {"userName": "desk-old", "emails": emails})
    other = call(web, "POST", "/Users", {"userName": "new@example.com"}, 201)
    moved = clock.now = NOW + timedelta(days=2)
    call(web, "PUT", f"/Users/{other['id']}", {"userName": "desk", "emails": [{"value": "new@example.com"}]})
    held = app.directory()
    assert held.person_of("new@example.com") == "new"
    assert [held.person_of("desk", at) for at in (NOW, moved)] == ["first", "new"]


def test_a_group_within_a_group_is_a_team_within_a_team_and_a_deleted_one_has_an_end(web, app, clock):
    inner = call(web, "POST", "/Groups", {"displayName": "Refunds"}, 201)
    outer = call(
        web, "POST", "/Groups", {"displayName": "Payments", "members": [{"value": inner["id"]}]}, 201
    )
    assert app.directory().teams_above("refunds") == ("payments",)
    clock.now = NOW + timedelta(days=1)
    call(web, "DELETE", f"/Groups/{outer['id']}", status=204)
    assert app.directory().teams["payments"].span.until == clock.now


def test_the_same_push_twice_changes_nothing(web, app):
    user = call(web, "POST", "/Users", BABS, 201)
    call(web, "POST", "/Groups", {**GUIDES, "members": [{"value": user["id"]}]}, 201)
    before = {name: rows(app, name) for name in ("people", "identities", "teams", "memberships")}
    told = call(web, "PUT", f"/Users/{user['id']}", BABS)
    assert told == user
    assert {name: rows(app, name) for name in before} == before


def test_the_server_says_what_it_supports(web):
    told = call(web, "GET", "/ServiceProviderConfig")
    assert (told["patch"]["supported"], told["bulk"]["supported"]) == (True, False)
    types = call(web, "GET", "/ResourceTypes")
    assert [one["endpoint"] for one in types["Resources"]] == ["/Users", "/Groups"]
    schemas = call(web, "GET", "/Schemas")["Resources"]
    assert call(web, "GET", f"/Schemas/{schemas[0]['id']}") == schemas[0]
    assert call(web, "GET", "/ResourceTypes/User")["schema"] == schemas[0]["id"]
    assert {one["name"] for one in schemas[0]["attributes"]} >= {"userName", "active", "emails"}
    call(web, "GET", "/Schemas/none", status=404)


@pytest.mark.parametrize(
    ("method", "path", "told", "status", "kind"),
    [
        ("POST", "/Users", {"displayName": "x"}, 400, "invalidValue"),
        ("POST", "/Users", ["x"], 400, "invalidSyntax"),
        ("POST", "/Users", {"userName": {"x": 1}}, 400, "invalidValue"),
        ("POST", "/Users", {"userName": "x", "active": "perhaps"}, 400, "invalidValue"),
        ("POST", "/Users", {"userName": "x" * 501}, 400, "invalidValue"),
        ("POST", "/Groups", {"displayName": "x", "members": ["a"]}, 400, "invalidValue"),
        ("GET", "/Users/none", None, 404, None),
        ("GET", "/Cars", None, 404, None),
        ("PUT", "/Users", None, 405, None),
    ],
)
def test_a_refusal_has_the_shape_of_the_protocol(web, method, path, told, status, kind):
    found = call(web, method, path, told, status)
    assert found["schemas"] == ["urn:ietf:params:scim:api:messages:2.0:Error"]
    assert (found["status"], found.get("scimType")) == (str(status), kind)
    assert found["detail"]


def test_a_body_that_is_no_json_is_refused(web):
    answer = web.post("/scim/v2/Users", content=b"{")
    assert (answer.status_code, answer.json()["scimType"]) == (400, "invalidSyntax")


def test_every_push_is_recorded_with_its_token_and_without_its_secret(web, app):
    user = call(web, "POST", "/Users", BABS, 201)
    call(web, "DELETE", f"/Users/{user['id']}", status=204)
    entries = audit(app.state, datetime(2000, 1, 1, tzinfo=UTC))
    assert [(one.actor, one.action, one.subject) for one in entries] == [
        ("token okta", "scim.create", "Users:bjensen"),
        ("token okta", "scim.delete", "Users:bjensen"),
    ]
    assert SECRET not in str(entries)
