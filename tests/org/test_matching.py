"""Proposals say why and how sure; a refused one is not made again; machines are told apart."""

from __future__ import annotations

from decimal import Decimal

import pytest

from payback.org.directory import Directory, Person
from payback.org.matching import Seen, is_machine, proposals, same_people

PEOPLE = (
    Person("ana", "Ana Duarte", email="ana.duarte@example.com", accounts=("ana-gh", "ad@old.example")),
    Person("ben", "Ben Okafor", email="ben@example.com"),
    Person("z.n", "Zoë Núñez", email="zn@example.com"),
    Person("robot", "Release Robot", kind="service", email="robot@example.com"),
)
COMPANY = Directory(PEOPLE)


def first(seen, refused=frozenset(), directory=COMPANY):
    found = proposals([seen], directory, refused)[seen]
    return (found[0].person_id, found[0].reason, found[0].confidence) if found else None


@pytest.mark.parametrize(
    ("seen", "person", "reason", "confidence"),
    [
        (Seen("12345+Ana-GH@users.noreply.github.com"), "ana", "Git address of the login ana-gh", "0.95"),
        (Seen("ben+ci@example.com"), "ben", "ben@example.com with a tag", "0.95"),
        (
            Seen("user-1", email="ana.duarte@old.example"),
            "ana",
            "same name before the @, and old.example is a domain of the organisation",
            "0.9",
        ),
        (Seen("ben@else.test"), "ben", "same name before the @, at another domain (else.test)", "0.6"),
        (Seen("Ana.Duarte"), "ana", "login is the name before the @ of their address", "0.8"),
        (Seen("ana-gh@laptop.local"), "ana", "the name before the @ is their login ana-gh", "0.6"),
        (Seen("user_9", name="NUNEZ, Zoe"), "z.n", "same full name, NUNEZ, Zoe", "0.75"),
        (Seen("Zoe"), "z.n", "login is their first name, zoe", "0.5"),
        (Seen("bokafor"), "ben", "login is made of their name", "0.55"),
        (Seen("key_1", kind="key", name="ben-laptop"), "ben", "the key's name says ben", "0.4"),
    ],
)
def test_a_proposal_says_why(seen, person, reason, confidence):
    assert first(seen) == (person, reason, Decimal(confidence))


@pytest.mark.parametrize(
    "seen",
    [Seen("x"), Seen("robot-release"), Seen("key_2", kind="key", name="CI"), Seen("someone@else.test")],
)
def test_nobody_is_proposed_without_a_reason(seen):
    assert first(seen) is None


def test_two_people_that_could_be_meant_are_both_proposed_and_half_as_sure():
    twins = Directory([Person("a", "Sam Lee"), Person("b", "Lee Sam")])
    found = proposals([Seen("u1", name="Sam Lee")], twins)[Seen("u1", name="Sam Lee")]
    assert [(one.person_id, one.confidence) for one in found] == [
        ("a", Decimal("0.375")),
        ("b", Decimal("0.375")),
    ]
    assert "2 people could be meant" in found[0].reason


def test_a_refused_match_is_not_proposed_again():
    assert first(Seen("BOkafor"), refused={("bokafor", "ben")}) is None


@pytest.mark.parametrize(
    ("seen", "machine"),
    [
        (Seen("dependabot[bot]"), True),
        (Seen("deploy-bot"), True),
        (Seen("svc-build"), True),
        (Seen("u1", kind="service_account"), True),
        (Seen("abbott@example.com"), False),
        (Seen("robothead"), False),
    ],
)
def test_machines_say_so_themselves(seen, machine):
    assert is_machine(seen) is machine


def test_people_with_one_name_may_be_one():
    twice = Directory([*PEOPLE, Person("E-77", "Duarte Ana")])
    assert same_people(twice) == (("ana", "E-77", "same full name"),)
    assert same_people(COMPANY) == ()
