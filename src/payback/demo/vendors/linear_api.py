"""How Linear answers for the invented company: one GraphQL, whose every no is a code in an answer with status 400.

Of its filters it knows what a reader of changes needs: a team, when an issue changed, and ids of cycles.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from payback.demo.vendors.graphql import WrongError, answered, selected
from payback.demo.vendors.replies import Asked, Refused, Told

if TYPE_CHECKING:
    from collections.abc import Mapping

    from payback.demo.vendors.graphql import Field

Row = dict[str, Any]
PROPERTY, OBJECT, MOST = 1, 10, 100_000
"""What a question weighs, in tenths: Linear answers up to 10,000 points."""


def _refusal(code: str, message: str) -> Told:
    return Told(400, {"errors": [{"message": message, "extensions": {"code": code}}]})


FAULTS = {
    "busy": _refusal("RATELIMITED", "Rate limit exceeded"),
    "cursor": _refusal("INPUT_ERROR", "The cursor is not of this list any more"),
}
"""How it words what goes wrong for a while."""


def answer(asked: Asked, held: Mapping[str, Any]) -> Told:
    """The reply to a request."""
    if asked.method != "POST" or asked.path != "/graphql":
        return Told(404, {"errors": [{"message": "Not Found"}]})
    if asked.rights is None or asked.headers.get("authorization", "").startswith("Bearer "):
        return _refusal("AUTHENTICATION_ERROR", "Authentication required, not authenticated")
    if "read" not in asked.rights:
        return _refusal("FORBIDDEN", "The key does not have the required scope: read")
    body = asked.body if isinstance(asked.body, dict) else {}
    return _answered(str(body.get("query")), body.get("variables") or {}, held)


def _answered(query: str, variables: Mapping[str, Any], held: Mapping[str, Any]) -> Told:
    try:
        weight = sum(_weight(one, variables) for one in selected(query))
        if weight > MOST:
            return _refusal("INPUT_ERROR", "Query too complex")
        data = answered(query, variables, _root(held))
    except WrongError as error:
        return _refusal("GRAPHQL_VALIDATION_FAILED", str(error))
    return Told(200, {"data": data}, {"x-complexity": f"{weight / 10:g}"})


def _weight(one: Field, variables: Mapping[str, Any]) -> int:
    """A tenth of a point for each property, a point for each object, times how many are asked for."""
    if not one.fields:
        return PROPERTY
    return (OBJECT + sum(_weight(part, variables) for part in one.fields)) * one.count(variables)


def _root(held: Mapping[str, Any]) -> Row:
    def issue(told: Mapping[str, Any]) -> Row:
        found: Row | None = next((one for one in held["issues"] if one["id"] == told["id"]), None)
        if found is None:
            raise Refused(_refusal("INPUT_ERROR", "Entity not found: Issue"))
        return found

    return {
        "teams": held["teams"],
        "users": held["users"],
        "issue": issue,
        "issues": lambda told: _holding(held["issues"], told.get("filter") or {}),
        "cycles": lambda told: _holding(held["cycles"], told.get("filter") or {}),
    }


def _holding(rows: list[Row], wanted: Mapping[str, Any]) -> list[Row]:
    """The rows for which all that is wanted holds."""
    tests = list(_tests(wanted, ()))
    return [row for row in rows if all(_holds(row, *test) for test in tests)]


def _tests(wanted: Mapping[str, Any], path: tuple[str, ...]) -> list[tuple[tuple[str, ...], str, Any]]:
    """A filter as comparisons: the path to a value, how it is compared, with what."""
    found: list[tuple[tuple[str, ...], str, Any]] = []
    for name, told in wanted.items():
        found += _tests(told, (*path, name)) if isinstance(told, dict) else [(path, name, told)]
    return found


def _holds(row: Mapping[str, Any], path: tuple[str, ...], how: str, told: Any) -> bool:
    match path, how:
        case ("team", "id"), "eq":
            return bool(row["team"]["id"] == told)
        case ("id",), "in":
            return row["id"] in told
        case ("updatedAt",), "gte":
            return _instant(row["updatedAt"]) >= _instant(told)
        case ("updatedAt",), "lt":
            return _instant(row["updatedAt"]) < _instant(told)
    raise WrongError(f"no filter {'.'.join((*path, how))}")


def _instant(told: Any) -> datetime:
    try:
        return datetime.fromisoformat(str(told))
    except ValueError:
        raise WrongError(f"{told} is no instant") from None
