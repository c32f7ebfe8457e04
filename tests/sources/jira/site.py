"""An invented Jira site with two projects, answering as Cloud's and Data Center's APIs do."""

from __future__ import annotations

import json
import re
from base64 import b64decode
from copy import deepcopy
from datetime import datetime
from zoneinfo import ZoneInfo

import httpx2

from tests.sources.installation import KEY

PAGE = 2
ZONE = ZoneInfo("America/New_York")
SPRINT, POINTS, TEAM = "customfield_10020", "customfield_10016", "customfield_10001"
STATUSES = {
    "10": ("To Do", "new"),
    "20": ("In Progress", "indeterminate"),
    "30": ("Done", "done"),
    "40": ("In Progress", "done"),  # another project calls its end so
}
FIELDS = [
    {"id": "summary", "name": "Summary", "schema": {"type": "string", "system": "summary"}},
    {"id": SPRINT, "name": "Iteration", "schema": {"custom": "com.pyxis.greenhopper.jira:gh-sprint"}},
    {"id": POINTS, "name": "Points", "schema": {"custom": "com.pyxis.greenhopper.jira:jsw-story-points"}},
    {
        "id": "customfield_10030",
        "name": "Story Points",
        "schema": {"custom": "com.atlassian.jira.plugin.system.customfieldtypes:float"},
    },
    {
        "id": TEAM,
        "name": "Team",
        "schema": {"custom": "com.atlassian.jira.plugin.system.customfieldtypes:atlassian-team"},
    },
]
SPRINTS = {
    7: {
        "id": 7, "state": "closed", "name": "Sprint 7", "startDate": "2026-11-02T09:00:00.000Z",
        "endDate": "2026-11-16T08:00:00.000Z", "completeDate": "2026-11-16T09:00:00.000Z",
    },
    8: {
        "id": 8, "state": "active", "name": "Sprint 8", "startDate": "2026-11-16T10:00:00.000Z",
        "endDate": "2026-11-30T10:00:00.000Z",
    },
    9: {"id": 9, "state": "future", "name": "Sprint 9", "startDate": "2026-12-01T10:00:00.000Z"},
}  # fmt: skip
ANA, BEN = {"accountId": "acc-ana"}, {"accountId": "acc-ben", "emailAddress": "ben@x"}


def moved(number: int, at: str, field: str, was: object, now: object) -> dict:
    """One history with one change, as bulkfetch tells it."""
    names = {"status": lambda told: STATUSES[told][0]}.get(field, lambda told: told)
    ends = {"from": was, "fromString": was and names(was), "to": now, "toString": now and names(now)}
    named = (
        {"field": "Sprint", "fieldId": SPRINT} if field == "sprint" else {"field": field, "fieldId": field}
    )
    return {"id": str(number), "author": ANA, "created": f"{at}.000+0000", "items": [{**named, **ends}]}


def issue(number: int, key: str, status: str, created: str, updated: str, **more: object) -> dict:
    """One issue with its histories under `moves` and the numbers of its sprints under `sprints`."""
    project = {"PAY": "100", "OPS": "200"}[key.split("-", maxsplit=1)[0]]
    return {
        "id": str(number), "key": key, "project": {"id": project, "key": key.split("-", maxsplit=1)[0]},
        "status": status, "type": "Story", "created": f"{created}.000+0000", "updated": f"{updated}.000+0000",
        "sprints": [], "moves": [], "resolved": None, "assignee": ANA,
    } | more  # fmt: skip


ISSUES = [
    issue(1, "PAY-1", "30", "2026-10-30T08:00:00", "2026-11-10T15:00:00", sprints=[7], points=3.0, moves=[
        moved(101, "2026-11-03T09:00:00", "status", "10", "20"), moved(102, "2026-11-10T15:00:00", "status", "20", "30"),
    ]),
    issue(2, "PAY-2", "20", "2026-11-04T08:00:00", "2026-11-21T10:00:00", type="Bug", sprints=[7, 8], moves=[
        moved(201, "2026-11-05T08:00:00", "sprint", None, "7"), moved(202, "2026-11-16T09:00:05", "sprint", "7", "7, 8"),
        moved(203, "2026-11-17T10:00:00", "status", "10", "20"), moved(204, "2026-11-20T10:00:00", "status", "20", "30"),
        moved(205, "2026-11-21T10:00:00", "status", "30", "20"),
    ]),
    issue(3, "PAY-3", "10", "2026-11-01T08:00:00", "2026-11-06T08:00:00", assignee=None, moves=[
        moved(301, "2026-11-06T08:00:00", "sprint", "7", None),
    ]),
    issue(4, "PAY-4", "10", "2026-11-07T08:00:00", "2026-11-07T08:00:00", sprints=[9], assignee=BEN, moves=[
        moved(401, "2026-10-31T08:00:00", "sprint", "7", "9"),  # it left before the sprint began
    ]),
    issue(5, "OPS-1", "40", "2026-11-12T02:00:00", "2026-11-12T04:30:00", type="Incident", moves=[
        moved(501, "2026-11-12T02:10:00", "status", "10", "20"), moved(502, "2026-11-12T04:30:00", "status", "20", "40"),
    ]),
]  # fmt: skip
PEOPLE = [
    {"accountId": "acc-ana", "accountType": "atlassian", "displayName": "Ana", "active": True},
    {"accountId": "acc-ben", "accountType": "atlassian", "displayName": "Ben", "emailAddress": "ben@x"},
    {"accountId": "acc-bot", "accountType": "app", "displayName": "Automation"},
    {"accountId": "acc-cus", "accountType": "customer", "displayName": "A customer"},
]


class Site:
    """The replies; what it holds may be changed between two syncs. `refused` gives a status by a part of the path."""

    def __init__(self, *, is_cloud: bool = True) -> None:
        self.issues, self.sprints, self.people = deepcopy(ISSUES), deepcopy(SPRINTS), list(PEOPLE)
        self.refused: dict[str, int] = {}
        self.api = "/rest/api/3" if is_cloud else "/rest/api/2"

    def __call__(self, request: httpx2.Request) -> httpx2.Response:
        kind, _, told = request.headers["authorization"].partition(" ")
        assert (b64decode(told).decode() if kind == "Basic" else f"ana@x:{told}") == f"ana@x:{KEY}"
        path = request.url.path
        for part, status in self.refused.items():
            if part in path:
                return httpx2.Response(status, json={"errorMessages": ["no access"]})
        found = self.agile(path, request) if path.startswith("/rest/agile") else self.platform(path, request)
        return (
            httpx2.Response(404, json={"errorMessages": ["not there"]})
            if found is None
            else httpx2.Response(200, json=found)
        )

    def platform(self, path: str, request: httpx2.Request) -> object:
        """What the platform's API answers."""
        assert path.startswith(self.api), path
        name, params = path.removeprefix(self.api), request.url.params
        body = json.loads(request.content) if request.content else {}
        projects = [
            {"id": "100", "key": "PAY", "name": "Payments"},
            {"id": "200", "key": "OPS", "name": "Operations"},
        ]
        wanted = params.get_list("keys")
        start = int(params.get("startAt", 0))
        answers = {
            "/field": lambda: FIELDS,
            "/status": lambda: [
                {"id": number, "name": called, "statusCategory": {"key": key}}
                for number, (called, key) in STATUSES.items()
            ],
            "/myself": lambda: {**ANA, "timeZone": "America/New_York"},
            "/project": lambda: projects,
            "/project/search": lambda: paged(
                [one for one in projects if not wanted or one["key"] in wanted], start
            ),
            "/users/search": lambda: self.people[start : start + int(params["maxResults"])],
            "/user/search": lambda: self.people[start : start + int(params["maxResults"])],
            "/search/jql": lambda: self.tokens("issues", self.found(body), body),
            "/search": lambda: self.places(self.found(body), body),
            "/changelog/bulkfetch": lambda: self.tokens("issueChangeLogs", self.changelogs(body), body),
        }
        return answers[name]()

    def agile(self, path: str, request: httpx2.Request) -> object:
        """What the API of boards answers."""
        name, params = path.removeprefix("/rest/agile/1.0"), request.url.params
        if name == "/board":
            boards = (
                [{"id": 1, "type": "scrum"}, {"id": 2, "type": "kanban"}]
                if params["projectKeyOrId"] == "100"
                else []
            )
            return paged(boards, int(params["startAt"]))
        if name == "/board/1/sprint":
            states = params["state"].split(",")
            return paged(
                [one for one in self.sprints.values() if one["state"] in states], int(params["startAt"])
            )
        return self.sprints.get(int(name.removeprefix("/sprint/")))

    def found(self, body: dict) -> list[dict]:
        """The issues of a search, in the words of its JQL that payback uses."""
        jql = body["jql"]
        held = self.issues
        if only := re.search(r"project = (\d+)", jql):
            held = [one for one in held if one["project"]["id"] == only[1]]
        if sprint := re.search(r"sprint = (\d+)", jql):
            held = [one for one in held if int(sprint[1]) in one["sprints"]]
        if since := re.search(r'updated >= "([^"]+)"', jql):
            begin = datetime.strptime(since[1], "%Y/%m/%d %H:%M").replace(tzinfo=ZONE)
            held = [one for one in held if datetime.fromisoformat(one["updated"]) >= begin]
        order = (
            (lambda one: (one["updated"], one["key"])) if "updated ASC" in jql else (lambda one: one["key"])
        )
        return [self.told(one, body["fields"]) for one in sorted(held, key=order)]

    def told(self, one: dict, fields: list[str]) -> dict:
        """An issue with the fields asked for."""
        called, category = STATUSES[one["status"]]
        held = {
            "summary": f"Work on {one['key']}", "issuetype": {"id": "1", "name": one["type"]}, "project": one["project"],
            "status": {"id": one["status"], "name": called, "statusCategory": {"key": category}},
            "priority": {"name": "High"}, "created": one["created"], "updated": one["updated"],
            "resolution": {"name": "Done"} if one["resolved"] else None, "resolutiondate": one["resolved"], "assignee": one["assignee"], "creator": BEN, "labels": ["export"],
            "components": [{"name": "Billing"}], "parent": {"id": "90", "key": "PAY-90"},
            SPRINT: [{**self.sprints[number], "boardId": 1} for number in one["sprints"] if number in self.sprints],
            POINTS: one.get("points"), TEAM: {"id": "t1", "name": "Payments"},
        }  # fmt: skip
        if not self.api.endswith("3"):
            held[SPRINT] = [
                f"com.atlassian.greenhopper.service.sprint.Sprint@1[id={one},state=X]"
                for one in one["sprints"]
            ]
        found = {
            "id": one["id"],
            "key": one["key"],
            "fields": {name: held[name] for name in fields if name in held},
        }
        return found if self.api.endswith("3") else {**found, "changelog": {"histories": one["moves"]}}

    def changelogs(self, body: dict) -> list[dict]:
        """The histories asked for, with the fields asked for alone; one entry per history, so that they lie on many pages."""
        return [
            {"issueId": one["id"], "changeHistories": [move]}
            for one in self.issues if one["id"] in body["issueIdsOrKeys"]
            for move in one["moves"] if {item["fieldId"] for item in move["items"]} & set(body["fieldIds"])
        ]  # fmt: skip

    def tokens(self, name: str, rows: list[dict], body: dict) -> dict:
        """A page of a list by token."""
        size = min(PAGE, body["maxResults"])
        start = int(body.get("nextPageToken", "t0")[1:])
        last = start + size >= len(rows)
        page = {name: rows[start : start + size]}
        return (
            {**page, "isLast": True}
            if last
            else {**page, "nextPageToken": f"t{start + size}", "isLast": False}
        )

    def places(self, rows: list[dict], body: dict) -> dict:
        """A page of a list by place."""
        start = body["startAt"]
        return {"issues": rows[start : start + PAGE], "startAt": start, "total": len(rows)}


def paged(values: list[dict], start: int) -> dict:
    return {"values": values[start : start + PAGE], "startAt": start, "isLast": start + PAGE >= len(values)}
