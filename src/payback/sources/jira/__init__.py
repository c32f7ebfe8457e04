"""Jira Cloud and Data Center: tickets with their moves and sprints, incidents, and the people who work on them."""

from __future__ import annotations

from base64 import b64encode
from typing import TYPE_CHECKING, Any

from payback.sources.jira.census import CENSUS
from payback.sources.jira.issues import ISSUES
from payback.sources.jira.people import PEOPLE
from payback.sources.jira.sprints import SPRINTS
from payback.sources.source import Setting, Source

if TYPE_CHECKING:
    from collections.abc import Mapping


ENGLISH = {"accept-language": "en", "x-force-accept-language": "true"}


def headers(secrets: Mapping[str, str], told: Mapping[str, Any]) -> dict[str, str]:
    """HTTP Basic with the address that an API token of Jira Cloud belongs to; else the key is a bearer token. Names of Jira's
    own come in English, not in the language of the key's owner.
    """
    if told.get("email"):
        pair = b64encode(f"{told['email']}:{secrets['key']}".encode()).decode()
        return {**ENGLISH, "authorization": f"Basic {pair}"}
    return {**ENGLISH, "authorization": f"Bearer {secrets['key']}"}


SOURCE = Source(
    kind="jira",
    title="Jira",
    vendor="atlassian",
    base="https://your-site.atlassian.net",
    settings=(
        Setting(
            "key", "An API token, an OAuth token, or a personal access token", secret=True, required=True
        ),
        Setting("base_url", "The site, such as https://acme.atlassian.net", required=True),
        Setting(
            "email", "Whose API token it is; left out where the key is an OAuth or personal access token"
        ),
        Setting("projects", "A list of project keys; else every project that the key's owner may browse"),
        Setting(
            "incident_types",
            "A list of the issue types that are incidents",
            default="Incident, [System] Incident",
        ),
        Setting(
            "cancelled_resolutions",
            "A list of resolutions that say that nothing was done, by name or id, besides those that Jira is set up with",
        ),
        Setting(
            "points_field", "The id of the field that holds estimates, where it is not found by its kind"
        ),
        Setting("deployment", "cloud, or data_center for a site of your own", default="cloud"),
    ),
    streams=(ISSUES, SPRINTS, CENSUS, PEOPLE),
    headers=headers,
    note=(
        "A member who may browse the projects makes an API token at id.atlassian.com, Security, API tokens, with the scopes "
        "read:jira-work, read:jira-user, read:board-scope:jira-software and read:sprint:jira-software."
    ),
)
