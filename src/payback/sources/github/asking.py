"""One question to GitHub's GraphQL, with all the ways in which it says no: as HTTP, and inside an answer with status 200.

A question that is too heavy is asked for less: `Pages` halves how much it wants at once, as often as needed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from payback.errors import SourceError
from payback.sources.http import ATTEMPTS, LONGEST_WAIT_SECONDS, MEANING, RefusedError, UnreachableError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from payback.sources.http import Http, Reply

PATH = "graphql"
MOST = 50
PAUSE_SECONDS = 60.0
LIMITED = frozenset({"RATE_LIMITED", "RATE_LIMIT"})
HEAVY = frozenset({"RESOURCE_LIMITS_EXCEEDED", "MAX_NODE_LIMIT_EXCEEDED", "TIMEOUT"})
HEAVY_WORDS = ("something went wrong while executing", "timedout", "timeout")
STATUS = {"NOT_FOUND": 404, "FORBIDDEN": 403, "INSUFFICIENT_SCOPES": 403, "INVALID_CURSOR_ARGUMENTS": 410}


class TooHeavyError(SourceError):
    """GitHub could not answer so much at once."""


def asked(http: Http, query: str, variables: Mapping[str, Any], depth: int = 2) -> dict[str, Any]:
    """The `data` of an answer. What was refused within the first `depth` steps of it is an error, what lies deeper null."""
    for _ in range(ATTEMPTS):
        reply = http.post(PATH, {"query": query, "variables": dict(variables)})
        body = reply.body if isinstance(reply.body, dict) else {}
        errors = [one for one in body.get("errors") or () if isinstance(one, dict)]
        if not any(one.get("type") in LIMITED for one in errors):
            return _held(http, body.get("data"), errors, depth)
        http.wire.sleep(_pause(http, reply))
    raise SourceError(f"{http.name}: the rate limit is used up; the rest is read with the next sync")


def _held(http: Http, data: Any, errors: list[dict[str, Any]], depth: int) -> dict[str, Any]:
    if any(_is_heavy(one) for one in errors):
        raise TooHeavyError(f"{http.name}: the answer takes GitHub too long, however little is asked for")
    near = [one for one in errors if len(one.get("path") or ()) <= depth]
    if isinstance(data, dict) and not near:
        return data
    first = near[0] if near else {}
    words = http.clean(str(first.get("message") or "nothing"))[:300]
    status = STATUS.get(str(first.get("type")), 422)
    meaning = MEANING.get(status, "the question was refused")
    raise RefusedError(f"{http.name}: {meaning} (POST {PATH}); the vendor says: {words}", status, words)


def inside(http: Http, data: Mapping[str, Any], *names: str) -> Any:
    """What stands in an answer under these names. A RefusedError where GitHub shows nothing there and says not why."""
    found: Any = data
    for name in names:
        found = found.get(name) if isinstance(found, dict) else None
    if found is None:
        sentence = f"{http.name}: {MEANING[404]} (POST {PATH}, {'.'.join(names)})"
        raise RefusedError(sentence, 404, "")
    return found


def _is_heavy(error: Mapping[str, Any]) -> bool:
    words = str(error.get("message")).casefold()
    return error.get("type") in HEAVY or (not error.get("type") and any(one in words for one in HEAVY_WORDS))


def _pause(http: Http, reply: Reply) -> float:
    """Seconds to leave GitHub alone: until its limit is filled again, at most as long as one waits anywhere."""
    told = reply.headers.get("retry-after") or ""
    if told.isdigit():
        return min(float(told), LONGEST_WAIT_SECONDS)
    reset = reply.headers.get("x-ratelimit-reset") or ""
    wait = float(reset) - http.wire.clock().timestamp() if reset.isdigit() else PAUSE_SECONDS
    return min(max(wait, 1.0), LONGEST_WAIT_SECONDS)


@dataclass(slots=True)
class Pages:
    """A question asked page by page: `first` is how much at once, and less once that was too much."""

    http: Http
    query: str
    first: int = MOST

    def page(self, *names: str, **variables: Any) -> dict[str, Any]:
        """One page of the list that stands in the answer under these names, of as many as can be had at once."""
        while True:
            try:
                data = asked(self.http, self.query, {**variables, "first": self.first})
            except (TooHeavyError, UnreachableError):
                if self.first == 1:
                    raise
                self.first //= 2
            else:
                found: dict[str, Any] = inside(self.http, data, *names)
                return found
