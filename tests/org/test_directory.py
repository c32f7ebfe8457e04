"""Rule 10: who stands behind an account, and in which team, as it was on each day."""

from __future__ import annotations

import tomllib
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from payback.errors import SettingsError
from payback.org.file import directory

PARIS = ZoneInfo("Europe/Paris")
TOLD = """
[[teams]]
id = "product"
cost_center = "CC-1"

[[teams]]
id = "payments"
parent = "product"

[[people]]
id = "ana"
email = "Ana@Example.com"
accounts = ["ana-gh"]
git_emails = ["ana@old.example"]
memberships = [{ team = "product", until = 2026-06-01 }, { team = "payments", from = 2026-06-01 }]

[[people]]
id = "robot"
kind = "service"
cost_center = "CC-9"
team = "payments"

[[accounts]]
vendor = "Anthropic"
sub_account = "ws-1"
team = "payments"
"""


def told(text=TOLD):
    return directory(tomllib.loads(text), PARIS)


def test_one_person_has_many_accounts_and_their_case_says_nothing():
    found = told()
    assert {
        found.person_of(account) for account in ("ana", "ANA@example.com", "Ana-GH", "ana@old.example")
    } == {"ana"}
    assert found.person_of("somebody") is None
    assert found.person_of(None) is None


def test_a_membership_begins_at_midnight_of_the_organisation():
    found = told()
    assert found.team_of("ana", datetime(2026, 5, 31, 21, 59, tzinfo=UTC)) == "product"
    assert found.team_of("ana", datetime(2026, 5, 31, 22, 0, tzinfo=UTC)) == "payments"


def test_somebody_without_a_membership_has_no_team():
    assert told().team_of("nobody", datetime(2026, 6, 1, tzinfo=UTC)) is None
    assert told().team_of(None, datetime(2026, 6, 1, tzinfo=UTC)) is None


def test_a_cost_centre_comes_from_the_person_else_from_the_nearest_team_above():
    found = told()
    assert found.cost_center_of("robot", "payments") == "CC-9"
    assert found.cost_center_of("ana", "payments") == "CC-1"
    assert found.cost_center_of(None, None) is None


def test_a_part_of_a_vendors_account_belongs_to_a_team():
    found = told()
    assert found.team_of_account("anthropic", "acct-1", "ws-1") == "payments"
    assert found.team_of_account("anthropic", "acct-1", "ws-2") is None


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("[[people]]\nname = 'x'", "needs an id"),
        ("[[people]]\nid = 'a'\n[[people]]\nid = 'a'", "more than once"),
        ("[[teams]]\nid = 't'\n[[people]]\nid = 'a'\nteam = 'u'", "no \\[\\[teams\\]\\] entry"),
        ("[[accounts]]\nvendor = 'x'", "needs a vendor and a team"),
        ("[[people]]\nid = 'a'\nfrom = '2026-01-01'", "is not a date"),
    ],
)
def test_an_organisation_that_cannot_be_is_refused_with_what_is_wrong(text, why):
    with pytest.raises(SettingsError, match=why):
        told(text)


def test_a_team_is_meant_by_its_id_or_by_a_name_that_it_alone_has():
    told = [
        ("red", "Red Squad"),
        ("blue", "Support"),
        ("green", "Support"),
        ("Ops", "Operations"),
        ("core", "ops"),
    ]
    text = "".join(f'[[teams]]\nid = "{team}"\nname = "{name}"\n' for team, name in told)
    known = directory(tomllib.loads(text), PARIS)
    asked = ("red", "Red squad ", "BLUE", "Support", "Ops", "ops", "Other", "", None)
    assert [known.team_named(one) for one in asked] == [
        "red",
        "red",
        "blue",
        None,
        "Ops",
        None,
        None,
        None,
        None,
    ]
