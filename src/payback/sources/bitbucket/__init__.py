"""Bitbucket Cloud: pull requests with their activity, commits and size, deployments, issues, and what is still there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from payback.sources.bitbucket.census import CENSUS
from payback.sources.bitbucket.deployments import DEPLOYMENTS
from payback.sources.bitbucket.issues import ISSUES
from payback.sources.bitbucket.pull_requests import PULL_REQUESTS
from payback.sources.source import Setting, Source

if TYPE_CHECKING:
    from collections.abc import Mapping


def headers(secrets: Mapping[str, str], _told: Mapping[str, Any]) -> dict[str, str]:
    """An access token of a repository, project or workspace, as a bearer."""
    return {"authorization": f"Bearer {secrets['key']}", "accept": "application/json"}


SOURCE = Source(
    kind="bitbucket",
    title="Bitbucket",
    vendor="bitbucket",
    base="https://api.bitbucket.org/2.0",
    settings=(
        Setting("key", "An access token of a workspace, project or repository", secret=True, required=True),
        Setting("workspace", "The workspace, as its address names it", required=True),
        Setting(
            "repositories", 'Only these repositories of the workspace: ["app"]; else all that the token sees'
        ),
    ),
    streams=(PULL_REQUESTS, DEPLOYMENTS, ISSUES, CENSUS),
    headers=headers,
    note=(
        "A workspace admin makes an access token under Workspace settings, Access tokens, with Repositories: Read, Pull "
        "requests: Read and Pipelines: Read; Issues: Read too where a tracker of Bitbucket is used."
    ),
    per_minute=60,
)
