"""An invented GitHub of a few repositories, answering GraphQL and REST from plain values, with its own schema at hand."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import httpx2

from tests.sources.graphql import answer, connection

FIELDS = {"UPDATED_AT": "updatedAt", "CREATED_AT": "createdAt"}
TOLD = '[sources.github]\nkey = "env:VENDOR_KEY"\norganisation = "acme"\nsince = 2026-09-01\n'


def who(login: str, kind: str = "User", number: int | None = None) -> dict[str, Any]:
    return {"__typename": kind, "login": login, "databaseId": number}


def commit(sha: str, at: str, message: str = "Export", email: str = "ana@acme.example", **told: Any) -> Any:
    author = {"name": "Ana", "email": email, "user": {"login": "ana"}}
    whole = {
        "oid": sha,
        "authoredDate": at,
        "committedDate": at,
        "message": message,
        "author": author,
        **told,
    }
    return {"commit": {"committer": {"email": email}, **whole}}


def review(number: int, state: str, at: str | None, author: Any = None, **told: Any) -> dict[str, Any]:
    author = who("bob", number=2) if author is None else author
    return {"fullDatabaseId": str(number), "state": state, "submittedAt": at, "author": author, **told}


def event(kind: str, at: str, **told: Any) -> dict[str, Any]:
    return {"__typename": kind, "id": f"{kind}-{at}", "createdAt": at, **told}


def pull(number: int, updated: str = "2026-11-20T10:00:00Z", **told: Any) -> dict[str, Any]:
    """A pull request as GraphQL holds it; lists are given as plain lists."""
    lists = {
        name: told.pop(name, []) for name in ("commits", "reviews", "comments", "timelineItems", "labels")
    }
    closing = told.pop("closing", [])
    return {
        "__typename": "PullRequest", "id": f"PR_{number}", "fullDatabaseId": str(900 + number), "number": number,
        "url": f"https://github.com/acme/app/pull/{number}", "title": f"Change {number}", "body": "",
        "state": "OPEN", "isDraft": False, "createdAt": "2026-11-01T09:00:00Z", "updatedAt": updated,
        "additions": 120, "deletions": 14, "changedFiles": 5, "headRefName": f"topic-{number}",
        "baseRefName": "main", "totalCommentsCount": 0, "author": who("ana", number=1),
        **{name: connection(held) for name, held in lists.items()},
        "closingIssuesReferences": connection(
            [{"number": one, "repository": {"nameWithOwner": "acme/app"}} for one in closing]
        ),
        **told,
    }  # fmt: skip


def issue(number: int, updated: str = "2026-11-20T10:00:00Z", **told: Any) -> dict[str, Any]:
    lists = {name: told.pop(name, []) for name in ("timelineItems", "labels", "assignees")}
    return {
        "__typename": "Issue", "id": f"I_{number}", "fullDatabaseId": str(500 + number), "number": number,
        "url": f"https://github.com/acme/app/issues/{number}", "title": f"Issue {number}", "state": "OPEN",
        "createdAt": "2026-11-01T09:00:00Z", "updatedAt": updated,
        **{name: connection(held) for name, held in lists.items()}, **told,
    }  # fmt: skip


def ordered(nodes: list[Any]) -> Any:
    """A list in the order that a question asks for."""

    def page(orderBy: Any = None, **more: Any) -> Any:  # noqa: N803  GitHub's own name
        field = FIELDS[(orderBy or {"field": "CREATED_AT"})["field"]]
        held = sorted(nodes, key=lambda node: (node[field], str(node.get("id"))))
        if orderBy and orderBy["direction"] == "DESC":
            held.reverse()
        more.pop("ownerAffiliations", None)
        return connection(held)(**more)

    return page


class Hub:
    """`lists` of each repository by name: pullRequests, issues, deployments, releases, runs."""

    def __init__(self, **repositories: dict[str, list[Any]]) -> None:
        self.repositories = {f"acme/{name}": held for name, held in repositories.items()}
        self.members: list[Any] = []
        self.timelines: dict[str, list[Any]] = {}
        self.numbers: dict[str, int] = {}

    def __call__(self, request: httpx2.Request) -> httpx2.Response:
        if request.url.path.endswith("/graphql"):
            return self.graphql(request)
        if "/actions/runs" in request.url.path:
            return self.runs(request)
        if request.url.path.endswith("/timeline"):
            return httpx2.Response(200, json=self.timelines.get(request.url.path.split("/")[-2], []))
        return httpx2.Response(404, json={"message": "Not Found"})

    def graphql(self, request: httpx2.Request) -> httpx2.Response:
        asked = json.loads(request.content)["variables"]
        name = f"{asked.get('owner')}/{asked.get('name')}"
        if "name" in asked and name not in self.repositories:
            error = {"type": "NOT_FOUND", "path": ["repository"], "message": f"Could not resolve to {name}."}
            return httpx2.Response(200, json={"data": {"repository": None}, "errors": [error]})
        return httpx2.Response(200, json={"data": answer(request, self.root())})

    def root(self) -> dict[str, Any]:
        named = {name: self.repository(name) for name in self.repositories}
        owner = {"repositories": ordered(list(named.values()))}
        return {
            "rateLimit": {"cost": 1, "remaining": 4999, "resetAt": "2026-11-25T13:00:00Z"},
            "repository": lambda owner, name: named[f"{owner}/{name}"],
            "repositoryOwner": lambda login: owner if login == "acme" else None,
            "organization": lambda login: {"membersWithRole": connection(self.members)},
            "node": lambda id: self.nodes()[id],  # noqa: A006  GitHub's own name
            "nodes": lambda ids: [self.nodes().get(one) for one in ids],
        }

    def repository(self, name: str) -> dict[str, Any]:
        held = self.repositories[name]
        return {
            "databaseId": self.numbers.get(name, sum(map(ord, name))), "nameWithOwner": name, "id": name,
            "createdAt": "2026-01-01T00:00:00Z", "defaultBranchRef": {"name": "main"},
            **{kind: ordered(held.get(kind, [])) for kind in ("pullRequests", "issues", "deployments", "releases")},
        }  # fmt: skip

    def nodes(self) -> dict[str, Any]:
        return {
            node["id"]: node
            for held in self.repositories.values()
            for kind in ("pullRequests", "issues", "deployments")
            for node in held.get(kind, [])
        }

    def runs(self, request: httpx2.Request) -> httpx2.Response:
        asked = request.url.params
        since, until = (datetime.fromisoformat(one) for one in asked["created"].split(".."))
        name = request.url.path.partition("/repos/")[2].partition("/actions")[0]
        held = [
            run
            for run in self.repositories[name].get("runs", [])
            if since <= datetime.fromisoformat(run["created_at"]) <= until
        ]
        held.sort(key=lambda run: run["created_at"], reverse=True)
        start = (int(asked["page"]) - 1) * int(asked["per_page"])
        shown = held[start : min(start + int(asked["per_page"]), 1000)]
        return httpx2.Response(200, json={"total_count": len(held), "workflow_runs": shown})


def run(number: int, at: str, **told: Any) -> dict[str, Any]:
    return {
        "id": number, "name": "Deploy", "head_branch": "main", "head_sha": "aa", "event": "push", "status": "completed",
        "conclusion": "success", "run_started_at": at, "created_at": at, "updated_at": at, "run_attempt": 1,
        "html_url": f"https://github.com/acme/app/actions/runs/{number}", **told,
    }  # fmt: skip


def at(day: int, hour: int = 10) -> str:
    return datetime(2026, 11, day, hour, tzinfo=UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
