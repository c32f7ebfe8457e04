"""An invented GitLab with one project, answering as its REST v4 and its GraphQL do. Pages hold two entries."""

from __future__ import annotations

import json

import httpx2

from tests.sources.installation import KEY

PATH, NUMBER = "acme/backend/api", 77
REPO = f"gitlab.com/{PATH}"
MIRA, TOM = {"id": 9, "username": "mira"}, {"id": 3, "username": "tom"}


def change(number: int, state: str = "opened", day: int = 10, **more: object) -> dict:
    at = f"2026-11-{day:02}T08:00:00.000Z"
    return {
        "id": 5000 + number, "iid": number, "project_id": NUMBER, "state": state, "draft": False, "title": f"Change {number}",
        "description": "words that are not kept", "created_at": f"2026-11-0{number}T08:00:00.000Z", "updated_at": at,
        "merged_at": at if state == "merged" else None, "source_branch": f"claude/api-{number}", "target_branch": "main",
        "sha": "c" * 39 + str(number), "author": MIRA, "merge_user": TOM if state == "merged" else None, "labels": ["ui"],
        "changes_count": "6", "web_url": f"https://{REPO}/-/merge_requests/{number}",
    } | more  # fmt: skip


def note(number: int, body: str, *, system: bool = True, who: dict | None = TOM) -> dict:
    at = f"2026-11-09T{number % 24:02}:00:00.000Z"
    return {"id": number, "body": body, "system": system, "author": who, "created_at": at}


def issue(number: int, state: str = "opened", day: int = 10, **more: object) -> dict:
    return {
        "id": 900 + number, "iid": number, "state": state, "title": f"Issue {number}", "labels": ["Bug"], "issue_type": "issue",
        "created_at": f"2026-11-0{number}T07:00:00.000Z", "updated_at": f"2026-11-{day:02}T09:00:00.000Z",
        "closed_at": f"2026-11-{day:02}T09:00:00.000Z" if state == "closed" else None, "assignees": [TOM], "weight": 3,
        "web_url": f"https://{REPO}/-/issues/{number}",
    } | more  # fmt: skip


def event(number: int, day: int, **more: object) -> dict:
    return {"id": number, "user": TOM, "created_at": f"2026-11-{day:02}T09:00:00.000Z", **more}


def deployment(number: int, status: str = "success", where: str = "production", **more: object) -> dict:
    return {
        "id": number, "iid": number, "ref": "main", "sha": "d" * 40, "status": status, "environment": {"id": 1, "name": where},
        "created_at": "2026-11-12T08:00:00.000Z", "updated_at": f"2026-11-12T09:0{number}:00.000Z",
        "deployable": {"id": 4, "name": "deploy", "finished_at": "2026-11-12T08:30:00.000Z"},
    } | more  # fmt: skip


def pipeline(number: int, status: str = "success", ref: str = "main", **more: object) -> dict:
    return {
        "id": number, "iid": number, "sha": "b" * 40, "ref": ref, "status": status, "source": "push", "name": "Deploy",
        "created_at": "2026-11-12T08:00:00.000Z", "updated_at": f"2026-11-12T09:0{number}:00.000Z",
        "web_url": f"https://{REPO}/-/pipelines/{number}",
    } | more  # fmt: skip


RELEASE = {
    "tag_name": "v1.2", "name": "One two", "created_at": "2026-11-12T10:00:00Z", "released_at": "2026-11-12T11:00:00Z",
    "upcoming_release": False, "commit": {"id": "e" * 40}, "_links": {"self": f"https://{REPO}/-/releases/v1.2"},
}  # fmt: skip
COMMIT = {
    "id": "a" * 40, "message": "Export\n\nCo-Authored-By: Claude <noreply@anthropic.com>", "author_name": "Mira",
    "author_email": "mira@example.com", "authored_date": "2026-11-01T07:00:00.000+00:00",
    "committer_email": "mira@example.com", "committed_date": "2026-11-01T07:30:00.000+00:00",
}  # fmt: skip


class Server:
    """The replies; what it holds may be changed between two syncs, `refused` a status by a part of the path."""

    def __init__(self, key: str = KEY, changes: list[dict] | None = None) -> None:
        self.key, self.path, self.refused = key, PATH, dict[str, int]()
        self.changes = changes or [change(1, "merged", 10), change(2, "closed", 11), change(3, day=12)]
        self.notes = {
            1: [note(1, "added 2 commits\n\n<ul></ul>", who=MIRA), note(2, "please", system=False), note(3, "approved this merge request")],
            3: [note(4, "requested changes"), note(5, "hm", system=False, who=None)],
        }  # fmt: skip
        self.issues = [
            issue(1, "closed"),
            issue(2, day=12),
            issue(3, day=13, issue_type="incident", severity="HIGH"),
        ]
        self.states = {
            1: [event(1, 4, state="closed"), event(2, 5, state="reopened"), event(3, 10, state="closed")]
        }
        self.labels = {1: [event(1, 3, action="add", label={"name": "workflow::Doing"})]}
        self.pipelines = [pipeline(1)]
        self.members = [
            {"id": 9, "username": "mira", "name": "Mira", "email": "mira@example.com"}, TOM,
            {"id": 12, "username": "group_5_bot_1f", "name": "Renewals"},
        ]  # fmt: skip
        self.deployments = [deployment(1), deployment(2, "failed"), deployment(3, where="staging")]

    def __call__(self, request: httpx2.Request) -> httpx2.Response:
        if request.headers.get("authorization") != f"Bearer {self.key}":
            return httpx2.Response(401, json={"message": "401 Unauthorized"})
        path = request.url.path
        for name, status in self.refused.items():
            if name in path:
                return httpx2.Response(status, json={"message": "no"})
        if path == "/api/graphql":
            return self._sizes(json.loads(request.content)["variables"])
        return self._answer(path.removeprefix("/api/v4/").split("/"), request)

    def _answer(self, tail: list[str], request: httpx2.Request) -> httpx2.Response:
        project = {"id": NUMBER, "path_with_namespace": self.path, "default_branch": "main"}
        match tail:
            case [*_, "members", "all"]:
                return paged(request, self.members)
            case ["groups"]:
                return paged(request, [{"id": 5}])
            case ["projects"] | ["groups", _, "projects"]:
                return paged(request, [project])
            case ["projects", "77", *rest]:
                return self._of_project(rest, request)
            case ["projects", *rest] if "/".join(rest) == self.path:
                return httpx2.Response(200, json=project)
        return httpx2.Response(404, json={"message": "404 Project Not Found"})

    def _of_project(self, tail: list[str], request: httpx2.Request) -> httpx2.Response:
        if len(tail) == 1 and tail != ["releases"]:
            lists = {
                "merge_requests": self.changes, "issues": self.issues, "deployments": self.deployments, "pipelines": self.pipelines,
            }  # fmt: skip
            return ordered(request, lists[tail[0]])
        match tail:
            case ["merge_requests", number, "notes"]:
                found = self.notes.get(int(number), [])
            case ["merge_requests", number, "commits"]:
                found = [COMMIT] if number == "1" else []
            case ["issues", number, "resource_state_events"]:
                found = self.states.get(int(number), [])
            case ["issues", number, "resource_label_events"]:
                found = self.labels.get(int(number), [])
            case ["deployments", "1", "merge_requests"]:
                found = self.changes[:1]
            case ["releases"]:
                found = [RELEASE]
            case _:
                return httpx2.Response(404, json={"message": "404 Not Found"})
        return paged(request, found)

    def _sizes(self, told: dict) -> httpx2.Response:
        size = {"additions": 40, "deletions": 2, "fileCount": 5}
        nodes = [{"iid": number, "diffStatsSummary": size} for number in told["numbers"]]
        return httpx2.Response(200, json={"data": {"project": {"mergeRequests": {"nodes": nodes}}}})


def ordered(request: httpx2.Request, found: list[dict]) -> httpx2.Response:
    """As GitLab orders and cuts a list: on or after an instant, oldest first."""
    told = request.url.params
    by = told["order_by"]
    since = told[by.replace("_at", "_after")].replace("+00:00", "Z")
    kept = [one for one in found if one[by] >= since]
    return paged(request, sorted(kept, key=lambda one: one[by]))


def paged(request: httpx2.Request, found: list[dict], size: int = 2) -> httpx2.Response:
    page = int(request.url.params.get("page", "1"))
    more = page * size < len(found)
    following = request.url.copy_set_param("page", page + 1)
    headers = {"link": f'<{following}>; rel="next"'} if more else {}
    return httpx2.Response(200, json=found[(page - 1) * size : page * size], headers=headers)
