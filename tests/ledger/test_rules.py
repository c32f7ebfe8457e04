"""Rule 9: one order of attribution, rules that give and rules that split, and money that only moves."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from payback.errors import SettingsError
from payback.ledger.allocation import allocated
from payback.ledger.attribute import Ground, own_place
from payback.ledger.batches import table_of
from payback.ledger.licences import Licences
from payback.ledger.placement import Placement
from payback.ledger.rules import Rules, rule
from payback.ledger.tables_money import SPEND
from payback.org.directory import (
    Catalogue,
    Directory,
    Membership,
    Ownership,
    Person,
    Span,
    Stage,
    Team,
    Tool,
    Workflow,
)
from tests.ledger.entries import NOW
from tests.ledger.test_spend import PARIS, spent, total, usage

AT = datetime(2026, 10, 5, 10, tzinfo=UTC)
ORGANISATION = Directory(
    [Person("ana", "Ana", cost_center="CC-9"), Person("bo", "Bo")],
    [
        Team("payments", "Payments", cost_center="CC-1"),
        Team("search", "Search"),
        Team("platform", "Platform"),
    ],
    [Membership("ana", "payments"), Membership("bo", "search")],
    catalogue=Catalogue(
        tools=(Tool("copilot", "Copilot", owner="bo", team="platform"),),
        workflows=(
            Workflow(
                "triage", "Triage", "ana", "search", "triage", stages=(Stage("experiment", Span(until=NOW)),)
            ),
        ),
        owners=(
            Ownership("project", "proj-9", "bo", "platform"),
            Ownership("repository", "acme/site", None, "search"),
        ),
    ),
)


def place(*rules, **row):
    held = Rules(rule(entry, Span()) for entry in rules)
    return Placement(ORGANISATION, held).of({"vendor": "openai", **row}, AT)


def test_the_team_comes_from_the_first_of_tag_workflow_key_repository_person_and_tool_that_speaks():
    everything = {
        "actor": "ana", "repo": "acme/site", "project": "proj-9", "tool": "copilot", "workflow_tag": "triage",
        "team_tag": "tagged",
    }  # fmt: skip
    order = []
    for gone in ("team_tag", "workflow_tag", "project", "repo", "actor", "tool", None):
        found = place(**everything)
        order.append((found.team, found.basis))
        everything.pop(gone or "", None)
    assert order == [
        ("tagged", "team by tag"),
        ("search", "team by workflow"),
        ("platform", "team by key or project"),
        ("search", "team by repository"),
        ("payments", "team by membership"),
        ("platform", "team by the tool's owner"),
        (None, "team unattributed"),
    ]


def test_a_rule_on_a_key_comes_before_the_person_and_says_its_name():
    given_by = {"id": "ci", "when": {"api_key": "key-1"}, "give": {"team": "platform", "workflow": "triage"}}
    found = place(given_by, actor="ana", api_key="key-1")
    assert (found.team, found.basis, found.workflow) == ("platform", "team by rule ci", "triage")
    assert (found.environment, found.task_type, found.owner) == ("experiment", "triage", "ana")
    assert found.person == "ana"


def test_the_narrower_rule_wins_whatever_the_order_they_were_typed_in():
    wide = {"id": "a", "when": {"vendor": "openai"}, "give": {"team": "search"}}
    narrow = {"id": "b", "when": {"vendor": "openai", "model": "gpt-5"}, "give": {"team": "platform"}}
    assert place(wide, narrow, model="gpt-5").team == place(narrow, wide, model="gpt-5").team == "platform"


def test_a_rule_holds_on_its_days_only():
    late = rule({"id": "x", "when": {"project": "p"}, "give": {"team": "search"}}, Span(NOW))
    assert Placement(ORGANISATION, Rules([late])).of({"project": "p"}, AT).team is None


def test_environment_is_told_by_tag_then_by_the_workflows_stage_then_by_rule():
    given_by = {"id": "prod", "when": {"project": "p"}, "give": {"environment": "production"}}
    assert place(given_by, project="p").environment == "production"
    assert place(given_by, project="p", workflow_tag="triage").environment == "experiment"
    assert (
        place(given_by, project="p", workflow_tag="triage", environment_tag="staging").environment
        == "staging"
    )


@pytest.mark.parametrize(
    ("entry", "says"),
    [
        ({"when": {"project": "p"}, "give": {"team": "a"}}, "needs an id"),
        ({"id": "x", "when": {"colour": "p"}, "give": {"team": "a"}}, "cannot look at 'colour'"),
        ({"id": "x", "when": {"project": "p"}, "give": {"mood": "a"}}, "cannot give 'mood'"),
        ({"id": "x", "give": {"team": "a"}}, "speak of everything"),
        ({"id": "x", "when": {"project": "p"}}, "either gives or splits"),
        ({"id": "x", "when": {"project": "p"}, "split": {"a": -1}}, "from 0 to"),
        ({"id": "x", "when": {"project": "p"}, "split_by": "moon"}, "usage, seats or headcount"),
    ],
)
def test_a_rule_that_cannot_be_is_refused_with_the_way_out(entry, says):
    with pytest.raises(SettingsError, match=says):
        rule(entry, Span())


def split_by(entry, rows, **more):
    ground = Ground(PARIS, Placement(ORGANISATION, Rules([rule({"id": "shared", **entry}, Span())])), **more)
    held = [
        {"spend_id": f"s{index}", "day": AT.date(), "vendor": "openai", "source": "x", "currency": "USD", "basis": "b",
         "unpriced_tokens": 0, "tokens": 7, "requests": 1, **row}
        for index, row in enumerate(rows)
    ]  # fmt: skip
    return allocated(table_of(SPEND, held, None, NOW), ground).to_pylist()


def test_shared_money_goes_by_fixed_parts_and_the_last_takes_the_remainder():
    found = split_by(
        {"when": {"project": "p"}, "split": {"payments": 1, "search": 2}},
        [{"project": "p", "billed": Decimal(10)}],
    )
    assert {row["team"]: row["billed"] for row in found} == {
        "payments": Decimal("3.333333333"),
        "search": Decimal("6.666666667"),
    }
    assert {row["allocation"] for row in found} == {"shared"}


def test_shared_money_goes_by_the_months_use_by_headcount_and_not_to_whom_it_leaves():
    rows = [{"team": "platform", "amortised": Decimal(4)}]
    by_use = {"when": {"team": "platform"}, "split_by": "usage"}
    use = {"payments": 1, "search": 3, "platform": 99}
    found = split_by(by_use, rows, use_of_month=lambda _month: use)
    assert {row["team"]: row["amortised"] for row in found} == {"payments": 1, "search": 3}
    found = split_by({"when": {"vendor": "openai"}, "split_by": "headcount"}, [{"list": Decimal(2)}])
    assert {row["team"]: row["list"] for row in found} == {"payments": 1, "search": 1}


def test_shared_money_by_seats_goes_by_the_seats_of_its_tool_else_by_all_seats():
    held = [
        {"tool": "copilot", "person": "ana", "valid_from": AT - timedelta(days=9), "valid_until": None},
        {"tool": "cursor", "person": "ana", "valid_from": AT - timedelta(days=9), "valid_until": None},
        {"tool": "cursor", "person": "bo", "valid_from": AT - timedelta(days=9), "valid_until": None},
        {"tool": "codex", "person": "bo", "valid_from": AT + timedelta(days=9), "valid_until": None},
    ]
    by_seats = {"when": {"vendor": "openai"}, "split_by": "seats"}
    rows = [{"tool": tool, "billed": Decimal(6)} for tool in ("copilot", "self_hosted", "codex")]
    found = split_by(by_seats, rows, seats=Licences(held, ORGANISATION))
    told = {(row["tool"], row["team"]): row["billed"] for row in found}
    assert told == {
        ("copilot", "payments"): 6,
        ("self_hosted", "payments"): Decimal("3.999999999"),
        ("self_hosted", "search"): Decimal("2.000000001"),
        ("codex", None): 6,
    }


def test_what_has_a_team_is_left_alone_unless_the_rule_names_that_team():
    found = split_by(
        {"when": {"vendor": "openai"}, "split": {"search": 1}}, [{"team": "payments", "billed": Decimal(1)}]
    )
    assert [row["team"] for row in found] == ["payments"]


def test_with_nothing_to_go_by_shared_money_stays_where_it_is():
    found = split_by({"when": {"vendor": "openai"}, "split_by": "usage"}, [{"billed": Decimal(1)}])
    assert [(row["team"], row["billed"]) for row in found] == [(None, Decimal(1))]


money = st.decimals(min_value=-(10**6), max_value=10**6, places=9, allow_nan=False, allow_infinity=False)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.none() | money, st.none() | money, st.none() | money), max_size=6),
       st.dictionaries(st.sampled_from(["payments", "search", "platform"]), st.integers(0, 1000), min_size=1))  # fmt: skip
def test_allocation_moves_money_and_never_makes_or_loses_it(amounts, parts):
    """Rule 5."""
    rows = [dict(zip(("billed", "amortised", "list"), three, strict=True)) for three in amounts]
    found = split_by({"when": {"vendor": "openai"}, "split": parts}, rows)
    for name in ("billed", "amortised", "list"):
        assert total(found, name) == sum((row[name] for row in rows if row[name] is not None), Decimal(0))
    assert sum(row["tokens"] for row in found) == 7 * len(rows)
    assert len({row["spend_id"] for row in found}) == len(found)


def test_tags_of_a_request_survive_being_placed_anew():
    rows = spent([usage("r1", actor="ana", workflow="triage", environment="production")], [])
    assert [(row["workflow"], row["environment"]) for row in rows] == [("triage", "production")]


def test_a_rule_on_a_vendors_api_speaks_of_its_lines_that_name_no_tool():
    held = Placement(
        ORGANISATION,
        Rules([rule({"id": "x", "when": {"tool": "mistral_api"}, "give": {"team": "search"}}, Span())]),
    )
    line = dict.fromkeys(("account", "sub_account", "actor", "tool", "model", "source"))
    assert own_place({"vendor": "mistral", **line}, AT, Ground(PARIS, held)).team == "search"
    assert own_place({"vendor": "openai", **line}, AT, Ground(PARIS, held)).team is None
