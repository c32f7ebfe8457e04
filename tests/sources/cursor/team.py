"""An invented Cursor team, answering as its Admin and Analytics APIs do."""

from __future__ import annotations

import json
from base64 import b64decode
from datetime import UTC, datetime

import httpx2

from tests.sources.installation import KEY

PAGE = 2


def at(day: int, hour: int = 9) -> str:
    return str(int(datetime(2026, 11, day, hour, tzinfo=UTC).timestamp() * 1000))


def event(
    day: int,
    email: str,
    kind: str,
    chargeable: bool | None,  # noqa: FBT001  three answers: yes, no, not told
    charged: float,
    **more: object,
) -> dict:
    return {
        "timestamp": at(day), "userEmail": email, "conversationId": "c-1", "model": "model-z", "kind": kind,
        "isChargeable": chargeable, "chargedCents": charged, "cursorTokenFee": 0.5,
        "tokenUsage": {
            "inputTokens": 100, "outputTokens": 50, "cacheWriteTokens": 10, "cacheReadTokens": 1000, "totalCents": 4.1,
        },
    } | more  # fmt: skip


EVENTS = [
    event(23, "ann@x", "Usage-based", True, 4.6),
    event(23, "ann@x", "Usage-based", True, 4.6),  # the same again: two requests
    event(23, "ann@x", "Included in Business", False, 8.0),
    event(24, "bob@x", "User API Key", True, 0.7),
    event(24, "bob@x", "Errored, Not Charged", False, 0.0, tokenUsage=None),
]
MEMBERS = [
    {"id": "user_1", "name": "Ann", "email": "ann@x", "role": "owner", "isRemoved": False},
    {"id": "user_2", "name": "Bob", "email": "bob@x", "role": "member", "isRemoved": False},
    {"id": "user_3", "name": "Gone", "email": "gone@x", "role": "member", "isRemoved": True},
    {"id": "user_4", "name": "Free", "email": "free@x", "role": "free-owner", "isRemoved": False},
]
GROUPS = [{"id": 7, "name": "Platform", "type": "BILLING", "currentMembers": [{"userId": "user_1"}]}]


def day(number: int, email: str, shown: int = 40) -> dict:
    return {
        "day": f"2026-11-{number}", "email": email, "isActive": shown > 0, "totalTabsShown": shown,
        "totalTabsAccepted": shown // 4, "totalAccepts": 3, "totalRejects": 1, "chatRequests": 2, "agentRequests": 5,
        "composerRequests": 1, "totalLinesAdded": 999,
    }  # fmt: skip


def commit(sha: str, repo: str | None = "acme/api", **more: object) -> dict:
    """As the documentation of AI code tracking tells one, its hash written out."""
    return {
        "commitHash": sha * 40, "userId": "user_1", "userEmail": "ann@x", "repoName": repo, "branchName": "main",
        "isPrimaryBranch": True, "totalLinesAdded": 120, "totalLinesDeleted": 30, "tabLinesAdded": 50,
        "tabLinesDeleted": 10, "composerLinesAdded": 40, "composerLinesDeleted": 5, "nonAiLinesAdded": 30,
        "nonAiLinesDeleted": 15, "message": "Refactor: the secret plan", "commitTs": "2026-11-24T14:12:03.000Z",
        "createdAt": "2026-11-24T14:12:30.000Z",
    } | more  # fmt: skip


class Team:
    """The replies; what it holds may be changed between two syncs."""

    def __init__(self) -> None:
        self.members = list(MEMBERS)
        self.events = list(EVENTS)
        self.days = [day(23, "ann@x"), day(23, "bob@x", 0), day(24, "ann@x", 20)]
        self.commits = [commit(sha) for sha in "abc"]
        self.refused: dict[str, int] = {}

    def __call__(self, request: httpx2.Request) -> httpx2.Response:
        told = b64decode(request.headers["authorization"].removeprefix("Basic ")).decode()
        assert told == f"{KEY}:"
        path = request.url.path
        for part, status in self.refused.items():
            if part in path:
                return httpx2.Response(status, json={"message": "no access"})
        return httpx2.Response(200, json=self.answer(path, request))

    def answer(self, path: str, request: httpx2.Request) -> dict:
        if request.method == "GET":
            return self.listed(path, request)
        body = json.loads(request.content)
        if path == "/teams/daily-usage-data":
            return self.paged("data", self.within(self.days, body, _of_day), body, "page")
        if path == "/teams/filtered-usage-events":
            found = self.within(self.events, body, lambda one: int(one["timestamp"]))
            told = self.paged("usageEvents", found, body, "currentPage")
            return {**told, "totalUsageEventsCount": len(found)}
        assert path == "/teams/spend"
        assert "startDate" not in body
        spend = [
            {"userId": "user_1", "email": "ann@x", "spendCents": 920, "overallSpendCents": 1720, "includedSpendCents": 800},
            {"userId": "user_2", "email": "bob@x", "spendCents": 50.5, "overallSpendCents": 50.5, "includedSpendCents": 0},
            {"userId": "user_4", "email": "free@x", "spendCents": 0, "overallSpendCents": 0, "includedSpendCents": 0},
        ]  # fmt: skip
        told = self.paged("teamMemberSpend", spend, body, "page")
        told.pop("pagination")
        return {**told, "subscriptionCycleStart": int(at(1, 0)), "totalMembers": 3, "totalPages": 2}

    def listed(self, path: str, request: httpx2.Request) -> dict:
        if path == "/teams/members":
            return {"teamMembers": self.members}
        if path == "/teams/groups":
            return {"groups": GROUPS, "billingCycle": "2026-11-01"}
        if path == "/analytics/ai-code/commits":
            return self.tracked(request.url.params)
        report = path.rpartition("/")[2]
        assert path == f"/analytics/by-user/{report}"
        first, last = (request.url.params[name] for name in ("startDate", "endDate"))
        rows = {
            "tabs": {"event_date": "2026-11-23", "total_lines_suggested": 90, "total_lines_accepted": 30},
            "agent-edits": {
                "event_date": "2026-11-23T00:00:00Z", "total_green_lines_accepted": 200, "total_red_lines_accepted": 20,
            },
        }  # fmt: skip
        return {"data": {"ann@x": [rows[report]] if first <= "2026-11-23" <= last else []}, "params": {}}

    def tracked(self, asked: httpx2.QueryParams) -> dict:
        since, until = (datetime.fromisoformat(asked[name]) for name in ("startDate", "endDate"))
        found = [one for one in self.commits if since <= datetime.fromisoformat(one["commitTs"]) < until]
        number = int(asked["page"])
        part = found[PAGE * (number - 1) : PAGE * number]
        return {"items": part, "totalCount": len(found), "page": number, "pageSize": PAGE}

    def within(self, rows: list[dict], body: dict, moment: object) -> list[dict]:
        return [row for row in rows if body["startDate"] <= moment(row) <= body["endDate"]]

    def paged(self, name: str, rows: list[dict], body: dict, called: str) -> dict:
        number, last = body["page"], max(1, -(-len(rows) // PAGE))
        part = rows[PAGE * (number - 1) : PAGE * number]
        return {name: part, "pagination": {called: number, "numPages": last, "hasNextPage": number < last}}


def _of_day(row: dict) -> int:
    return int(datetime.fromisoformat(row["day"]).replace(tzinfo=UTC).timestamp() * 1000)
