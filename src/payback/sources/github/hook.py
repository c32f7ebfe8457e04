"""What GitHub says by webhook: something happened in a repository. Which of its lists are to be read again, and no more."""

from __future__ import annotations

from typing import TYPE_CHECKING

import orjson

from payback.sources.github.repositories import AGAIN
from payback.sources.source import Hook

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

EVENTS = {
    "deployment": ("deployments",),
    "deployment_status": ("deployments",),
    "issue_comment": ("pull_requests", "issues"),
    "issues": ("issues",),
    "pull_request": ("pull_requests",),
    "pull_request_review": ("pull_requests",),
    "pull_request_review_comment": ("pull_requests",),
    "pull_request_review_thread": ("pull_requests",),
    "push": ("pull_requests",),
    "release": ("releases",),
    "workflow_run": ("workflow_runs",),
}


def heard(headers: Mapping[str, str], body: bytes) -> Iterator[tuple[str, str]]:
    """The streams to read again, each with the key of the repository's mark. ValueError where it names no repository."""
    streams = EVENTS.get(headers.get("x-github-event", ""), ())
    if not streams:
        return
    try:
        told = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise ValueError("the body is not JSON; choose the content type application/json") from None
    place = told.get("repository") if isinstance(told, dict) else None
    name = place.get("full_name") if isinstance(place, dict) else None
    if not isinstance(name, str) or not name:
        raise ValueError("the body names no repository")
    for stream in streams:
        yield stream, f"{AGAIN}{name}"


HOOK = Hook(secret="webhook_secret", signature="x-hub-signature-256", heard=heard)  # noqa: S106  a setting's name
