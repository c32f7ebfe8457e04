"""Rule 10: what somebody decides about people is written with its dates, recorded, and places money; nothing is lost by it."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from payback.access.scope import Scope
from payback.app.background import Keeper, Watch
from payback.app.register import Newcomer
from payback.errors import ForbiddenError, SettingsError, UnknownNameError
from payback.ledger.batches import table_of
from payback.ledger.tables import BY_NAME
from payback.state.watched import audit
from payback.warehouse.contract import Upsert
from tests.app.test_people import by_team
from tests.app.test_sync import _lines
from tests.app.world import opened, rows

TOLD = """
[[teams]]
id = "payments"

[[teams]]
id = "search"

[[people]]
id = "a.duarte"
name = "Ana Duarte"
email = "ana@example.com"
team = "payments"

[[people]]
id = "ben"
name = "Ben Okafor"
email = "ben@example.com"
accounts = ["ben-gh"]
team = "search"
"""
EVE = Scope.everything("eve", may_see_people=True)
LEAD = Scope.everything("a lead")
LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)


@pytest.fixture
def app(tmp_path):
    folder = tmp_path / ".claude" / "projects" / "-src-app"
    folder.mkdir(parents=True)
    (folder / "11111111-2222-4333-a444-555555555555.jsonl").write_bytes(b"".join(_lines()))
    (tmp_path / "payback.toml").write_text(TOLD)
    with opened(tmp_path) as held:
        held.sync()
        yield held


def queue(app, scope=EVE):
    return app.unmatched(scope)


def test_an_account_without_a_person_is_listed_with_its_money_and_who_it_may_be(app):
    [row] = queue(app).rows
    assert (row["account"], row["seen_in"]) == ("ana", ["claude_code"])
    assert row["list_usd"] == by_team(app)[None] > 0
    [proposal] = row["proposals"]
    assert proposal == {
        "person_id": "a.duarte",
        "person": "Ana Duarte",
        "reason": "login is the name before the @ of their address",
        "confidence": Decimal("0.8"),
    }


def test_a_confirmed_account_places_its_money_and_is_recorded(app):
    before = by_team(app)
    assert app.register.confirm("ana", "Ana@example.com", EVE) == "ana is Ana Duarte"
    app.settle()
    assert by_team(app) == {"payments": before[None]}
    assert queue(app).rows == ()
    [entry] = audit(app.state, LONG_AGO)
    assert (entry.actor, entry.action, entry.subject) == ("eve", "identity.confirm", "login:ana")
    assert entry.details["person"] == "a.duarte"


def test_a_match_that_holds_from_a_day_on_leaves_the_days_before_alone(app):
    before = by_team(app)
    app.register.confirm("ana", "a.duarte", EVE)
    last = max(row["occurred_at"] for row in rows(app, "usage"))
    app.register.confirm("ana", "ben", EVE, since=datetime(2030, 1, 1, tzinfo=UTC))
    app.settle()
    assert by_team(app) == {"payments": before[None]}
    app.register.split("ana", EVE, since=datetime(2031, 1, 1, tzinfo=UTC))
    assert app.directory().person_of("ana", last) == "a.duarte"
    assert app.directory().person_of("ana", datetime(2030, 6, 1, tzinfo=UTC)) == "ben"
    assert app.directory().person_of("ana", datetime(2031, 6, 1, tzinfo=UTC)) is None


def test_a_refused_match_is_never_proposed_again(app):
    app.register.refuse("ana", "a.duarte", EVE)
    [row] = queue(app).rows
    assert row["proposals"] == []
    app.register.refuse("ana", "ben", EVE)
    assert app.register.refusals() == {("ana", "a.duarte"), ("ana", "ben")}


def test_a_match_can_be_split_off_and_the_money_is_nobodys_again(app):
    before = by_team(app)
    app.register.confirm("ana", "a.duarte", EVE)
    app.settle()
    app.register.split("ana", EVE)
    app.settle()
    assert by_team(app) == before


def test_an_account_told_in_the_file_is_taken_out_there(app):
    with pytest.raises(SettingsError, match=r"payback\.toml"):
        app.register.split("ben-gh", EVE)
    with pytest.raises(SettingsError, match=r"account of Ben Okafor.*payback\.toml"):
        app.register.confirm("ben-gh", "a.duarte", EVE)
    with pytest.raises(SettingsError, match="nobody's"):
        app.register.split("ana", EVE)


def test_a_new_person_has_the_account_and_the_team(app):
    before = by_team(app)
    app.register.add("ana", Newcomer("Ana Other", team="search"), EVE)
    app.settle()
    assert by_team(app) == {"search": before[None]}
    app.register.add("build@ci.example", Newcomer("Build", kind="bot"), EVE)
    assert app.directory().people["build"].kind == "bot"
    assert app.directory().person_of("build@ci.example") == "build"


def test_two_people_become_one_and_two_again(app):
    app.register.confirm("ana", "a.duarte", EVE)
    app.register.merge("a.duarte", "ben", EVE)
    assert app.directory().person_of("ana") == "ben"
    with pytest.raises(SettingsError, match="one person already"):
        app.register.merge("a.duarte", "ben", EVE)
    app.register.unmerge("a.duarte", EVE)
    assert app.directory().person_of("ana") == "a.duarte"


def test_a_new_owner_answers_from_now_on_and_the_first_one_for_all_days(app):
    register, now = app.register, app.now()
    register.name_owner("tool", "cursor", "ben", EVE)
    assert app.directory().owner_of("tool", "cursor", LONG_AGO).owner == "ben"
    register.name_owner("tool", "Cursor", "payments", EVE)
    found = app.directory()
    assert found.owner_of("tool", "cursor", LONG_AGO).owner == "ben"
    assert found.owner_of("tool", "cursor", now).team == "payments"


@pytest.mark.parametrize(
    ("act", "error"),
    [
        (lambda register: register.confirm("ana", "nobody", EVE), UnknownNameError),
        (lambda register: register.confirm("x" * 300, "ben", EVE), SettingsError),
        (lambda register: register.add("y", Newcomer("Y", kind="cat"), EVE), UnknownNameError),
        (lambda register: register.add("y", Newcomer("Y", team="none"), EVE), UnknownNameError),
        (lambda register: register.name_owner("desk", "x", "ben", EVE), UnknownNameError),
        (lambda register: register.unmerge("ben", EVE), SettingsError),
        (lambda register: register.confirm("ana", "ben", LEAD), ForbiddenError),
        (lambda register: register.merge("a.duarte", "ben", Scope.nothing("nobody")), ForbiddenError),
    ],
)
def test_what_cannot_be_decided_is_refused_and_nothing_is_written(app, act, error):
    with pytest.raises(error):
        act(app.register)
    assert rows(app, "identities") == rows(app, "people") == rows(app, "owners") == []
    assert audit(app.state, LONG_AGO) == ()


def test_without_the_right_to_people_there_are_sums_only(app):
    found = queue(app, LEAD)
    assert (found.rows, found.accounts) == ((), 1)
    assert found.list_usd == by_team(app)[None]
    assert app.people(LEAD) == []
    assert {row["person_id"] for row in app.people(EVE)} == {"a.duarte", "ben"}
    assert [row["person_id"] for row in app.people(Scope.of_person("own page", "ben"))] == ["ben"]


def test_looks_at_people_are_recorded_and_a_look_at_oneself_is_not(app):
    app.people(LEAD)
    app.people(Scope.of_person("own page", "ben"))
    app.person("ben", Scope.of_person("own page", "ben"))
    assert audit(app.state, LONG_AGO) == ()
    app.people(EVE)
    app.person("ben", EVE)
    told = [(one.actor, one.action, one.subject) for one in audit(app.state, LONG_AGO)]
    assert told == [("eve", "people.view", "all people"), ("eve", "person.view", "ben")]


def test_while_payback_serves_a_decision_takes_effect_beside_the_answer(app):
    before = by_team(app)
    app.watch = Watch()
    keeper = Keeper(app, app.watch, lambda _sentence: None, quiet=0)
    keeper.start()
    try:
        app.register.confirm("ana", "a.duarte", EVE)
        app.settle()
        until = time.monotonic() + 60
        while by_team(app) == before and time.monotonic() < until:
            time.sleep(0.05)
    finally:
        keeper.stop()
    assert by_team(app) == {"payments": before[None]}
    assert app.watch.failed is None


def test_an_account_that_a_vendor_lists_without_an_address_is_not_asked_about_where_it_is_told_whose_it_is(
    app,
):
    now = app.now()
    listed = [
        {"system": "github", "identity": login, "kind": "user", "state": "proposed", "valid_from": LONG_AGO}
        for login in ("ben-gh", "cleo-gh")
    ]
    app.warehouse.apply([Upsert("identities", table_of(BY_NAME["identities"], listed, "copilot:seats", now))])
    app.organise()
    assert [row["account"] for row in queue(app).rows] == ["ana", "cleo-gh"]
