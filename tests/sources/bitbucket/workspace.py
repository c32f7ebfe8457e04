"""An invented workspace of Bitbucket Cloud with one repository."""

from __future__ import annotations

import httpx2

from tests.sources.installation import KEY

REPO = "bitbucket.org/acme/app"
ANA, BEN = ({"account_id": name, "type": "user"} for name in ("ana", "ben"))
APP = {"uuid": "{b}", "type": "app_user"}


def at(hour, day=3):
    return f"2026-11-{day:02}T{hour:02}:00:00+00:00"


def pull(number, state="MERGED", day=5, **more):
    return {
        "id": number, "title": f"PAY-{number} Export", "state": state, "draft": False, "author": ANA,
        "summary": {"raw": "Generated with [Claude Code](https://claude.com/claude-code)"},
        "source": {"branch": {"name": "feature/export"}}, "destination": {"branch": {"name": "main"}},
        "merge_commit": {"hash": "abcdef123456"} if state == "MERGED" else None, "created_on": at(9), "closed_by": BEN,
        "updated_on": at(18, day), "comment_count": 1, "links": {"html": {"href": "https://bitbucket.org/acme/app/pull/1"}},
    } | more  # fmt: skip


def update(hour, state="OPEN", commit="c1", **more):
    return {
        "update": {
            "date": at(hour),
            "state": state,
            "author": ANA,
            "source": {"commit": {"hash": commit}},
            **more,
        }
    }


ACTIVITY = [
    update(17, "MERGED", "c2", draft=False),
    {"approval": {"date": at(16), "user": BEN}},
    update(14, commit="c2", draft=False),
    {"changes_requested": {"date": at(12), "user": BEN}},
    {"comment": {"id": 7, "created_on": at(11), "user": APP, "content": {"raw": "words that are not kept"}}},
    {"comment": {"id": 8, "created_on": at(11), "user": BEN, "deleted": True}},
    update(10, draft=False),
    update(9, draft=True),
]
COMMIT = {
    "hash": "f" * 40, "date": at(8), "message": "Export\n\nCo-Authored-By: Claude <noreply@anthropic.com>",
    "author": {"raw": "Ana <ana@example.com>"}, "parents": [{}],
}  # fmt: skip


def issue(number, state="new", day=5, **more):
    return {
        "id": number, "title": f"Issue {number}", "state": state, "kind": "enhancement", "priority": "major", "assignee": BEN,
        "created_on": at(9), "updated_on": at(18, day), "links": {"html": {"href": f"https://bitbucket.org/acme/app/issues/{number}"}},
    } | more  # fmt: skip


def moved(number, day, before, after, user=BEN):
    return {
        "id": number,
        "created_on": at(9, day),
        "user": user,
        "changes": {"state": {"old": before, "new": after}},
    }


class Workspace:
    """Replies by path, `size` entries a page; `refused` gives a status by a part of the path."""

    def __init__(self, key=KEY):
        self.key, self.refused, self.size = key, {}, 2
        self.pulls = [pull(1), pull(2, "OPEN", 6), pull(3, "DECLINED", 7, author=None)]
        self.issues = [issue(1, "resolved"), issue(2, day=6), issue(3, "wontfix", 7, assignee=None)]
        self.changes = {
            1: [moved(2, 4, "resolved", "open"), moved(3, 5, "open", "resolved"), moved(1, 3, "new", "resolved")],
            3: [{"id": 8, "created_on": at(9, 6), "changes": {"title": {"old": "a", "new": "b"}}}, moved(9, 7, "new", "wontfix", None)],
        }  # fmt: skip
        self.name, self.has_issues, self.others = "app", False, []
        self.deployments = [
            {"uuid": "{d}", "environment": {"uuid": "{e}"}, "release": {"name": "#12", "commit": {"hash": "9" * 40}},
             "state": {"name": "COMPLETED", "status": {"name": "SUCCESSFUL"}, "started_on": at(19), "completed_on": at(20)}},
        ]  # fmt: skip
        self.activity, self.commits = list(ACTIVITY), [COMMIT]
        self.size_of_one = [{"lines_added": 9, "lines_removed": 4}] * 3

    def __call__(self, request):
        if request.headers.get("authorization") != f"Bearer {self.key}":
            return httpx2.Response(401, json={"error": {"message": "no"}})
        path = request.url.path.removeprefix("/2.0/repositories/acme").strip("/")
        status = next((status for part, status in self.refused.items() if part in request.url.path), None)
        if status:
            return httpx2.Response(status, json={"error": {"message": "no"}})
        if "/commit/" in path:
            return httpx2.Response(200, json={"hash": "abcdef123456".ljust(40, "0")})
        if path and "/" not in path:
            known = {one["full_name"]: one for one in self.repositories()}
            found = known.get(f"acme/{path}")
            return httpx2.Response(200, json=found) if found else httpx2.Response(404, json={})
        return self.page(request, self.listed(path.partition("/")[2]) if path else self.repositories())

    def page(self, request, found):
        place, size = int(request.url.params.get("page", 1)), self.size
        body = {"values": found[size * (place - 1) : size * place]}
        if len(found) > size * place:
            body["next"] = str(request.url.copy_set_param("page", place + 1))
        return httpx2.Response(200, json=body)

    def repositories(self):
        first = {"full_name": f"acme/{self.name}", "uuid": "{1}", "has_issues": self.has_issues}
        return [first, *({"full_name": f"acme/{one}", "uuid": f"{{{one}}}"} for one in self.others)]

    def listed(self, path):
        known = {
            "pullrequests": self.pulls,
            "issues": self.issues,
            "environments": [{"uuid": "{e}", "name": "Production"}],
            "deployments": self.deployments,
            "pullrequests/1/activity": self.activity,
            "pullrequests/1/commits": self.commits,
            "pullrequests/1/diffstat": self.size_of_one,
        }  # fmt: skip
        if path.startswith("issues/"):
            return self.changes.get(int(path.split("/")[1]), [])
        return known.get(path.strip("/"), [])
