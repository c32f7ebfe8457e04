"""An invented Linear workspace with two teams, answering as its GraphQL does."""

from __future__ import annotations

import json
from copy import deepcopy

import httpx2

from tests.sources.graphql import answer, connection
from tests.sources.installation import KEY

TEAMS = [{"id": "t-eng", "key": "ENG", "name": "Engine"}, {"id": "t-ops", "key": "OPS", "name": "Operations"}]
ANA = {
    "id": "u-ana",
    "email": "ana@x",
    "name": "Ana",
    "displayName": "ana",
    "app": False,
    "lastSeen": "2026-11-24T09:00:00.000Z",
}
BEN = {"id": "u-ben", "email": "ben@x", "name": "Ben", "displayName": "ben", "app": False}
CODEX = {"id": "u-codex", "email": "codex@linear.app", "name": "Codex", "displayName": "codex", "app": True}
STATES = {
    "Backlog": "backlog", "Todo": "unstarted", "Doing": "started", "Done": "completed", "Canceled": "canceled",
}  # fmt: skip
CYCLES = {
    "c1": {
        "id": "c1", "number": 41.0, "name": None, "startsAt": "2026-11-09T00:00:00.000Z",
        "endsAt": "2026-11-16T00:00:00.000Z", "completedAt": "2026-11-16T00:00:00.000Z",
    },
    "c2": {
        "id": "c2", "number": 42.0, "name": "Ship it", "startsAt": "2026-11-16T00:00:00.000Z",
        "endsAt": "2026-11-30T00:00:00.000Z", "completedAt": None,
    },
}  # fmt: skip


def state(name: str) -> dict:
    return {"id": f"s-{name}", "name": name, "type": STATES[name]}


def spans(*told: str) -> list[dict]:
    """`Todo 2026-11-02T08:00` and so on: each state until the next one."""
    parts = [one.split() for one in told]
    ends = [*(f"{at}:00.000Z" for _, at in parts[1:]), None]
    return [
        {"startedAt": f"{at}:00.000Z", "endedAt": end, "state": state(name)}
        for (name, at), end in zip(parts, ends, strict=True)
    ]


def event(at: str, actor: dict = ANA, **more: object) -> dict:
    return {"createdAt": f"{at}:00.000Z", "actor": actor, **more}


def issue(number: int, key: str, told: list[dict], updated: str, **more: object) -> dict:
    """One issue that came to be when its first state did."""
    begun = {span["state"]["type"]: span["startedAt"] for span in told}
    return {
        "id": f"i{number}", "identifier": key, "previousIdentifiers": [], "title": f"Work on {key}", "priorityLabel": "High",
        "estimate": None, "url": f"https://linear.app/acme/issue/{key}", "trashed": None, "createdAt": told[0]["startedAt"],
        "updatedAt": f"{updated}:00.000Z", "state": told[-1]["state"], "startedAt": begun.get("started"),
        "completedAt": begun.get("completed"), "canceledAt": begun.get("canceled"),
        "team": TEAMS[0] if key.startswith("ENG") else TEAMS[1], "assignee": ANA, "creator": BEN, "spans": told, "events": [],
        "labels": connection([{"name": "export"}]), "attachments": connection([]), "agentSessions": connection([]),
    } | more  # fmt: skip


PULL = "https://github.com/acme/app/pull/12"
SESSION = {
    "id": "as-1", "status": "complete", "startedAt": "2026-11-17T08:00:00.000Z", "createdAt": "2026-11-17T08:00:00.000Z",
    "appUser": CODEX, "codingHarnessModelLabel": "GPT-5", "pullRequests": connection([{"pullRequest": {"url": PULL}}]),
}  # fmt: skip
ISSUES = [
    issue(
        1, "ENG-1", spans("Backlog 2026-11-01T08:00", "Doing 2026-11-10T08:00", "Done 2026-11-12T08:00"), "2026-11-12T08:00",
        estimate=3.0, cycle=CYCLES["c1"], attachments=connection([{"url": PULL}, {"url": "https://sentry.io/acme/issues/7"}]),
        events=[event("2026-11-10T08:02", BEN, toState=state("Doing"), fromState=state("Backlog"))],
    ),
    issue(
        2, "ENG-2",
        spans("Todo 2026-11-02T08:00", "Doing 2026-11-12T08:00", "Done 2026-11-13T08:00", "Doing 2026-11-14T08:00"),
        "2026-11-17T09:00", cycle=CYCLES["c2"], delegate=CODEX, agentSessions=connection([SESSION]),
        events=[
            event("2026-11-11T08:00", toCycleId="c1"),
            event("2026-11-16T00:04", None, fromCycleId="c1", toCycleId="c2"),
            event("2026-11-17T07:00", toDelegate=CODEX),
        ],
    ),
    issue(
        3, "ENG-3", spans("Todo 2026-11-03T08:00", "Canceled 2026-11-13T08:00"), "2026-11-13T08:00", cycle=CYCLES["c1"],
        addedToCycleAt="2026-11-03T09:00:00.000Z",
    ),
    issue(
        4, "ENG-4", spans("Todo 2026-11-04T08:00"), "2026-11-14T08:00", assignee=None,
        events=[event("2026-11-05T08:00", toCycleId="c1"), event("2026-11-14T08:00", fromCycleId="c1")],
    ),
    issue(5, "OPS-1", spans("Backlog 2026-11-05T08:00"), "2026-11-05T08:00", previousIdentifiers=["ENG-9"]),
]  # fmt: skip


class Workspace:
    """The replies; what it holds may be changed between two syncs. `least` is how few entries it gives at once."""

    def __init__(self, least: int = 2) -> None:
        self.issues, self.least = deepcopy(ISSUES), least
        self.users = [ANA, BEN, CODEX]
        self.cycles = dict(CYCLES)

    def __call__(self, request: httpx2.Request) -> httpx2.Response:
        assert request.headers["authorization"] == KEY
        assert request.url.path == "/graphql"
        data = answer(request, self.root())
        return httpx2.Response(200, json={"data": data}, headers={"x-complexity": "40"})

    def root(self) -> dict:
        """What the top of a question may ask for."""
        return {
            "teams": connection(TEAMS),
            "users": connection(self.users),
            "issues": lambda **told: self.cut(self.found(told.pop("filter")), told),
            "issue": lambda **told: self.told(next(one for one in self.issues if one["id"] == told["id"])),
            "cycles": lambda **told: connection([self.cycles[one] for one in told["filter"]["id"]["in"]])(
                **told
            ),
        }

    def cut(self, rows: list[dict], paging: dict) -> dict:
        return connection(rows)(**{**paging, "first": min(paging["first"], self.least)})

    def found(self, wanted: dict) -> list[dict]:
        """The issues of a filter in the forms that payback uses, the last changed first."""
        rows = [one for one in self.issues if one["team"]["id"] == wanted["team"]["id"]["eq"]]
        changed = wanted.get("updatedAt") or {}
        first, last = changed.get("gte", ""), changed.get("lt", "9")
        rows = [one for one in rows if first <= one["updatedAt"].replace("Z", "+00:00") < last]
        return [self.told(one) for one in sorted(rows, key=lambda one: one["updatedAt"], reverse=True)]

    def told(self, one: dict) -> dict:
        """An issue whose lists come one entry at a time at first, and then the rest of them."""

        def part(rows: list[dict]) -> object:
            return lambda first, after=None: connection(rows)(
                first=1 if after is None else first, after=after
            )

        return {**one, "stateHistory": part(one["spans"]), "history": part(one["events"])}


def refused(code: str, status: int = 400) -> httpx2.Response:
    """How Linear says no."""
    return httpx2.Response(status, json={"errors": [{"message": "no", "extensions": {"code": code}}]})


def asked(request: httpx2.Request) -> dict:
    return json.loads(request.content)
