"""Cursor: members and seats, use by person and day, usage events with their money, the running cycle, billing groups, and
the lines of each commit that its agent wrote.
"""

from __future__ import annotations

from base64 import b64encode
from typing import TYPE_CHECKING, Any

from payback.sources.cursor.asking import VENDOR
from payback.sources.cursor.commits import COMMITS
from payback.sources.cursor.days import DAYS, LINES
from payback.sources.cursor.events import EVENTS
from payback.sources.cursor.members import GROUPS, MEMBERS
from payback.sources.cursor.spend import SPEND
from payback.sources.source import Setting, Source

if TYPE_CHECKING:
    from collections.abc import Mapping


def headers(secrets: Mapping[str, str], _told: Mapping[str, Any]) -> dict[str, str]:
    """HTTP Basic: the key is the user, the password is empty."""
    told = b64encode(f"{secrets['key']}:".encode()).decode()
    return {"authorization": f"Basic {told}"}


SOURCE = Source(
    kind="cursor",
    title="Cursor",
    vendor=VENDOR,
    base="https://api.cursor.com",
    settings=(
        Setting("key", "An admin key of the team", secret=True, required=True),
        Setting("account", "A name for the team, as no report tells one"),
        Setting("plan", "The team's plan, such as business"),
        Setting("seat_price", "What one seat costs a month by contract; no report tells it"),
        Setting("git_host", "Where repositories are that Cursor calls owner/name", default="github.com"),
        Setting("currency", "The currency of seat_price", default="USD"),
    ),
    streams=(MEMBERS, DAYS, EVENTS, SPEND, GROUPS, LINES, COMMITS),
    headers=headers,
    note="A team admin makes an admin key in the dashboard under Settings, Advanced, Admin API keys.",
    per_minute=20,
)
