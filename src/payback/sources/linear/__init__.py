"""Linear: issues with every state they were in, cycles with their commitments, agents at work on them, and people."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from payback.sources.linear.census import CENSUS
from payback.sources.linear.issues import ISSUES
from payback.sources.linear.people import PEOPLE
from payback.sources.source import Setting, Source

if TYPE_CHECKING:
    from collections.abc import Mapping

OAUTH = "oauth"


def headers(secrets: Mapping[str, str], told: Mapping[str, Any]) -> dict[str, str]:
    """A personal key stands alone; a token of OAuth is a bearer token."""
    key = secrets["key"]
    return {"authorization": f"Bearer {key}" if told.get("auth") == OAUTH else key}


SOURCE = Source(
    kind="linear",
    title="Linear",
    vendor="linear",
    base="https://api.linear.app",
    settings=(
        Setting(
            "key", "A personal API key, or a token of OAuth with the scope read", secret=True, required=True
        ),
        Setting("auth", "key, or oauth where the key is a token of OAuth", default="key"),
        Setting("teams", "A list of team keys such as ENG; else every team that the key's owner may see"),
    ),
    streams=(ISSUES, CENSUS, PEOPLE),
    headers=headers,
    note="A member makes a personal API key with the right Read under Settings, Security and access.",
)
