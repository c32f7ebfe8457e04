from __future__ import annotations

import pytest

from payback.demo.vendors.graphql import WrongError, answered, selected

ROWS = [
    {"__typename": "ClosedEvent", "createdAt": "2026-01-02", "id": "b"},
    {"__typename": "ReopenedEvent", "createdAt": "2026-01-03", "id": "c"},
    {"__typename": "ClosedEvent", "createdAt": "2026-01-01", "id": "a"},
]
ROOT = {
    "rows": ROWS,
    "one": lambda told: {"name": told["name"], "parts": ROWS, "secret": 1},
    "person": {"__typename": "User", "login": "ana", "databaseId": 7},
}


def test_only_what_is_asked_for_is_answered_and_what_is_not_there_is_null():
    told = answered("query Q($n: String!) { one(name: $n) { name other } }", {"n": "ana"}, ROOT)
    assert told == {"one": {"name": "ana", "other": None}}


def test_a_list_comes_in_pages_in_the_order_asked_for():
    query = """query Q($after: String) { rows(first: 2, after: $after, orderBy: {field: CREATED_AT, direction: DESC}) {
      totalCount pageInfo { hasNextPage endCursor } nodes { id } } }"""
    first = answered(query, {"after": None}, ROOT)["rows"]
    assert first == {
        "totalCount": 3,
        "pageInfo": {"hasNextPage": True, "endCursor": "cursor:2"},
        "nodes": [{"id": "c"}, {"id": "b"}],
    }
    last = answered(query, {"after": "cursor:2"}, ROOT)["rows"]
    assert last["nodes"] == [{"id": "a"}]
    assert last["pageInfo"]["hasNextPage"] is False


def test_an_order_that_is_the_bare_name_of_a_field_begins_with_the_newest():
    told = answered("{ rows(first: 2, orderBy: createdAt) { nodes { id } } }", {}, ROOT)
    assert told == {"rows": {"nodes": [{"id": "c"}, {"id": "b"}]}}


def test_how_many_are_asked_for_is_told_with_a_question_and_in_its_variables():
    (rows,) = selected(
        "query Q($first: Int!) { rows(first: $first) { nodes { id parts(first: 3) { id } } } }"
    )
    (nodes,) = rows.fields
    assert [rows.count({"first": 20}), *(one.count({}) for one in nodes.fields)] == [20, 1, 3]


def test_a_list_can_be_narrowed_by_the_kind_of_its_entries_and_counted_alone():
    told = answered("{ rows(first: 9, itemTypes: [CLOSED_EVENT]) { nodes { id } } }", {}, ROOT)
    assert told == {"rows": {"nodes": [{"id": "b"}, {"id": "a"}]}}
    assert answered('{ one(name: "x") { parts { totalCount } } }', {}, ROOT) == {
        "one": {"parts": {"totalCount": 3}}
    }


def test_fields_of_another_type_are_left_out():
    query = "{ person { login ... on User { databaseId } ... on Bot { id } } }"
    assert answered(query, {}, ROOT) == {"person": {"login": "ana", "databaseId": 7}}


@pytest.mark.parametrize(
    "query",
    [
        "{ rows(first: 2",
        "{ rows(first: 101) { totalCount nodes { id } } }",
        '{ rows(first: 2, after: "elsewhere") { nodes { id } } }',
    ],
)
def test_a_question_that_does_not_read_and_a_page_that_is_not_there_are_refused(query):
    with pytest.raises(WrongError):
        answered(query, {}, ROOT)
