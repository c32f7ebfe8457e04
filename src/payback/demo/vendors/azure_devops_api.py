"""How the company's Azure DevOps Server answers: lists by place or by token, single things, and the feed of work items.

The first line is all that a list tells of a commit's message, and the first 400 signs of a description. An unknown key is shown
the page to sign in.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from payback.demo.vendors.azure_devops_boards import of_boards
from payback.demo.vendors.replies import Asked, Refused, Told

if TYPE_CHECKING:
    from collections.abc import Mapping

Row = dict[str, Any]
TOKEN = "x-ms-continuationtoken"  # noqa: S105  a header's name
VERSION, PREVIEW = "7.1", "7.1-preview.1"
SCOPES = {"git": "vso.code", "wit": "vso.work", "build": "vso.build", "release": "vso.release", "projects": "vso.project",
          "distributedtask": "vso.environment_manage"}  # fmt: skip
SHORT = 400
PLAIN = ("threads", "iterations", "labels")
USUAL_SIZE, MOST_PULLS, MOST_BUILDS, MOST_DEPLOYMENTS, MOST_FILES = 100, 1000, 5000, 100, 2000
STATUSES = ("active", "abandoned", "completed", "all")
SIGN_IN = Told(
    203, b"<html><head><title>Sign In</title></head></html>", {"content-type": "text/html; charset=utf-8"}
)
NOTHING = Told(
    404, {"message": "VS800075: The project or the thing in it does not exist, or you may not see it."}
)
WRONG = Told(400, {"message": "VS402881: The request is not valid."})
UNVERSIONED = Told(400, {"message": "No api-version was supplied, or one that is not for this resource.",
                         "typeKey": "VssVersionNotSpecifiedException"})  # fmt: skip


def answer(asked: Asked, held: Mapping[str, Any]) -> Told:
    """The reply to a request."""
    if asked.rights is None:
        return SIGN_IN
    collection, _, rest = asked.path.lstrip("/").partition("/")
    where, apis, tail = rest.partition("_apis/")
    area = tail.split("/")[0]
    if collection != held["collection"] or not apis or area not in SCOPES:
        return NOTHING
    if SCOPES[area] not in asked.rights:
        return Told(
            403,
            {
                "message": f"The key does not have the scope {SCOPES[area]}.",
                "typeKey": "AccessDeniedException",
            },
        )
    if asked.one("api-version") != (PREVIEW if area == "distributedtask" else VERSION):
        return UNVERSIONED
    if area == "projects" and not where:
        return placed(
            asked, [{"id": one["id"], "name": one["name"], "state": "wellFormed"} for one in held["projects"]]
        )
    project = next((one for one in held["projects"] if where.rstrip("/") in {one["name"], one["id"]}), None)
    return NOTHING if project is None else _of_project(asked, project, tail.lower().split("/"))


def _of_project(asked: Asked, project: Row, tail: list[str]) -> Told:
    match tail:
        case ["git", "repositories"]:
            return listed([project["repository"]])
        case ["git", "repositories", name, *rest] if name in {project["repository"]["id"], project["name"]}:
            return _of_repository(asked, project, rest)
        case ["wit", *rest]:
            return of_boards(asked, project, rest)
        case ["distributedtask", "environments", *rest]:
            return _environments(asked, project, rest)
    return _of_pipelines(asked, project, tail)


def _of_pipelines(asked: Asked, project: Row, tail: list[str]) -> Told:
    match tail:
        case ["build", "builds"]:
            return _builds(asked, project)
        case ["release", "deployments"]:
            return _by_time(
                asked,
                project["releases"],
                ("lastModifiedOn", "minModifiedTime", "maxModifiedTime"),
                MOST_DEPLOYMENTS,
            )
    return NOTHING


def _environments(asked: Asked, project: Row, rest: list[str]) -> Told:
    match rest:
        case []:
            return tokened(
                asked, project["environments"], asked.number("$top", USUAL_SIZE, MOST_BUILDS, WRONG)
            )
        case [number, "environmentdeploymentrecords"] if number in project["records"]:
            return tokened(
                asked, project["records"][number], asked.number("top", USUAL_SIZE, MOST_BUILDS, WRONG)
            )
    return NOTHING


def _builds(asked: Asked, project: Row) -> Told:
    """Those of the numbers asked for, else those of a stretch of time."""
    if asked.has("buildIds"):
        wanted = set(asked.one("buildIds").split(","))
        return listed([one for one in project["builds"] if str(one["id"]) in wanted])
    if asked.one("queryOrder") != "finishTimeAscending" or asked.one("statusFilter") != "completed":
        return WRONG
    return _by_time(asked, project["builds"], ("finishTime", "minTime", "maxTime"), MOST_BUILDS)


def _by_time(asked: Asked, rows: list[Row], names: tuple[str, str, str], most: int) -> Told:
    """The oldest first."""
    field, after, before = names
    since, until = moment(asked, after, "0001"), moment(asked, before, "9999")
    found = sorted(
        (one for one in rows if since <= one[field] <= until), key=lambda one: (one[field], one["id"])
    )
    return tokened(asked, found, asked.number("$top", min(most, 1000), most, WRONG))


def _of_repository(asked: Asked, project: Row, rest: list[str]) -> Told:
    match rest:
        case ["pullrequests"]:
            return _pulls(asked, project)
        case ["commits", sha] if sha in project["commits"]:
            return Told(200, project["commits"][sha])
        case ["pullrequests", number, *what] if number in project["pulls"]:
            return _of_pull(asked, project["pulls"][number], what)
    return NOTHING


def _pulls(asked: Asked, project: Row) -> Told:
    """The newest first, with what lists leave out left out; those that are open, where nothing else is asked for."""
    status, by = (
        asked.one("searchCriteria.status", "active"),
        asked.one("searchCriteria.queryTimeRangeType", "created"),
    )
    if status not in STATUSES or by not in {"created", "closed"}:
        return WRONG
    field = "closedDate" if by == "closed" else "creationDate"
    since, until = (
        moment(asked, "searchCriteria.minTime", ""),
        moment(asked, "searchCriteria.maxTime", "9999"),
    )
    found = [
        {**one["pull"], "description": one["pull"]["description"][:SHORT]}
        for one in project["pulls"].values()
        if status in {"all", one["pull"]["status"]} and since <= one["pull"].get(field, "") <= until
    ]
    return placed(asked, sorted(found, key=lambda one: -int(one["pullRequestId"])), MOST_PULLS)


def _of_pull(asked: Asked, told: Row, what: list[str]) -> Told:
    match what:
        case []:
            return Told(200, {**told["pull"], "labels": told["labels"], "workItemRefs": told["items"]})
        case ["commits"]:
            return tokened(
                asked,
                [_brief(one) for one in told["commits"]],
                asked.number("$top", USUAL_SIZE, MOST_PULLS, WRONG),
            )
        case ["workitems"]:
            return listed(told["items"])
        case ["iterations", number, "changes"] if any(str(one["id"]) == number for one in told["iterations"]):
            return _changes(asked, told["files"])
        case [name] if name in PLAIN:
            return listed(told[name])
    return NOTHING


def _brief(commit: Row) -> Row:
    """A commit as lists tell it."""
    subject, _, more = commit["comment"].partition("\n")
    return {**commit, "comment": subject, **({"commentTruncated": True} if more.strip() else {})}


def _changes(asked: Asked, files: int) -> Told:
    """Which files an iteration changes, by number: their names are of no use here."""
    start, most = place(asked, "$skip"), asked.number("$top", USUAL_SIZE, MOST_FILES, WRONG)
    after = start + most if start + most < files else 0
    entries = [
        {"changeId": number, "changeType": "edit", "item": {"path": f"/{number}"}}
        for number in range(start + 1, min(start + most, files) + 1)
    ]
    return Told(200, {"changeEntries": entries, "nextSkip": after, "nextTop": most if after else 0})


def listed(rows: list[Row]) -> Told:
    """A list that comes whole."""
    return Told(200, {"count": len(rows), "value": rows})


def placed(asked: Asked, rows: list[Row], most: int = MOST_PULLS) -> Told:
    """The part of a list that is asked for by its place."""
    start, size = place(asked, "$skip"), asked.number("$top", USUAL_SIZE, most, WRONG)
    return listed(rows[start : start + size])


def tokened(asked: Asked, rows: list[Row], size: int) -> Told:
    """The part of a list that a token names, with the token of the next."""
    start = asked.position("continuationToken", WRONG)
    more = {TOKEN: asked.cursor(start + size)} if start + size < len(rows) else {}
    told = listed(rows[start : start + size])
    return Told(told.status, told.body, more)


def place(asked: Asked, name: str) -> int:
    """A place in a list."""
    told = asked.one(name, "0")
    if not told.isdigit():
        raise Refused(WRONG)
    return int(told)


def moment(asked: Asked, name: str, default: str) -> str:
    """An instant asked for, in the form in which instants are kept."""
    told = asked.one(name)
    if not told:
        return default
    try:
        return f"{datetime.fromisoformat(told).astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
    except ValueError:
        raise Refused(WRONG) from None
