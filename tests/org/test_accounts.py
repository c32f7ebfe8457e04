"""Rule 10: vendors' users and keys lead to a person where somebody or an address says so, and to nobody otherwise."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from payback.org.directory import Catalogue, Directory, Identity, Membership, Person, Span

PEOPLE = (
    Person("ana", "Ana Duarte", email="Ana@Example.com", accounts=("ana-gh",)),
    Person("ben", "Ben Okafor", email="ben@example.com"),
    Person("robot", "Release robot", kind="service", email="robot@example.com"),
)
MAY, JUNE, JULY = (datetime(2026, month, 1, tzinfo=UTC) for month in (5, 6, 7))


def directory(*identities, people=PEOPLE, memberships=()):
    return Directory(people, (), memberships, catalogue=Catalogue(identities))


def test_a_vendors_user_listed_under_a_persons_address_is_that_person():
    found = directory(Identity("openai", "user-1", email="ANA@example.com"))
    assert found.person_of("USER-1") == "ana"
    [one] = found.accounts.identities
    assert (one.person_id, one.state, one.reason) == ("ana", "confirmed", "listed under their address")


def test_an_address_in_place_of_a_login_counts_as_one():
    assert directory(Identity("cursor", "ben@example.com")).person_of("ben@example.com") == "ben"


def test_what_somebody_confirmed_stands_before_the_address():
    found = directory(
        Identity("openai", "user-1", email="ana@example.com", person_id="ben", state="confirmed")
    )
    assert found.person_of("user-1") == "ben"


def test_a_refused_match_is_not_made_by_the_address_either():
    found = directory(Identity("openai", "user-1", email="ana@example.com", person_id="ana", state="refused"))
    assert found.person_of("user-1") is None


def test_a_proposed_match_is_nobody_yet():
    assert (
        directory(Identity("github", "aduarte", person_id="ana", state="proposed")).person_of("aduarte")
        is None
    )


def test_a_key_leads_to_the_person_whose_user_it_belongs_to():
    found = directory(
        Identity("anthropic", "user_1", email="ben@example.com"),
        Identity("anthropic", "apikey_1", kind="key", belongs_to="user_1"),
        Identity("openai", "apikey_2", kind="key", belongs_to="user_1"),
    )
    assert found.person_of("apikey_1") == "ben"
    assert found.person_of("apikey_2") is None, "a user of another vendor"


def test_a_key_split_off_its_user_is_nobodys():
    found = directory(
        Identity("anthropic", "user_1", email="ben@example.com"),
        Identity("anthropic", "apikey_1", kind="key", belongs_to="user_1", person_id="ben", state="refused"),
    )
    assert found.person_of("apikey_1") is None
    assert found.accounts.identities[1].state == "refused"


def test_keys_that_belong_to_each_other_end():
    found = directory(
        Identity("x", "a", kind="key", belongs_to="b"), Identity("x", "b", kind="key", belongs_to="a")
    )
    assert found.person_of("a") is None


def test_a_service_account_under_a_persons_address_is_not_that_person():
    found = directory(
        Identity("openai", "svc-1", kind="service_account", email="ana@example.com"),
        Identity("openai", "svc-2", kind="service_account", email="robot@example.com"),
    )
    assert found.person_of("svc-1") is None
    assert found.person_of("svc-2") == "robot"


def test_one_login_of_two_people_in_two_systems_is_nobodys_unless_the_system_is_said():
    found = directory(
        Identity("github", "sam", person_id="ana", state="confirmed"),
        Identity("gitlab", "sam", person_id="ben", state="confirmed"),
    )
    assert found.person_of("sam") is None
    assert found.person_of("sam", system="gitlab") == "ben"


def test_an_account_that_changed_hands_is_whose_it_was_on_the_day():
    found = directory(
        Identity("aws", "deploy", person_id="ana", state="confirmed", span=Span(until=JUNE)),
        Identity("aws", "deploy", person_id="ben", state="confirmed", span=Span(JUNE)),
    )
    assert [found.person_of("deploy", at) for at in (MAY, JUNE)] == ["ana", "ben"]
    assert found.person_of("deploy") == "ben"


def test_a_person_merged_into_another_brings_accounts_and_memberships_along():
    found = directory(
        Identity("payback", "ben", kind="person", person_id="ana", state="confirmed"),
        Identity("openai", "user-2", email="ben@example.com"),
        memberships=[Membership("ben", "search", Span(MAY)), Membership("ana", "payments", Span(JULY))],
    )
    assert {found.person_of(account) for account in ("ben", "ben@example.com", "user-2", "ana-gh")} == {"ana"}
    assert set(found.people) == {"ana", "robot"}
    assert [found.team_of("ana", at) for at in (JUNE, JULY)] == ["search", "payments"]


@pytest.mark.parametrize("pairs", [[("a", "b"), ("b", "a")], [("a", "a")]])
def test_merges_in_a_circle_end(pairs):
    merges = [Identity("payback", one, person_id=other, state="confirmed") for one, other in pairs]
    assert directory(*merges, people=(Person("a", "A"), Person("b", "B"))).person_of("a") in {"a", "b"}
