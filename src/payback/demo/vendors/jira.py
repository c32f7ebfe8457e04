"""Jira Cloud for the invented company: issues found by a search, their history, boards, sprints and accounts.

Of the search language it knows what a reader of changes needs: project, sprint and updated, joined by AND, in an order.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import TYPE_CHECKING, Any

from payback.demo.span import ZONE
from payback.demo.tickets import DOING, DONE, IN_REVIEW, TO_DO
from payback.demo.vendors.replies import Asked, Refused, Told

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from payback.demo.people import Company, Person
    from payback.demo.span import Span
    from payback.demo.tickets import Sprint, Ticket

Row = dict[str, Any]
SITE = "lumen-harbour.atlassian.net"
BASE = f"https://{SITE}"
SPRINT_FIELD, POINTS_FIELD = "customfield_10020", "customfield_10016"
CATEGORIES = {TO_DO: "new", DOING: "indeterminate", IN_REVIEW: "indeterminate", DONE: "done"}
IDS = {name: str(number) for number, name in enumerate(CATEGORIES, start=10_001)}
MOST_ISSUES, MOST_KEYS = 100, 5000
CLAUSE = re.compile(r'(project|sprint|updated) (=|in|>=|<=) (\([^)]*\)|"[^"]*"|\S+)')
FIELDS = (
    {"id": "summary", "name": "Summary", "schema": {"type": "string"}},
    {
        "id": SPRINT_FIELD,
        "name": "Sprint",
        "schema": {"type": "array", "custom": "com.pyxis.greenhopper.jira:gh-sprint"},
    },
    {
        "id": POINTS_FIELD,
        "name": "Story point estimate",
        "schema": {"type": "number", "custom": "com.pyxis.greenhopper.jira:jsw-story-points"},
    },
)


def on_file(span: Span, company: Company, tickets: Iterable[Ticket], sprints: Iterable[Sprint]) -> Row:
    """Everything that the site can be asked for, as JSON."""
    names = {team.ticket: team.name for team in company.teams}
    projects = {
        key: {"id": str(900 + at), "key": key, "name": names[key]} for at, key in enumerate(sorted(names))
    }
    told = {sprint.id: _sprint(sprint, span.until) for sprint in sprints}
    issues, histories = [], {}
    for number, ticket in enumerate(tickets, start=30_001):
        issues.append(_issue(ticket, number, projects[ticket.project], told))
        histories[str(number)] = list(_history(ticket, number))
    return {
        "projects": list(projects.values()), "issues": issues, "histories": histories,
        "sprints": {str(number): row for number, row in told.items()},
        "users": [{**_account(one), "emailAddress": one.email, "accountType": "atlassian"} for one in company.people],
    }  # fmt: skip


def _at(instant: datetime) -> str:
    return f"{instant:%Y-%m-%dT%H:%M:%S}.000+0000"


def _account(person: Person) -> Row:
    return {"accountId": f"712020:{person.id}", "displayName": person.name, "active": True}


def _status(name: str) -> Row:
    return {"id": IDS[name], "name": name, "statusCategory": {"key": CATEGORIES[name]}}


def _sprint(sprint: Sprint, until: datetime) -> Row:
    closed = sprint.ends_at < until
    return {
        "id": sprint.id, "name": f"{sprint.project} {sprint.number}", "state": "closed" if closed else "active",
        "startDate": _at(sprint.starts_at), "endDate": _at(sprint.ends_at), "project": sprint.project,
        **({"completeDate": _at(sprint.ends_at)} if closed else {}),
    }  # fmt: skip


def _issue(ticket: Ticket, number: int, project: Row, sprints: Mapping[int, Row]) -> Row:
    now = ticket.moves[-1][1] if ticket.moves else TO_DO
    resolved = ticket.resolved_at
    return {
        "id": str(number), "key": ticket.key,
        "fields": {
            "summary": ticket.title, "issuetype": {"name": ticket.kind}, "status": _status(now),
            "priority": {"name": "Medium"}, "resolutiondate": _at(resolved) if resolved else None,
            "created": _at(ticket.created_at), "updated": _at(ticket.updated_at), "labels": [], "components": [],
            "assignee": _account(ticket.assignee), "creator": _account(ticket.assignee), "parent": None,
            "project": project, POINTS_FIELD: None,
            SPRINT_FIELD: [sprints[sprint.id] for _, sprint in ticket.joined] or None,
        },
    }  # fmt: skip


def _history(ticket: Ticket, number: int) -> Iterator[Row]:
    """Every change of the status and of the sprints, in order of time. What holds since its creation is no change."""
    told: list[tuple[datetime, Row]] = []
    was = TO_DO
    for at, status in ticket.moves:
        told.append((at, _item("status", "status", (IDS[was], was), (IDS[status], status))))
        was = status
    held: list[Sprint] = []
    for at, sprint in ticket.joined:
        before, held = _named(held), [*held, sprint]
        if at > ticket.created_at:
            told.append((at, _item("Sprint", SPRINT_FIELD, before, _named(held))))
    told.sort(key=lambda one: one[0])
    for place, (at, item) in enumerate(told):
        yield {
            "id": f"{number}{place:03d}",
            "author": _account(ticket.assignee),
            "created": _at(at),
            "items": [item],
        }


def _named(held: list[Sprint]) -> tuple[str, str]:
    return ", ".join(str(one.id) for one in held), ", ".join(f"{one.project} {one.number}" for one in held)


def _item(name: str, key: str, was: tuple[str, str], now: tuple[str, str]) -> Row:
    return {
        "field": name, "fieldId": key, "from": was[0] or None, "fromString": was[1], "to": now[0], "toString": now[1],
    }  # fmt: skip


# What is answered


def answer(asked: Asked, held: Mapping[str, Any]) -> Told:
    """The reply to a request."""
    if asked.rights is None:
        return _refusal(401, "Client must be authenticated to access this resource.")
    if "read:jira-work" not in asked.rights:
        return _refusal(403, "The key's scopes do not match this request.")
    match asked.path.strip("/").split("/"):
        case ["rest", "api", "3", *rest]:
            return _platform(asked, held, "/".join(rest))
        case ["rest", "agile", "1.0", *rest]:
            return _agile(asked, held, rest)
    return _refusal(404, "Not Found")


def _refusal(status: int, message: str) -> Told:
    return Told(status, {"errorMessages": [message], "errors": {}})


def _platform(asked: Asked, held: Mapping[str, Any], path: str) -> Told:
    known: dict[str, Callable[[], Any]] = {
        "field": lambda: list(FIELDS),
        "status": lambda: [_status(name) for name in CATEGORIES],
        "myself": lambda: {"accountId": "712020:reader", "timeZone": str(ZONE)},
        "project/search": lambda: _paged(asked, held["projects"], "maxResults"),
        "users/search": lambda: _users(asked, held["users"]),
        "search/jql": lambda: _found(asked, held),
        "changelog/bulkfetch": lambda: _changes(asked, held),
    }
    return Told(200, known[path]()) if path in known else _refusal(404, "Not Found")


def _agile(asked: Asked, held: Mapping[str, Any], path: list[str]) -> Told:
    projects = {one["id"]: one["key"] for one in held["projects"]}
    match path:
        case ["board"]:
            wanted = asked.one("projectKeyOrId")
            boards = [
                {"id": int(number), "name": key, "type": "scrum"}
                for number, key in projects.items()
                if wanted in {number, key}
            ]
            return Told(200, _paged(asked, boards, "maxResults"))
        case ["board", number, "sprint"] if number in projects:
            states = asked.one("state", "active,closed,future").split(",")
            rows = [
                row
                for row in held["sprints"].values()
                if row["project"] == projects[number] and row["state"] in states
            ]
            return Told(200, _paged(asked, rows, "maxResults"))
        case ["sprint", number] if number in held["sprints"]:
            return Told(200, held["sprints"][number])
    return _refusal(404, "Not Found")


def _paged(asked: Asked, rows: list[Row], size: str) -> Row:
    refusal = _refusal(400, "maxResults or startAt does not read")
    most, start = asked.number(size, 50, 1000, refusal), int(asked.one("startAt", "0"))
    page = rows[start : start + min(most, 50)]
    is_last = start + len(page) >= len(rows)
    return {"startAt": start, "maxResults": most, "total": len(rows), "isLast": is_last, "values": page}


def _users(asked: Asked, rows: list[Row]) -> list[Row]:
    start, most = int(asked.one("startAt", "0")), int(asked.one("maxResults", "50"))
    return rows[start : start + most]


def _found(asked: Asked, held: Mapping[str, Any]) -> Row:
    """One page of a search, with a token for the next that belongs to this search alone."""
    body = asked.body or {}
    jql, fields = str(body.get("jql")), [str(one) for one in body.get("fields") or ("id",)]
    rows = _searched(held["issues"], jql)
    most = MOST_KEYS if set(fields) <= {"id", "key"} else MOST_ISSUES
    begin, end = _stretch(body, jql, most)
    issues = [
        {
            "id": row["id"], "key": row["key"],
            "fields": {name: value for name, value in row["fields"].items() if name in fields},
        }
        for row in rows[begin:end]
    ]  # fmt: skip
    return {"issues": issues, **_next(end, len(rows), jql)}


def _stretch(body: Mapping[str, Any], about: str, most: int) -> tuple[int, int]:
    token, size = str(body.get("nextPageToken") or f"{about}@0"), int(body.get("maxResults") or 50)
    told, _, begin = token.rpartition("@")
    if told != about or not begin.isdigit():
        raise Refused(_refusal(400, "The nextPageToken is not of this search."))
    return int(begin), int(begin) + min(size, most)


def _next(end: int, whole: int, about: str) -> Row:
    return {"isLast": True} if end >= whole else {"isLast": False, "nextPageToken": f"{about}@{end}"}


def _searched(rows: list[Row], jql: str) -> list[Row]:
    where, _, order = jql.partition(" ORDER BY ")
    clauses = [CLAUSE.fullmatch(part) for part in where.split(" AND ")]
    for clause in clauses:
        if clause is None:
            raise Refused(_refusal(400, f"Error in the JQL Query: {where}"))
        rows = [row for row in rows if _holds(row["fields"], *clause.groups())]
    keys = [(row, row["fields"]["updated"], int(row["key"].partition("-")[2])) for row in rows]
    by_time = order.startswith("updated")
    return [row for row, *_ in sorted(keys, key=lambda one: (one[1] if by_time else "", one[2]))]


def _holds(fields: Row, name: str, how: str, value: str) -> bool:
    if name == "project":
        return fields["project"]["id"] in re.findall(r"\w+", value)
    if name == "sprint":
        return any(str(sprint["id"]) == value for sprint in fields[SPRINT_FIELD] or ())
    told = datetime.strptime(value.strip('"'), "%Y/%m/%d %H:%M").replace(tzinfo=ZONE)
    moment = datetime.strptime(fields["updated"], "%Y-%m-%dT%H:%M:%S.000%z")
    return moment >= told if how == ">=" else moment <= told


def _changes(asked: Asked, held: Mapping[str, Any]) -> Row:
    """The histories of several issues, of the fields asked for."""
    body = asked.body or {}
    wanted, fields = body.get("issueIdsOrKeys") or (), set(body.get("fieldIds") or ())
    told = [
        {
            "issueId": number,
            "changeHistories": [
                one
                for one in held["histories"].get(number, ())
                if not fields or any(item["fieldId"] in fields for item in one["items"])
            ],
        }
        for number in wanted
    ]
    return {"issueChangeLogs": told}
