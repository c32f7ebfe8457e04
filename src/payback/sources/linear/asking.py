"""One question to Linear's GraphQL, with all the ways in which it says no, and lists read to their end.

A question that is too heavy is asked for less: Linear counts the complexity of each, and refuses beyond 10,000.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from payback.errors import SourceError
from payback.sources.http import LONGEST_WAIT_SECONDS, MEANING, RefusedError, UnreachableError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from payback.sources.http import Http, Reply

PATH = "graphql"
MOST, LONGEST = 20, 100
STATUS = {"AUTHENTICATION_ERROR": 401, "FORBIDDEN": 403}
HEAVY = "too complex"
REQUESTS, COMPLEXITY = "x-ratelimit-requests", "x-ratelimit-complexity"


class TooHeavyError(SourceError):
    """Linear would not answer so much at once."""


def asked(http: Http, query: str, variables: Mapping[str, Any]) -> dict[str, Any]:
    """The `data` of an answer. RefusedError with the status that its code stands for, TooHeavyError where less may be had."""
    try:
        reply = http.post(PATH, {"query": query, "variables": dict(variables)})
    except RefusedError as error:
        raise _meant(http, error.status, error.told) from None
    body = reply.body if isinstance(reply.body, dict) else {}
    _rest(http, reply)
    if body.get("errors") or not isinstance(body.get("data"), dict):
        raise _meant(http, 422, http.clean(str(body.get("errors") or "nothing"))[:300])
    data: dict[str, Any] = body["data"]
    return data


def _meant(http: Http, status: int, told: str) -> SourceError:
    """What a refusal means: Linear answers 400 to a wrong key as to a wrong question, and tells them apart by a code."""
    if HEAVY in told.casefold():
        return TooHeavyError(
            f"{http.name}: the question is too complex for Linear, however little is asked for"
        )
    status = next((meant for code, meant in STATUS.items() if code in told), status)
    meaning = MEANING.get(status, "the question was refused")
    return RefusedError(f"{http.name}: {meaning} (POST {PATH}); the vendor says: {told}", status, told)


def _rest(http: Http, reply: Reply) -> None:
    """Wait where the next question of this weight would go beyond the limit of the hour."""
    cost = _number(reply, "x-complexity") or 0
    for name, needed in ((REQUESTS, 1.0), (COMPLEXITY, cost)):
        left, reset = _number(reply, f"{name}-remaining"), _number(reply, f"{name}-reset")
        if left is not None and reset is not None and left < needed:
            wait = reset / 1000 - http.wire.clock().timestamp()
            http.wire.sleep(min(max(wait, 1.0), LONGEST_WAIT_SECONDS))


def _number(reply: Reply, name: str) -> float | None:
    told = reply.headers.get(name, "")
    return float(told) if told.replace(".", "", 1).isdigit() else None


@dataclass(frozen=True, slots=True)
class Question:
    """A list asked for page by page: the query, the name of the list in its answer, what it is asked with, and how much at
    once.
    """

    query: str
    name: str
    variables: Mapping[str, Any]
    first: int = LONGEST


def pages(http: Http, question: Question) -> Iterator[list[dict[str, Any]]]:
    """The entries of a list, page by page. A cursor that comes twice would never end, and is an error."""
    after, first = None, question.first
    seen: set[str] = set()
    while True:
        told, first = _page(http, question, after, first)
        yield [one for one in told.get("nodes") or () if isinstance(one, dict)]
        after = following(told)
        if after is None:
            return
        if after in seen:
            raise UnreachableError(
                f"{http.name}: {question.name} gave the same cursor twice; it is tried again with the next sync"
            )
        seen.add(after)


def _page(http: Http, question: Question, after: str | None, first: int) -> tuple[dict[str, Any], int]:
    """One page of as many entries as can be had at once, and that number."""
    while True:
        try:
            data = asked(http, question.query, {**question.variables, "after": after, "first": first})
        except (TooHeavyError, UnreachableError):
            if first == 1:
                raise
            first //= 2
        else:
            told: dict[str, Any] = data.get(question.name) or {}
            return told, first


def following(connection: Mapping[str, Any]) -> str | None:
    """The cursor after which a list goes on; None at its end."""
    ends = connection.get("pageInfo") or {}
    return ends.get("endCursor") if ends.get("hasNextPage") else None
