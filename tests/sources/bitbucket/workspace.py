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


class Workspace:
    """Replies by path, two entries a page; `refused` gives a status by a part of the path."""

    def __init__(self, key=KEY):
        self.key, self.refused, self.pulls = (
            key,
            {},
            [pull(1), pull(2, "OPEN", 6), pull(3, "DECLINED", 7, author=None)],
        )

    def __call__(self, request):
        if request.headers.get("authorization") != f"Bearer {self.key}":
            return httpx2.Response(401, json={"error": {"message": "no"}})
        path = request.url.path.removeprefix("/2.0")
        status = next((status for part, status in self.refused.items() if part in path), None)
        if status:
            return httpx2.Response(status, json={"error": {"message": "no"}})
        if "/commit/" in path:
            return httpx2.Response(200, json={"hash": "abcdef123456".ljust(40, "0")})
        found, place = self.listed(path), int(request.url.params.get("page", 1))
        body = {"values": found[2 * place - 2 : 2 * place]}
        if len(found) > 2 * place:
            body["next"] = str(request.url.copy_set_param("page", place + 1))
        return httpx2.Response(200, json=body)

    def listed(self, path):
        first = "/pullrequests/1/" in path
        known = {
            "/repositories/acme": [{"full_name": "acme/app"}],
            "/repositories/acme/app/pullrequests": self.pulls,
            "/repositories/acme/app/environments/": [{"uuid": "{e}", "name": "Production"}],
            "/repositories/acme/app/deployments/": [
                {"uuid": "{d}", "environment": {"uuid": "{e}"}, "release": {"name": "#12", "commit": {"hash": "9" * 40}},
                 "state": {"name": "COMPLETED", "status": {"name": "SUCCESSFUL"}, "started_on": at(19), "completed_on": at(20)}},
            ],
        }  # fmt: skip
        if path in known:
            return known[path]
        lists = {
            "activity": ACTIVITY,
            "commits": [COMMIT],
            "diffstat": [{"lines_added": 9, "lines_removed": 4}] * 3,
        }
        return lists[path.rsplit("/", 1)[-1]] if first else []
