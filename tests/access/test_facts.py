from __future__ import annotations

from datetime import date
from zoneinfo import ZoneInfo

import pytest

from payback.access.facts import Ground
from payback.access.facts import open as open_facts
from payback.access.rules import RULES
from payback.access.scope import Scope
from payback.errors import UnknownNameError
from payback.ledger.tables import BY_NAME, TABLES
from payback.warehouse.contract import Append
from payback.warehouse.duckdb import DuckWarehouse
from tests.metrics.month import rows_of, spend


@pytest.fixture
def ground():
    warehouse = DuckWarehouse.in_memory(TABLES)
    rows = [
        spend(spend_id="1", day=date(2026, 3, 1), team="red", person="ann"),
        spend(spend_id="2", day=date(2026, 3, 1), team="blue", person="bob"),
        spend(spend_id="3", day=date(2026, 3, 1), team=None, person="ann"),
        spend(spend_id="4", day=date(2026, 3, 1), team=None, person=None),
    ]
    warehouse.apply([Append("spend", rows_of("spend", rows))])
    yield Ground(warehouse, ZoneInfo("UTC"))
    warehouse.close()


def seen(ground: Ground, scope: Scope) -> set[str]:
    found = ground.warehouse.read(open_facts(ground, "spend", scope))
    return set(found["spend_id"].to_pylist())


def test_every_declared_table_has_a_rule_of_access_and_no_rule_is_for_a_table_that_is_not():
    assert set(RULES) == set(BY_NAME)


def test_every_column_that_decides_is_a_column_of_its_table():
    for name, rule in RULES.items():
        assert set(rule.teams) | set(rule.people) <= set(BY_NAME[name].names), name


def test_a_table_with_a_person_or_team_column_lets_that_column_decide():
    for table in TABLES:
        rule = RULES[table.name]
        if "person" in table.names:
            assert "person" in rule.people, table.name
        if "team" in table.names and not rule.for_all:
            assert "team" in rule.teams, table.name


def test_a_table_without_a_rule_is_refused(ground):
    with pytest.raises(UnknownNameError, match="rule of access"):
        open_facts(ground, "gossip", Scope.everything("test"))


def test_everything_is_every_row(ground):
    assert seen(ground, Scope.everything("test")) == {"1", "2", "3", "4"}


def test_a_scope_of_teams_sees_its_teams_and_no_unattributed_row(ground):
    assert seen(ground, Scope.of_teams("lead of red", ["red"])) == {"1"}
    assert seen(ground, Scope.of_teams("lead of none", [])) == set()


def test_a_person_sees_their_own_rows_by_any_of_their_identities(ground):
    assert seen(ground, Scope.of_person("own page", "ann")) == {"1", "3"}
    assert seen(ground, Scope.of_person("own page", "a", identities=["bob"])) == {"2"}


def test_nothing_is_no_row(ground):
    assert seen(ground, Scope.nothing("not signed in")) == set()


def test_tables_that_name_nobody_are_closed_to_narrow_scopes(ground):
    for scope in (Scope.of_teams("lead", ["red"]), Scope.of_person("own", "ann")):
        text = ground.warehouse.sql(open_facts(ground, "deployments", scope))
        assert "FALSE" in text


def test_reference_tables_are_open_to_all_but_nobody(ground):
    assert "WHERE" not in ground.warehouse.sql(open_facts(ground, "tools", Scope.of_teams("lead", ["red"])))
    assert "FALSE" in ground.warehouse.sql(open_facts(ground, "tools", Scope.nothing("out")))
