"""How large merge requests are: lists do not say it, one question to GraphQL does for many at once.

Where the key may not ask that, or the GitLab is too old to know, sizes stay unknown; nothing else depends on them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from payback.sources.http import RefusedError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from payback.sources.http import Http

AT_ONCE = 25
QUESTION = """query($path: ID!, $numbers: [String!], $first: Int) {
  project(fullPath: $path) {
    mergeRequests(iids: $numbers, first: $first) { nodes { iid diffStatsSummary { additions deletions fileCount } } }
  }
}"""


def sizes(http: Http, path: str, numbers: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Added and deleted lines and the number of files, by the merge request's number in its project."""
    found: dict[str, dict[str, Any]] = {}
    for start in range(0, len(numbers), AT_ONCE):
        wanted = list(numbers[start : start + AT_ONCE])
        told = {"path": path, "numbers": wanted, "first": len(wanted)}
        try:
            body = http.post("api/graphql", {"query": QUESTION, "variables": told}).body
        except RefusedError as error:
            if error.status == 401:
                raise
            return found
        found |= _read(body)
    return found


def _read(body: Any) -> dict[str, dict[str, Any]]:
    data = body.get("data") if isinstance(body, dict) else None
    project = (data or {}).get("project") or {}
    nodes = (project.get("mergeRequests") or {}).get("nodes") or ()
    return {str(one["iid"]): one.get("diffStatsSummary") or {} for one in nodes if one}
