"""An invented organisation on Azure DevOps, answering as its REST API 7.1 does."""

from __future__ import annotations

import json
from base64 import b64encode
from copy import deepcopy

import httpx2

from tests.sources.installation import KEY

API, RELEASES = "dev.azure.com", "vsrm.dev.azure.com"
REPO = "dev.azure.com/acme/Shop/app"
ANA = {"id": "a", "uniqueName": "ana@example.com", "displayName": "Ana", "descriptor": "aad.1"}
BEN = {"id": "b", "uniqueName": "ben@example.com", "displayName": "Ben", "descriptor": "aad.2"}
ROBOT = {"id": "s", "displayName": "Shop Build Service", "descriptor": "svc.9"}
SHA = "ab" * 20
TYPES = [
    {
        "name": "Bug",
        "states": [
            {"name": "New", "category": "Proposed"},
            {"name": "Active", "category": "InProgress"},
            {"name": "Resolved", "category": "Resolved"},
            {"name": "Closed", "category": "Completed"},
        ],
    }
]
ITERATIONS = [
    {"structureType": "area", "name": "Shop"},
    {
        "structureType": "iteration",
        "name": "Shop",
        "children": [
            {
                "name": "Sprint 1", "identifier": "it-1",
                "attributes": {"startDate": "2026-11-02T00:00:00Z", "finishDate": "2026-11-13T00:00:00Z"},
            },
            {"name": "Someday", "identifier": "it-2"},
        ],
    },
]  # fmt: skip


def pull(number: int, status: str = "active", closed: str | None = None, **more: object) -> dict:
    return {
        "pullRequestId": number, "codeReviewId": number, "status": status, "creationDate": f"2026-11-{number:02}T08:00:00.1234567Z",
        "closedDate": closed, "title": f"Change {number}", "description": "Fixes AB#43", "createdBy": ANA, "isDraft": False,
        "sourceRefName": f"refs/heads/feature/{number}", "targetRefName": "refs/heads/main",
        "lastMergeCommit": {"commitId": SHA}, "completionOptions": {"mergeStrategy": "squash"}, "closedBy": BEN,
    } | more  # fmt: skip


def system(number: int, kind: str, at: str, **properties: object) -> dict:
    held = {name: {"$type": "System.String", "$value": value} for name, value in properties.items()}
    return {
        "id": number, "publishedDate": at, "identities": {"1": BEN},
        "properties": {"CodeReviewThreadType": {"$type": "System.String", "$value": kind}, **held},
        "comments": [{"id": 1, "author": ANA, "commentType": "system", "publishedDate": at}],
    }  # fmt: skip


def comment(number: int, at: str, who: dict = BEN, **more: object) -> dict:
    told = {"id": 1, "author": who, "commentType": "text", "content": "secret words", "publishedDate": at}
    return {"id": number, "publishedDate": at, "comments": [told | more]}


def vote(number: int, value: int, at: str) -> dict:
    return system(number, "VoteUpdate", at, CodeReviewVoteResult=str(value), CodeReviewVotedByIdentity="1")


def commit(sha: str, message: str = "Export\n\nmore") -> dict:
    who = {"name": "Ana", "email": "ana@example.com", "date": "2026-11-01T07:00:00Z"}
    return {
        "commitId": sha,
        "author": who,
        "committer": who | {"date": "2026-11-01T07:30:00Z"},
        "comment": message,
    }


def change(number: int, kind: str = "edit", **more: object) -> dict:
    item = {"objectId": SHA, "path": f"/src/{number}.py"} | more
    return {"changeTrackingId": number + 1, "changeId": number + 1, "item": item, "changeType": kind}


def update(number: int, at: str, **fields: tuple[str | None, str]) -> dict:
    """An update; `State` and `IterationPath` are told with what was before."""
    held = {f"System.{name}": {"oldValue": was, "newValue": now} for name, (was, now) in fields.items()}
    held["System.ChangedDate"] = {"oldValue": None, "newValue": at}
    return {
        "id": number,
        "rev": number,
        "revisedDate": "9999-01-01T00:00:00Z",
        "revisedBy": ANA,
        "fields": held,
    }


def item(number: int, state: str, **more: object) -> dict:
    fields = {
        "System.Id": number, "System.TeamProject": "Shop", "System.WorkItemType": "Bug", "System.State": state,
        "System.Title": f"Item {number}", "System.AssignedTo": BEN, "System.CreatedDate": "2026-11-01T09:00:00Z",
        "System.ChangedDate": "2026-11-09T09:00:00Z", "System.IterationPath": "Shop\\Sprint 1", "System.AreaPath": "Shop\\Pay",
        "System.Tags": "one; two", "System.Parent": 7, "Microsoft.VSTS.Common.Priority": 2,
        "Microsoft.VSTS.Scheduling.StoryPoints": 3.0,
    }  # fmt: skip
    return {"id": number, "rev": 4, "fields": fields | more}


HISTORY = [
    update(1, "2026-11-01T09:00:00Z", State=(None, "New"), IterationPath=(None, "Shop")),
    update(2, "2026-11-01T10:00:00Z", IterationPath=("Shop", "Shop\\Sprint 1")),
    update(3, "2026-11-03T09:00:00Z", State=("New", "Active")),
    update(4, "2026-11-05T09:00:00Z", State=("Active", "Closed")),
    update(5, "2026-11-06T09:00:00Z", State=("Closed", "Active")),
    update(6, "2026-11-09T09:00:00Z", State=("Active", "Closed")),
]


def build(number: int, result: str = "succeeded", **more: object) -> dict:
    return {
        "id": number, "buildNumber": f"2026.{number}", "status": "completed", "result": result, "reason": "individualCI",
        "queueTime": "2026-11-20T09:00:00Z", "startTime": "2026-11-20T09:01:00Z", "finishTime": "2026-11-20T09:10:00Z",
        "sourceBranch": "refs/heads/main", "sourceVersion": SHA, "definition": {"id": 3, "name": "Deploy app"},
        "repository": {"id": "r1", "type": "TfsGit", "name": "app"},
        "_links": {"web": {"href": f"https://dev.azure.com/acme/Shop/_build/results?buildId={number}"}},
    } | more  # fmt: skip


RELEASE = {
    "id": 71, "deploymentStatus": "succeeded", "startedOn": "2026-11-21T09:00:00Z", "completedOn": "2026-11-21T09:05:00Z",
    "releaseEnvironment": {"id": 1, "name": "Production"}, "releaseDefinition": {"id": 2, "name": "Release app"},
    "release": {
        "id": 5, "name": "Release-5",
        "artifacts": [
            {"type": "Build", "isPrimary": True, "definitionReference": {
                "version": {"id": "501"}, "sourceVersion": {"id": SHA}, "repository": {"id": "r1", "name": "app"},
                "repository.provider": {"id": "TfsGit"}}},
        ],
    },
}  # fmt: skip
RECORD = {
    "id": 81, "definition": {"id": 3, "name": "Deploy app"}, "owner": {"id": 501}, "result": "succeeded",
    "startTime": "2026-11-22T09:00:00Z", "finishTime": "2026-11-22T09:04:00Z",
}  # fmt: skip


class Organisation:
    """The replies; what it holds may be changed between two syncs."""

    def __init__(self) -> None:
        self.pulls = {31: pull(3, "completed", "2026-11-05T09:00:00Z") | {"pullRequestId": 31}, 4: pull(4)}
        self.threads = {31: [vote(1, 10, "2026-11-04T09:00:00Z"), comment(2, "2026-11-04T08:00:00Z")]}
        self.items = {42: item(42, "Closed"), 43: item(43, "New")}
        self.gone: list[int] = []
        self.builds = [build(501), build(502, "failed"), build(503, reason="pullRequest")]
        self.refused: dict[str, int] = {}
        self.page = 2
        self.is_cut = True
        self.message = "Export\n\nmore"
        self.changed = {31: [change(n) for n in range(3)]}

    def __call__(self, request: httpx2.Request) -> httpx2.Response:
        if request.headers.get("authorization") != f"Basic {b64encode(f':{KEY}'.encode()).decode()}":
            return httpx2.Response(
                203, text="<html>Sign in</html>", headers={"content-type": "text/html; charset=utf-8"}
            )
        path, told = request.url.path, request.url.params
        for name, status in self.refused.items():
            if name in path:
                return httpx2.Response(status, json={"message": "no"})
        if request.url.host == RELEASES:
            return self._tokened(told, [RELEASE])
        tail = path.partition("/_apis/")[2]
        return self._answer(tail.split("/"), told, request)

    def _answer(self, tail: list[str], told: httpx2.QueryParams, request: httpx2.Request) -> httpx2.Response:
        match [part.lower() for part in tail]:
            case ["projects"]:
                return values([{"id": "p", "name": "Shop"}], told)
            case ["git", "repositories", *rest]:
                return self._git(rest, told)
            case ["wit", *rest]:
                return self._wit(rest, told, request)
        return self._run([part.lower() for part in tail], told)

    def _git(self, tail: list[str], told: httpx2.QueryParams) -> httpx2.Response:
        match tail:
            case ["r1", "pullrequests"]:
                return values(self._listed(told), told)
            case ["r1", "commits", sha]:
                return httpx2.Response(200, json=commit(sha, self.message))
            case ["r1", "pullrequests", number]:
                return httpx2.Response(200, json=self.pulls[int(number)])
            case ["r1", "pullrequests", number, what]:
                return self._of_pull(int(number), what, told)
            case ["r1", "pullrequests", number, "iterations", "3", "changes"]:
                return self._changes(int(number), told)
        remote = "https://acme@dev.azure.com/acme/Shop/_git/app"
        off = {"id": "r2", "name": "old", "isDisabled": True}
        return values([{"id": "r1", "name": "app", "remoteUrl": remote}, off], {})

    def _wit(self, tail: list[str], told: httpx2.QueryParams, request: httpx2.Request) -> httpx2.Response:
        match tail:
            case ["workitemtypes"]:
                return values(TYPES, {})
            case ["classificationnodes"]:
                return values(ITERATIONS, {})
            case ["workitemsbatch"]:
                wanted = json.loads(request.content)["ids"]
                return values([deepcopy(self.items[one]) for one in wanted if one in self.items], {})
            case ["workitems", number, "updates"]:
                return values(HISTORY if int(number) == 42 else HISTORY[:1], told)
        return self._feed(told)

    def _run(self, tail: list[str], told: httpx2.QueryParams) -> httpx2.Response:
        match tail:
            case ["build", "builds"] if "buildIds" in told:
                wanted = told["buildIds"].split(",")
                return values([one for one in self.builds if str(one["id"]) in wanted], {})
            case ["build", "builds"]:
                return self._tokened(told, self.builds)
            case ["distributedtask", "environments"]:
                return self._tokened(told, [{"id": 9, "name": "production"}])
            case ["distributedtask", "environments", "9", "environmentdeploymentrecords"]:
                return self._tokened(told, [RECORD])
        return httpx2.Response(404, json={"message": "/".join(tail)})

    def _listed(self, told: httpx2.QueryParams) -> list[dict]:
        """As lists tell them: cut short, without labels."""
        if told["searchCriteria.status"] == "active":
            found = [one for one in self.pulls.values() if one["status"] == "active"]
        else:
            since, until = told["searchCriteria.minTime"], told["searchCriteria.maxTime"]
            found = [one for one in self.pulls.values() if since <= (one["closedDate"] or "") < until]
        return [{name: value for name, value in one.items() if name != "description"} for one in found]

    def _changes(self, number: int, told: httpx2.QueryParams) -> httpx2.Response:
        """As the contract says: at most 2,000 at once, and zeros where no more follow."""
        found, start = self.changed.get(number, []), int(told["$skip"])
        most = min(int(told["$top"]), 2000)
        after = start + most if start + most < len(found) else 0
        body = {
            "changeEntries": found[start : start + most],
            "nextSkip": after,
            "nextTop": most if after else 0,
        }
        return httpx2.Response(200, json=body)

    def _of_pull(self, number: int, what: str, told: httpx2.QueryParams) -> httpx2.Response:
        match what:
            case "commits":
                found = [commit(one * 40, "Export") | {"commentTruncated": self.is_cut} for one in "abc"]
                return self._tokened(told, found if number == 31 else [])
            case "threads":
                return values(self.threads.get(number, []), {})
            case "iterations":
                reasons = ("create", "push", "forcePush")
                found = [
                    {"id": n, "createdDate": f"2026-11-04T0{n}:00:00Z", "author": ANA, "reason": reason}
                    for n, reason in enumerate(reasons, 1)
                ]
                return values(found, {})
            case "labels":
                return values([{"name": "ui", "active": True}, {"name": "old", "active": False}], {})
            case "workitems":
                return values([{"id": "42", "url": "https://dev.azure.com/acme/_apis/wit/workItems/42"}], {})
        return httpx2.Response(404, json={"message": what})

    def _feed(self, told: httpx2.QueryParams) -> httpx2.Response:
        start = int(told.get("continuationToken", "0"))
        found = [{"id": one, "rev": 4, "fields": {"System.Id": one}} for one in self.items]
        found += [
            {"id": one, "rev": 9, "fields": {"System.Id": one, "System.IsDeleted": True}} for one in self.gone
        ]
        end = start + 1
        body = {
            "values": found[start:end],
            "continuationToken": str(min(end, len(found))),
            "isLastBatch": end >= len(found),
        }
        return httpx2.Response(200, json=body)

    def _tokened(self, told: httpx2.QueryParams, found: list[dict]) -> httpx2.Response:
        start = int(told.get("continuationToken", "0"))
        more = start + self.page < len(found)
        headers = {"x-ms-continuationtoken": str(start + self.page)} if more else {}
        return httpx2.Response(200, json={"value": found[start : start + self.page]}, headers=headers)


def values(found: list[dict], told: object) -> httpx2.Response:
    start = int(told.get("$skip", 0)) if told else 0
    most = int(told.get("$top", 1000)) if told else 1000
    return httpx2.Response(200, json={"count": len(found), "value": found[start : start + most]})
