"""GitLab: merge requests with their reviews, commits and moves, issues and incidents, deployments,
releases, pipelines, members.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from payback.sources.gitlab.census import CENSUS
from payback.sources.gitlab.deployments import DEPLOYMENTS, RELEASES
from payback.sources.gitlab.issues import ISSUES, WORKING
from payback.sources.gitlab.members import MEMBERS
from payback.sources.gitlab.merge_requests import MERGE_REQUESTS
from payback.sources.gitlab.pipelines import PIPELINES
from payback.sources.gitlab.place import BASE
from payback.sources.source import Setting, Source

if TYPE_CHECKING:
    from collections.abc import Mapping


def headers(secrets: Mapping[str, str], _told: Mapping[str, Any]) -> dict[str, str]:
    """The token as a bearer: personal, group, project and OAuth tokens all go so."""
    return {"authorization": f"Bearer {secrets['key']}", "accept": "application/json"}


SOURCE = Source(
    kind="gitlab",
    title="GitLab",
    vendor="gitlab",
    base=BASE,
    settings=(
        Setting(
            "key",
            "A personal, group or project access token with the scope read_api",
            secret=True,
            required=True,
        ),
        Setting("base_url", "A GitLab of your own, such as https://gitlab.acme.example", default=BASE),
        Setting("groups", 'The groups whose projects are read, with their subgroups: ["acme"]'),
        Setting("projects", 'Projects that are read, by their paths: ["acme/backend/api"]'),
        Setting("in_progress_labels", "Labels that say somebody works on an issue", default=WORKING),
    ),
    streams=(MERGE_REQUESTS, ISSUES, DEPLOYMENTS, RELEASES, PIPELINES, CENSUS, MEMBERS),
    headers=headers,
    note=(
        "An owner makes a group access token with the role Reporter and the scope read_api under Settings, Access tokens. "
        "Without groups and projects, every project is read that the key's owner is a member of."
    ),
)
