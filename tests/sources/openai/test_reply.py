"""Paging that cannot be followed to its end is told, and never taken for the end."""

from __future__ import annotations

from datetime import UTC, datetime

import httpx2
import pytest

from payback.errors import SourceError
from payback.sources.http import Http, Wire
from payback.sources.openai.reply import pages


def read(*bodies):
    told = iter(bodies)
    transport = httpx2.MockTransport(lambda _request: httpx2.Response(200, json=next(told)))
    wire = Wire(transport, lambda: datetime(2026, 11, 23, tzinfo=UTC), lambda _seconds: None)
    http = Http("openai", "https://api.openai.com/v1", wire)
    try:
        return list(pages(http, "organization/costs", [], "page", "next_page"))
    finally:
        http.close()


def test_pages_are_followed_to_the_one_that_says_there_are_no_more():
    first, last = (
        {"data": [], "has_more": True, "next_page": "p2"},
        {"data": [], "has_more": False, "next_page": None},
    )
    assert read(first, last) == [first, last]


def test_more_without_a_place_to_go_on_is_refused():
    with pytest.raises(SourceError, match="there is more and not where"):
        read({"data": [], "has_more": True, "next_page": None})


def test_a_page_that_comes_again_is_refused():
    again = {"data": [], "has_more": True, "next_page": "p2"}
    with pytest.raises(SourceError, match="does not end"):
        read(again, again, again)
