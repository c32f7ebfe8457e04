"""GitHub: pull requests with reviews, commits and moves, issues, deployments, releases, workflow runs, members.

What comes of Copilot's seats and money is another source, `copilot`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from payback.sources.github.app import sign_in
from payback.sources.github.census import CENSUS
from payback.sources.github.deployments import DEPLOYMENTS, RELEASES
from payback.sources.github.hook import HOOK
from payback.sources.github.issues import ISSUES, WORKING
from payback.sources.github.members import MEMBERS
from payback.sources.github.place import BASE
from payback.sources.github.pulls import PULL_REQUESTS
from payback.sources.github.runs import WORKFLOW_RUNS
from payback.sources.source import Setting, Source

if TYPE_CHECKING:
    from collections.abc import Mapping


def headers(secrets: Mapping[str, str], _told: Mapping[str, Any]) -> dict[str, str]:
    """What every request to GitHub carries; the key, where one signs in as no App."""
    return {
        **({"authorization": f"Bearer {secrets['key']}"} if "key" in secrets else {}),
        "accept": "application/vnd.github+json",
        "x-github-api-version": "2022-11-28",
    }


SOURCE = Source(
    kind="github",
    title="GitHub",
    vendor="github",
    base=BASE,
    settings=(
        Setting(
            "key",
            "A fine-grained token with read access to the repositories; or the App's three settings",
            secret=True,
        ),
        Setting("app_id", "The App ID or client ID of a GitHub App"),
        Setting("installation_id", "The number of its installation in the organisation"),
        Setting("private_key", "The App's private key, in PEM", secret=True),
        Setting("organisation", "The organisation or person whose repositories are read, all of them"),
        Setting("repositories", 'The repositories to read, where not all are: ["acme/app"]'),
        Setting("in_progress_labels", "Labels that say somebody works on an issue", default=WORKING),
        Setting("webhook_secret", "The secret that GitHub signs its webhooks with", secret=True),
    ),
    streams=(
        PULL_REQUESTS,
        ISSUES,
        DEPLOYMENTS,
        RELEASES,
        WORKFLOW_RUNS,
        CENSUS,
        MEMBERS,
    ),
    headers=headers,
    note="An owner makes a fine-grained token with read access to Metadata, Contents, Pull requests, Issues, Deployments, "
    "Actions and Members under Settings, Developer settings, or a GitHub App with the same and installs it.",
    hook=HOOK,
    sign_in=sign_in,
)
