"""The one seam for HTTP: a rate limit is kept, and a key goes to its own vendor only."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import httpx2
import pytest

from payback.errors import SourceError
from payback.sources.http import Http, RefusedError, Wire, _PassingError, _patience
from tests.sources.installation import NOW

HOME, ELSEWHERE = "https://api.acme.example", "https://store.example"
KEY = {"x-api-key": "planted-key"}


class Clock:
    """A clock that moves when somebody waits, and a little with each request."""

    def __init__(self):
        self.now = datetime(2026, 11, 25, tzinfo=UTC)
        self.sent = []

    def sleep(self, seconds):
        self.now += timedelta(seconds=seconds)

    def __call__(self, _request):
        self.sent.append(self.now)
        self.now += timedelta(milliseconds=100)
        return httpx2.Response(200, json={})


def test_requests_never_come_faster_than_the_rate_allows():
    clock = Clock()
    http = Http(
        "acme", HOME, Wire(httpx2.MockTransport(clock), lambda: clock.now, clock.sleep), per_minute=60
    )
    for _ in range(5):
        http.get("/x")
    gaps = [(two - one).total_seconds() for one, two in zip(clock.sent, clock.sent[1:], strict=False)]
    assert gaps == [1.0] * 4


def redirecting(to, seen):
    def answer(request):
        seen.append((request.url.host, request.headers.get("x-api-key")))
        if request.url.path == "/old":
            return httpx2.Response(302, headers={"location": to})
        return httpx2.Response(200, json={"found": True})

    return Http(
        "acme", HOME, Wire(httpx2.MockTransport(answer), lambda: datetime(2026, 1, 1, tzinfo=UTC), print), KEY
    )


@pytest.mark.parametrize(
    ("to", "key"), [("/new", "planted-key"), (f"{HOME}/new", "planted-key"), (f"{ELSEWHERE}/new", None)]
)
def test_a_redirect_away_from_the_vendor_takes_no_key_with_it(to, key):
    seen = []
    assert redirecting(to, seen).get("/old").body == {"found": True}
    assert seen[0][1] == "planted-key"
    assert seen[1][1] == key


def test_redirects_that_never_end_are_told():
    with pytest.raises(SourceError, match="redirects"):
        redirecting("/old", []).get("/old")


WAITS = [
    (429, {"retry-after": "7"}, 7.0),
    (403, {"x-ratelimit-remaining": "0", "x-ratelimit-reset": f"{NOW.timestamp() + 30:.0f}"}, 30.0),
    (400, {"x-ratelimit-requests-reset": f"{NOW.timestamp() * 1000 + 9000:.0f}"}, 9.0),
    (
        400,
        {
            "x-ratelimit-requests-remaining": "4",
            "x-ratelimit-requests-reset": f"{NOW.timestamp() * 1000 + 9000:.0f}",
            "x-ratelimit-complexity-remaining": "0",
            "x-ratelimit-complexity-reset": f"{NOW.timestamp() * 1000 + 50000:.0f}",
        },
        50.0,
    ),
    (400, {}, True),
    (429, {"ratelimit-remaining": "0", "ratelimit-reset": f"{NOW.timestamp() + 20:.0f}"}, 20.0),
    (429, {"ratelimit-reset": "11"}, 11.0),
]


def test_a_gitlab_that_says_retry_later_and_nothing_else_is_left_alone_for_a_minute():
    wire = Wire(
        httpx2.MockTransport(lambda _request: httpx2.Response(429, text="Retry later\n")), lambda: NOW, print
    )
    with pytest.raises(_PassingError) as told:
        Http("x", "https://x", wire)._once(httpx2.Request("GET", "https://x/api"), raw=False)
    assert _patience(told.value) == 60.0


def answering(status, told, headers):
    wire = Wire(
        httpx2.MockTransport(lambda _request: httpx2.Response(status, json=told, headers=headers)),
        lambda: NOW,
        print,
    )
    return Http("x", "https://x", wire)


@pytest.mark.parametrize(("status", "headers", "seconds"), WAITS)
def test_a_limit_that_is_used_up_is_waited_for_as_long_as_the_vendor_says(status, headers, seconds):
    http = answering(status, {"errors": [{"message": "x", "extensions": {"code": "RATELIMITED"}}]}, headers)
    with pytest.raises(_PassingError) as told:
        http._once(httpx2.Request("POST", "https://x/graphql"), raw=False)
    assert _patience(told.value) == seconds


@pytest.mark.parametrize("status", [403, 429])
def test_who_asks_too_fast_leaves_github_alone_for_a_minute_though_its_limit_is_not_used_up(status):
    words = {"message": "You have exceeded a secondary rate limit. Please wait a few minutes."}
    far = {"x-ratelimit-remaining": "4000", "x-ratelimit-reset": f"{NOW.timestamp() + 3000:.0f}"}
    with pytest.raises(_PassingError) as told:
        answering(status, words, far)._once(httpx2.Request("GET", "https://x/runs"), raw=False)
    assert _patience(told.value) == 60.0
    with pytest.raises(RefusedError):
        answering(403, {"message": "Resource not accessible"}, far).get("/runs")


def test_any_other_400_is_a_refusal_at_once():
    with pytest.raises(RefusedError):
        answering(400, {"code": "BAD"}, {}).get("/")
