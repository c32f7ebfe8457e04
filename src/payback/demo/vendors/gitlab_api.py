"""How the company's GitLab answers: lists in pages of its REST API, and the one question to GraphQL that tells sizes."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

from payback.demo.vendors.graphql import WrongError, answered
from payback.demo.vendors.replies import Asked, Refused, Told

if TYPE_CHECKING:
    from collections.abc import Mapping

Row = dict[str, Any]
MOST, USUAL_SIZE, LAST_PAGE = 100, 20, 500
API = "/api/v4/"
PROJECT = ("id", "path_with_namespace", "default_branch")
LISTS = ("merge_requests", "issues", "deployments", "pipelines")
EVENTS = ("resource_state_events", "resource_label_events")
ORDERS = {
    "merge_requests": ("created_at", "updated_at"),
    "issues": ("created_at", "updated_at"),
    "deployments": ("id", "created_at", "updated_at"),
    "pipelines": ("id", "updated_at"),
}
NOTHING = Told(404, {"message": "404 Not Found"})


def answer(asked: Asked, held: Mapping[str, Any]) -> Told:
    """The reply to a request."""
    if asked.rights is None:
        return Told(401, {"message": "401 Unauthorized"})
    if "read_api" not in asked.rights:
        return Told(403, {"error": "insufficient_scope", "scope": "api read_api"})
    if asked.path == "/api/graphql":
        return _sizes(asked, held)
    match asked.path.removeprefix(API).split("/"):
        case ["groups", group, *rest] if group in {str(held["group"]["id"]), held["group"]["path"]}:
            return _of_group(asked, held, rest)
        case ["projects", *rest]:
            return _of_projects(asked, held, rest)
    return NOTHING


def _of_group(asked: Asked, held: Mapping[str, Any], rest: list[str]) -> Told:
    match rest:
        case ["projects"]:
            return _page(asked, [_shown(one) for one in held["projects"]])
        case ["members", "all"]:
            return _page(asked, held["members"])
    return NOTHING


def _of_projects(asked: Asked, held: Mapping[str, Any], rest: list[str]) -> Told:
    """A project by its number or by its path, whose slashes came encoded; and what belongs to it."""
    for one in held["projects"]:
        if "/".join(rest) == one["path_with_namespace"]:
            return Told(200, _shown(one))
        if rest[0] == str(one["id"]):
            return _of_project(asked, one, rest[1:])
    return Told(404, {"message": "404 Project Not Found"})


def _shown(project: Row) -> Row:
    return {name: project[name] for name in PROJECT}


def _of_project(asked: Asked, project: Row, rest: list[str]) -> Told:
    if not rest:
        return Told(200, _shown(project))
    found = _list(asked, project, rest)
    return NOTHING if found is None else _page(asked, found)


def _list(asked: Asked, project: Row, rest: list[str]) -> list[Row] | None:
    """A list of the project or of something in it, in the order asked for; None where there is no such thing."""
    found: list[Row] | None = None
    match rest:
        case [name] if name in LISTS:
            found = _ordered(asked, project[name], name)
        case ["releases"]:
            newest_first = asked.one("sort", "desc") == "desc"
            found = sorted(project["releases"], key=_released, reverse=newest_first)
        case ["merge_requests", number, "notes"] if number in project["notes"]:
            found = _sorted(asked, project["notes"][number])
        case ["merge_requests", number, "commits"]:
            found = project["commits"].get(number)
        case ["issues", number, name] if name in EVENTS:
            found = project[name].get(number)
        case ["deployments", number, "merge_requests"] if number in project["brought"]:
            brought = project["brought"][number]
            found = [one for one in project["merge_requests"] if one["iid"] in brought]
    return found


def _released(row: Row) -> str:
    return str(row["released_at"])


def _sorted(asked: Asked, rows: list[Row]) -> list[Row]:
    """Notes, newest first unless it is asked otherwise."""
    return rows if asked.one("sort", "desc") == "asc" else rows[::-1]


def _ordered(asked: Asked, rows: list[Row], name: str) -> list[Row]:
    """Those of the stretch of time asked for, in the order asked for."""
    by, direction = asked.one("order_by", ORDERS[name][0]), asked.one("sort", "desc")
    if by not in ORDERS[name] or direction not in {"asc", "desc"}:
        raise Refused(Told(400, {"error": "order_by or sort does not have a valid value"}))
    for field in ("created", "updated"):
        after, before = asked.one(f"{field}_after"), asked.one(f"{field}_before")
        if (after or before) and name == "deployments" and by != f"{field}_at":
            raise Refused(Told(400, {"message": f"`{field}_at` filter requires `{field}_at` sort."}))
        told = f"{field}_at"
        rows = [one for one in rows if _since(after) <= one[told] <= _until(before)]
    return sorted(rows, key=lambda one: (one[by], one["id"]), reverse=direction == "desc")


def _since(told: str) -> str:
    return _instant(told) if told else ""


def _until(told: str) -> str:
    return _instant(told) if told else "9999"


def _instant(told: str) -> str:
    """An instant asked for, in the form in which instants are kept."""
    try:
        at = datetime.fromisoformat(told).astimezone(UTC)
    except ValueError:
        raise Refused(Told(400, {"error": "an instant is invalid"})) from None
    return f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03}Z"


def _page(asked: Asked, rows: list[Row]) -> Told:
    """One page, and where the next is."""
    refusal = Told(400, {"error": "page or per_page is invalid"})
    page = asked.number("page", 1, LAST_PAGE, refusal)
    size = asked.number("per_page", USUAL_SIZE, MOST, refusal)
    shown = rows[(page - 1) * size : page * size]
    if page * size >= len(rows):
        return Told(200, shown, {"x-next-page": ""})
    params = [(name, value) for name, value in asked.params if name != "page"]
    following = f"https://{asked.host}{quote(asked.path)}?{urlencode([*params, ('page', page + 1)])}"
    return Told(200, shown, {"link": f'<{following}>; rel="next"', "x-next-page": str(page + 1)})


def _sizes(asked: Asked, held: Mapping[str, Any]) -> Told:
    """How large the merge requests asked for are."""

    def project(told: Mapping[str, Any]) -> Row | None:
        found = next(
            (one for one in held["projects"] if one["path_with_namespace"] == told["fullPath"]), None
        )
        return None if found is None else {"mergeRequests": lambda told: _measured(found, told["iids"])}

    body = asked.body if isinstance(asked.body, dict) else {}
    try:
        data = answered(str(body.get("query")), body.get("variables") or {}, {"project": project})
    except WrongError as error:
        return Told(200, {"errors": [{"message": str(error)}]})
    return Told(200, {"data": data})


def _measured(project: Row, numbers: list[str]) -> list[Row]:
    sizes = project["sizes"]
    return [{"iid": number, "diffStatsSummary": sizes[number]} for number in numbers if number in sizes]
