"""Tools, workflows, owners, repositories and rate cards of payback.toml, on each day; and what tables add to it."""

from __future__ import annotations

import tomllib
from datetime import UTC, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from payback.errors import SettingsError
from payback.org.directory import Owner
from payback.org.file import directory, organisation
from payback.org.organisation import merged
from payback.org.rows import organisation as of_rows

MAY, JUNE = (datetime(2026, month, 15, tzinfo=UTC) for month in (5, 6))
TOLD = """
[[teams]]
id = "product"

[[teams]]
id = "payments"
parent = "product"

[[teams]]
id = "refunds"
parent = "payments"

[[people]]
id = "ana"
email = "ana@example.com"
memberships = [{ team = "payments", until = 2026-06-01 }, { team = "refunds", from = 2026-06-01 }]

[[tools]]
id = "cursor"
vendor = "cursor"
purpose = "code"
owner = "ana"

[[workflows]]
id = "triage"
name = "Ticket triage"
owner = "ana@example.com"
stages = [{ stage = "experiment", until = 2026-06-01 }, { stage = "production", from = 2026-06-01 }]
useful_output = "output:triage"
risk = "low"
guardrail_metrics = ["change_failure_rate"]

[[owners]]
kind = "key"
subject = "Key_1"
owner = "refunds"

[[repositories]]
name = "example/checkout"
team = "payments"

[[accounts]]
vendor = "anthropic"
sub_account = "ws-1"
team = "product"

[[rate_cards]]
rate = "80"
currency = "EUR"

[[rate_cards]]
kind = "review"
team = "payments"
rate = 95.50
currency = "EUR"
from = 2026-06-01
"""


def told(text=TOLD):
    return directory(tomllib.loads(text), ZoneInfo("UTC"))


def test_a_workflow_is_an_experiment_until_it_is_in_production():
    found = told()
    assert [found.stage_of("triage", at) for at in (MAY, JUNE)] == ["experiment", "production"]
    assert found.stage_of("nothing", MAY) is None
    assert found.workflows["triage"].useful_output == "output:triage"
    assert found.workflows["triage"].guardrail_metrics == ("change_failure_rate",)


@pytest.mark.parametrize(
    ("kind", "subject", "instant", "owner"),
    [
        ("tool", "Cursor", MAY, Owner("ana", "payments")),
        ("tool", "cursor", JUNE, Owner("ana", "refunds")),
        ("workflow", "triage", MAY, Owner("ana", "payments")),
        ("key", "key_1", MAY, Owner("refunds", "refunds")),
        ("repository", "example/checkout", MAY, Owner("payments", "payments")),
        ("project", "ws-1", MAY, Owner("product", "product")),
        ("licence", "cursor", MAY, None),
        ("key", None, MAY, None),
    ],
)
def test_everything_told_has_an_owner_and_its_team_on_the_day(kind, subject, instant, owner):
    assert told().owner_of(kind, subject, instant) == owner


def test_a_repository_is_found_by_the_end_of_its_name():
    found = told()
    assert found.team_of_repo("github.com/example/checkout", MAY) == "payments"
    assert found.team_of_repo("github.com/other/checkout", MAY) is None
    assert found.team_of_repo(None, MAY) is None


def test_teams_have_teams_above_and_below():
    found = told()
    assert found.teams_above("refunds") == ("payments", "product")
    assert found.descendants("product") == ("payments", "refunds")
    assert found.teams_above("nothing") == ()


def test_teams_above_each_other_end():
    found = told('[[teams]]\nid = "a"\nparent = "b"\n[[teams]]\nid = "b"\nparent = "a"')
    assert found.teams_above("a") == ("b",)


def test_the_rate_card_that_says_most_counts():
    found = told()
    assert found.rate_of("review", "payments", JUNE) == (Decimal("95.5"), "EUR")
    assert found.rate_of("review", "payments", MAY) == (Decimal(80), "EUR")
    assert told("").rate_of("review", None, MAY) is None


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("[[workflows]]\nid = 'w'\nstage = 'live'", "experiment, production"),
        ("[[workflows]]\nid = 'w'\nrisk = 'none'", "low, medium, high"),
        ("[[workflows]]\nid = 'w'\nmakes = [{ repo = 'x' }]", "cannot look at 'repo'; it can at repository"),
        ("[[workflows]]\nid = 'w'\nmakes = [{}]", "list of rules"),
        ("[[workflows]]\nid = 'w'\nmakes = ['x']", "list of rules"),
        ("[[owners]]\nkind = 'desk'\nsubject = 'x'\nowner = 'ana'", "tool, licence"),
        ("[[owners]]\nkind = 'key'", "needs a kind and a subject and a owner"),
        ("[[rate_cards]]\nrate = 'much'\ncurrency = 'EUR'", "is not an amount"),
        ("[[tools]]\nid = 'a'\n[[tools]]\nid = 'a'", "more than once"),
    ],
)
def test_a_catalogue_that_cannot_be_is_refused_with_what_is_wrong(text, why):
    with pytest.raises(SettingsError, match=why):
        told(text)


def _row(**told):
    empty = dict.fromkeys(
        (
            *(
                "cost_center",
                "email",
                "name",
                "parent",
                "constraint",
                "primary_metric",
                "guardrail_metrics",
                "owner",
            ),
            *("team", "task_type", "risk", "data_class", "useful_output", "valid_until", "source"),
        )
    )
    return {**empty, "valid_from": datetime(2026, 1, 1, tzinfo=UTC), **told}


def test_tables_add_to_the_file_and_never_speak_against_it():
    rows = {
        "people": [
            _row(person_id="ana", kind="person", name="A. Duarte", email="duarte@example.com"),
            _row(person_id="ben", kind="person", name="Ben Okafor", email="ben@example.com"),
        ],
        "memberships": [
            _row(person_id="ana", team_id="product"),
            _row(person_id="ben", team_id="product", valid_from=JUNE),
        ],
    }
    found = merged(organisation(tomllib.loads(TOLD), ZoneInfo("UTC")), of_rows(rows)).directory()
    assert found.person_of("duarte@example.com") == "ana"
    assert found.people["ana"].email == "ana@example.com"
    assert found.team_of("ana", JUNE) == "refunds"
    assert found.team_of("ben", JUNE) == "product"


def test_the_rows_of_a_workflow_are_its_stages():
    rows = [
        _row(workflow_id="w", name="Old", stage="experiment", valid_until=JUNE),
        _row(workflow_id="w", name="New", stage="production", valid_from=JUNE, guardrail_metrics="a, b"),
    ]
    found = of_rows({"workflows": rows}).directory()
    assert [found.stage_of("w", at) for at in (MAY, JUNE)] == ["experiment", "production"]
    assert (found.workflows["w"].name, found.workflows["w"].guardrail_metrics) == ("New", ("a", "b"))


def test_a_workflow_says_which_work_is_its_own():
    found = told(
        "[[workflows]]\nid = 'w'\nmakes = [{ repository = 'x/*', work_type = 'debt' }, { project = 'OPS' }]"
    )
    assert [one.told for one in found.workflows["w"].makes] == [
        {"repository": "x/*", "work_type": "debt"},
        {"project": "OPS"},
    ]
