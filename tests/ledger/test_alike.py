"""Places of many rows at once are those of each row alone, whatever turns when."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from payback.ledger.placement import Placement
from payback.ledger.rules import Rule, Rules
from payback.org.directory import (
    Catalogue,
    Directory,
    Membership,
    Ownership,
    Person,
    Span,
    Stage,
    Team,
    Workflow,
)

START = datetime(2026, 1, 1, tzinfo=UTC)
instants = st.integers(0, 50).map(lambda days: START + timedelta(days=days, microseconds=days % 3))
spans = st.builds(Span, instants, st.none() | instants)
names = st.sampled_from(["a", "b"])
directories = st.builds(
    lambda memberships, owners, stages: Directory(
        [Person("a", "A"), Person("b", "B", cost_center="CC")],
        [Team("x", "X", cost_center="CX"), Team("y", "Y")],
        memberships,
        catalogue=Catalogue(owners=tuple(owners), workflows=(Workflow("w", "W", stages=tuple(stages)),)),
    ),
    st.lists(st.builds(Membership, names, st.sampled_from(["x", "y"]), spans), max_size=4),
    st.lists(
        st.builds(Ownership, st.just("project"), st.just("p"), names, st.sampled_from([None, "x"]), spans),
        max_size=2,
    ),
    st.lists(st.builds(Stage, st.sampled_from(["experiment", "production"]), spans), max_size=2),
)
rules = st.lists(
    st.builds(
        Rule,
        st.sampled_from(["r1", "r2"]),
        st.sampled_from([(("model", "m"),), (("project", "p"),)]),
        st.just((("workflow", "w"),)),
        span=spans,
    ),
    max_size=2,
    unique_by=lambda rule: rule.rule_id,
).map(Rules)
rows = st.fixed_dictionaries(
    {
        "actor": st.none() | names,
        "project": st.sampled_from([None, "p", "q"]),
        "model": st.sampled_from([None, "m"]),
        "tool": st.just("codex"),
        "team_tag": st.sampled_from([None, None, "z"]),
    }
)


@settings(deadline=None)
@given(directories, rules, st.lists(st.tuples(rows, instants), min_size=1, max_size=20))
def test_places_of_many_rows_are_those_of_each_row(directory, told, held):
    table = pa.Table.from_pylist(
        [row for row, _ in held], schema=pa.schema([(name, pa.string()) for name in held[0][0]])
    )
    found = Placement(directory, told).places(table, [instant for _, instant in held])
    alone = [Placement(directory, told).of(row, instant) for row, instant in held]
    assert found == alone
    placement = Placement(directory, told)
    assert [placement.remembered({**row, "tags": {}}, instant) for row, instant in held] == alone
    assert [placement.remembered({**row, "tags": None}, instant) for row, instant in held] == alone
