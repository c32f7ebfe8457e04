"""The checker of GraphQL requests finds what a vendor would refuse, and the answering vendor answers what is asked."""

from __future__ import annotations

import httpx2
import pytest

from tests.sources.graphql import answer, complaints, connection, described

PULLS = (
    "query($owner: String!, $first: Int = 2, $after: String) { repository(owner: $owner, name: %s) { %s } }"
)
NODES = "pullRequests(first: %s, after: $after) { totalCount nodes { %s } pageInfo { endCursor } }"


def asked(query, **variables):
    body = {"query": query, "variables": variables}
    return httpx2.Request("POST", "https://api.github.com/graphql", json=body)


@pytest.mark.parametrize(
    ("query", "variables", "why"),
    [
        (PULLS % ('"app"', NODES % ("$first", "number")), {"owner": "acme"}, None),
        (PULLS % ('"app"', NODES % ("$first", "sum")), {"owner": "acme"}, "sum"),
        (PULLS % ("7", NODES % ("$first", "number")), {"owner": "acme"}, "String cannot represent"),
        (PULLS % ('"app"', NODES % ("$first", "number")), {}, "owner"),
        (PULLS % ('"app"', NODES % ("$first", "number")), {"owner": "acme", "of": 1}, "$of is not declared"),
        (PULLS % ('"app"', NODES % ("$first", "number")), {"owner": "acme", "first": 101}, "first=101"),
        (
            PULLS % ('"app"', NODES % ("$first", "labels(last: 500) { totalCount }")),
            {"owner": "acme"},
            "last=500",
        ),
    ],
    ids=[
        "good",
        "unknown field",
        "wrong type",
        "missing variable",
        "strange variable",
        "too many",
        "as well",
    ],
)
def test_what_a_schema_has_against_a_request_is_said(query, variables, why):
    found = complaints(described("github"), asked(query, **variables))
    assert found == [] if why is None else any(why in one for one in found)


def test_an_answer_holds_what_was_asked_page_by_page_and_by_kind():
    people = [{"__typename": "User", "login": "ana"}, {"__typename": "Bot", "login": "cursor"}, None]
    pulls = [{"number": number, "author": author} for number, author in enumerate(people, start=1)]
    root = {"repository": lambda owner, name: {"name": name, "pullRequests": connection(pulls)}}
    author = "number author { __typename ... on User { login } }"
    query = PULLS % ('"app"', f"called: name {NODES % ('$first', author)}")
    first = answer(asked(query, owner="acme"), root)["repository"]
    assert first["called"] == "app"
    assert first["pullRequests"] == {
        "totalCount": 3,
        "nodes": [
            {"number": 1, "author": {"__typename": "User", "login": "ana"}},
            {"number": 2, "author": {"__typename": "Bot"}},
        ],
        "pageInfo": {"endCursor": "2"},
    }
    rest = answer(asked(query, owner="acme", after="2"), root)["repository"]["pullRequests"]
    assert rest["nodes"] == [{"number": 3, "author": None}]
