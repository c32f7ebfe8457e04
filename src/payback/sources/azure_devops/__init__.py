"""Azure DevOps: pull requests with their votes, work items with their moves and sprints, runs of pipelines, deployments."""

from __future__ import annotations

from base64 import b64encode
from typing import TYPE_CHECKING, Any

from payback.sources.azure_devops.asking import CLOUD
from payback.sources.azure_devops.builds import BUILDS, ENVIRONMENTS, RELEASES
from payback.sources.azure_devops.pulls import PULL_REQUESTS
from payback.sources.azure_devops.work_items import WORK_ITEMS
from payback.sources.source import Setting, Source

if TYPE_CHECKING:
    from collections.abc import Mapping


def headers(secrets: Mapping[str, str], told: Mapping[str, Any]) -> dict[str, str]:
    """HTTP Basic without a user for a personal access token; a token of Microsoft Entra is a bearer."""
    if str(told.get("sign_in")) == "entra":
        return {"authorization": f"Bearer {secrets['key']}", "accept": "application/json"}
    pair = b64encode(f":{secrets['key']}".encode()).decode()
    return {"authorization": f"Basic {pair}", "accept": "application/json"}


SOURCE = Source(
    kind="azure_devops",
    title="Azure DevOps",
    vendor="azure",
    base=CLOUD,
    settings=(
        Setting("key", "A personal access token, or a token of Microsoft Entra", secret=True, required=True),
        Setting("organisation", "The organisation, as in dev.azure.com/acme", required=True),
        Setting("projects", "A list of projects; else every one that the key may see"),
        Setting("sign_in", "pat, or entra where the key is a token of Microsoft Entra", default="pat"),
    ),
    streams=(PULL_REQUESTS, WORK_ITEMS, BUILDS, RELEASES, ENVIRONMENTS),
    headers=headers,
    note=(
        "A member makes a personal access token under User settings with the scopes Code, Build, Release, Work Items, Environment "
        "and Project (Read)."
    ),
)
